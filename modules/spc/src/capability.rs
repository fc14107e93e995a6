//! Capability indices with their confidence intervals.
//!
//! Cp = (USL−LSL)/6σ, Cpk = min(Cpl, Cpu), Cpl = (x̄−LSL)/3σ, Cpu = (USL−x̄)/3σ, Cpm = (USL−LSL)/(6√(σ²+(x̄−T)²)), with
//! σ within subgroups; Pp, Ppk and the overall Cpm with s of all readings (ISO 22514-2; Montgomery, 7th ed., ch. 8).
//! Intervals: of Cp by χ² (Montgomery 8.3.5), of Cpk, Cpl, Cpu by Bissell's normal approximation (Bissell 1990;
//! 8.3.5), of Cpm by χ² with Boyles' degrees of freedom (Boyles 1991).

use crate::distributions::{chi_squared_quantile, normal_quantile};
use crate::exact::Sums;
use crate::limits::{usual, within};
use crate::subgroups::{Estimate, Kind, Taken};
use toolcrib_sdk::prelude::*;

/// The most readings that an interval is computed for.
pub const READINGS: i64 = 1_000_000;

/// An index with its two-sided confidence interval.
#[value]
#[derive(Copy)]
pub struct Index {
    pub value: f64,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// Absent: a limit or the target is, σ is 0, or there are too few readings.
#[value]
pub struct Indices {
    pub sigma: f64,
    pub cp: Option<Index>,
    pub cpk: Option<Index>,
    pub cpl: Option<Index>,
    pub cpu: Option<Index>,
    pub cpm: Option<Index>,
}

/// `within` holds Cp, Cpk and Cpm, `overall` Pp, Ppk and the same by s of all readings.
#[value]
pub struct Capability {
    pub readings: i64,
    pub mean: Option<f64>,
    pub estimate: Option<Estimate>,
    pub within: Option<Indices>,
    pub overall: Option<Indices>,
}

/// Specification and how sure the intervals are.
#[value]
pub struct Specification {
    pub lower: Option<Decimal<6>>,
    pub upper: Option<Decimal<6>>,
    pub target: Option<Decimal<6>>,
    /// Level of the intervals; 0.95.
    pub level: Option<f64>,
    /// Degrees of freedom of σ within; default one less than readings, as in the sources.
    pub degrees: Option<i64>,
}

/// How far the mean is above a limit, without what rounding both would lose.
type Above<'a> = &'a dyn Fn(Decimal<6>) -> f64;

impl Specification {
    /// # Errors
    /// Limits that cross, a level or degrees of freedom outside their range.
    pub fn check(&self) -> Outcome<()> {
        let wrong = self.lower.zip(self.upper).is_some_and(|(lower, upper)| lower >= upper);
        reject_if(wrong, "bad-specification", "The lower limit is below the upper one").field("lower")?;
        let (level, degrees) = (self.level.unwrap_or(0.95), self.degrees.unwrap_or(1));
        let wrong = level <= 0.0 || level >= 1.0 || !(1..=READINGS).contains(&degrees);
        let message = "A level lies between 0 and 1, degrees of freedom between 1 and a million";
        reject_if(wrong, "bad-level", message).field("level")
    }

    /// None without spread or with fewer than two readings.
    pub fn indices(&self, readings: usize, above: Above<'_>, sigma: f64, degrees: f64) -> Option<Indices> {
        if sigma <= 0.0 || readings < 2 {
            return None;
        }
        let tail = (1.0 - self.level.unwrap_or(0.95)) / 2.0;
        let by_chi_squared = |value: f64, degrees: f64| {
            let bound = |p| Some(value * (chi_squared_quantile(p, degrees) / degrees).sqrt());
            Index { value, lower: bound(tail), upper: bound(1.0 - tail) }
        };
        let by_bissell = |value: f64| {
            let half =
                -normal_quantile(tail) * (1.0 / (9.0 * readings as f64) + value * value / (2.0 * degrees)).sqrt();
            Index { value, lower: Some(value - half), upper: Some(value + half) }
        };
        let cp = self.lower.zip(self.upper).map(|(lower, upper)| (upper.0 - lower.0) as f64 / 1e6 / (6.0 * sigma));
        let cpl = self.lower.map(|lower| above(lower) / (3.0 * sigma));
        let cpu = self.upper.map(|upper| -above(upper) / (3.0 * sigma));
        let cpm = cp.zip(self.target).map(|(cp, target)| {
            let square = above(target) / sigma * (above(target) / sigma);
            let degrees = readings as f64 * (1.0 + square) * (1.0 + square) / (1.0 + 2.0 * square);
            by_chi_squared(cp / (1.0 + square).sqrt(), degrees)
        });
        Some(Indices {
            sigma,
            cp: cp.map(|cp| by_chi_squared(cp, degrees)),
            cpk: cpl.into_iter().chain(cpu).reduce(f64::min).map(by_bissell),
            cpl: cpl.map(by_bissell),
            cpu: cpu.map(by_bissell),
            cpm,
        })
    }
}

/// Indices of the subgroups that count.
pub fn capability(kind: Kind, taken: &[Taken], estimate: Option<Estimate>, of: &Specification) -> Outcome<Capability> {
    of.check()?;
    let counted: Vec<_> = taken.iter().filter(|one| !one.excluded).collect();
    let estimate = estimate.unwrap_or_else(|| usual(kind, &counted));
    let all = Sums::all(counted.iter().map(|one| &one.sums));
    let free = all.count.saturating_sub(1) as f64;
    let above = |limit: Decimal<6>| all.above(&Sums::of([&limit])).unwrap_or_default();
    let indices = |sigma: f64, degrees: f64| of.indices(all.count, &above, sigma, degrees);
    Ok(Capability {
        readings: all.count as i64,
        mean: all.mean(),
        estimate: Some(estimate),
        within: within(estimate, taken).and_then(|s| indices(s, of.degrees.map_or(free, |degrees| degrees as f64))),
        overall: all.deviation().and_then(|s| indices(s, free)),
    })
}
