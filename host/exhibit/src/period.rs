//! A period in days of the plant.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use toolcrib_contract::attestation::PERIOD_DAYS;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Date, Instant};

/// Whole days by the clocks of a place, both ends included.
#[derive(Clone, Debug)]
pub struct Period {
    pub from: Date,
    pub until: Date,
    zone: TimeZone,
}

impl Period {
    /// Reads two days, `YYYY-MM-DD`. `zone` is an IANA name; UTC when this build knows no such name.
    ///
    /// # Errors
    /// `bad-input`: no days, the wrong way round, more than [`PERIOD_DAYS`], or days that have not begun at `now`.
    pub fn read(from: &str, until: &str, zone: &str, now: Instant) -> Result<Self, Problem> {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let wrong = |pointer: &str, message: String| InputError { pointer: pointer.to_owned(), message };
        let day = |pointer: &str, text: &str| {
            let day = text.parse::<Date>();
            day.map_err(|error| Problem::input(vec![wrong(pointer, error.to_string())]))
        };
        let (first, last) = (day("/from", from)?, day("/until", until)?);
        let period = Self { from: first, until: last, zone };
        let (days, today) = (last.0 - first.0 + 1, period.day(now));
        let mut errors = Vec::new();
        if !(1..=PERIOD_DAYS).contains(&days) {
            errors.push(wrong("/until", format!("a period has 1 to {PERIOD_DAYS} days, the first one first")));
        }
        if last > today {
            errors.push(wrong("/until", format!("the last day is at most today, {today}")));
        }
        if errors.is_empty() { Ok(period) } else { Err(Problem::input(errors)) }
    }

    /// Its first moment, and the first one after it.
    pub fn bounds(&self) -> (Instant, Instant) {
        (self.begins(self.from), self.begins(Date(self.until.0 + 1)))
    }

    /// The day of a moment.
    pub fn day(&self, at: Instant) -> Date {
        let Ok(timestamp) = Timestamp::from_microsecond(at.0) else { return Date(at.0.div_euclid(86_400_000_000)) };
        let date = timestamp.to_zoned(self.zone.clone()).date();
        let (year, month, day) = (date.year().into(), date.month().into(), date.day().into());
        Date::new(year, month, day).unwrap_or(Date::MIN)
    }

    fn begins(&self, day: Date) -> Instant {
        let (year, month, number) = day.year_month_day();
        let utc = Instant(day.0.saturating_mul(86_400_000_000)).clamp(Instant::MIN, Instant::MAX);
        let part = |number: i64| i8::try_from(number).ok();
        let date = i16::try_from(year).ok().zip(part(month)).zip(part(number));
        let date = date.and_then(|((year, month), day)| civil::Date::new(year, month, day).ok());
        let begin = date.and_then(|date| date.to_zoned(self.zone.clone()).ok());
        begin.map_or(utc, |begin| Instant(begin.timestamp().as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-11-26T16:30:00Z".parse().unwrap()
    }

    #[test]
    fn days_are_those_of_the_plant() {
        let period = Period::read("2026-11-01", "2026-11-27", "Asia/Shanghai", now()).unwrap();
        let (from, until) = period.bounds();
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2026-10-31T16:00:00Z".into(), "2026-11-27T16:00:00Z".into())
        );
        assert_eq!(period.day(now()).to_string(), "2026-11-27", "it is half past midnight there");
        // Clocks change in between: the day is 25 hours long.
        let berlin = Period::read("2026-10-25", "2026-10-25", "Europe/Berlin", now()).unwrap().bounds();
        assert_eq!(berlin.1.since_us(berlin.0), 25 * 3_600_000_000);
        let leap = Period::read("2024-02-29", "2024-02-29", "Asia/Shanghai", now()).unwrap().bounds();
        assert_eq!(leap.1.since_us(leap.0), 24 * 3_600_000_000);
    }

    #[test]
    fn a_period_that_is_none_is_refused() {
        let pointers = |from: &str, until: &str| -> Vec<String> {
            let problem = Period::read(from, until, "Asia/Shanghai", now()).unwrap_err();
            problem.errors.into_iter().map(|error| error.pointer).collect()
        };
        assert_eq!(pointers("2026-02-30", "2026-03-01"), ["/from"]);
        assert_eq!(pointers("2025-02-29", "2025-03-01"), ["/from"]);
        assert_eq!(pointers("2026-11-02", "2026-11-01"), ["/until"]);
        assert_eq!(pointers("2025-01-01", "2026-01-02"), ["/until"], "367 days");
        assert_eq!(pointers("2026-11-01", "2026-11-28"), ["/until"], "tomorrow");
        assert!(Period::read("2024-01-01", "2024-12-31", "Asia/Shanghai", now()).is_ok(), "a leap year");
    }
}
