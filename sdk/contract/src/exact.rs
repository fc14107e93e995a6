//! Exact arithmetic beside [`Decimal`]: fractions for rates and factors, and splits that lose nothing.
//!
//! Nothing here rounds but [`Fraction::round`], half to even, and [`Fraction::round_half_up`], as wages are, each once.
//! Everything is checked: what does not fit
//! into 128 bits is `None`, never a wrong number.

use crate::types::{DECIMAL_COEF_MAX, Decimal, divide_half_even};
use std::cmp::Ordering;
use std::fmt;

/// A fraction of whole numbers, reduced, its denominator positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Fraction {
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator / denominator`. None when the denominator is 0 or a side is `i128::MIN`.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 || numerator == i128::MIN || denominator == i128::MIN {
            return None;
        }
        let common = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128;
        let sign = denominator.signum();
        Some(Self { numerator: sign * (numerator / common), denominator: sign * (denominator / common) })
    }

    /// A whole number.
    pub const fn whole(value: i64) -> Self {
        Self { numerator: value as i128, denominator: 1 }
    }

    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        // Over the least common denominator, so that sums of many shares of one whole stay small.
        let common = gcd(self.denominator as u128, other.denominator as u128) as i128;
        let left = self.numerator.checked_mul(other.denominator / common)?;
        let right = other.numerator.checked_mul(self.denominator / common)?;
        Self::new(left.checked_add(right)?, (self.denominator / common).checked_mul(other.denominator)?)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self { numerator: -other.numerator, ..other })
    }

    pub fn checked_mul(self, other: Self) -> Option<Self> {
        // Crosswise reduced first: the product overflows only when the reduced result does.
        let left = Self::new(self.numerator, other.denominator)?;
        let right = Self::new(other.numerator, self.denominator)?;
        Self::new(left.numerator.checked_mul(right.numerator)?, left.denominator.checked_mul(right.denominator)?)
    }

    /// None when `other` is 0.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.checked_mul(Self::new(other.denominator, other.numerator)?)
    }

    /// The nearest decimal, half to even. None when it has more than eighteen digits.
    pub fn round<const SCALE: u8>(self) -> Option<Decimal<SCALE>> {
        let ten = 10i128.checked_pow(u32::from(SCALE))?;
        let scaled = self.checked_mul(Self { numerator: ten, denominator: 1 })?;
        let coef = divide_half_even(scaled.numerator, scaled.denominator)?;
        i64::try_from(coef).ok().filter(|coef| coef.abs() <= DECIMAL_COEF_MAX).map(Decimal)
    }

    /// The nearest decimal, half away from zero, as payrolls round (四舍五入): 41.625 is 41.63, -41.625 is -41.63. None
    /// when it has more than eighteen digits.
    pub fn round_half_up<const SCALE: u8>(self) -> Option<Decimal<SCALE>> {
        let ten = 10i128.checked_pow(u32::from(SCALE))?;
        let Self { numerator, denominator } = self.checked_mul(Self { numerator: ten, denominator: 1 })?;
        let (whole, rest) = (numerator / denominator, (numerator % denominator).unsigned_abs());
        // Half or more of the denominator is left: both are below 2^127, so twice the rest fits.
        let up = i128::from(2 * rest >= denominator.unsigned_abs());
        let coef = whole + numerator.signum() * up;
        i64::try_from(coef).ok().filter(|coef| coef.abs() <= DECIMAL_COEF_MAX).map(Decimal)
    }

    /// The decimal it is exactly. None when it is not one of this scale.
    pub fn exactly<const SCALE: u8>(self) -> Option<Decimal<SCALE>> {
        self.round().filter(|decimal| Self::from(*decimal) == self)
    }
}

impl<const SCALE: u8> From<Decimal<SCALE>> for Fraction {
    fn from(decimal: Decimal<SCALE>) -> Self {
        let ten = 10i128.pow(u32::from(SCALE));
        Self::new(i128::from(decimal.0), ten).expect("a power of ten is not 0")
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Fraction {
    /// By whole parts, then by what is left of each turned around: no product, so no overflow.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (*self, *other);
        loop {
            let (whole_a, whole_b) = (a.numerator.div_euclid(a.denominator), b.numerator.div_euclid(b.denominator));
            let (rest_a, rest_b) = (a.numerator.rem_euclid(a.denominator), b.numerator.rem_euclid(b.denominator));
            match whole_a.cmp(&whole_b) {
                Ordering::Equal if rest_a == 0 || rest_b == 0 => return rest_a.cmp(&rest_b),
                // d/r is larger the smaller r/d is: the sides change places.
                Ordering::Equal => {
                    (a, b) = (
                        Self { numerator: b.denominator, denominator: rest_b },
                        Self { numerator: a.denominator, denominator: rest_a },
                    );
                }
                unequal => return unequal,
            }
        }
    }
}

impl fmt::Display for Fraction {
    /// `3/4`; a whole number without the denominator.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

impl<const SCALE: u8> Decimal<SCALE> {
    /// The product, rounded once, half to even. None when it has more than eighteen digits.
    pub fn times(self, factor: Fraction) -> Option<Self> {
        Fraction::from(self).checked_mul(factor)?.round()
    }

    pub fn checked_mul_int(self, factor: i64) -> Option<Self> {
        self.0.checked_mul(factor).filter(|coef| coef.abs() <= DECIMAL_COEF_MAX).map(Self)
    }
}

/// Splits a total by weights so that the parts sum to it exactly: the method of largest remainders. Each part is within
/// one of its exact share; what is left over goes to the largest remainders, the earlier one first among equals.
/// A negative total is split like its opposite. None when a weight is negative or all are 0.
pub fn shares(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum <= 0 || weights.iter().any(|weight| *weight < 0) {
        return None;
    }
    let size = i128::from(total).abs();
    // A total and a weight have 63 bits each: their product fits.
    let exact = weights.iter().map(|weight| size * i128::from(*weight));
    let (mut parts, rests): (Vec<i128>, Vec<i128>) = exact.map(|share| (share / sum, share % sum)).unzip();
    let left = size - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| rests[*b].cmp(&rests[*a]).then(a.cmp(b)));
    // Fewer are left over than there are parts with a remainder.
    for at in order.into_iter().take(left as usize) {
        parts[at] += 1;
    }
    parts.into_iter().map(|part| i64::try_from(part * i128::from(total.signum())).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fraction(numerator: i128, denominator: i128) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn fractions_are_reduced_and_signed_above() {
        assert_eq!(fraction(6, -8), fraction(-3, 4));
        assert_eq!(fraction(6, -8).to_string(), "-3/4");
        assert_eq!(fraction(-8, 4).to_string(), "-2");
        assert_eq!(Fraction::new(1, 0), None);
        assert_eq!(Fraction::ONE.checked_div(Fraction::ZERO), None);
    }

    #[test]
    fn a_third_three_times_is_one() {
        let third = fraction(1, 3);
        let one = third.checked_add(third).and_then(|two| two.checked_add(third));
        assert_eq!(one, Some(Fraction::ONE));
        assert_eq!(third.round::<6>(), Some(Decimal(333_333)));
        assert_eq!(third.exactly::<6>(), None);
        assert_eq!(fraction(1, 8).exactly::<3>(), Some(Decimal(125)));
    }

    /// At the exact half, a hair beside it, and on both sides of zero.
    #[test]
    fn a_payroll_rounds_half_a_fen_up() {
        for (numerator, denominator, even, up) in [
            (41_625, 1_000, 4_162, 4_163),
            (41_635, 1_000, 4_164, 4_164),
            (-41_625, 1_000, -4_162, -4_163),
            (41_624_999, 1_000_000, 4_162, 4_162),
            (41_625_001, 1_000_000, 4_163, 4_163),
            (1, 200, 0, 1),
            (-1, 200, 0, -1),
            (1, 300, 0, 0),
            (7, 1, 700, 700),
        ] {
            let exact = fraction(numerator, denominator);
            assert_eq!((exact.round::<2>(), exact.round_half_up::<2>()), (Some(Decimal(even)), Some(Decimal(up))));
        }
        assert_eq!(fraction(i128::MAX, 1).round_half_up::<0>(), None);
        assert_eq!(fraction(DECIMAL_COEF_MAX.into(), 1).round_half_up::<0>(), Some(Decimal(DECIMAL_COEF_MAX)));
    }

    #[test]
    fn what_does_not_fit_is_none_and_not_wrong() {
        let large = fraction(i128::MAX, 1);
        assert_eq!(large.checked_mul(fraction(2, 1)), None);
        assert_eq!(large.checked_mul(fraction(1, i128::MAX)), Some(Fraction::ONE));
        assert_eq!(large.round::<0>(), None);
        assert_eq!(Decimal::<2>(DECIMAL_COEF_MAX).times(fraction(2, 1)), None);
    }

    #[test]
    fn shares_give_what_is_left_to_the_largest_remainder() {
        assert_eq!(shares(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(shares(-100, &[1, 1, 1]), Some(vec![-34, -33, -33]));
        assert_eq!(shares(10, &[3, 0, 4]), Some(vec![4, 0, 6]));
        assert_eq!(shares(0, &[1, 2]), Some(vec![0, 0]));
        assert_eq!((shares(5, &[]), shares(5, &[0, 0]), shares(5, &[2, -1])), (None, None, None));
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_total_and_are_within_one(total in -i64::MAX..i64::MAX, weights in prop::collection::vec(0i64..i64::MAX, 1..40)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let parts = shares(total, &weights).unwrap();
            prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(total));
            let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            for (part, weight) in parts.iter().zip(&weights) {
                let floor = i128::from(total).abs() * i128::from(*weight) / sum;
                prop_assert!((0..=1).contains(&(i128::from(part.abs()) - floor)));
            }
        }

        #[test]
        fn order_agrees_with_subtraction(a in -1_000_000i64..1_000_000, b in 1i64..1_000_000, c in -1_000_000i64..1_000_000, d in 1i64..1_000_000) {
            let (x, y) = (fraction(a.into(), b.into()), fraction(c.into(), d.into()));
            prop_assert_eq!(x.cmp(&y), x.checked_sub(y).unwrap().numerator().cmp(&0));
        }

        #[test]
        fn decimals_come_back_exactly(coef in -DECIMAL_COEF_MAX..=DECIMAL_COEF_MAX) {
            prop_assert_eq!(Fraction::from(Decimal::<6>(coef)).exactly(), Some(Decimal::<6>(coef)));
            prop_assert_eq!(Decimal::<6>(coef).times(Fraction::ONE), Some(Decimal(coef)));
        }
    }
}
