//! What follows from commands gives way to commands that keep coming, for so long and no longer.
//!
//! Where a command comes alone, the events and timers that follow from it are moved in its own turn: one commit for all.
//! Where one comes right after the other, nobody waits for what followed from the one before: it is put off until no
//! command came for a moment, and then shares its commits. What was put off for [`LAG`] runs all the same, in slices
//! with the waiting commands between them.

use crate::runtime::Inner;
use crate::tenant::{Job, Tenant, lock};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::types::RawId;

/// What follows from a command waits at most so long for its first slice.
pub const LAG: Duration = Duration::from_millis(250);
/// One slice of it, before waiting commands have their turn; an invocation that has begun is finished.
pub const SLICE: Duration = Duration::from_millis(10);
/// A command within this time of the one before comes in a stream.
pub const STREAM: Duration = Duration::from_millis(50);
/// After this time without a command, what follows is moved.
pub const QUIET: Duration = Duration::from_millis(5);

/// How far what follows lags behind, in one tenant whose files are open.
#[derive(Default)]
pub struct Lag {
    /// Since when something is put off.
    since: Option<Monotonic>,
    /// When somebody was answered last.
    answered: Option<Monotonic>,
    /// The next turn is a slice of its own.
    is_due: bool,
}

impl Lag {
    /// Whether what comes now comes in a stream.
    pub fn is_stream(&self, now: Monotonic) -> bool {
        self.answered.is_some_and(|answered| now.saturating_duration_since(answered) < STREAM)
    }

    /// Puts off what follows. True when it has waited long enough: the next turn must be a slice.
    pub fn put_off(&mut self, now: Monotonic) -> bool {
        let since = *self.since.get_or_insert(now);
        self.is_due = now.saturating_duration_since(since) >= LAG;
        self.is_due
    }

    /// Whether a turn without commands should wait a little longer for one.
    pub fn may_wait(&self, now: Monotonic) -> bool {
        let within = |at: Option<Monotonic>, time| at.is_some_and(|at| now.saturating_duration_since(at) < time);
        !self.is_due && within(self.since, LAG) && within(self.answered, QUIET)
    }

    /// Whether this turn is a slice, and leaves the commands to the next one.
    pub fn take_due(&mut self) -> bool {
        std::mem::take(&mut self.is_due)
    }

    /// Nothing is put off any more.
    pub fn caught_up(&mut self) {
        self.since = None;
    }

    pub fn answered(&mut self, now: Monotonic) {
        self.answered = Some(now);
    }
}

/// Tenants that look again after a moment of quiet, each at most once.
#[derive(Default)]
pub(crate) struct Pauses {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// All wait equally long: the first comes first.
    tenants: VecDeque<(Monotonic, RawId)>,
    closed: bool,
}

impl Pauses {
    /// Wakes the tenant after [`QUIET`].
    pub fn add(&self, tenant: &Tenant, now: Monotonic) {
        if tenant.pauses.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut waiting = lock(&self.waiting);
        waiting.tenants.push_back((now + QUIET, tenant.id));
        if waiting.tenants.len() == 1 {
            self.changed.notify_one();
        }
    }

    pub fn close(&self) {
        lock(&self.waiting).closed = true;
        self.changed.notify_one();
    }

    /// Waits for the next tenant; none when closed.
    fn next(&self) -> Option<RawId> {
        let mut waiting = lock(&self.waiting);
        loop {
            if waiting.closed {
                return None;
            }
            let left = waiting.tenants.front().map(|(at, _)| at.saturating_duration_since(Monotonic::now()));
            waiting = match left {
                Some(Duration::ZERO) => return waiting.tenants.pop_front().map(|(_, id)| id),
                Some(left) => self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// The thread that ends pauses. Ends when they close or the runtime is gone.
pub(crate) fn resume(inner: &Weak<Inner>, pauses: &Pauses) {
    while let Some(id) = pauses.next() {
        let Some(inner) = inner.upgrade() else { return };
        let Some(tenant): Option<Arc<Tenant>> = inner.tenant(id) else { continue };
        tenant.pauses.store(false, Ordering::Release);
        inner.push(&tenant, Job::Pump);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_waits_for_a_stream_of_commands_at_most_so_long() {
        let (mut lag, start) = (Lag::default(), Monotonic::now());
        assert!(!lag.is_stream(start), "the first command comes alone");
        lag.answered(start);
        let (mut now, mut slices) = (start, 0);
        while now < start + 4 * LAG {
            now += Duration::from_millis(1);
            assert!(lag.is_stream(now) && !lag.may_wait(now + QUIET), "quiet ends the wait");
            if lag.put_off(now) {
                assert!(!lag.may_wait(now) && lag.take_due() && !lag.take_due(), "one slice, then commands again");
                lag.caught_up();
                slices += 1;
            } else {
                assert!(lag.may_wait(now));
            }
            lag.answered(now);
        }
        assert_eq!(slices, 3);
        assert!(!lag.is_stream(now + STREAM));
    }

    #[test]
    fn what_is_not_caught_up_goes_on_in_every_second_turn() {
        let (mut lag, start) = (Lag::default(), Monotonic::now());
        assert!(!lag.put_off(start));
        for turn in 0..3 {
            assert!(lag.put_off(start + LAG), "turn {turn}");
            assert!(lag.take_due());
        }
    }
}
