//! Days in the one form that sorts, periods of months, and the months of bills, which are in UTC like the days that hosts
//! report.

use crate::days::plus_months;
use std::fmt;
use toolcrib_contract::types::{Date, Instant};

const DAY_US: i64 = 86_400_000_000;
/// China is eight hours ahead, all year.
const CHINA_US: i64 = 8 * 3_600_000_000;

/// The day of a text like `2026-11-26`; none of any other form.
pub(crate) fn parse(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.to_string() == text)
}

/// The last day of so many months from `first` on: the day before the same day of the month, or the month's last day when
/// it has no such day. A year from 29 February ends on 28 February.
pub(crate) fn last_of_months(first: Date, months: u32) -> Option<Date> {
    let then = plus_months(first, months)?;
    Some(if then.year_month_day().2 == first.year_month_day().2 { then.plus_days(-1) } else { then })
}

/// When a day begins in China.
pub(crate) fn start_of(day: Date) -> Instant {
    Instant(day.0 * DAY_US - CHINA_US)
}

/// A calendar month of bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: Date,
}

impl Month {
    /// Reads `2026-11`; none of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        parse(&format!("{text}-01")).map(|first| Self { first })
    }

    /// The month of a moment, in UTC.
    pub fn of(now: Instant) -> Self {
        Self { first: Date(now.0.div_euclid(DAY_US)).first_of_month() }
    }

    pub fn before(self) -> Self {
        Self { first: self.first.plus_days(-1).first_of_month() }
    }

    /// Its days, in their order: 28 to 31.
    pub fn days(self) -> impl Iterator<Item = Date> + Clone {
        (self.first.0..self.first.first_of_next_month().0).map(Date)
    }

    /// When it begins and ends, in UTC.
    pub fn bounds(self) -> (Instant, Instant) {
        (bounds(self.first).0, bounds(self.first.first_of_next_month()).0)
    }

    /// Whether its last day is over, in UTC.
    pub fn is_over(self, now: Instant) -> bool {
        now >= self.bounds().1
    }

    /// Months from `earlier` to here; below nought when this one is earlier.
    pub fn since(self, earlier: Self) -> i64 {
        let count = |month: Self| {
            let (year, of_year, _) = month.first.year_month_day();
            year * 12 + of_year
        };
        count(self) - count(earlier)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.first.to_string()[..7])
    }
}

/// When a day begins and ends in UTC.
pub(crate) fn bounds(day: Date) -> (Instant, Instant) {
    (Instant(day.0 * DAY_US), Instant((day.0 + 1) * DAY_US))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(first: &str, months: u32) -> String {
        last_of_months(parse(first).unwrap(), months).unwrap().to_string()
    }

    #[test]
    fn periods_end_on_the_day_before_and_leap_days_are_no_trap() {
        assert_eq!(last("2026-11-26", 12), "2027-11-25");
        assert_eq!(last("2026-01-01", 1), "2026-01-31");
        assert_eq!(last("2026-12-01", 1), "2026-12-31");
        assert_eq!(last("2026-01-31", 1), "2026-02-28", "February has no 31st");
        assert_eq!(last("2028-01-31", 1), "2028-02-29");
        assert_eq!(last("2028-02-29", 12), "2029-02-28", "no common year has a 29th");
        assert_eq!(last("2028-02-29", 48), "2032-02-28", "the next one that has it");
        assert_eq!(last("2027-03-01", 12), "2028-02-29");
    }

    #[test]
    fn a_day_has_one_form_and_must_exist() {
        for bad in ["2027-02-29", "2026-2-9", "2026-13-01", "2026-11-26 ", "", "tomorrow"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert!(parse("2028-02-29").is_some());
        assert_eq!(start_of(parse("2026-11-26").unwrap()), "2026-11-25T16:00:00Z".parse().unwrap());
    }

    #[test]
    fn months_know_their_days() {
        let month = |text| Month::parse(text).unwrap();
        let days = |text| month(text).days().count();
        assert_eq!((days("2028-02"), days("2027-02"), days("2026-12"), days("2026-11")), (29, 28, 31, 30));
        assert_eq!(month("2026-01").before().to_string(), "2025-12");
        assert_eq!((month("2027-02").since(month("2026-11")), month("2026-11").since(month("2027-02"))), (3, -3));
        assert!(month("2026-10").is_over("2026-11-01T00:00:00Z".parse().unwrap()));
        assert!(!month("2026-10").is_over("2026-10-31T23:59:59.999999Z".parse().unwrap()));
        assert_eq!(Month::of("2026-10-31T23:59:59.999999Z".parse().unwrap()), month("2026-10"));
        for bad in ["2026-13", "2026-1", "2026-11-01", "", "202611"] {
            assert!(Month::parse(bad).is_none(), "{bad}");
        }
    }
}
