//! Exact decimals: what scales a raw register, and what comes out.

use serde::Deserialize;
use toolcrib_contract::types::{DECIMAL_COEF_MAX, decimal_text, parse_decimal};

/// Digits after the point, at most.
pub const SCALE_MAX: u8 = 12;

/// `coef / 10^scale`. The scale is that of the text it was read from: `1.50` has two digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Exact {
    coef: i64,
    scale: u8,
}

impl Exact {
    pub const ZERO: Self = Self { coef: 0, scale: 0 };
    pub const ONE: Self = Self { coef: 1, scale: 0 };

    /// None when the coefficient has more than eighteen digits or the scale is above [`SCALE_MAX`].
    pub fn new(coef: i64, scale: u8) -> Option<Self> {
        (scale <= SCALE_MAX && coef.unsigned_abs() <= DECIMAL_COEF_MAX as u64).then_some(Self { coef, scale })
    }

    pub fn coef(self) -> i64 {
        self.coef
    }

    pub fn scale(self) -> u8 {
        self.scale
    }

    pub fn to_f64(self) -> f64 {
        self.coef as f64 / 10f64.powi(i32::from(self.scale))
    }

    /// The coefficient as if there were `scale` digits after the point; `scale` is at most [`SCALE_MAX`] and not below
    /// this one's.
    fn widened(self, scale: u8) -> i128 {
        i128::from(self.coef) * 10i128.pow(u32::from(scale - self.scale))
    }

    /// Whether the two lie further apart than `band`; exact.
    pub fn differs_by_more_than(self, other: Self, band: Self) -> bool {
        let scale = self.scale.max(other.scale).max(band.scale);
        (self.widened(scale) - other.widened(scale)).abs() > band.widened(scale)
    }
}

impl std::fmt::Display for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&decimal_text(self.coef, self.scale))
    }
}

impl std::str::FromStr for Exact {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.split_once('.').map_or(0, |(_, part)| part.len());
        let scale = u8::try_from(digits).ok().filter(|scale| *scale <= SCALE_MAX);
        let scale = scale.ok_or_else(|| format!("`{text}` has more than {SCALE_MAX} digits after the point"))?;
        let coef = parse_decimal(text, scale).map_err(|error| format!("`{text}`: {error}"))?;
        Ok(Self { coef, scale })
    }
}

impl TryFrom<String> for Exact {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_keeps_the_digits_it_was_written_with() {
        for text in ["0.1", "-2.50", "10", "0.000000000001"] {
            assert_eq!(text.parse::<Exact>().unwrap().to_string(), text);
        }
        for bad in ["", ".5", "1e3", "0.0000000000001", "1,5", "9999999999999999999"] {
            assert!(bad.parse::<Exact>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_difference_of_exactly_the_band_is_not_more() {
        let of = |text: &str| text.parse::<Exact>().unwrap();
        assert!(!of("0.3").differs_by_more_than(of("0.1"), of("0.2")));
        assert!(of("0.301").differs_by_more_than(of("0.1"), of("0.2")));
        assert!(of("-1").differs_by_more_than(of("1"), of("1.99")));
        assert!(!of("1.0").differs_by_more_than(of("1"), of("0")));
    }
}
