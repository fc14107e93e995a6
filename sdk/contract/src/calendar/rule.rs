//! The `TZ` rules of POSIX.1-2017, 8.3, read.

/// Offsets are local time minus UTC, in seconds: the opposite sign of what the rule writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub standard_s: i64,
    pub summer: Option<Summer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Summer {
    pub offset_s: i64,
    pub starts: Change,
    pub ends: Change,
}

/// When clocks change, each year; `second` of that day, which may lie outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// `Mm.w.d`: weekday `d` (0 is Sunday) of week `w` (5 is the last) of month `m`.
    OfMonth { month: i64, week: i64, weekday: i64, second: i64 },
    /// `Jn`: day 1 to 365, without leap days.
    Julian { day: i64, second: i64 },
    /// `n`: day 0 to 365.
    OfYear { day: i64, second: i64 },
}

/// Reads `std offset [dst [offset] , start [/time] , end [/time]]`. A daylight name without its changes is refused: what
/// it means is left to each system.
pub(super) fn parse(text: &str) -> Option<Rule> {
    let mut reader = Reader(text);
    reader.name()?;
    let standard_s = -reader.time(24)?;
    if reader.0.is_empty() {
        return Some(Rule { standard_s, summer: None });
    }
    reader.name()?;
    let offset_s = if reader.0.starts_with(',') { standard_s + 3_600 } else { -reader.time(24)? };
    let starts = reader.change()?;
    let ends = reader.change()?;
    (reader.0.is_empty() && offset_s != standard_s && starts != ends)
        .then_some(Rule { standard_s, summer: Some(Summer { offset_s, starts, ends }) })
}

struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn take(&mut self, char: char) -> Option<()> {
        self.0 = self.0.strip_prefix(char)?;
        Some(())
    }

    /// Three letters or more, or anything between `<` and `>`.
    fn name(&mut self) -> Option<()> {
        // Never by position: a text that is cut by position brings the words of a panic into every module.
        let (name, rest) = match self.0.strip_prefix('<') {
            Some(quoted) => quoted.split_once('>')?,
            None => self.split(|char| char.is_ascii_alphabetic())?,
        };
        self.0 = rest;
        (name.len() >= 3 && name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-')))
            .then_some(())
    }

    /// The characters at the front that fit, and the rest.
    fn split(&self, fits: impl Fn(char) -> bool) -> Option<(&'a str, &'a str)> {
        let rest = self.0.trim_start_matches(fits);
        Some((self.0.strip_suffix(rest)?, rest))
    }

    fn number(&mut self) -> Option<i64> {
        let (digits, rest) = self.split(|char| char.is_ascii_digit())?;
        self.0 = rest;
        // At most `365`.
        (digits.len() <= 3).then(|| digits.parse().ok()).flatten()
    }

    /// `[+|-]hh[:mm[:ss]]`, in seconds.
    fn time(&mut self, hours_max: i64) -> Option<i64> {
        let sign = if self.take('-').is_some() {
            -1
        } else {
            let _ = self.take('+');
            1
        };
        let hours = self.number()?;
        let mut seconds = hours * 3_600;
        for unit in [60, 1] {
            if self.take(':').is_none() {
                break;
            }
            let part = self.number()?;
            seconds += (0..60).contains(&part).then_some(part * unit)?;
        }
        (hours <= hours_max).then_some(sign * seconds)
    }

    /// `,date[/time]`; without a time it is two o'clock.
    fn change(&mut self) -> Option<Change> {
        self.take(',')?;
        let within = |range: std::ops::RangeInclusive<i64>, value: i64| range.contains(&value).then_some(value);
        let mut change = if self.take('M').is_some() {
            let month = within(1..=12, self.number()?)?;
            self.take('.')?;
            let week = within(1..=5, self.number()?)?;
            self.take('.')?;
            Change::OfMonth { month, week, weekday: within(0..=6, self.number()?)?, second: 7_200 }
        } else if self.take('J').is_some() {
            Change::Julian { day: within(1..=365, self.number()?)?, second: 7_200 }
        } else {
            Change::OfYear { day: within(0..=365, self.number()?)?, second: 7_200 }
        };
        if self.take('/').is_some() {
            // RFC 8536 widens the hour to a week, before or after.
            let time = self.time(167)?;
            let (Change::OfMonth { second, .. } | Change::Julian { second, .. } | Change::OfYear { second, .. }) =
                &mut change;
            *second = time;
        }
        Some(change)
    }
}
