//! What goes into a chart: subgroups of readings or counts, and how the chart is set up.

use crate::charts::Chart;
use crate::exact::Sums;
use crate::intake::ChartPoint;
use toolcrib_sdk::prelude::*;

/// Readings of one subgroup.
pub const READINGS: usize = 25;
/// The largest number that a parameter may be, far above any reading, and the smallest where 0 makes no sense.
pub const LARGEST: f64 = 1e15;
pub const SMALLEST: f64 = 1e-15;

/// Which chart.
#[value]
pub enum Kind {
    /// Means and ranges.
    XbarR,
    /// Means and standard deviations.
    XbarS,
    /// Individual readings and moving ranges.
    IMr,
    /// Share of defective units.
    P,
    /// Number of defective units.
    Np,
    /// Number of defects.
    C,
    /// Defects per inspection unit.
    U,
    /// Exponentially weighted moving average.
    Ewma,
    /// Cumulative sums, both sides.
    Cusum,
}

impl Kind {
    /// Of attributes, not of measurements.
    pub fn is_of_counts(self) -> bool {
        matches!(self, Self::P | Self::Np | Self::C | Self::U)
    }

    /// Each of its points depends on all before.
    pub fn remembers(self) -> bool {
        matches!(self, Self::Ewma | Self::Cusum)
    }
}

/// How σ within subgroups is estimated; README names the sources.
#[value]
pub enum Estimate {
    /// Mean of R/d2(n); with equal sizes R̄/d2.
    RangeMean,
    /// R/d2(n) weighted by (d2/d3)².
    RangeWeighted,
    /// Mean of s/c4(n); with equal sizes s̄/c4.
    SMean,
    /// s/c4(n) weighted by c4²/(1−c4²).
    SWeighted,
    /// Pooled s stands for s̄: σ at size n is s/c4(n).
    SPooled,
    /// Pooled s.
    Pooled,
    /// Pooled s over c4(1 + Σ(n−1)).
    PooledUnbiased,
    /// Mean moving range over d2(2).
    MovingRange,
    /// Median moving range over its median for σ = 1, 0.9539.
    MovingRangeMedian,
    /// Known, not estimated.
    Known,
}

/// A rule that points may break.
#[value]
pub enum Rule {
    /// One point beyond the limits.
    We1,
    /// 2 of 3 beyond 2σ on one side.
    We2,
    /// 4 of 5 beyond 1σ on one side.
    We3,
    /// 8 in a row on one side.
    We4,
    /// One point beyond the limits.
    Nelson1,
    /// 9 in a row on one side.
    Nelson2,
    /// 6 in a row steadily rising or falling.
    Nelson3,
    /// 14 in a row alternating up and down.
    Nelson4,
    /// 2 of 3 beyond 2σ on one side.
    Nelson5,
    /// 4 of 5 beyond 1σ on one side.
    Nelson6,
    /// 15 in a row within 1σ.
    Nelson7,
    /// 8 in a row beyond 1σ, on both sides.
    Nelson8,
    /// A range, deviation, EWMA or CUSUM beyond its limits: always judged.
    Limit,
}

/// What is taken at one time.
#[value(from(ChartPoint))]
pub struct Subgroup {
    /// 1 to 25 readings; a missing one is null.
    #[own]
    pub readings: Option<Vec<Option<Decimal<6>>>>,
    /// Defective units (p, np) or defects (c, u).
    pub count: Option<i64>,
    /// Units inspected (p, np) or inspection units (u).
    pub size: Option<Decimal<6>>,
    pub at: Option<Instant>,
    /// Names it where it came from; the same source is taken once.
    pub source: Option<Text<64>>,
    /// Why it does not count.
    pub excluded: Option<Text<200>>,
}

/// How a chart is set up. What is absent has a default.
#[value(from(Chart))]
pub struct Setup {
    /// Default: Western Electric 1–4 for means and individuals, the first of them for counts.
    #[own]
    pub rules: Option<Vec<Rule>>,
    /// Default by kind and sizes.
    pub estimate: Option<Estimate>,
    /// Limits stand so many σ from the centre; 3.
    pub width: Option<f64>,
    /// Known mean, share or rate; target of EWMA and CUSUM.
    pub mean: Option<f64>,
    /// Known σ of a single reading.
    pub sigma: Option<f64>,
    /// Weight λ of the newest point of an EWMA; 0.2.
    pub lambda: Option<f64>,
    /// EWMA limits as after infinitely many points.
    pub steady: Option<bool>,
    /// Allowance k of a CUSUM in the unit of the readings; half the σ of a point.
    pub k: Option<f64>,
    /// Decision limit h of a CUSUM in the unit of the readings; 5 σ of a point.
    pub h: Option<f64>,
    /// Both sums begin here (fast initial response); 0.
    pub head_start: Option<f64>,
    /// Limits come from so many first subgroups; default all.
    #[own]
    pub base: Option<i64>,
}

/// A subgroup, checked for its chart.
#[derive(Clone, Debug)]
pub struct Taken {
    pub sums: Sums,
    pub count: i64,
    /// Units inspected, inspection units, or readings present.
    pub size: f64,
    pub excluded: bool,
}

impl Taken {
    /// # Errors
    /// `bad-readings`, `bad-count`, `bad-size`: it does not suit the chart.
    pub fn of(kind: Kind, subgroup: &Subgroup) -> Outcome<Self> {
        let excluded = subgroup.excluded.is_some();
        if !kind.is_of_counts() {
            let readings = subgroup.readings.as_deref().unwrap_or_default();
            let most = if kind == Kind::IMr { 1 } else { READINGS };
            if readings.is_empty() || readings.len() > most || subgroup.count.is_some() || subgroup.size.is_some() {
                let message = "Give 1 to 25 readings, for individuals one, and neither count nor size";
                return Err(reject("bad-readings", message).field("readings"));
            }
            let sums = Sums::of(readings.iter().flatten());
            return Ok(Self { count: 0, size: sums.count as f64, sums, excluded });
        }
        let Some(count) = subgroup.count.filter(|count| *count >= 0 && subgroup.readings.is_none()) else {
            return Err(reject("bad-count", "Give a count that is not negative, and no readings").field("count"));
        };
        let size = match (kind, subgroup.size) {
            (Kind::C, None) => 1.0,
            (Kind::P | Kind::Np, Some(Decimal(size))) if size % 1_000_000 == 0 && size / 1_000_000 >= count.max(1) => {
                size as f64 / 1e6
            }
            (Kind::U, Some(Decimal(size))) if size > 0 => size as f64 / 1e6,
            _ => {
                let message =
                    "p and np: whole units, not fewer than defective; u: more than 0 inspection units; c: no size";
                return Err(reject("bad-size", message).field("size"));
            }
        };
        Ok(Self { sums: Sums::of([]), count, size, excluded })
    }

    /// All of a list; a refusal names which.
    pub fn all<'a>(kind: Kind, subgroups: impl Iterator<Item = &'a Subgroup>) -> Outcome<Vec<Self>> {
        let each = subgroups.enumerate();
        each.map(|(at, row)| Self::of(kind, row).nth("subgroups", at)).collect()
    }
}

impl Setup {
    /// # Errors
    /// A number outside its range. A share lies from 0 to 1, a rate is not negative.
    pub fn check(&self, kind: Kind) -> Outcome<()> {
        let most = if matches!(kind, Kind::P | Kind::Np) { 1.0 } else { LARGEST };
        for (field, value, least, most) in [
            ("width", self.width, SMALLEST, 1_000.0),
            ("mean", self.mean, if kind.is_of_counts() { 0.0 } else { -LARGEST }, most),
            ("sigma", self.sigma, SMALLEST, LARGEST),
            ("lambda", self.lambda, SMALLEST, 1.0),
            ("k", self.k, 0.0, LARGEST),
            ("h", self.h, SMALLEST, LARGEST),
            ("head_start", self.head_start, 0.0, LARGEST),
            ("base", self.base.map(|base| base as f64), 1.0, LARGEST),
        ] {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                let message = "Width, sigma, h, base exceed 0; k, head start, rates are 0 or more; lambda, shares to 1";
                return Err(reject("bad-setup", message).field(field).within("setup"));
            }
        }
        Ok(())
    }

    /// Half the distance of the limits, in σ.
    pub fn width(&self) -> f64 {
        self.width.unwrap_or(3.0)
    }

    /// λ of an EWMA.
    pub fn lambda(&self) -> f64 {
        self.lambda.unwrap_or(0.2)
    }

    /// The rules for the points of a chart; those for single points suit none that remembers.
    pub fn rules(&self, kind: Kind) -> Vec<Rule> {
        use Rule::{Limit, We1, We2, We3, We4};
        match &self.rules {
            _ if kind.remembers() => vec![Limit],
            Some(rules) => rules.clone(),
            None if kind.is_of_counts() => vec![We1],
            None => vec![We1, We2, We3, We4],
        }
    }
}
