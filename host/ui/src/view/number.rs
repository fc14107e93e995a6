//! Numbers as people read them: exact decimals, rounded once, without zeros that say nothing.

use super::value;
use crate::language::Tr;
use serde_json::Value as Json;
use toolcrib_contract::types::divide_half_even;
use toolcrib_contract::view::{Format, NumberStyle, TimeUnit, UnitOf};

/// Digits after the point of a binary fraction that nobody asked to round.
const FLOAT_DIGITS: u32 = 6;
const US_OF_S: i128 = 1_000_000;

/// A decimal number: `coef / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    coef: i128,
    scale: u32,
}

impl Exact {
    /// A whole number, the text of a decimal, or a binary fraction in its shortest notation. None for what is no number, or
    /// has more digits than anything of the contract.
    pub fn of(json: &Json) -> Option<Self> {
        match json {
            Json::String(text) => Self::parse(text),
            Json::Number(number) if number.is_f64() => {
                let exact = Self::parse(&format!("{}", number.as_f64()?))?;
                Some(if exact.scale > FLOAT_DIGITS { exact.rounded(FLOAT_DIGITS)? } else { exact })
            }
            Json::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let good = !whole.is_empty() && whole.len() + part.len() <= 30 && (!digits.contains('.') || !part.is_empty());
        if !good || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let coef: i128 = format!("{whole}{part}").parse().ok()?;
        Some(Self { coef: if negative { -coef } else { coef }, scale: part.len() as u32 })
    }

    /// Rounded half to even, once.
    fn rounded(self, digits: u32) -> Option<Self> {
        if digits >= self.scale {
            let coef = self.coef.checked_mul(10i128.checked_pow(digits - self.scale)?)?;
            return Some(Self { coef, scale: digits });
        }
        let coef = divide_half_even(self.coef, 10i128.checked_pow(self.scale - digits)?)?;
        Some(Self { coef, scale: digits })
    }

    fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.coef % 10 == 0 {
            self.coef /= 10;
            self.scale -= 1;
        }
        self
    }

    fn times(self, factor: i128) -> Option<Self> {
        Some(Self { coef: self.coef.checked_mul(factor)?, ..self })
    }

    /// `-1234567.5` → `-1,234,567.5`
    fn text(self) -> String {
        let digits = format!("{:0width$}", self.coef.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, part) = digits.split_at(digits.len() - self.scale as usize);
        let groups: Vec<_> = whole.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
        let sign = if self.coef < 0 { "-" } else { "" };
        let whole = groups.join(",");
        if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
    }

    /// The sum with another number.
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.rounded(scale)?, other.rounded(scale)?);
        Some(Self { coef: a.coef.checked_add(b.coef)?, scale })
    }

    /// The difference to an earlier number.
    pub fn minus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.rounded(scale)?, other.rounded(scale)?);
        Some(Self { coef: a.coef.checked_sub(b.coef)?, scale })
    }

    pub fn sign(self) -> std::cmp::Ordering {
        self.coef.cmp(&0)
    }

    /// Compares exactly.
    pub fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        self.minus(other).map(Self::sign)
    }

    /// As a format says, without unit.
    pub fn show(self, tr: Tr, format: &Format) -> Option<String> {
        let asked = format.digits.map(u32::from);
        let write = |exact: Self| match asked {
            Some(digits) => exact.rounded(digits).map(Self::text),
            None => Some(exact.trimmed().text()),
        };
        match &format.style {
            NumberStyle::Plain => write(self),
            NumberStyle::Percent => Some(format!("{} %", write(self.times(100)?)?)),
            NumberStyle::Money { currency } if currency == "CNY" => {
                let text = write(self)?;
                Some(text.strip_prefix('-').map_or_else(|| format!("¥{text}"), |text| format!("-¥{text}")))
            }
            NumberStyle::Money { currency } => Some(format!("{} {currency}", write(self)?)),
            NumberStyle::Duration { unit } => self.duration(tr, *unit),
        }
    }

    fn duration(self, tr: Tr, unit: TimeUnit) -> Option<String> {
        let us = match unit {
            TimeUnit::Microsecond => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Second => US_OF_S,
            TimeUnit::Minute => 60 * US_OF_S,
            TimeUnit::Hour => 3_600 * US_OF_S,
            TimeUnit::Day => 86_400 * US_OF_S,
        };
        let us = self.times(us)?;
        let seconds = divide_half_even(us.coef, US_OF_S.checked_mul(10i128.checked_pow(us.scale)?)?)?;
        Some(seconds_text(tr, seconds))
    }
}

/// `5025` → `1 h 23 min 45 s`; seconds only below ten hours, where they still say something.
pub fn seconds_text(tr: Tr, seconds: i128) -> String {
    let (sign, all) = if seconds < 0 { ("-", -seconds) } else { ("", seconds) };
    let (hours, minutes, rest) = (all / 3_600, all / 60 % 60, all % 60);
    let mut parts = Vec::new();
    for (count, key) in [(hours, "time-h"), (minutes, "time-min"), (rest, "time-s")] {
        let shown = count > 0 && (key != "time-s" || hours < 10);
        if shown {
            parts.push(tr.with(key, &[("count", &count.to_string())]));
        }
    }
    if parts.is_empty() {
        parts.push(tr.with("time-s", &[("count", "0")]));
    }
    format!("{sign}{}", parts.join(" "))
}

/// The text of a decimal without the zeros at its end; anything else as it is.
pub fn trimmed(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, part)) if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            let part = part.trim_end_matches('0');
            if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
        }
        _ => text.to_owned(),
    }
}

/// A number with its unit; a dash where it is absent. `beside`: what the unit's path leads into.
pub fn text(tr: Tr, format: &Format, json: &Json, beside: &Json) -> String {
    let Some(number) = bare(tr, format, json) else { return "–".to_owned() };
    let unit = match &format.unit {
        UnitOf::None => String::new(),
        UnitOf::Fixed { words } => tr.words(words).to_owned(),
        UnitOf::Field { path } => {
            value::line(value::at(beside, path)).map(|code| self::unit(tr, &code)).unwrap_or_default()
        }
    };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

/// A unit as people write it: pieces have a word in each language, every other code is read as it is (kg, m, 箱).
pub fn unit(tr: Tr, code: &str) -> String {
    if matches!(code, "pcs" | "{pcs}") { tr.t("unit-pieces") } else { code.to_owned() }
}

/// A number without its unit.
pub fn bare(tr: Tr, format: &Format, json: &Json) -> Option<String> {
    match Exact::of(json) {
        Some(exact) => exact.show(tr, format),
        None => value::line(json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use serde_json::json;
    use toolcrib_contract::view::{minutes, money, percent, plain, seconds};

    fn show(format: &Format, json: Json) -> String {
        text(Tr::new(Lang::En), format, &json, &json!({"unit": "kg"}))
    }

    #[test]
    fn zeros_that_say_nothing_are_left_out_and_no_digit_is_lost() {
        for (json, shown) in [
            (json!("12.500000"), "12.5"),
            (json!("12.000000"), "12"),
            (json!("-0.050"), "-0.05"),
            (json!("1234567.10"), "1,234,567.1"),
            (json!(1_000_000), "1,000,000"),
            (json!("999999999999999.999"), "999,999,999,999,999.999"),
            (json!(0.30000000000000004), "0.3"),
            (json!(1e-9), "0"),
            (json!(null), "–"),
        ] {
            assert_eq!(show(&plain(), json.clone()), shown, "{json}");
        }
        assert_eq!(
            (trimmed("12.500000"), trimmed("10"), trimmed("1.0"), trimmed("v1.0.0")),
            ("12.5".into(), "10".into(), "1".into(), "v1.0.0".into())
        );
    }

    #[test]
    fn formats_round_once_half_to_even_and_name_the_unit() {
        assert_eq!(show(&percent(1), json!("0.747937")), "74.8 %");
        assert_eq!(show(&percent(0), json!("0.125")), "12 %");
        assert_eq!(show(&plain().digits(2), json!("2.005")), "2.00");
        assert_eq!(show(&money(), json!("12345.67")), "¥12,345.67");
        assert_eq!(show(&money(), json!("-5")), "-¥5.00");
        assert_eq!(show(&plain().unit(("件", "pcs")), json!("12.50")), "12.5 pcs");
        assert_eq!(show(&plain().unit_field("unit"), json!(3)), "3 kg");
        let pieces = |lang| text(Tr::new(lang), &plain().unit_field("unit"), &json!(3), &json!({"unit": "pcs"}));
        assert_eq!((pieces(Lang::ZhCn), pieces(Lang::En)), ("3 件".into(), "3 pcs".into()));
    }

    #[test]
    fn durations_are_hours_minutes_and_seconds() {
        assert_eq!(show(&seconds(), json!(5_025)), "1 h 23 min 45 s");
        assert_eq!(show(&minutes(), json!("47.500")), "47 min 30 s");
        assert_eq!(show(&seconds(), json!(0)), "0 s");
        assert_eq!(show(&minutes(), json!(1_625)), "27 h 5 min");
        assert_eq!(text(Tr::new(Lang::ZhCn), &seconds(), &json!(3_600), &Json::Null), "1 小时");
    }

    #[test]
    fn numbers_compare_exactly() {
        let of = |text: &str| Exact::parse(text).unwrap();
        assert_eq!(of("0.60").compare(of("0.6")), Some(std::cmp::Ordering::Equal));
        assert_eq!(of("-1").compare(of("0.000001")), Some(std::cmp::Ordering::Less));
        for none in ["", ".", "1.", "1e3", "abc", "--1"] {
            assert_eq!(Exact::parse(none), None, "{none}");
        }
    }
}
