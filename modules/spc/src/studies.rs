//! Studies: everything the charts compute, of data given at once and not kept.

use crate::analysis::{Analysis, analyse};
use crate::capability::{Capability, Indices, READINGS, Specification, capability};
use crate::exact::Sums;
use crate::gauge::{Gauge, Measurement, study};
use crate::subgroups::{Estimate, Kind, LARGEST, SMALLEST, Setup, Subgroup, Taken};
use toolcrib_sdk::prelude::*;

/// Charts subgroups of readings or counts, numbered from 1.
#[query]
pub fn analyse_subgroups(
    _ctx: &Query,
    kind: Kind,
    subgroups: Vec<Subgroup>,
    setup: Option<Setup>,
) -> Outcome<Analysis> {
    let rows: Vec<_> = (1..).zip(subgroups).collect();
    analyse(kind, &rows, &setup.unwrap_or_else(Setup::blank), None)
}

/// Capability of readings in subgroups, or one by one.
#[query]
pub fn study_capability(
    _ctx: &Query,
    subgroups: Vec<Subgroup>,
    specification: Specification,
    estimate: Option<Estimate>,
) -> Outcome<Capability> {
    let taken = Taken::all(Kind::Ewma, subgroups.iter())?;
    capability(Kind::Ewma, &taken, estimate, &specification)
}

/// Capability where only number, mean and standard deviation of the readings are known.
#[query]
pub fn capability_of(
    _ctx: &Query,
    readings: i64,
    mean: f64,
    sigma: f64,
    specification: Specification,
) -> Outcome<Option<Indices>> {
    specification.check()?;
    let is_sane = mean.abs() <= LARGEST && (SMALLEST..=LARGEST).contains(&sigma) && (0..=READINGS).contains(&readings);
    reject_if(!is_sane, "bad-figures", "Sigma is more than 0, readings are at most a million").field("sigma")?;
    let free = specification.degrees.unwrap_or(readings.saturating_sub(1)) as f64;
    Ok(specification.indices(usize::try_from(readings).unwrap_or(0), &|limit| mean - limit.0 as f64 / 1e6, sigma, free))
}

/// Repeatability and reproducibility of a gauge: everybody measures every part equally often.
///
/// `tolerance`: width of the specification. `spread`: σ held against it, 6. `pool_above`: an interaction as probable by
/// chance as this goes into repeatability, 0.25.
#[query]
pub fn study_gauge(
    _ctx: &Query,
    measurements: Vec<Measurement>,
    tolerance: Option<Decimal<6>>,
    spread: Option<f64>,
    pool_above: Option<f64>,
) -> Outcome<Gauge> {
    let (spread, pool_above) = (spread.unwrap_or(6.0), pool_above.unwrap_or(0.25));
    if tolerance.is_some_and(|tolerance| tolerance <= Decimal::ZERO) || !(SMALLEST..=LARGEST).contains(&spread) {
        return Err(reject("bad-tolerance", "A tolerance and a spread are more than 0").field("tolerance"));
    }
    study(&measurements, tolerance.map(|tolerance| tolerance.0 as f64 / 1e6), spread, pool_above)
}

/// Readings in short.
#[value]
pub struct Summary {
    pub readings: i64,
    pub mean: Option<f64>,
    /// Standard deviation s, by n − 1.
    pub deviation: Option<f64>,
    pub range: Option<f64>,
}

/// Mean, standard deviation and range of readings, in lists of at most 1,000.
#[query]
pub fn summarise(_ctx: &Query, lists: Vec<Vec<Decimal<6>>>) -> Outcome<Summary> {
    let sums = Sums::of(lists.iter().flatten());
    let (mean, deviation, range) = (sums.mean(), sums.deviation(), sums.range());
    Ok(Summary { readings: sums.count as i64, mean, deviation, range })
}
