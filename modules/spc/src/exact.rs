//! Means and deviations of exact decimals: sums are whole numbers, and only the result is rounded.

use ethnum::I256;
use toolcrib_sdk::prelude::*;

/// Readings are whole millionths.
const UNIT: f64 = 1e6;

/// Sums of readings. Eighteen digits squared, a hundred thousand times, are far from 256 bits.
#[derive(Clone, Debug)]
pub struct Sums {
    pub count: usize,
    sum: i128,
    squares: I256,
    least: i64,
    most: i64,
}

impl Sums {
    /// Of single readings.
    pub fn of<'a>(readings: impl IntoIterator<Item = &'a Decimal<6>>) -> Self {
        let mut sums = Self { count: 0, sum: 0, squares: I256::ZERO, least: i64::MAX, most: i64::MIN };
        for Decimal(reading) in readings {
            sums.count += 1;
            sums.sum += i128::from(*reading);
            sums.squares += I256::from(i128::from(*reading) * i128::from(*reading));
            (sums.least, sums.most) = (sums.least.min(*reading), sums.most.max(*reading));
        }
        sums
    }

    /// Of parts together.
    pub fn all<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        parts.into_iter().fold(Self::of([]), |all, part| Self {
            count: all.count + part.count,
            sum: all.sum + part.sum,
            squares: all.squares + part.squares,
            least: all.least.min(part.least),
            most: all.most.max(part.most),
        })
    }

    /// None without a reading.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / (self.count as f64 * UNIT))
    }

    /// Σ(x − x̄)² = (n Σx² − (Σx)²)/n. None without a reading.
    pub fn squared_deviations(&self) -> Option<f64> {
        let count = I256::from(self.count as i128);
        let times_count = count * self.squares - I256::from(self.sum) * I256::from(self.sum);
        (self.count > 0).then(|| times_count.as_f64() / (self.count as f64 * UNIT * UNIT))
    }

    /// The standard deviation s, by n − 1. None with fewer than two readings.
    pub fn deviation(&self) -> Option<f64> {
        let squares = self.squared_deviations().filter(|_| self.count > 1)?;
        Some((squares / (self.count - 1) as f64).sqrt())
    }

    /// Largest less smallest. None with fewer than two readings.
    pub fn range(&self) -> Option<f64> {
        (self.count > 1).then(|| (i128::from(self.most) - i128::from(self.least)) as f64 / UNIT)
    }

    /// How far a mean is above another, without cancellation. None when one has no reading.
    pub fn above(&self, other: &Self) -> Option<f64> {
        let (n, m) = (self.count as i128, other.count as i128);
        let times = I256::from(self.sum) * I256::from(m) - I256::from(other.sum) * I256::from(n);
        (n > 0 && m > 0).then(|| times.as_f64() / ((n * m) as f64 * UNIT))
    }
}
