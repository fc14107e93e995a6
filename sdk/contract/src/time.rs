//! RFC 3339 text of instants and ISO 8601 text of dates, proleptic Gregorian. Algorithm: days from civil, H. Hinnant.

use crate::codec::CodecError;
use crate::types::{Date, Instant};
use std::fmt;

const DAY_US: i64 = 86_400_000_000;

/// Days since 1970-01-01 of a civil date. Months 1–12, days 1–31.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The civil date of days since 1970-01-01.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Instant {
    /// `2026-11-23T08:00:00Z`, with as many digits of the second as needed, in steps of three.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0.rem_euclid(DAY_US);
        let (hour, minute, second, fraction) =
            (us / 3_600_000_000, us / 60_000_000 % 60, us / 1_000_000 % 60, us % 1_000_000);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", Date(self.0.div_euclid(DAY_US)))?;
        if fraction % 1_000 != 0 {
            write!(f, ".{fraction:06}")?;
        } else if fraction != 0 {
            write!(f, ".{:03}", fraction / 1_000)?;
        }
        f.write_str("Z")
    }
}

const DATE_FORM: CodecError = CodecError::Invalid("a date looks like 2026-11-23");
const INSTANT_FORM: CodecError =
    CodecError::Invalid("a time looks like 2026-11-23T08:00:00Z or 2026-11-23T16:00:00+08:00");

fn number(text: &[u8], form: CodecError) -> Result<i64, CodecError> {
    text.iter().try_fold(
        0,
        |value, digit| {
            if digit.is_ascii_digit() { Ok(value * 10 + i64::from(digit - b'0')) } else { Err(form) }
        },
    )
}

fn civil_days(text: &[u8], form: CodecError) -> Result<i64, CodecError> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return Err(form);
    }
    let (year, month, day) = (number(&text[..4], form)?, number(&text[5..7], form)?, number(&text[8..], form)?);
    let days = days(year, month, day);
    // Round trip: refuses month 13 and 30 February without a table of month lengths.
    if !(1..=12).contains(&month) || civil(days) != (year, month, day) {
        return Err(CodecError::Invalid("this day is not in the calendar"));
    }
    Ok(days)
}

impl std::str::FromStr for Date {
    type Err = CodecError;
    fn from_str(text: &str) -> Result<Self, CodecError> {
        let date = Date(civil_days(text.as_bytes(), DATE_FORM)?);
        if (Date::MIN..=Date::MAX).contains(&date) {
            Ok(date)
        } else {
            Err(CodecError::Invalid("a date lies outside 1970 to 2199"))
        }
    }
}

impl std::str::FromStr for Instant {
    type Err = CodecError;
    /// RFC 3339 with an offset; digits beyond the microsecond are refused, as is a leap second.
    fn from_str(text: &str) -> Result<Self, CodecError> {
        let bytes = text.as_bytes();
        if bytes.len() < 20
            || !bytes.is_ascii()
            || !matches!(bytes[10], b'T' | b't')
            || bytes[13] != b':'
            || bytes[16] != b':'
        {
            return Err(INSTANT_FORM);
        }
        let days = civil_days(&bytes[..10], INSTANT_FORM)?;
        let part = |range: std::ops::Range<usize>| number(&bytes[range], INSTANT_FORM);
        let (hour, minute, second) = (part(11..13)?, part(14..16)?, part(17..19)?);
        let mut rest = &bytes[19..];
        let mut fraction = 0;
        if let Some(digits) = rest.strip_prefix(b".") {
            let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=6).contains(&len) {
                return Err(CodecError::Invalid("a time has one to six digits after the second"));
            }
            fraction = number(&digits[..len], INSTANT_FORM)? * 10i64.pow(6 - len as u32);
            rest = &digits[len..];
        }
        let offset_minutes = match rest {
            b"Z" | b"z" => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let (hours, minutes) = (number(&[*h1, *h2], INSTANT_FORM)?, number(&[*m1, *m2], INSTANT_FORM)?);
                if hours > 23 || minutes > 59 {
                    return Err(INSTANT_FORM);
                }
                (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return Err(INSTANT_FORM),
        };
        if hour > 23 || minute > 59 || second > 59 {
            return Err(CodecError::Invalid("this time of day is not on the clock"));
        }
        let seconds = (hour * 60 + minute - offset_minutes) * 60 + second;
        let instant = Instant(days * DAY_US + seconds * 1_000_000 + fraction);
        if (Instant::MIN..=Instant::MAX).contains(&instant) {
            Ok(instant)
        } else {
            Err(CodecError::Invalid("an instant lies outside 1970 to 2199"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn instants_read_their_own_text(us in Instant::MIN.0..=Instant::MAX.0) {
            prop_assert_eq!(Instant(us).to_string().parse(), Ok(Instant(us)));
        }

        #[test]
        fn dates_read_their_own_text(days in Date::MIN.0..=Date::MAX.0) {
            prop_assert_eq!(Date(days).to_string().parse(), Ok(Date(days)));
        }
    }

    #[test]
    fn offsets_and_bounds_are_read_as_rfc_3339_says() {
        assert_eq!(
            "2026-11-23T16:00:00+08:00".parse(),
            Ok::<_, CodecError>("2026-11-23T08:00:00Z".parse::<Instant>().unwrap())
        );
        assert_eq!("2000-02-29".parse(), Ok(Date(11_016)));
        assert_eq!(Instant::MAX.to_string(), "2199-12-31T23:59:59.999999Z");
        for bad in [
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T08:00:60Z",
            "2026-11-23 08:00:00Z",
            "2026-11-23T08:00:00",
            "2026-11-23T08:00:00.1234567Z",
            "1969-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z",
            "2026-11-23T08:00:00+24:00",
            "",
            "９026-11-23T08:00:00Z",
        ] {
            assert!(bad.parse::<Instant>().is_err(), "{bad}");
        }
    }
}
