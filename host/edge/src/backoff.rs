//! How long to wait before the next attempt: twice as long each time, with chance in it, so that a hundred gateways do
//! not all come back in the same second after a power cut.

use std::time::Duration;

/// The first wait, at most.
const FIRST: Duration = Duration::from_secs(1);

/// Waits between attempts.
#[derive(Debug)]
pub struct Backoff {
    rng: fastrand::Rng,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// `seed` decides the chance in it; no wait is longer than `longest`.
    pub fn new(seed: u64, longest: Duration) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), longest, failures: 0 }
    }

    /// The wait before the next attempt: between half and all of 1, 2, 4, … seconds.
    pub fn after_failure(&mut self) -> Duration {
        let full = FIRST.saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(self.longest);
        self.failures = (self.failures + 1).min(u32::BITS);
        full.mul_f64(0.5 + self.rng.f64() / 2.0)
    }

    /// It works again: the next failure waits briefly.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew_after_success() {
        let longest = Duration::from_secs(60);
        let mut backoff = Backoff::new(7, longest);
        let waits: Vec<_> = (0..100).map(|_| backoff.after_failure()).collect();
        for (nth, wait) in waits.iter().enumerate() {
            let full = Duration::from_secs(1 << nth.min(6)).min(longest);
            assert!((full / 2..=full).contains(wait), "wait {nth} is {wait:?}");
        }
        backoff.succeeded();
        assert!(backoff.after_failure() <= FIRST);
    }

    #[test]
    fn two_gateways_do_not_come_back_together() {
        let waits = |seed| {
            let mut backoff = Backoff::new(seed, Duration::from_secs(60));
            (0..8).map(|_| backoff.after_failure()).collect::<Vec<_>>()
        };
        assert_ne!(waits(1), waits(2));
        assert_eq!(waits(1), waits(1), "the seed decides");
    }
}
