//! Days of a programme: those of China's time (UTC+8, the same all year), and months counted from a day.

use crate::refusal::{ProgrammeError, Result};
use toolcrib_contract::types::{Date, Instant};

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// The day that people in the city call today.
pub fn today(now: Instant) -> Date {
    Date((now.0 + 8 * HOUR_US).div_euclid(DAY_US))
}

/// The same day so many months later, or the last one of that month when it has no such day: six months from 31 August
/// end on 28 February, in a leap year on the 29th. None after 2199.
pub fn plus_months(day: Date, months: u32) -> Option<Date> {
    let (year, month, of_month) = day.year_month_day();
    let count = month - 1 + i64::from(months);
    let (year, month) = (year + count.div_euclid(12), count.rem_euclid(12) + 1);
    (28..=of_month).rev().chain([of_month]).find_map(|day| Date::new(year, month, day))
}

/// A day of the body.
///
/// # Errors
/// No such day: `2027-02-29`.
pub fn read(pointer: &str, text: &str) -> Result<Date> {
    text.parse()
        .map_err(|error: toolcrib_contract::codec::CodecError| ProgrammeError::input(pointer, error.to_string()))
}

/// A stored day.
pub(crate) fn stored(text: &str) -> Result<Date> {
    text.parse().map_err(|error: toolcrib_contract::codec::CodecError| ProgrammeError::damaged("a day", &error))
}

/// Its month, `YYYY-MM`.
pub fn month(day: Date) -> String {
    day.to_string().chars().take(7).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn months_end_where_the_month_ends() {
        let case = |from, months, until| assert_eq!(plus_months(day(from), months), Some(day(until)), "{from}");
        case("2027-08-31", 6, "2028-02-29");
        case("2026-08-31", 6, "2027-02-28");
        case("2028-02-29", 12, "2029-02-28");
        case("2028-02-29", 48, "2032-02-29");
        case("2026-12-01", 1, "2027-01-01");
        case("2026-01-15", 0, "2026-01-15");
        case("2026-01-31", 1, "2026-02-28");
        case("2026-01-03", 1, "2026-02-03");
        assert_eq!(plus_months(day("2199-12-01"), 1), None);
    }

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let at = |text: &str| today(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-11-25T15:59:59Z"), "2026-11-25");
        assert_eq!(at("2026-11-25T16:00:00Z"), "2026-11-26");
        assert_eq!(month(day("2028-02-29")), "2028-02");
        assert!(read("/from", "2027-02-29").is_err() && read("/from", "2028-02-29").is_ok());
    }
}
