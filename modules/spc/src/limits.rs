//! What limits rest on: the centre, and σ within subgroups by the chosen estimate.

use crate::constants::{Constants, c4};
use crate::exact::Sums;
use crate::subgroups::{Estimate, Kind, Setup, Taken};

/// Median moving range for σ = 1: √2 Φ⁻¹(¾).
const MEDIAN_RANGE: f64 = 0.953_872_552_408_939_2;

/// Centre and spread, estimated or frozen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Basis {
    /// Mean of readings, share of defective units, or defects per inspection unit.
    pub centre: f64,
    /// σ of a single reading; of pooled s that stands for s̄, that s. None for counts and where nothing tells it.
    pub spread: Option<f64>,
    pub estimate: Estimate,
}

impl Basis {
    /// From the subgroups that count. None when there is not one reading or count.
    pub fn of(kind: Kind, taken: &[Taken], setup: &Setup) -> Option<Self> {
        let base = setup.base.and_then(|base| usize::try_from(base).ok()).unwrap_or(taken.len()).min(taken.len());
        let counted: Vec<_> = taken[..base].iter().filter(|one| !one.excluded).collect();
        let mean = if kind.is_of_counts() {
            let (count, size) =
                counted.iter().fold((0.0, 0.0), |(count, size), one| (count + one.count as f64, size + one.size));
            (size > 0.0).then(|| count / size)
        } else {
            Sums::all(counted.iter().map(|one| &one.sums)).mean()
        };
        let centre = setup.mean.or(mean)?;
        if kind.is_of_counts() {
            return Some(Self { centre, spread: None, estimate: Estimate::Known });
        }
        let estimate = setup.estimate.unwrap_or_else(|| usual(kind, &counted));
        Some(match setup.sigma {
            Some(sigma) => Self { centre, spread: Some(sigma), estimate: Estimate::Known },
            None => Self { centre, spread: within(estimate, &taken[..base]), estimate },
        })
    }

    /// σ of a single reading, as far as subgroups of so many readings are concerned.
    pub fn sigma(&self, size: usize) -> Option<f64> {
        match self.estimate {
            Estimate::SPooled if size >= 2 => self.spread.map(|spread| spread / c4(size)),
            _ => self.spread,
        }
    }
}

/// The usual estimate. Subgroups of different sizes: Montgomery, 7th ed., 6.3.2.
pub fn usual(kind: Kind, taken: &[&Taken]) -> Estimate {
    let sizes = || taken.iter().map(|one| one.sums.count).filter(|size| *size > 0);
    let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
    match kind {
        Kind::IMr => Estimate::MovingRange,
        Kind::XbarR => Estimate::RangeMean,
        Kind::XbarS if least < most => Estimate::SPooled,
        Kind::XbarS => Estimate::SMean,
        _ if most <= 1 => Estimate::MovingRange,
        _ if most <= 9 => Estimate::RangeMean,
        _ => Estimate::SMean,
    }
}

/// σ within, from the subgroups that count. None when they do not tell it.
pub fn within(estimate: Estimate, taken: &[Taken]) -> Option<f64> {
    let counted = || taken.iter().filter(|one| !one.excluded && one.sums.count >= 2);
    let weighted = |part: &dyn Fn(&Taken) -> Option<(f64, f64)>| {
        let (weights, sum) = counted()
            .filter_map(part)
            .fold((0.0, 0.0), |(weights, sum), (weight, value)| (weights + weight, sum + weight * value));
        (weights > 0.0).then(|| sum / weights)
    };
    let range = |is_weighted: bool| {
        weighted(&|one| {
            let of = Constants::of(one.sums.count);
            let weight = of.d2 / of.d3;
            Some((if is_weighted { weight * weight } else { 1.0 }, one.sums.range()? / of.d2))
        })
    };
    let deviation = |is_weighted: bool| {
        weighted(&|one| {
            let c4 = c4(one.sums.count);
            let weight = c4 * c4 / (1.0 - c4 * c4);
            Some((if is_weighted { weight } else { 1.0 }, one.sums.deviation()? / c4))
        })
    };
    let degrees: usize = counted().map(|one| one.sums.count - 1).sum();
    let pooled = || {
        let squares: f64 = counted().filter_map(|one| one.sums.squared_deviations()).sum();
        (degrees > 0).then(|| (squares / degrees as f64).sqrt())
    };
    match estimate {
        Estimate::RangeMean => range(false),
        Estimate::RangeWeighted => range(true),
        Estimate::SMean => deviation(false),
        Estimate::SWeighted => deviation(true),
        Estimate::SPooled | Estimate::Pooled => pooled(),
        Estimate::PooledUnbiased => pooled().map(|s| s / c4(degrees + 1)),
        Estimate::MovingRange => {
            let ranges: Vec<f64> = moving_ranges(taken).into_iter().flatten().collect();
            let mean = ranges.iter().sum::<f64>() / ranges.len().max(1) as f64;
            (!ranges.is_empty()).then(|| mean / Constants::of(2).d2)
        }
        Estimate::MovingRangeMedian => {
            // By insertion: the sorts of the standard library are a tenth of a component.
            let mut ranges: Vec<f64> = Vec::new();
            for range in moving_ranges(taken).into_iter().flatten() {
                ranges.insert(ranges.partition_point(|other| *other < range), range);
            }
            let middle = ranges.len() / 2;
            let median = *ranges.get(middle)?;
            let median = if ranges.len() % 2 == 1 { median } else { (median + ranges[middle - 1]) / 2.0 };
            Some(median / MEDIAN_RANGE)
        }
        Estimate::Known => None,
    }
}

/// How far each single reading is from the one just before it; none where either is missing or does not count.
pub fn moving_ranges(taken: &[Taken]) -> Vec<Option<f64>> {
    let counts = |one: &Taken| !one.excluded && one.sums.count == 1;
    let steps = taken.windows(2).map(|two| two.iter().all(counts).then(|| two[1].sums.above(&two[0].sums))?);
    std::iter::once(None).chain(steps.map(|step| step.map(f64::abs))).take(taken.len()).collect()
}
