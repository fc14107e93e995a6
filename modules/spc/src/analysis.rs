//! A chart: its points with their limits, and the signals among them.

use crate::constants::Constants;
use crate::limits::{Basis, moving_ranges};
use crate::rules::{Judged, LOOKS_BACK, broken};
use crate::subgroups::{Estimate, Kind, Rule, Setup, Subgroup, Taken};
use toolcrib_sdk::contract::limits::LIST_ITEMS;
use toolcrib_sdk::prelude::*;

/// One point. The second plot is the range, the deviation, the moving range or the lower sum. A point that does not
/// count has values and limits, and is judged by no rule.
#[value]
pub struct Point {
    pub number: i64,
    pub at: Option<Instant>,
    pub size: f64,
    pub value: Option<f64>,
    pub centre: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub second: Option<f64>,
    pub second_centre: Option<f64>,
    pub second_lower: Option<f64>,
    pub second_upper: Option<f64>,
    /// The first rule that this point completes.
    pub signal: Option<Rule>,
    pub second_signal: Option<Rule>,
    pub excluded: Option<Text<200>>,
}

/// Points that break a rule.
#[value]
pub struct Signal {
    pub rule: Rule,
    /// It is on the second plot.
    pub second: bool,
    /// The point that completes it.
    pub point: i64,
    /// All points that make it up.
    pub points: Vec<i64>,
}

/// A chart, judged.
#[value]
pub struct Analysis {
    /// Mean of all readings, share, or rate; none when nothing counts.
    pub centre: Option<f64>,
    /// σ of a single reading, for readings; none when they do not tell it.
    pub sigma: Option<f64>,
    pub estimate: Option<Estimate>,
    pub points: Vec<Point>,
    /// The latest 1,000.
    pub signals: Vec<Signal>,
}

/// A point of one plot: limits stand at centre ± width · unit.
#[derive(Clone, Copy)]
struct Place {
    value: f64,
    centre: f64,
    unit: Option<f64>,
}

type Places = (Option<Place>, Option<Place>);

/// Charts subgroups under their numbers, by a frozen basis or by their own.
pub fn analyse(kind: Kind, rows: &[(i64, Subgroup)], setup: &Setup, frozen: Option<Basis>) -> Outcome<Analysis> {
    setup.check(kind)?;
    let taken = Taken::all(kind, rows.iter().map(|(_, row)| row))?;
    let basis = frozen.or_else(|| Basis::of(kind, &taken, setup));
    let (moving, mut memory) = (moving_ranges(&taken), Memory::new(setup, basis.as_ref()));
    let (mut points, mut signals) = (Vec::new(), Vec::new());
    let (mut first_plot, mut second_plot) = (Plot::default(), Plot::default());
    let (rules, width) = (setup.rules(kind), setup.width());
    for (at, ((number, row), one)) in rows.iter().zip(&taken).enumerate() {
        let (first, second) = match &basis {
            None => (None, None),
            Some(basis) if kind.remembers() => memory.place(kind, one, basis, setup),
            Some(basis) if kind.is_of_counts() => (Some(of_count(kind, one, basis.centre)), None),
            Some(basis) => of_readings(kind, one, moving[at], basis),
        };
        let mut point = Point::new(*number, row, one.size, [first, second], kind, width);
        if !one.excluded {
            point.signal = first_plot.judge(*number, first, &rules, width, false, &mut signals);
            point.second_signal = second_plot.judge(*number, second, &[Rule::Limit], width, true, &mut signals);
        }
        points.push(point);
    }
    signals.drain(..signals.len().saturating_sub(LIST_ITEMS as usize));
    let estimate = basis.filter(|_| !kind.is_of_counts()).map(|basis| basis.estimate);
    let (centre, sigma) = (basis.map(|basis| basis.centre), basis.and_then(|basis| basis.spread));
    Ok(Analysis { centre, sigma, estimate, points, signals })
}

impl Point {
    fn new(number: i64, row: &Subgroup, size: f64, places: [Option<Place>; 2], kind: Kind, width: f64) -> Self {
        let is_floored = [kind.is_of_counts() || kind == Kind::Cusum, true];
        let limit = |at: usize, width: f64| places[at].and_then(|place| Some(place.centre + width * place.unit?));
        let lower = |at: usize| limit(at, -width).map(|lower| if is_floored[at] { lower.max(0.0) } else { lower });
        Self {
            number,
            at: row.at,
            size,
            value: places[0].map(|place| place.value),
            centre: places[0].map(|place| place.centre),
            lower: lower(0),
            upper: limit(0, width),
            second: places[1].map(|place| place.value),
            second_centre: places[1].map(|place| place.centre),
            second_lower: lower(1),
            second_upper: limit(1, width),
            signal: None,
            second_signal: None,
            excluded: row.excluded.clone(),
        }
    }
}

/// Means with ranges or deviations, single readings with moving ranges.
fn of_readings(kind: Kind, one: &Taken, moving: Option<f64>, basis: &Basis) -> Places {
    let (size, centre) = (one.sums.count, basis.centre);
    let sigma = basis.sigma(size);
    let unit = sigma.map(|sigma| sigma / (size as f64).sqrt());
    let first = one.sums.mean().map(|value| Place { value, centre, unit });
    let second = || {
        let (of, sigma) = (Constants::of(if kind == Kind::IMr { 2 } else { size }), sigma?);
        let (value, centre, unit) = match kind {
            Kind::IMr => (moving?, of.d2, of.d3),
            Kind::XbarR => (one.sums.range()?, of.d2, of.d3),
            _ => (one.sums.deviation()?, of.c4, (1.0 - of.c4 * of.c4).sqrt()),
        };
        Some(Place { value, centre: centre * sigma, unit: Some(unit * sigma) })
    };
    (first, second())
}

/// p: √(p(1−p)/n), np: √(np(1−p)), c: √c, u: √(u/n).
fn of_count(kind: Kind, one: &Taken, centre: f64) -> Place {
    let (count, size) = (one.count as f64, one.size);
    let share = (centre * (1.0 - centre)).max(0.0);
    let (value, centre, square) = match kind {
        Kind::P => (count / size, centre, share / size),
        Kind::Np => (count, size * centre, size * share),
        Kind::C => (count, centre, centre),
        _ => (count / size, centre, centre / size),
    };
    Place { value, centre, unit: Some(square.sqrt()) }
}

/// What EWMA and CUSUM remember. Subgroups that are missing or do not count are passed over.
struct Memory {
    average: f64,
    variance: f64,
    high: f64,
    low: f64,
}

impl Memory {
    fn new(setup: &Setup, basis: Option<&Basis>) -> Self {
        let start = setup.head_start.unwrap_or(0.0);
        Self { average: basis.map_or(0.0, |basis| basis.centre), variance: 0.0, high: start, low: start }
    }

    /// EWMA z = λx̄ + (1−λ)z, whose variance v = λ²σ²/n + (1−λ)²v is σ²/n · λ/(2−λ) · (1−(1−λ)²ᵗ) for equal sizes.
    /// CUSUM max(0, S ± (x̄ − target) − k).
    fn place(&mut self, kind: Kind, one: &Taken, basis: &Basis, setup: &Setup) -> Places {
        let Some(mean) = one.sums.mean().filter(|_| !one.excluded) else { return (None, None) };
        let (target, rest) = (basis.centre, 1.0 - setup.lambda());
        let unit = basis.sigma(one.sums.count).map(|sigma| sigma / one.size.sqrt());
        if kind == Kind::Ewma {
            let fresh = setup.lambda() * unit.unwrap_or_default();
            self.average += setup.lambda() * (mean - self.average);
            self.variance = fresh * fresh + rest * rest * self.variance;
            let steady = (setup.lambda() / (2.0 - setup.lambda())).sqrt();
            let is_steady = setup.steady == Some(true);
            let unit = unit.map(|unit| if is_steady { steady * unit } else { self.variance.sqrt() });
            return (Some(Place { value: self.average, centre: target, unit }), None);
        }
        let (k, h) = (setup.k.or(unit.map(|unit| 0.5 * unit)), setup.h.or(unit.map(|unit| 5.0 * unit)));
        let Some(k) = k else { return (None, None) };
        self.high = (self.high + mean - target - k).max(0.0);
        self.low = (self.low + target - mean - k).max(0.0);
        let place = |value| Some(Place { value, centre: 0.0, unit: h.map(|h| h / setup.width()) });
        (place(self.high), place(self.low))
    }
}

/// The latest points of one plot. What is missing or has no limits is passed over, and rows of points with it.
#[derive(Default)]
struct Plot {
    judged: Vec<Judged>,
    numbers: Vec<i64>,
}

impl Plot {
    /// Adds a point; what it completes goes to the signals, and the first of it is returned.
    fn judge(
        &mut self,
        number: i64,
        place: Option<Place>,
        rules: &[Rule],
        width: f64,
        second: bool,
        signals: &mut Vec<Signal>,
    ) -> Option<Rule> {
        let Place { value, centre, unit } = place?;
        let unit = unit?;
        // Far from zero a value and a centre are rounded by more than a small spread forgives: what rounding alone
        // makes is no distance. Without any spread a point is on the centre or infinitely far from it.
        let (apart, rounding) = (value - centre, 4.0 * f64::EPSILON * value.abs().max(centre.abs()));
        let z = if apart.abs() <= rounding { 0.0 } else { (apart.abs() - rounding).copysign(apart) / unit };
        self.judged.push(Judged { value, z });
        self.numbers.push(number);
        let (from, before) = (self.judged.len().saturating_sub(LOOKS_BACK), signals.len());
        for rule in rules {
            if let Some(at) = broken(*rule, &self.judged[from..], width) {
                let points = at.into_iter().map(|at| self.numbers[from + at]).collect();
                signals.push(Signal { rule: *rule, second, point: number, points });
            }
        }
        signals.get(before).map(|signal| signal.rule)
    }
}
