//! Money in whole fen and rates in basis points. Nothing here rounds but [`BasisPoints::of`], and nothing wraps.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Basis points of a whole: 10,000 are 100 %.
pub const BASIS: u32 = 10_000;

/// An amount in whole fen (1/100 yuan), at least nought. What can go below nought says so with an `i64` of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "i64", into = "i64")]
#[sqlx(transparent, no_pg_array)]
pub struct Fen(i64);

/// The amount is below nought or above [`Fen::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount is 0 to {} whole fen", Fen::MAX.0)]
pub struct NoAmount;

impl Fen {
    pub const ZERO: Self = Self(0);
    /// One trillion yuan: more than any programme, and so far below `i64` that 90,000 of them still add up.
    pub const MAX: Self = Self(100_000_000_000_000);

    /// None below nought and above [`Fen::MAX`].
    pub const fn new(fen: i64) -> Option<Self> {
        if fen < 0 || fen > Self::MAX.0 { None } else { Some(Self(fen)) }
    }

    /// Whole yuan; none above [`Fen::MAX`].
    pub const fn yuan(yuan: u32) -> Self {
        Self(yuan as i64 * 100)
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    /// None above [`Fen::MAX`].
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        // Both are far below half of what an i64 holds.
        Self::new(self.0 + other.0)
    }

    /// None below nought.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0 - other.0)
    }

    /// None above [`Fen::MAX`].
    #[must_use]
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        self.0.checked_mul(i64::from(times)).and_then(Self::new)
    }

    /// What is left, nought when the other one is larger.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.checked_sub(other).unwrap_or_default()
    }

    /// The sum; none above [`Fen::MAX`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

impl TryFrom<i64> for Fen {
    type Error = NoAmount;

    fn try_from(fen: i64) -> Result<Self, NoAmount> {
        Self::new(fen).ok_or(NoAmount)
    }
}

impl From<Fen> for i64 {
    fn from(fen: Fen) -> Self {
        fen.0
    }
}

/// Yuan with two digits, as people read them: `1234.50`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// A rate in 1/10,000, at most 100 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct BasisPoints(u32);

/// The rate is above 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is 0 to {BASIS} basis points (100 %)")]
pub struct NoRate;

impl BasisPoints {
    pub const WHOLE: Self = Self(BASIS);

    /// None above 100 %.
    pub const fn new(points: u32) -> Option<Self> {
        if points > BASIS { None } else { Some(Self(points)) }
    }

    /// None above 100 %.
    pub const fn percent(percent: u32) -> Option<Self> {
        if percent > 100 { None } else { Some(Self(percent * 100)) }
    }

    pub const fn get(self) -> u32 {
        self.0
    }

    /// This part of an amount, rounded half up to the fen.
    #[must_use]
    pub fn of(self, amount: Fen) -> Fen {
        let (rate, basis) = (i128::from(self.0), i128::from(BASIS));
        let fen = (i128::from(amount.0) * rate + basis / 2) / basis;
        Fen(i64::try_from(fen).expect("a part is at most the whole"))
    }

    /// This rate less another one, nought at least.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl TryFrom<i64> for BasisPoints {
    type Error = NoRate;

    fn try_from(points: i64) -> Result<Self, NoRate> {
        u32::try_from(points).ok().and_then(Self::new).ok_or(NoRate)
    }
}

impl TryFrom<u32> for BasisPoints {
    type Error = NoRate;

    fn try_from(points: u32) -> Result<Self, NoRate> {
        Self::new(points).ok_or(NoRate)
    }
}

impl From<BasisPoints> for u32 {
    fn from(points: BasisPoints) -> Self {
        points.0
    }
}

/// Per cent without trailing noughts: `40 %`, `12.5 %`.
impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match rest {
            0 => write!(f, "{whole} %"),
            tens if tens % 10 == 0 => write!(f, "{whole}.{} %", tens / 10),
            rest => write!(f, "{whole}.{rest:02} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fen(fen: i64) -> Fen {
        Fen::new(fen).unwrap()
    }

    #[test]
    fn an_amount_is_never_negative_and_never_wraps() {
        assert_eq!((Fen::new(-1), Fen::new(Fen::MAX.0 + 1), Fen::new(i64::MAX)), (None, None, None));
        assert_eq!((fen(1).checked_sub(fen(2)), fen(1).saturating_sub(fen(2))), (None, Fen::ZERO));
        assert_eq!((Fen::MAX.checked_add(fen(1)), Fen::MAX.checked_mul(u32::MAX)), (None, None));
        assert_eq!(Fen::sum([Fen::MAX, Fen::MAX]), None);
        assert_eq!(
            serde_json::from_str::<Fen>("-1").unwrap_err().to_string(),
            "an amount is 0 to 100000000000000 whole fen"
        );
        assert!(serde_json::from_str::<Fen>("0.5").is_err());
        assert_eq!(Fen::yuan(u32::MAX).to_string(), "4294967295.00");
    }

    #[test]
    fn a_part_is_rounded_half_up_once() {
        let case = |points, amount, part| assert_eq!(BasisPoints::new(points).unwrap().of(fen(amount)), fen(part));
        case(5_000, 1, 1); // 0.5
        case(4_000, 1, 0); // 0.4
        case(3_333, 15_000, 5_000); // 4999.5
        case(3_333, 14_998, 4_999); // 4998.83
        case(0, 999, 0);
        case(BASIS, Fen::MAX.0, Fen::MAX.0);
        assert_eq!((BasisPoints::new(10_001), BasisPoints::percent(101)), (None, None));
        assert_eq!(BasisPoints::percent(40).unwrap().less(BasisPoints::percent(50).unwrap()), BasisPoints::default());
    }

    #[test]
    fn people_read_yuan_and_per_cent() {
        assert_eq!([fen(0).to_string(), fen(5).to_string(), fen(123_450).to_string()], ["0.00", "0.05", "1234.50"]);
        let rate = |points| BasisPoints::new(points).unwrap().to_string();
        assert_eq!([rate(4_000), rate(1_250), rate(1_205)], ["40 %", "12.5 %", "12.05 %"]);
    }
}
