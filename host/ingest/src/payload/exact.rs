//! Exact decimals for scale and offset: what a float says in its shortest form, times and plus, rounded once at the end.

use std::cmp::Ordering;

/// `coef / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    coef: i128,
    scale: u32,
}

/// Digits behind the point that are kept apart.
const SCALE_MAX: i64 = 36;

impl Exact {
    pub const ONE: Self = Self { coef: 1, scale: 0 };

    pub const fn whole(value: i128) -> Self {
        Self { coef: value, scale: 0 }
    }

    /// Reads `-12.50` and `1.5e-7`. None when it is no number, or has too many digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (sign, digits) = digits.strip_prefix('-').map_or((1, digits), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || (part.is_empty() && digits.contains('.')) {
            return None;
        }
        let mut coef: i128 = 0;
        for digit in whole.bytes().chain(part.bytes()) {
            if !digit.is_ascii_digit() {
                return None;
            }
            coef = coef.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let scale = i64::try_from(part.len()).ok()? - exponent;
        Self { coef: sign * coef, scale: 0 }.shift(scale)
    }

    /// What a float says in its shortest form. None when it is no finite number or far too large.
    pub fn of(value: f64) -> Option<Self> {
        Self::parse(&format!("{value:e}"))
    }

    /// The same of 32 bits: 0.1 is 0.1, not what it becomes in 64.
    pub fn of_single(value: f32) -> Option<Self> {
        Self::parse(&format!("{value:e}"))
    }

    fn shift(self, scale: i64) -> Option<Self> {
        let mut shifted = self.reduced();
        let scale = scale + i64::from(shifted.scale);
        // Zeros at the end pay for digits behind the point.
        if scale > SCALE_MAX {
            return if shifted.coef == 0 { Some(Self::whole(0)) } else { None };
        }
        if scale < 0 {
            let ten = 10i128.checked_pow(u32::try_from(-scale).ok()?)?;
            shifted.coef = shifted.coef.checked_mul(ten)?;
        }
        Some(Self { coef: shifted.coef, scale: scale.max(0) as u32 }.reduced())
    }

    fn reduced(mut self) -> Self {
        while self.scale > 0 && self.coef % 10 == 0 {
            self.coef /= 10;
            self.scale -= 1;
        }
        self
    }

    pub fn times(self, other: Self) -> Option<Self> {
        let scale = i64::from(self.scale) + i64::from(other.scale);
        Self { coef: self.coef.checked_mul(other.coef)?, scale: 0 }.shift(scale)
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let align = |one: Self| one.coef.checked_mul(10i128.checked_pow(scale - one.scale)?);
        Some(Self { coef: align(self)?.checked_add(align(other)?)?, scale }.reduced())
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { coef: -other.coef, ..other })
    }

    pub fn abs(self) -> Self {
        Self { coef: self.coef.abs(), ..self }
    }

    /// None when they are too far apart to be compared exactly.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        Some(self.minus(other)?.coef.cmp(&0))
    }

    /// The whole number it is.
    pub fn to_whole(self) -> Option<i64> {
        let reduced = self.reduced();
        (reduced.scale == 0).then(|| i64::try_from(reduced.coef).ok()).flatten()
    }

    /// The nearest float.
    pub fn to_float(self) -> f64 {
        format!("{}e-{}", self.coef, self.scale).parse().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).unwrap()
    }

    #[test]
    fn scale_and_offset_do_not_round_on_the_way() {
        // In floats 3 × 0.1 is 0.30000000000000004.
        assert_eq!(exact("3").times(exact("0.1")).unwrap().to_float(), 0.3);
        assert_eq!(Exact::of(0.1).unwrap().plus(Exact::of(0.2).unwrap()).unwrap().to_float(), 0.3);
        assert_eq!(exact("655.35").times(exact("100")).unwrap().to_whole(), Some(65_535));
        assert_eq!(Exact::of_single(21.3).unwrap().to_float(), 21.3);
        assert_eq!(exact("1.5e-7").to_float(), 1.5e-7);
        assert_eq!(exact("-2.50"), exact("-25e-1"));
        assert_eq!(exact("2.5").to_whole(), None);
    }

    #[test]
    fn what_is_no_number_or_too_large_is_none() {
        for bad in ["", "-", ".5", "1.", "1e", "x", "１", "NaN", "inf", "1e99", "1e-99", "9".repeat(40).as_str()] {
            assert_eq!(Exact::parse(bad), None, "{bad}");
        }
        assert_eq!((Exact::of(f64::NAN), Exact::of(f64::INFINITY), Exact::of(1e300)), (None, None, None));
        assert_eq!(exact("0e-99"), Exact::whole(0));
        let large = Exact::whole(i128::MAX);
        assert_eq!((large.times(exact("2")), large.plus(large)), (None, None));
    }

    proptest! {
        #[test]
        fn a_float_comes_back(value in -1e18f64..1e18) {
            prop_assume!(value == 0.0 || value.abs() > 1e-12);
            prop_assert_eq!(Exact::of(value).unwrap().to_float(), value);
        }

        #[test]
        fn times_and_plus_agree_with_whole_numbers(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000, scale in 0u32..6) {
            let of = |value: i64| Exact { coef: value.into(), scale };
            prop_assert_eq!(of(a).times(of(b)), Exact { coef: i128::from(a) * i128::from(b), scale: 2 * scale }.shift(0));
            prop_assert_eq!(of(a).plus(of(b)).unwrap().compare(of(a + b)), Some(Ordering::Equal));
            prop_assert_eq!(of(a).compare(of(b)), Some(a.cmp(&b)));
        }
    }
}
