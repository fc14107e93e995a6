//! Limits of a number: beyond one for long enough, back on the other side of a second one.
//!
//! A value stands until the next one comes: machines that tell changes only are silent while nothing changes. So a limit is
//! crossed at a time that the readings alone decide, not the moment at which somebody looked.

use crate::codec_struct;
use crate::limits::LEVEL_FOR_S;

/// When a signal's number is beyond, and when it is back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Level {
    /// Beyond is above the limit; otherwise below it.
    pub above: bool,
    /// A decimal number, for example `80` or `-2.5`.
    pub limit: String,
    /// At this number or on its other side it is back. The same as `limit`, or further away from being beyond.
    pub back: String,
    /// Seconds that it has to stay beyond, at most [`LEVEL_FOR_S`]. Back it is at once.
    pub for_s: u32,
}
codec_struct!(Level { above, limit, back, for_s });

/// What a [`Level`] says, as numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    above: bool,
    limit: f64,
    back: f64,
    for_us: i64,
}

/// Where a signal stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    pub beyond: bool,
    /// Beyond the limit since then (µs), and not yet for long enough.
    pub since: Option<i64>,
    /// The newest value.
    pub value: f64,
}

/// It went beyond, or came back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// µs.
    pub at: i64,
    pub beyond: bool,
    pub value: f64,
}

impl Level {
    /// The numbers.
    ///
    /// # Errors
    /// What makes no sense, for its author.
    pub fn band(&self) -> Result<Band, &'static str> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let (Some(limit), Some(back)) = (number(&self.limit), number(&self.back)) else {
            return Err("a limit is a decimal number, for example 80 or -2.5");
        };
        if if self.above { back > limit } else { back < limit } {
            return Err("a value is back at its limit or on the other side of it, never further beyond");
        }
        if self.for_s > LEVEL_FOR_S {
            return Err("a value has to stay beyond its limit for at most 86400 seconds");
        }
        Ok(Band { above: self.above, limit, back, for_us: i64::from(self.for_s) * 1_000_000 })
    }
}

/// For names of events and keys: `above-80-back-75-for-30`.
impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = if self.above { "above" } else { "below" };
        write!(f, "{side}-{}-back-{}-for-{}", self.limit, self.back, self.for_s)
    }
}

impl Band {
    /// The next value of the signal; times never go back. What it leads to goes to `turns`: at most two.
    pub fn step(&self, standing: &mut Standing, at: i64, value: f64, turns: &mut Vec<Turn>) {
        self.until(standing, at, turns);
        standing.value = value;
        let (beyond, back) = if self.above {
            (value > self.limit, value <= self.back)
        } else {
            (value < self.limit, value >= self.back)
        };
        if standing.beyond {
            if back {
                standing.beyond = false;
                turns.push(Turn { at, beyond: false, value });
            }
        } else if beyond {
            standing.since.get_or_insert(at);
            self.until(standing, at, turns);
        } else {
            standing.since = None;
        }
    }

    /// The clock goes on to `at` and no value comes.
    pub fn until(&self, standing: &mut Standing, at: i64, turns: &mut Vec<Turn>) {
        if let Some(due) = self.due(standing).filter(|due| *due <= at) {
            *standing = Standing { beyond: true, since: None, ..*standing };
            turns.push(Turn { at: due, beyond: true, value: standing.value });
        }
    }

    /// When it will have been beyond for long enough, if no value comes.
    pub fn due(&self, standing: &Standing) -> Option<i64> {
        standing.since.map(|since| since.saturating_add(self.for_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(above: bool, limit: &str, back: &str, for_s: u32) -> Level {
        Level { above, limit: limit.into(), back: back.into(), for_s }
    }

    /// Seconds and values in; seconds and whether beyond out.
    fn check(level: &Level, values: &[(i64, f64)], until: i64, expected: &[(i64, bool)]) {
        let (band, mut standing, mut turns) = (level.band().unwrap(), Standing::default(), Vec::new());
        for (at, value) in values {
            band.step(&mut standing, at * 1_000_000, *value, &mut turns);
        }
        band.until(&mut standing, until * 1_000_000, &mut turns);
        let told: Vec<_> = turns.iter().map(|turn| (turn.at / 1_000_000, turn.beyond)).collect();
        assert_eq!(told, expected, "{level}: {values:?}");
    }

    #[test]
    fn a_value_that_trembles_about_its_limit_turns_once() {
        let hot = level(true, "80", "75", 0);
        check(&hot, &[(0, 79.0), (1, 80.0), (2, 80.5), (3, 79.0), (4, 81.0), (5, 75.0)], 9, &[(2, true), (5, false)]);
        let low = level(false, "2", "2.5", 0);
        check(&low, &[(0, 2.0), (1, 1.9), (2, 2.4), (3, 1.0), (4, 2.5), (5, 2.0)], 9, &[(1, true), (4, false)]);
        check(&level(true, "80", "80", 0), &[(0, 81.0), (1, 80.0), (2, 80.1)], 9, &[(0, true), (1, false), (2, true)]);
    }

    #[test]
    fn a_short_peak_is_none_and_a_value_stands_until_the_next() {
        let hot = level(true, "80", "75", 30);
        check(&hot, &[(0, 81.0), (29, 80.0), (40, 81.0), (69, 82.0)], 69, &[]);
        check(&hot, &[(0, 81.0), (29, 80.0), (40, 81.0), (69, 82.0)], 70, &[(70, true)]);
        check(&hot, &[(0, 81.0)], 29, &[]);
        check(&hot, &[(0, 81.0)], 500, &[(30, true)]);
        check(&hot, &[(0, 81.0), (100, 70.0)], 500, &[(30, true), (100, false)]);
        check(&hot, &[(0, 81.0), (30, 70.0)], 500, &[(30, true), (30, false)]);
    }

    #[test]
    fn what_cannot_be_crossed_is_named() {
        for bad in [
            level(true, "hot", "1", 0),
            level(true, "1e999", "1", 0),
            level(true, "80", "81", 0),
            level(false, "2", "1", 0),
            level(true, "80", "75", LEVEL_FOR_S + 1),
        ] {
            assert!(bad.band().is_err(), "{bad}");
        }
        assert!(level(true, "80", "75", LEVEL_FOR_S).band().is_ok());
    }
}
