//! How often the calls of each version end in a fault, over all tenants: what a marketplace may know of them.

use std::sync::atomic::{AtomicU64, Ordering};
use toolcrib_sandbox::Ended;

/// Counts of one version since they were last taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionCounts {
    pub module: String,
    pub version: String,
    /// Of the component.
    pub digest: String,
    pub invocations: u64,
    /// Among the invocations.
    pub faults: u64,
}

/// The counters of one loaded module.
#[derive(Debug, Default)]
pub(crate) struct Health {
    invocations: AtomicU64,
    faults: AtomicU64,
}

impl Health {
    /// One more call has ended like this.
    pub fn count(&self, ended: &Ended) {
        if matches!(ended, Ended::Faulted(_)) {
            self.faults.fetch_add(1, Ordering::Relaxed);
        }
        // Last, and taken first: there are never more faults than invocations.
        self.invocations.fetch_add(1, Ordering::Release);
    }

    /// Invocations and faults since the last time.
    pub fn take(&self) -> (u64, u64) {
        let invocations = self.invocations.swap(0, Ordering::Acquire);
        let faults = self.faults.swap(0, Ordering::Relaxed);
        // A call that ends in this moment may have told its fault only; it is told with the call.
        let early = faults.saturating_sub(invocations);
        self.faults.fetch_add(early, Ordering::Relaxed);
        (invocations, faults - early)
    }

    /// Adds what could not be told.
    pub fn give_back(&self, invocations: u64, faults: u64) {
        self.faults.fetch_add(faults, Ordering::Relaxed);
        self.invocations.fetch_add(invocations, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::host::{Fault, fault};

    #[test]
    fn what_could_not_be_told_is_told_the_next_time_and_nothing_twice() {
        let health = Health::default();
        let faulted = Ended::Faulted(Fault { code: fault::LIMIT, detail: String::new() });
        for ended in [&Ended::Output(vec![]), &faulted, &Ended::Output(vec![])] {
            health.count(ended);
        }
        assert_eq!(health.take(), (3, 1));
        assert_eq!(health.take(), (0, 0));
        health.count(&faulted);
        health.give_back(3, 1);
        assert_eq!(health.take(), (4, 2));
        health.faults.fetch_add(1, Ordering::Relaxed);
        assert_eq!(health.take(), (0, 0), "a fault is told with its call");
        health.invocations.fetch_add(1, Ordering::Relaxed);
        assert_eq!(health.take(), (1, 1));
    }
}
