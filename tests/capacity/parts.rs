//! What work waits for: cores and threads, a disk that commits a few files at once, a log that commits all that wait at
//! once, the row of a tenant. First come, first served.

use std::collections::{HashMap, VecDeque};

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

/// A database's log: one flush at a time, which takes along whatever waits when it begins.
pub struct Log<T> {
    waiting: Vec<T>,
    is_flushing: bool,
    /// Flushes, and the microseconds that they took.
    pub flushes: u64,
    pub busy_us: u64,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), is_flushing: false, flushes: 0, busy_us: 0 }
    }
}

impl<T> Log<T> {
    /// Something is to be flushed. True when nobody flushes: [`Log::begin`] is next.
    pub fn join(&mut self, work: T) -> bool {
        self.waiting.push(work);
        !self.is_flushing
    }

    /// A flush of so many microseconds begins, of these.
    pub fn begin(&mut self, us: u64) -> Vec<T> {
        self.is_flushing = true;
        self.flushes += 1;
        self.busy_us += us;
        std::mem::take(&mut self.waiting)
    }

    /// A flush is over. True when others wait for the next one.
    pub fn end(&mut self) -> bool {
        self.is_flushing = false;
        !self.waiting.is_empty()
    }
}

/// Rows of which one at a time is held by one, and others wait for it.
#[derive(Default)]
pub struct Rows(HashMap<usize, VecDeque<usize>>);

impl Rows {
    /// True when nobody held it.
    pub fn take(&mut self, row: usize, who: usize) -> bool {
        let line = self.0.entry(row).or_default();
        line.push_back(who);
        line.len() == 1
    }

    /// Whoever held it lets go; who holds it now.
    pub fn release(&mut self, row: usize) -> Option<usize> {
        let line = self.0.get_mut(&row)?;
        line.pop_front();
        let next = line.front().copied();
        if next.is_none() {
            self.0.remove(&row);
        }
        next
    }
}
