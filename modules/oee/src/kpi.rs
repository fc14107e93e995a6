//! ISO 22400-2:2014 key figures of one period, as exact fractions rounded once.
//!
//! Names and formulas: ISO 22400-2:2014, the KPI descriptions of availability (APT/PBT), effectiveness (PRI·PQ/APT),
//! quality ratio (GQ/PQ), overall equipment effectiveness index (their product) and net equipment effectiveness index
//! (AUPT/PBT in place of availability); the time elements are those of 5.1 and 5.2.

use crate::counts::Pieces;
use crate::rates::Speed;
use ethnum::I256;
use std::cmp::Ordering;
use toolcrib_sdk::prelude::*;

/// Six digits, as a ratio: `0.747937`.
pub type Ratio = Decimal<6>;
/// Eighteen digits, as every decimal of the contract.
const COEF_MAX: i64 = 999_999_999_999_999_999;

/// What happened in a period, before any division.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Planned busy time PBT, microseconds.
    pub planned_busy_us: i128,
    /// Actual production time APT, microseconds.
    pub production_us: i128,
    /// Actual unit setup time AUST, microseconds. AUPT is APT and AUST together.
    pub setup_us: i128,
    pub pieces: Pieces,
}

/// The figures. None means "no value": a time or count that divides is zero, or no ideal speed is known.
/// Never capped: more than 1 is a data error (usually a wrong speed) and is shown as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub availability: Option<Ratio>,
    pub effectiveness: Option<Ratio>,
    pub quality: Option<Ratio>,
    pub oee: Option<Ratio>,
    pub nee: Option<Ratio>,
}

impl Sums {
    /// Produced pieces PQ.
    pub fn produced(&self) -> i128 {
        self.pieces.produced.iter().map(|(_, pieces)| pieces).sum()
    }

    /// Good pieces GQ: what was produced and is neither scrap nor to be reworked.
    pub fn good(&self) -> i128 {
        self.produced() - self.pieces.scrap - self.pieces.rework
    }

    pub fn figures(&self) -> Figures {
        let (good, produced) = (self.good(), self.produced());
        // PRI·PQ in microseconds, as a fraction.
        let ideal = ideal_us(&self.pieces.produced);
        // Ideal time over a time, times two fractions.
        let over = |time: i128, (a, b): (i128, i128), (c, d): (i128, i128)| {
            let (numerator, denominator) = ideal.filter(|_| time > 0 && b > 0 && d > 0 && a >= 0 && c >= 0)?;
            let divisor = denominator.checked_mul(time.into())?.checked_mul(b.into())?.checked_mul(d.into())?;
            rounded(numerator.checked_mul(a.into())?.checked_mul(c.into())?, divisor)
        };
        // With nothing made, a planned period has the value 0, though Q has none.
        let quality = if produced == 0 { (0, 1) } else { (good, produced) };
        let processing_us = self.production_us + self.setup_us;
        // A·E·Q with APT cancelled: PRI·PQ/PBT · GQ/PQ, which with one speed is PRI·GQ/PBT.
        let net = if produced == 0 { (0, 1) } else { (processing_us, self.production_us) };
        Figures {
            availability: Ratio::ratio(self.production_us, self.planned_busy_us).filter(|_| self.planned_busy_us > 0),
            effectiveness: over(self.production_us, (1, 1), (1, 1)),
            quality: Ratio::ratio(good, produced).filter(|_| produced > 0 && good >= 0),
            oee: over(self.planned_busy_us, quality, (1, 1)),
            nee: over(self.planned_busy_us, quality, net),
        }
    }
}

/// Σ pieces · seconds / pieces of the cycle, in microseconds, as a reduced fraction. None without a speed for some pieces,
/// or when 256 bits do not hold it: with speeds of six digits that takes about eight of them without a common factor.
fn ideal_us(produced: &[(Option<Speed>, i128)]) -> Option<(I256, I256)> {
    let mut by_cycle: Vec<(i64, i128)> = Vec::new();
    for (speed, count) in produced.iter().filter(|(_, count)| *count != 0) {
        let speed = (*speed)?;
        // Millionths of a piece times thousandths of a second, over thousandths of a piece: microseconds.
        let work = count.checked_mul(speed.seconds.into())?;
        match by_cycle.iter_mut().find(|(pieces, _)| *pieces == speed.pieces) {
            Some((_, sum)) => *sum = sum.checked_add(work)?,
            None => by_cycle.push((speed.pieces, work)),
        }
    }
    by_cycle.into_iter().try_fold((I256::ZERO, I256::ONE), |(numerator, denominator), (pieces, work)| {
        let pieces = I256::from(pieces);
        let numerator = numerator.checked_mul(pieces)?.checked_add(I256::from(work).checked_mul(denominator)?)?;
        let denominator = denominator.checked_mul(pieces)?;
        let divisor = gcd(numerator, denominator);
        Some((numerator / divisor, denominator / divisor))
    })
}

/// A fraction rounded once: half to even, as the contract rounds. None when it is negative, since then more was taken back
/// than made, or larger than a ratio may be.
fn rounded(numerator: I256, denominator: I256) -> Option<Ratio> {
    if numerator < I256::ZERO {
        return None;
    }
    let divisor = gcd(numerator, denominator);
    let (numerator, denominator) = (numerator / divisor, denominator / divisor);
    let scaled = numerator.checked_mul(I256::new(1_000_000))?;
    let (floor, rest) = (scaled / denominator, scaled % denominator);
    let up = match rest.checked_mul(I256::new(2))?.cmp(&denominator) {
        Ordering::Less => I256::ZERO,
        Ordering::Greater => I256::ONE,
        Ordering::Equal => floor & I256::ONE,
    };
    i64::try_from(floor + up).ok().filter(|coef| *coef <= COEF_MAX).map(Decimal)
}

fn gcd(a: I256, b: I256) -> I256 {
    if b == I256::ZERO { if a > I256::ZERO { a } else { I256::ONE } } else { gcd(b, a % b) }
}
