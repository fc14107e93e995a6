//! How fast is too fast: a bucket of messages for each device, shared by its connections. Where other hosts on the same
//! database read the device, too, each gives it its share of the quota (`share`).

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
    /// How many hosts give it messages, this one included.
    hosts: u32,
    /// Messages since somebody last asked.
    taken: u32,
}

impl Bucket {
    pub fn new(each_s: u32, now: Instant) -> Self {
        Self { each_s, level: Mutex::new(Level { left: f64::from(each_s), at: now, hosts: 1, taken: 0 }) }
    }

    /// Takes one message. How long it must wait: not at all within the quota.
    pub fn take(&self, now: Instant) -> Duration {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        let each_s = level.share_of(self.each_s);
        level.taken = level.taken.saturating_add(1);
        level.left = (level.left + passed * each_s).min(each_s) - 1.0;
        level.at = level.at.max(now);
        if level.left >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-level.left / each_s) }
    }

    /// Whether nothing is missing in it.
    pub fn is_full(&self, now: Instant) -> bool {
        let level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        let each_s = level.share_of(self.each_s);
        level.left + passed * each_s >= each_s
    }

    /// Messages that were taken since this was last asked.
    pub fn taken(&self) -> u32 {
        std::mem::take(&mut self.level.lock().unwrap_or_else(PoisonError::into_inner).taken)
    }

    /// From now on this many hosts share the quota, this one included.
    pub fn share_among(&self, hosts: u32) {
        self.level.lock().unwrap_or_else(PoisonError::into_inner).hosts = hosts.max(1);
    }
}

impl Level {
    fn share_of(&self, each_s: u32) -> f64 {
        f64::from(each_s) / f64::from(self.hosts)
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
    fn hosts_that_share_a_device_read_together_what_one_would() {
        let start = Instant::now();
        let buckets = [Bucket::new(1_000, start), Bucket::new(1_000, start), Bucket::new(1_000, start)];
        let ends = buckets.each_ref().map(|bucket| {
            bucket.share_among(3);
            let mut now = start;
            for _ in 0..4_000 {
                now += bucket.take(now);
            }
            assert_eq!((bucket.taken(), bucket.taken()), (4_000, 0));
            (now - start).as_millis()
        });
        // Of each a third of a second's worth at once, the rest at a third of the pace.
        assert!(ends.iter().all(|end| (10_990..=11_010).contains(end)), "{ends:?}");
        let (alone, now) = (&buckets[0], start + Duration::from_secs(60));
        alone.share_among(1);
        let waits = (0..1_001).filter(|_| !alone.take(now).is_zero()).count();
        assert!((1..=2).contains(&waits), "it has the whole quota again: {waits}");
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
