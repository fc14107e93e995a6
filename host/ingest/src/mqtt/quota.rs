//! How fast is too fast: a bucket of messages for each device, shared by its connections.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Refilled by `each_s` messages a second, up to as many. Who finds it empty waits; nothing is dropped.
pub(super) struct Bucket {
    each_s: u32,
    level: Mutex<Level>,
}

struct Level {
    /// Messages that may go at once; below nothing: those already on their way later.
    left: f64,
    at: Instant,
}

impl Bucket {
    pub fn new(each_s: u32, now: Instant) -> Self {
        Self { each_s, level: Mutex::new(Level { left: f64::from(each_s), at: now }) }
    }

    /// Takes one message. How long it must wait: not at all within the quota.
    pub fn take(&self, now: Instant) -> Duration {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (each_s, passed) = (f64::from(self.each_s), now.saturating_duration_since(level.at).as_secs_f64());
        level.left = (level.left + passed * each_s).min(each_s) - 1.0;
        level.at = level.at.max(now);
        if level.left >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-level.left / each_s) }
    }

    /// Whether nothing is missing in it.
    pub fn is_full(&self, now: Instant) -> bool {
        let level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        level.left + passed * f64::from(self.each_s) >= f64::from(self.each_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_at_ten_times_the_quota_goes_at_the_quota() {
        let start = Instant::now();
        let bucket = Bucket::new(1_000, start);
        let mut now = start;
        for _ in 0..10_000 {
            now += bucket.take(now);
        }
        // A second's worth at once, the rest at the quota's pace.
        assert!((8_990..=9_010).contains(&(now - start).as_millis()), "{:?}", now - start);
    }

    #[test]
    fn within_the_quota_nobody_waits() {
        let start = Instant::now();
        let bucket = Bucket::new(10, start);
        for nth in 0..100 {
            assert_eq!(bucket.take(start + Duration::from_millis(100 * nth)), Duration::ZERO);
        }
    }
}
