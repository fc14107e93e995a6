//! Which readings are worth sending: those that changed by more than the dead band, and one now and then in any case.

use crate::exact::Exact;
use crate::reading::Value;
use toolcrib_contract::types::Instant;

/// One signal's filter.
#[derive(Clone, Debug)]
pub struct Deadband {
    band: Exact,
    at_least_every_us: i64,
    last: Option<(Instant, Value)>,
}

impl Deadband {
    /// A value passes that differs from the last one sent by more than `band`; texts and flags pass when they differ.
    /// Anything passes that comes `at_least_every_us` microseconds after the last one.
    pub fn new(band: Exact, at_least_every_us: i64) -> Self {
        Self { band, at_least_every_us, last: None }
    }

    /// Whether to send this value. The answer yes makes it the last one sent.
    pub fn passes(&mut self, at: Instant, value: &Value) -> bool {
        let passes = self.last.as_ref().is_none_or(|(when, last)| {
            // A clock that was set back would otherwise silence the signal until it has caught up.
            let is_due = at < *when || at.since_us(*when) >= self.at_least_every_us;
            is_due || self.differs(last, value)
        });
        if passes {
            self.last = Some((at, value.clone()));
        }
        passes
    }

    fn differs(&self, last: &Value, value: &Value) -> bool {
        match (last, value) {
            (Value::Count(last), Value::Count(value)) => {
                let gap = i128::from(last.abs_diff(*value)) * 10i128.pow(u32::from(self.band.scale()));
                gap > i128::from(self.band.coef())
            }
            (Value::Exact(last), Value::Exact(value)) => last.differs_by_more_than(*value, self.band),
            (Value::Number(last), Value::Number(value)) => (last - value).abs() > self.band.to_f64(),
            (last, value) => last != value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant(1_795_420_800_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn only_what_leaves_the_band_is_sent() {
        let mut filter = Deadband::new("0.5".parse().unwrap(), 3_600_000_000);
        let exact = |tenths| Value::Exact(Exact::new(tenths, 1).unwrap());
        let sent: Vec<_> = [200, 203, 205, 206, 202, 201, 200]
            .into_iter()
            .zip(0..)
            .filter(|(tenths, second)| filter.passes(at(*second), &exact(*tenths)))
            .map(|(tenths, _)| tenths)
            .collect();
        // 20.6 is 0.6 away from 20.0; 20.1 is not more than 0.5 away from 20.6; 20.0 is.
        assert_eq!(sent, [200, 206, 200]);
    }

    #[test]
    fn flags_texts_and_counts_are_sent_when_they_change_and_now_and_then() {
        let mut filter = Deadband::new("0".parse().unwrap(), 60_000_000);
        let word = |text: &str| Value::Word(text.to_owned());
        assert!(filter.passes(at(0), &word("run")));
        assert!(!filter.passes(at(59), &word("run")));
        assert!(filter.passes(at(60), &word("run")), "a sign of life");
        assert!(filter.passes(at(61), &word("stop")));
        assert!(filter.passes(at(5), &word("stop")), "a clock set back silences nothing");
        assert!(filter.passes(at(6), &Value::Count(i64::MIN)));
        assert!(filter.passes(at(7), &Value::Count(i64::MAX)), "no overflow");
        assert!(!filter.passes(at(8), &Value::Count(i64::MAX)));
    }
}
