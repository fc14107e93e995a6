//! Gauge repeatability and reproducibility: average and range, and analysis of variance (AIAG MSA, 4th ed., ch. III-B).

use crate::constants::Constants;
use crate::distributions::f_above;
use crate::exact::Sums;
use toolcrib_sdk::prelude::*;

/// One reading of a study.
#[value]
pub struct Measurement {
    pub part: Text<64>,
    pub appraiser: Text<64>,
    pub trial: i64,
    pub value: Decimal<6>,
}

/// The gauge by its share of the total variation: under 10 %, to 30 %, above.
#[value]
pub enum Verdict {
    Good,
    Conditional,
    Bad,
}

/// A component as standard deviation and its shares in per cent; a share of nothing is absent.
#[value]
#[derive(Copy)]
pub struct Part {
    pub sigma: f64,
    /// Of the total variation.
    pub of_total: Option<f64>,
    /// Of the total variance.
    pub contribution: Option<f64>,
    /// Of the tolerance.
    pub of_tolerance: Option<f64>,
}

/// Components of the variation.
#[value]
pub struct Components {
    /// Repeatability, equipment variation.
    pub ev: Part,
    /// Appraiser variation.
    pub av: Part,
    /// Appraiser by part; 0 where the method does not tell it.
    pub interaction: Part,
    pub grr: Part,
    pub pv: Part,
    pub tv: Part,
    /// Number of distinct categories, ⌊1.41 · PV/GRR⌋.
    pub ndc: Option<i64>,
    pub verdict: Option<Verdict>,
}

/// A line of the table of variances.
#[value]
pub struct Variance {
    pub source: Text<40>,
    pub degrees: i64,
    pub squares: f64,
    pub mean_square: f64,
    pub f: Option<f64>,
    pub p: Option<f64>,
}

/// Averages and ranges.
#[value]
pub struct Ranges {
    /// R̿, the mean of all ranges of trials.
    pub mean_range: f64,
    /// Largest less smallest mean of an appraiser.
    pub appraiser_range: f64,
    /// Largest less smallest mean of a part.
    pub part_range: f64,
    /// D4 · R̿: a range above it wants a look.
    pub upper_range: f64,
    pub k1: f64,
    pub k2: f64,
    pub k3: f64,
    pub components: Components,
}

/// A study by both methods. Of the two models `pooled` applies when the interaction is not significant.
#[value]
pub struct Gauge {
    pub parts: i64,
    pub appraisers: i64,
    pub trials: i64,
    pub ranges: Ranges,
    pub with_interaction: Model,
    pub pooled: Model,
    pub pooled_applies: bool,
}

/// One model of the variances.
#[value]
pub struct Model {
    pub table: Vec<Variance>,
    pub components: Components,
}

/// Readings by part, then appraiser: every cell has the same number of trials.
struct Cells {
    parts: usize,
    appraisers: usize,
    trials: usize,
    sums: Vec<Sums>,
}

impl Cells {
    fn of(measurements: &[Measurement]) -> Outcome<Self> {
        let names = |name: fn(&Measurement) -> &Text<64>| {
            let mut names: Vec<&Text<64>> = Vec::new();
            for new in measurements.iter().map(name) {
                if let Err(at) = names.binary_search(&new) {
                    names.insert(at, new);
                }
            }
            names
        };
        let (parts, appraisers) = (names(|one| &one.part), names(|one| &one.appraiser));
        let unbalanced = |message: &str| reject("not-balanced", message).field("measurements");
        let message = "A study has at least 2 parts and 2 appraisers";
        reject_if(parts.len() < 2 || appraisers.len() < 2, "study-too-small", message).field("measurements")?;
        let mut cells: Vec<Vec<(i64, Decimal<6>)>> = vec![Vec::new(); parts.len() * appraisers.len()];
        for one in measurements {
            let place = parts.binary_search(&&one.part).ok().zip(appraisers.binary_search(&&one.appraiser).ok());
            let Some((part, appraiser)) = place else { continue };
            let cell = &mut cells[part * appraisers.len() + appraiser];
            if cell.iter().any(|(trial, _)| *trial == one.trial) {
                let message = [one.appraiser.as_str(), " measured the same trial of ", one.part.as_str(), " twice"];
                return Err(unbalanced(&message.concat()));
            }
            cell.push((one.trial, one.value));
        }
        let trials = cells.iter().map(Vec::len).max().unwrap_or_default();
        let message = "Every part is measured at least twice by everyone";
        reject_if(trials < 2, "study-too-small", message).field("measurements")?;
        if let Some(at) = cells.iter().position(|cell| cell.len() != trials) {
            let (part, appraiser) = (parts[at / appraisers.len()], appraisers[at % appraisers.len()]);
            let message = [appraiser.as_str(), " measured ", part.as_str(), " fewer times than others were measured"];
            return Err(unbalanced(&message.concat()));
        }
        let sums = cells.iter().map(|cell| Sums::of(cell.iter().map(|(_, value)| value))).collect();
        Ok(Self { parts: parts.len(), appraisers: appraisers.len(), trials, sums })
    }

    fn part(&self, part: usize) -> Sums {
        Sums::all(&self.sums[part * self.appraisers..][..self.appraisers])
    }

    fn appraiser(&self, appraiser: usize) -> Sums {
        Sums::all((0..self.parts).map(|part| &self.sums[part * self.appraisers + appraiser]))
    }
}

/// Studies a gauge. `tolerance` is the width of the specification, `spread` how many σ are held against it.
pub fn study(measurements: &[Measurement], tolerance: Option<f64>, spread: f64, pool_above: f64) -> Outcome<Gauge> {
    let cells = Cells::of(measurements)?;
    let shares = |ev: f64, av: f64, interaction: f64, pv: f64| components([ev, av, interaction, pv], tolerance, spread);
    let ranges = by_ranges(&cells, &shares);
    let (with_interaction, pooled, p) = by_variances(&cells, &shares);
    Ok(Gauge {
        parts: cells.parts as i64,
        appraisers: cells.appraisers as i64,
        trials: cells.trials as i64,
        ranges,
        with_interaction,
        pooled,
        pooled_applies: p.is_some_and(|p| p > pool_above),
    })
}

fn by_ranges(cells: &Cells, components: &dyn Fn(f64, f64, f64, f64) -> Components) -> Ranges {
    let mean_range = cells.sums.iter().filter_map(Sums::range).sum::<f64>() / cells.sums.len() as f64;
    let apart = |all: Vec<Sums>| {
        let mut most = 0.0;
        for (at, one) in all.iter().enumerate() {
            for other in &all[..at] {
                most = one.above(other).unwrap_or_default().abs().max(most);
            }
        }
        most
    };
    let appraiser_range = apart((0..cells.appraisers).map(|at| cells.appraiser(at)).collect());
    let part_range = apart((0..cells.parts).map(|at| cells.part(at)).collect());
    let of_trials = Constants::of(cells.trials);
    // The manual gives 1/d2* to four decimals, and so do all its answers.
    let factor = |d2: f64| (1e4 / d2).round() / 1e4;
    // K1 goes by the trials alone: the manual assumes more than 15 groups, for which d2* is d2.
    let k1 = factor(of_trials.d2);
    let k2 = factor(Constants::of(cells.appraisers).d2_star(1));
    let k3 = factor(Constants::of(cells.parts).d2_star(1));
    let (ev, apart) = (mean_range * k1, appraiser_range * k2);
    let av = (apart * apart - ev * ev / (cells.parts * cells.trials) as f64).max(0.0).sqrt();
    Ranges {
        mean_range,
        appraiser_range,
        part_range,
        upper_range: mean_range * (1.0 + 3.0 * of_trials.d3 / of_trials.d2),
        k1,
        k2,
        k3,
        components: components(ev, av, 0.0, part_range * k3),
    }
}

/// Both models, and how probable so much interaction is by chance.
fn by_variances(cells: &Cells, components: &dyn Fn(f64, f64, f64, f64) -> Components) -> (Model, Model, Option<f64>) {
    let (parts, appraisers, trials) = (cells.parts as f64, cells.appraisers as f64, cells.trials as f64);
    let all = Sums::all(&cells.sums);
    let between = |group: &Sums, size: f64| group.above(&all).map_or(0.0, |above| size * above * above);
    let part: f64 = (0..cells.parts).map(|at| between(&cells.part(at), appraisers * trials)).sum();
    let appraiser: f64 = (0..cells.appraisers).map(|at| between(&cells.appraiser(at), parts * trials)).sum();
    let repeat: f64 = cells.sums.iter().filter_map(Sums::squared_deviations).sum();
    let cell: f64 = cells.sums.iter().map(|cell| between(cell, trials)).sum();
    // What rounding leaves where parts and appraisers explain everything is no interaction.
    let both = if cell - part - appraiser > 1e-13 * cell { cell - part - appraiser } else { 0.0 };
    let (part_degrees, appraiser_degrees) = (parts - 1.0, appraisers - 1.0);
    let (both_degrees, repeat_degrees) = (part_degrees * appraiser_degrees, parts * appraisers * (trials - 1.0));
    let total = Line("total", parts * appraisers * trials - 1.0, all.squared_deviations().unwrap_or_default());
    let [part, appraiser] = [Line("part", part_degrees, part), Line("appraiser", appraiser_degrees, appraiser)];
    let (both, repeat) = (Line("interaction", both_degrees, both), Line("repeatability", repeat_degrees, repeat));
    let pool = Line("repeatability", both_degrees + repeat_degrees, both.2 + repeat.2);
    let root = |variance: f64| variance.max(0.0).sqrt();
    let model = |error: &Line, interaction: f64, ev: f64, table: Vec<Variance>| {
        let av = root((appraiser.mean_square() - error.mean_square()) / (parts * trials));
        let pv = root((part.mean_square() - error.mean_square()) / (appraisers * trials));
        Model { table, components: components(ev, av, interaction, pv) }
    };
    let interaction = root((both.mean_square() - repeat.mean_square()) / trials);
    let by_chance = both.against(Some(&repeat)).p;
    let table = vec![
        part.against(Some(&both)),
        appraiser.against(Some(&both)),
        both.against(Some(&repeat)),
        repeat.against(None),
        total.against(None),
    ];
    let with_interaction = model(&both, interaction, root(repeat.mean_square()), table);
    let table =
        vec![part.against(Some(&pool)), appraiser.against(Some(&pool)), pool.against(None), total.against(None)];
    (with_interaction, model(&pool, 0.0, root(pool.mean_square()), table), by_chance)
}

/// Source, degrees of freedom, sum of squares.
struct Line(&'static str, f64, f64);

impl Line {
    fn mean_square(&self) -> f64 {
        self.2 / self.1
    }

    fn against(&self, error: Option<&Self>) -> Variance {
        let error = error.filter(|error| error.mean_square() > 0.0);
        let f = error.map(|error| self.mean_square() / error.mean_square());
        Variance {
            source: Text::new(self.0).unwrap_or_default(),
            degrees: self.1 as i64,
            squares: self.2,
            mean_square: self.mean_square(),
            f,
            p: f.zip(error).map(|(f, error)| f_above(f, self.1, error.1)),
        }
    }
}

fn components([ev, av, interaction, pv]: [f64; 4], tolerance: Option<f64>, spread: f64) -> Components {
    let variance = ev * ev + av * av + interaction * interaction;
    let (grr, tv) = (variance.sqrt(), (variance + pv * pv).sqrt());
    let part = |sigma: f64| {
        let share = (tv > 0.0).then(|| sigma / tv);
        Part {
            sigma,
            of_total: share.map(|share| 100.0 * share),
            contribution: share.map(|share| 100.0 * share * share),
            of_tolerance: tolerance.map(|tolerance| 100.0 * spread * sigma / tolerance),
        }
    };
    let verdict = part(grr).of_total.map(|share| match share {
        share if share < 10.0 => Verdict::Good,
        share if share <= 30.0 => Verdict::Conditional,
        _ => Verdict::Bad,
    });
    let [ev, av, interaction, grr_part, pv_part, tv] = [ev, av, interaction, grr, pv, tv].map(part);
    let ndc = (grr > 0.0).then(|| (1.41 * pv / grr).floor() as i64);
    Components { ev, av, interaction, grr: grr_part, pv: pv_part, tv, ndc, verdict }
}
