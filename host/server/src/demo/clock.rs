//! A clock that begins some weeks ago and is moved on by hand, until it is let go and shows the real time.
//!
//! A new plant needs a history that its people reported as it happened: with this clock the demo plays weeks in
//! seconds, through the same API and at the same times as in earnest.

use crate::world::SystemClock;
use std::sync::atomic::{AtomicI64, Ordering};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;

/// Shows the staged time while there is one; never goes back.
pub struct StagedClock {
    /// Microseconds; `i64::MAX`: let go.
    staged_us: AtomicI64,
}

impl StagedClock {
    /// Shows the real time.
    pub const fn real() -> Self {
        Self { staged_us: AtomicI64::new(i64::MAX) }
    }

    /// Shows this moment, if it has passed, until moved on.
    pub fn at(moment: Instant) -> Self {
        Self { staged_us: AtomicI64::new(moment.0) }
    }

    /// Moves on to a moment that has passed; an earlier one than is shown changes nothing.
    pub fn advance(&self, to: Instant) {
        self.staged_us.fetch_max(to.0, Ordering::Relaxed);
    }

    /// Whether it may still show another time than the real one.
    pub fn is_staged(&self) -> bool {
        self.staged_us.load(Ordering::Relaxed) != i64::MAX
    }

    /// Shows the real time from now on.
    pub fn let_go(&self) {
        self.advance(Instant(i64::MAX));
    }
}

impl Clock for StagedClock {
    fn now(&self) -> Instant {
        Instant(self.staged_us.load(Ordering::Relaxed)).min(SystemClock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_until_moved_and_never_goes_back_nor_ahead() {
        let clock = StagedClock::at(Instant(1_000));
        assert_eq!(clock.now(), Instant(1_000));
        clock.advance(Instant(5_000));
        clock.advance(Instant(2_000));
        assert_eq!(clock.now(), Instant(5_000));
        let before = SystemClock.now();
        clock.let_go();
        let shown = clock.now();
        assert!((before..=SystemClock.now()).contains(&shown));
        let shown = StagedClock::at(Instant::MAX).now();
        assert!(shown <= SystemClock.now());
    }
}
