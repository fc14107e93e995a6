//! Local time: zones with daylight saving, calendar days, and the production days, weeks and months of a plant.
//!
//! A zone is the rule of POSIX.1-2017 (8.3, `TZ`), such as `CST-8` or `CET-1CEST,M3.5.0,M10.5.0/3`, or one of the
//! names in [`NAMES`], which stand for the rule in force in 2026. A rule holds for all years: what a country did
//! before, or decides later, is not in it. Absent on purpose: a zone database, which would be many times larger than a
//! module.

mod rule;

use crate::codec::CodecError;
use crate::time::{civil, days};
use crate::types::{Date, Instant};
use rule::{Change, Rule};

const SECOND_US: i64 = 1_000_000;
const DAY_S: i64 = 86_400;
/// The longest rule of a zone.
pub const ZONE_CHARS: usize = 64;

/// Zones by name, and their rules.
pub const NAMES: &[(&str, &str)] = &[
    ("UTC", "UTC0"),
    ("Asia/Shanghai", "CST-8"),
    ("Asia/Urumqi", "<+06>-6"),
    ("Asia/Hong_Kong", "HKT-8"),
    ("Asia/Macau", "CST-8"),
    ("Asia/Taipei", "CST-8"),
    ("Asia/Singapore", "<+08>-8"),
    ("Asia/Tokyo", "JST-9"),
    ("Asia/Seoul", "KST-9"),
    ("Asia/Bangkok", "<+07>-7"),
    ("Asia/Ho_Chi_Minh", "<+07>-7"),
    ("Asia/Jakarta", "WIB-7"),
    ("Asia/Kolkata", "IST-5:30"),
    ("Asia/Dubai", "<+04>-4"),
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0"),
    ("Europe/Lisbon", "WET0WEST,M3.5.0/1,M10.5.0"),
    ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Warsaw", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Kyiv", "EET-2EEST,M3.5.0/3,M10.5.0/4"),
    ("Europe/Moscow", "MSK-3"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Chicago", "CST6CDT,M3.2.0,M11.1.0"),
    ("America/Denver", "MST7MDT,M3.2.0,M11.1.0"),
    ("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0"),
    ("America/Mexico_City", "CST6"),
    ("America/Sao_Paulo", "<-03>3"),
    ("Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
    ("Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"),
    ("Africa/Johannesburg", "SAST-2"),
];

/// A day of the week; a week begins on Monday (ISO 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

const WEEK: [Weekday; 7] = {
    use Weekday::*;
    [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday]
};

impl Weekday {
    /// 0 for Monday to 6 for Sunday.
    pub const fn number(self) -> i64 {
        self as i64
    }
}

impl Date {
    /// The day of year, month (1 to 12) and day (1 to 31). None when there is no such day from 1970 to 2199.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        if !(1970..=2199).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let date = Self(days(year, month, day));
        (date.year_month_day() == (year, month, day)).then_some(date)
    }

    pub fn year_month_day(self) -> (i64, i64, i64) {
        civil(self.0)
    }

    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        WEEK[(self.0 + 3).rem_euclid(7) as usize]
    }

    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The first day of its month.
    pub fn first_of_month(self) -> Self {
        self.plus_days(1 - self.year_month_day().2)
    }

    /// The first day of the month after its own.
    pub fn first_of_next_month(self) -> Self {
        let (year, month, _) = self.year_month_day();
        Self(if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) })
    }

    /// The Monday of its week.
    pub fn monday(self) -> Self {
        self.plus_days(-self.weekday().number())
    }
}

/// Where clocks show what time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    rule: Rule,
}

impl Default for Zone {
    fn default() -> Self {
        Self::CHINA
    }
}

impl Zone {
    /// Eight hours before UTC, the whole year.
    pub const CHINA: Self = Self { rule: Rule { standard_s: 8 * 3_600, summer: None } };
    pub const UTC: Self = Self { rule: Rule { standard_s: 0, summer: None } };

    /// Reads one of [`NAMES`] or a POSIX rule.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, CodecError> {
        let text = NAMES.iter().find(|(name, _)| *name == text).map_or(text, |(_, rule)| *rule);
        let rule = (text.len() <= ZONE_CHARS).then(|| rule::parse(text)).flatten();
        let rule = rule.ok_or(CodecError::Invalid("a time zone looks like Asia/Shanghai, Europe/Berlin or CST-8"))?;
        Ok(Self { rule })
    }

    /// Local time minus UTC, in seconds.
    pub fn offset_s(&self, at: Instant) -> i64 {
        let utc_s = at.0.div_euclid(SECOND_US);
        let Some(summer) = &self.rule.summer else { return self.rule.standard_s };
        let (year, ..) = civil((utc_s + self.rule.standard_s).div_euclid(DAY_S));
        let starts = summer.starts.local_s(year) - self.rule.standard_s;
        let ends = summer.ends.local_s(year) - summer.offset_s;
        // South of the equator the year begins and ends in summer.
        let in_summer = if starts < ends { (starts..ends).contains(&utc_s) } else { !(ends..starts).contains(&utc_s) };
        if in_summer { summer.offset_s } else { self.rule.standard_s }
    }

    /// The day and second of the day that clocks show.
    pub fn local(&self, at: Instant) -> (Date, i64) {
        let local_s = at.0.div_euclid(SECOND_US) + self.offset_s(at);
        (Date(local_s.div_euclid(DAY_S)), local_s.rem_euclid(DAY_S))
    }

    /// When clocks show that second of that day; seconds beyond the day count on into the next. A time that a change
    /// leaves out lies as much after the change as it was said to lie after it began; of a time that comes twice it is
    /// the first.
    pub fn instant(&self, day: Date, second_of_day: i64) -> Instant {
        let local_s = day.0.saturating_mul(DAY_S).saturating_add(second_of_day);
        let at = |offset_s: i64| Instant(local_s.saturating_sub(offset_s).saturating_mul(SECOND_US));
        let Some(summer) = &self.rule.summer else { return at(self.rule.standard_s) };
        // The larger offset is the earlier moment.
        let (large, small) = (summer.offset_s.max(self.rule.standard_s), summer.offset_s.min(self.rule.standard_s));
        if self.offset_s(at(large)) == large { at(large) } else { at(small) }
    }
}

/// The days of a plant: where its clocks stand, and when its day begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub zone: Zone,
    /// Minutes after local midnight, 0 to 1439: work before it belongs to the day before.
    pub day_starts_at_minute: i64,
}

impl Default for Calendar {
    /// China, from midnight to midnight.
    fn default() -> Self {
        Self { zone: Zone::CHINA, day_starts_at_minute: 0 }
    }
}

impl Calendar {
    /// The production day of a moment.
    pub fn production_day(&self, at: Instant) -> Date {
        let (date, _) = self.zone.local(at);
        // By moments, not by what clocks show: a change of the clock at the boundary must not leave a gap.
        [date.plus_days(1), date].into_iter().find(|day| self.begins(*day) <= at).unwrap_or(date.plus_days(-1))
    }

    /// When a production day begins; what would lie before the first instant or after the last is that one.
    pub fn begins(&self, day: Date) -> Instant {
        self.zone.instant(day, self.day_starts_at_minute * 60).clamp(Instant::MIN, Instant::MAX)
    }

    /// From when until when a production day lasts: 23 to 25 hours.
    pub fn day(&self, day: Date) -> (Instant, Instant) {
        (self.begins(day), self.begins(day.plus_days(1)))
    }

    /// From when until when the week of a day lasts, Monday to Sunday.
    pub fn week(&self, day: Date) -> (Instant, Instant) {
        (self.begins(day.monday()), self.begins(day.monday().plus_days(7)))
    }

    /// From when until when the month of a day lasts.
    pub fn month(&self, day: Date) -> (Instant, Instant) {
        (self.begins(day.first_of_month()), self.begins(day.first_of_next_month()))
    }
}

impl Change {
    /// When it happens in a year, in seconds that the clock before it would show since 1970-01-01.
    fn local_s(&self, year: i64) -> i64 {
        let day = match *self {
            Self::OfMonth { month, week, weekday, .. } => {
                let first = Date(days(year, month, 1));
                // POSIX counts Sunday as 0.
                let first_weekday = (first.weekday().number() + 1) % 7;
                let mut day = first.0 + (weekday - first_weekday).rem_euclid(7) + (week - 1) * 7;
                if day >= first.first_of_next_month().0 {
                    day -= 7;
                }
                day
            }
            // Day 1 to 365; 29 February is never counted.
            Self::Julian { day, .. } => {
                let leap = days(year, 3, 1) - days(year, 2, 1) == 29;
                days(year, 1, 1) + day - 1 + i64::from(leap && day >= 60)
            }
            // Day 0 to 365, leap days counted.
            Self::OfYear { day, .. } => days(year, 1, 1) + day,
        };
        let (Self::OfMonth { second, .. } | Self::Julian { second, .. } | Self::OfYear { second, .. }) = *self;
        day * DAY_S + second
    }
}

#[cfg(test)]
mod tests;
