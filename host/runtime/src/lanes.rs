//! Who may connect now: a few runs of each tenant at once, a few more wait, and no timer starts what still runs.

use crate::tenant::lock;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use toolcrib_contract::limits;
use toolcrib_contract::types::RawId;

/// One run of a connector, on its way to a thread.
pub(crate) type Run = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Lane {
    running: usize,
    waiting: VecDeque<Run>,
}

/// A lane for each tenant that connects at this moment.
#[derive(Default)]
pub(crate) struct Lanes {
    lanes: Mutex<HashMap<RawId, Lane>>,
    claims: Arc<Mutex<HashSet<(RawId, String)>>>,
}

/// What became of a run.
pub(crate) enum Entered {
    /// It goes to a thread now; [`Lanes::leave`] must follow.
    Goes(Run),
    /// [`Lanes::leave`] will give it out.
    Waits,
    Full,
}

/// A timer's connector that runs or waits to. Dropped when it is over.
pub(crate) struct Claim {
    claims: Arc<Mutex<HashSet<(RawId, String)>>>,
    of: (RawId, String),
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.claims).remove(&self.of);
    }
}

impl Lanes {
    pub fn enter(&self, tenant: RawId, run: Run) -> Entered {
        let mut lanes = lock(&self.lanes);
        let lane = lanes.entry(tenant).or_default();
        if lane.running < limits::CONNECTORS_OF_TENANT {
            lane.running += 1;
            Entered::Goes(run)
        } else if lane.waiting.len() < limits::CONNECTORS_WAITING {
            lane.waiting.push_back(run);
            Entered::Waits
        } else {
            Entered::Full
        }
    }

    /// Whether one more run of this tenant would be taken.
    pub fn has_room(&self, tenant: RawId) -> bool {
        lock(&self.lanes).get(&tenant).is_none_or(|lane| lane.waiting.len() < limits::CONNECTORS_WAITING)
    }

    /// A run is over; the next one of its tenant takes its place.
    pub fn leave(&self, tenant: RawId) -> Option<Run> {
        let mut lanes = lock(&self.lanes);
        let lane = lanes.get_mut(&tenant)?;
        let next = lane.waiting.pop_front();
        if next.is_none() {
            lane.running -= 1;
            if lane.running == 0 {
                lanes.remove(&tenant);
            }
        }
        next
    }

    /// The right to start this timer's connector; none while it runs or waits.
    pub fn claim(&self, tenant: RawId, timer: &str) -> Option<Claim> {
        let of = (tenant, timer.to_owned());
        lock(&self.claims).insert(of.clone()).then(|| Claim { claims: self.claims.clone(), of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_runs_and_waits_as_much_as_the_limits_say_beside_its_neighbours() {
        let (lanes, a, b) = (Lanes::default(), RawId([1; 16]), RawId([2; 16]));
        let enter = |tenant| match lanes.enter(tenant, Box::new(|| ())) {
            Entered::Goes(_) => "goes",
            Entered::Waits => "waits",
            Entered::Full => "full",
        };
        for _ in 0..limits::CONNECTORS_OF_TENANT {
            assert_eq!(enter(a), "goes");
        }
        for _ in 0..limits::CONNECTORS_WAITING {
            assert!(lanes.has_room(a));
            assert_eq!(enter(a), "waits");
        }
        assert_eq!((enter(a), lanes.has_room(a)), ("full", false));
        assert_eq!(enter(b), "goes", "a neighbour has a lane of its own");
        for _ in 0..limits::CONNECTORS_WAITING {
            assert!(lanes.leave(a).is_some(), "one that waits takes the place");
        }
        for _ in 0..limits::CONNECTORS_OF_TENANT {
            assert!(lanes.leave(a).is_none());
        }
        assert!(lanes.leave(b).is_none());
        assert!(lock(&lanes.lanes).is_empty(), "nothing is kept of tenants that do not connect");
    }

    #[test]
    fn a_timer_is_claimed_once_until_its_run_is_over() {
        let (lanes, tenant) = (Lanes::default(), RawId([1; 16]));
        let claim = lanes.claim(tenant, "orders/pull/erp").unwrap();
        assert!(lanes.claim(tenant, "orders/pull/erp").is_none());
        assert!(lanes.claim(RawId([2; 16]), "orders/pull/erp").is_some());
        drop(claim);
        assert!(lanes.claim(tenant, "orders/pull/erp").is_some());
    }
}
