//! ISO 22400-2:2014 key figures of one period, as exact fractions rounded once.
//!
//! Names and formulas: ISO 22400-2:2014, the KPI descriptions of availability (APT/PBT), effectiveness (PRI·PQ/APT),
//! quality ratio (GQ/PQ), overall equipment effectiveness index (their product) and net equipment effectiveness index
//! (AUPT/PBT in place of availability); the time elements are those of 5.1 and 5.2.

use crate::counts::Pieces;
use crate::rates::Speed;
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
        let over = |time: i128, factors: &[(i128, i128)]| {
            if time <= 0 {
                return None;
            }
            let (mut numerator, mut denominator) = ideal_us(&self.pieces.produced)?;
            denominator = product(&denominator, &big(time)?);
            for (part, whole) in factors {
                numerator = product(&numerator, &big(*part)?);
                denominator = product(&denominator, &big((*whole).max(1))?);
            }
            rounded(&numerator, &denominator)
        };
        // With nothing made, a planned period has the value 0, though Q has none.
        let quality = if produced == 0 { (0, 1) } else { (good, produced) };
        let net = (self.production_us + self.setup_us, self.production_us);
        // Without production time nothing can be net of it.
        let has_net = produced == 0 || self.production_us > 0;
        Figures {
            availability: Ratio::ratio(self.production_us, self.planned_busy_us).filter(|_| self.planned_busy_us > 0),
            effectiveness: over(self.production_us, &[]),
            quality: Ratio::ratio(good, produced).filter(|_| produced > 0 && good >= 0),
            // A·E·Q with APT cancelled: PRI·PQ/PBT · GQ/PQ, which with one speed is PRI·GQ/PBT.
            oee: over(self.planned_busy_us, &[quality]),
            nee: over(self.planned_busy_us, &[quality, net]).filter(|_| has_net),
        }
    }
}

/// A whole number that is not negative, of any size: 32 bits each, the lowest first, without zeros at the end.
type Big = Vec<u32>;

/// None when it is negative: then more was taken back than made, and nothing has a value.
fn big(number: i128) -> Option<Big> {
    let mut rest = u128::try_from(number).ok()?;
    let mut big = Big::new();
    while rest > 0 {
        big.push(rest as u32);
        rest >>= 32;
    }
    Some(big)
}

/// A number of at most 96 bits.
fn small(big: &Big) -> Option<i128> {
    (big.len() <= 3).then(|| big.iter().rev().fold(0, |number, digit| number << 32 | i128::from(*digit)))
}

fn sum(one: &Big, other: &Big) -> Big {
    let (mut sum, mut carry) = (Big::new(), 0);
    for at in 0..one.len().max(other.len()) {
        let digit = |of: &Big| u64::from(of.get(at).copied().unwrap_or(0));
        carry += digit(one) + digit(other);
        sum.push(carry as u32);
        carry >>= 32;
    }
    trimmed(sum, carry)
}

fn product(one: &Big, other: &Big) -> Big {
    let mut product = vec![0; one.len() + other.len()];
    for (at, digit) in one.iter().enumerate() {
        let mut carry = 0;
        for (place, by) in other.iter().chain([&0]).enumerate() {
            carry += u64::from(product[at + place]) + u64::from(*digit) * u64::from(*by);
            product[at + place] = carry as u32;
            carry >>= 32;
        }
    }
    trimmed(product, 0)
}

fn trimmed(mut big: Big, carry: u64) -> Big {
    big.push(carry as u32);
    while big.last() == Some(&0) {
        big.pop();
    }
    big
}

fn compare(one: &Big, other: &Big) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.iter().rev().cmp(other.iter().rev()))
}

/// Σ pieces · seconds / pieces of the cycle, in microseconds, as a fraction. None without a speed for some pieces.
fn ideal_us(produced: &[(Option<Speed>, i128)]) -> Option<(Big, Big)> {
    let (mut numerator, mut denominator) = (Big::new(), vec![1]);
    for (speed, count) in produced.iter().filter(|(_, count)| *count != 0) {
        let speed = (*speed)?;
        // Millionths of a piece times thousandths of a second, over thousandths of a piece: microseconds.
        let work = product(&big(*count)?, &big(speed.seconds.into())?);
        let pieces = big(speed.pieces.into())?;
        numerator = sum(&product(&numerator, &pieces), &product(&work, &denominator));
        denominator = product(&denominator, &pieces);
    }
    Some((numerator, denominator))
}

/// A fraction rounded once: half to even, as the contract rounds. None when it is larger than a ratio may be.
fn rounded(numerator: &Big, denominator: &Big) -> Option<Ratio> {
    // Nearly always the contract's own division does; with 96 bits it cannot overflow.
    if let (Some(numerator), Some(denominator)) = (small(numerator), small(denominator)) {
        return Ratio::ratio(numerator, denominator);
    }
    let scaled = product(numerator, &big(1_000_000)?);
    let times = |coef: i64| Some(product(denominator, &big(coef.into())?));
    // The largest coefficient whose product does not exceed the numerator, by halves.
    let (mut coef, mut step) = (0, 1i64 << 60);
    while step > 0 {
        if coef + step <= COEF_MAX + 1 && compare(&times(coef + step)?, &scaled) != Ordering::Greater {
            coef += step;
        }
        step >>= 1;
    }
    let up = match compare(&sum(&scaled, &scaled), &sum(&times(coef)?, &times(coef + 1)?)) {
        Ordering::Less => 0,
        Ordering::Greater => 1,
        Ordering::Equal => coef & 1,
    };
    Some(coef + up).filter(|coef| *coef <= COEF_MAX).map(Decimal)
}
