//! What work waits for: cores, and a disk that commits a few files at once. First come, first served.

use std::collections::VecDeque;

/// Several of a kind, each for one piece of work at a time.
pub struct Resource<T> {
    free: usize,
    waiting: VecDeque<(T, u64)>,
    /// Microseconds that were worked, over all of them.
    pub busy_us: u64,
}

impl<T> Resource<T> {
    pub fn new(count: usize) -> Self {
        Self { free: count, waiting: VecDeque::new(), busy_us: 0 }
    }

    /// Work of so many microseconds: begun at once when this gives it back, otherwise later.
    pub fn take(&mut self, work: T, us: u64) -> Option<(T, u64)> {
        if self.free == 0 {
            self.waiting.push_back((work, us));
            return None;
        }
        self.free -= 1;
        self.busy_us += us;
        Some((work, us))
    }

    /// A piece is done; the next one, which begins now.
    pub fn release(&mut self) -> Option<(T, u64)> {
        let next = self.waiting.pop_front();
        match &next {
            Some((_, us)) => self.busy_us += us,
            None => self.free += 1,
        }
        next
    }
}
