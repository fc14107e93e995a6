//! One reading on its way from a machine to the server: which signal, when, what, how good.

use crate::exact::Exact;
use std::fmt::Write;
use std::sync::Arc;
use toolcrib_contract::types::Instant;

/// Characters of a text value, as the server takes them.
pub const WORD_CHARS: usize = 128;

/// A reading that is older than this when it is sent is called historical, in microseconds.
pub const HISTORICAL_US: i64 = 86_400_000_000;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Flag(bool),
    Count(i64),
    /// A scaled value; its text has as many digits after the point as the scale, so that it stays a number for the
    /// server even when it is whole.
    Exact(Exact),
    /// Finite.
    Number(f64),
    /// At most [`WORD_CHARS`] characters, without U+0000.
    Word(String),
}

/// How far the source vouches for a value. What it calls bad has no value and is never queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    Good,
    Uncertain,
}

/// One reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// `<equipment>.<signal>`.
    pub signal: Arc<str>,
    /// The source's own time where it has one, otherwise when the answer came.
    pub at: Instant,
    pub value: Value,
    pub quality: Quality,
}

/// Why something that a source said is not a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the source calls it bad")]
    Bad,
    #[error("NaN or infinite")]
    NotFinite,
    #[error("scaled, it has more digits than a value can have")]
    TooLarge,
    #[error("of a type that no reading has")]
    Type,
    #[error("a text of more than 128 characters or with U+0000")]
    Text,
}

impl Value {
    /// A raw whole number times `scale`; never rounded.
    ///
    /// # Errors
    /// `TooLarge`.
    pub fn scaled(raw: i128, scale: Exact) -> Result<Self, Unreadable> {
        let coef = raw.checked_mul(i128::from(scale.coef())).and_then(|coef| i64::try_from(coef).ok());
        let coef = coef.ok_or(Unreadable::TooLarge)?;
        if scale.scale() == 0 {
            return Ok(Self::Count(coef));
        }
        Exact::new(coef, scale.scale()).map(Self::Exact).ok_or(Unreadable::TooLarge)
    }

    /// A floating-point number times `scale`. With a scale, the shortest decimal that means this number is multiplied,
    /// exactly where the result fits.
    ///
    /// # Errors
    /// `NotFinite`.
    pub fn float(raw: f64, shortest: &str, scale: Exact) -> Result<Self, Unreadable> {
        let product = match shortest.parse::<Exact>() {
            Ok(decimal) if scale != Exact::ONE => {
                let digits = decimal.scale().saturating_add(scale.scale());
                let coef = decimal.coef().checked_mul(scale.coef());
                coef.and_then(|coef| Exact::new(coef, digits)).filter(|exact| exact.scale() > 0).map(Self::Exact)
            }
            _ => None,
        };
        let number = shortest.parse::<f64>().unwrap_or(raw) * scale.to_f64();
        match product {
            Some(exact) => Ok(exact),
            None if number.is_finite() => Ok(Self::Number(number)),
            None => Err(Unreadable::NotFinite),
        }
    }

    /// # Errors
    /// `Text`.
    pub fn word(text: String) -> Result<Self, Unreadable> {
        let fits = text.chars().count() <= WORD_CHARS && !text.contains('\0');
        if fits { Ok(Self::Word(text)) } else { Err(Unreadable::Text) }
    }
}

impl Reading {
    pub fn good(signal: &Arc<str>, at: Instant, value: Value) -> Self {
        Self { signal: Arc::clone(signal), at, value, quality: Quality::Good }
    }

    /// Bytes of its line, at most.
    pub fn line_bytes(&self) -> usize {
        // A character of a text takes up to six bytes when it has to be escaped; numbers and flags fit the fixed part.
        let value = if let Value::Word(word) = &self.value { 6 * word.len() } else { 0 };
        140 + self.signal.len() + value
    }

    /// Appends it as one line of JSON, as the server takes readings. `now` is when it is sent.
    pub fn write_line(&self, now: Instant, out: &mut String) {
        let signal = serde_json::Value::from(&*self.signal);
        let value = match &self.value {
            Value::Flag(value) => value.to_string(),
            Value::Count(value) => value.to_string(),
            Value::Exact(value) => value.to_string(),
            Value::Number(value) => serde_json::Value::from(*value).to_string(),
            Value::Word(value) => serde_json::Value::from(value.as_str()).to_string(),
        };
        let quality = if self.quality == Quality::Uncertain { ",\"quality\":\"uncertain\"" } else { "" };
        let historical = if now.since_us(self.at) > HISTORICAL_US { ",\"historical\":true" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{{\"signal\":{signal},\"at\":\"{}\",\"value\":{value}{quality}{historical}}}", self.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = Instant(1_795_420_800_000_000);

    fn line(value: Value) -> String {
        let mut out = String::new();
        Reading::good(&"a.b".into(), AT, value).write_line(AT, &mut out);
        out.split_once("\"value\":").unwrap().1.trim_end().trim_end_matches('}').to_owned()
    }

    fn scale(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn a_scaled_register_is_exact_and_keeps_its_type() {
        for (raw, by, expected) in [
            (123, "0.1", "12.3"),
            (120, "0.1", "12.0"),
            (-5, "0.25", "-1.25"),
            (65_535, "10", "655350"),
            (i128::from(i64::MAX), "1", "9223372036854775807"),
        ] {
            assert_eq!(line(Value::scaled(raw, scale(by)).unwrap()), expected);
        }
        assert_eq!(Value::scaled(i128::from(u64::MAX), Exact::ONE), Err(Unreadable::TooLarge));
        assert_eq!(Value::scaled(i128::from(i64::MAX), scale("0.1")), Err(Unreadable::TooLarge));
    }

    #[test]
    fn a_float_means_its_shortest_decimal() {
        for (raw, by, expected) in
            [(0.1f32, "1", "0.1"), (0.1, "0.1", "0.01"), (3.0, "2", "6.0"), (1e30, "0.5", "5e+29")]
        {
            let value = Value::float(f64::from(raw), &raw.to_string(), scale(by)).unwrap();
            assert_eq!(line(value), expected, "{raw} × {by}");
        }
        for raw in [f32::NAN, f32::INFINITY] {
            assert_eq!(Value::float(f64::from(raw), &raw.to_string(), Exact::ONE), Err(Unreadable::NotFinite));
        }
    }

    #[test]
    fn a_line_is_json_whatever_the_text_holds() {
        assert_eq!(line(Value::word("运行 \"x\"\n".to_owned()).unwrap()), r#""运行 \"x\"\n""#);
        assert_eq!(Value::word("x".repeat(WORD_CHARS + 1)), Err(Unreadable::Text));
        assert_eq!(Value::word("a\0".to_owned()), Err(Unreadable::Text));
        assert_eq!(line(Value::Number(12.0)), "12.0");
        assert_eq!(line(Value::Flag(true)), "true");
    }

    #[test]
    fn what_is_uncertain_or_was_kept_says_so() {
        let mut out = String::new();
        let reading = Reading { quality: Quality::Uncertain, ..Reading::good(&"a.b".into(), AT, Value::Count(7)) };
        reading.write_line(AT.plus_us(HISTORICAL_US), &mut out);
        reading.write_line(AT.plus_us(HISTORICAL_US + 1), &mut out);
        let line = r#"{"signal":"a.b","at":"2026-11-23T08:00:00Z","value":7,"quality":"uncertain"#;
        assert_eq!(out, format!("{line}\"}}\n{line}\",\"historical\":true}}\n"));
    }

    #[test]
    fn no_line_is_longer_than_it_says() {
        for value in [
            Value::Count(i64::MIN),
            Value::Number(-f64::MIN_POSITIVE),
            Value::Exact(Exact::new(-999_999_999_999_999_999, 12).unwrap()),
            Value::Word("\u{1}".repeat(WORD_CHARS)),
            Value::Word("器".repeat(WORD_CHARS)),
        ] {
            let mut out = String::new();
            let reading =
                Reading { signal: "press-1.good".into(), at: AT.plus_us(1), value, quality: Quality::Uncertain };
            reading.write_line(Instant::MAX, &mut out);
            assert!(out.len() <= reading.line_bytes(), "{out}");
        }
    }
}
