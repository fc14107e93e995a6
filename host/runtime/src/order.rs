//! Who comes when: what waits for one tenant's turn, and which tenants wait for a worker. No thread, no clock, no disk, so
//! that a simulator can run by the same rules; the time of a turn's jobs and what gives way to them is in [`crate::lag`].

use std::collections::VecDeque;
use std::time::Duration;
use toolcrib_contract::limits;

/// After this long with jobs a turn commits what it has: nobody waits for a long queue to end.
const TURN: Duration = Duration::from_millis(20);

/// Something for a tenant's turn.
pub trait Waits {
    /// Nobody waits for it, and one is as good as many.
    fn is_pump(&self) -> bool;
    /// Somebody from outside, who hears it when too many wait.
    fn may_be_refused(&self) -> bool;
}

/// What waits for one tenant, in the order in which it came.
pub struct Queue<J> {
    jobs: VecDeque<J>,
    /// Among those that wait for a worker, or with one.
    scheduled: bool,
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self { jobs: VecDeque::new(), scheduled: false }
    }
}

impl<J: Waits> Queue<J> {
    /// Takes a job. True when the tenant must be given to the workers.
    ///
    /// # Errors
    /// The job comes back when [`limits::QUEUE_INVOCATIONS`] wait and it may be refused.
    pub fn push(&mut self, job: J) -> Result<bool, J> {
        if job.may_be_refused() && self.jobs.len() >= limits::QUEUE_INVOCATIONS {
            return Err(job);
        }
        // One pump is enough, however many ask for it.
        if !(job.is_pump() && self.jobs.iter().any(J::is_pump)) {
            self.jobs.push_back(job);
        }
        Ok(!std::mem::replace(&mut self.scheduled, true))
    }

    /// What waits, the next one first.
    pub fn waiting(&self) -> impl Iterator<Item = &J> {
        self.jobs.iter()
    }

    /// Whether somebody waits for an answer; pumping alone is nobody's.
    pub fn is_awaited(&self) -> bool {
        !self.jobs.iter().all(J::is_pump)
    }

    /// Takes the pumps out if there is nothing else.
    pub fn pop_only_pumps(&mut self) -> bool {
        let only = !self.is_awaited();
        if only {
            self.jobs.clear();
        }
        only
    }

    /// The next job, if it is one of these.
    pub fn pop_if(&mut self, is_wanted: impl FnOnce(&J) -> bool) -> Option<J> {
        self.jobs.pop_front_if(|job| is_wanted(job))
    }

    /// Takes out all jobs of a kind. Whether there were any, and nothing else.
    pub fn remove_if_alone(&mut self, is_of_kind: impl Fn(&J) -> bool) -> bool {
        let before = self.jobs.len();
        self.jobs.retain(|job| !is_of_kind(job));
        self.jobs.len() < before && self.jobs.is_empty()
    }

    /// Ends a turn. True when there is more to do, and the tenant stays with the workers.
    pub fn rest(&mut self) -> bool {
        self.scheduled = !self.jobs.is_empty();
        self.scheduled
    }

    /// Gives up everything that waits.
    pub fn abandon(&mut self) -> VecDeque<J> {
        self.scheduled = false;
        std::mem::take(&mut self.jobs)
    }

    /// Nothing waits and nobody is at work.
    pub fn is_idle(&self) -> bool {
        !self.scheduled && self.jobs.is_empty()
    }
}

/// Whether a turn that ran so many jobs in this time takes another one before it commits.
pub fn takes_more(jobs: usize, spent: Duration) -> bool {
    jobs < limits::GROUP_INVOCATIONS && spent <= TURN
}

/// Turns that wait, first come, first served, and workers that rest, of whom the last one to rest is woken first: its
/// stack and allocator are still in the cache.
pub struct Ready<T, W> {
    turns: VecDeque<T>,
    idle: Vec<W>,
    closed: bool,
}

impl<T, W> Default for Ready<T, W> {
    fn default() -> Self {
        Self { turns: VecDeque::new(), idle: Vec::new(), closed: false }
    }
}

impl<T, W> Ready<T, W> {
    /// Takes a turn, and gives the worker who is to be woken for it, if one rests. None when nothing more is taken.
    pub fn submit(&mut self, turn: T) -> Option<Option<W>> {
        if self.closed {
            return None;
        }
        self.turns.push_back(turn);
        Some(self.idle.pop())
    }

    /// The next turn.
    pub fn take(&mut self) -> Option<T> {
        self.turns.pop_front()
    }

    /// There is nothing to do for this worker.
    pub fn rest(&mut self, worker: W) {
        self.idle.push(worker);
    }

    /// A worker that woke by itself does not rest any more.
    pub fn wake(&mut self, is_he: impl Fn(&W) -> bool) {
        self.idle.retain(|worker| !is_he(worker));
    }

    /// Takes nothing more; all who rest are to be woken.
    pub fn close(&mut self) -> Vec<W> {
        self.closed = true;
        std::mem::take(&mut self.idle)
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }
}
