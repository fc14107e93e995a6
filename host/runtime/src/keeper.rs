//! What happens without anybody asking: tenants wake when something is due, logs are checkpointed, idle files close.

use crate::runtime::Inner;
use crate::tenant::{Job, Tenant, lock};
use std::collections::BinaryHeap;
use std::cmp::Reverse;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::Checkpointer;

/// Longest sleep of the keeper: how late a clock that jumped ahead is noticed.
const NAP_MS: u64 = 250;
/// A tenant that nobody used for so long is closed.
const IDLE_US: i64 = 60_000_000;
/// Tenants kept open; beyond it the least recently used idle ones close early.
const OPEN_MAX: usize = 256;
/// A write-ahead log shorter than this is left alone.
const LOG_BYTES: u64 = 1 << 20;
/// Naps between two rounds of checkpoints and closing.
const ROUND_NAPS: u32 = 4;

/// Times at which tenants want to run.
#[derive(Default)]
pub(crate) struct Alarms {
    due: Mutex<Alarm>,
    changed: Condvar,
}

#[derive(Default)]
struct Alarm {
    heap: BinaryHeap<Reverse<(i64, RawId)>>,
    closed: bool,
}

impl Alarms {
    /// Wakes the tenant at this time, unless an earlier one is set.
    pub fn set(&self, tenant: &Tenant, at: Instant) {
        let before = tenant.wake_us.swap(at.0, Ordering::AcqRel);
        if at < Instant::MAX && before != at.0 {
            lock(&self.due).heap.push(Reverse((at.0, tenant.id)));
            self.changed.notify_one();
        }
    }

    pub fn close(&self) {
        lock(&self.due).closed = true;
        self.changed.notify_all();
    }

    /// Waits a nap or until closed; returns who is due, or none when closed.
    fn next(&self, now: impl Fn() -> Instant) -> Option<Vec<(i64, RawId)>> {
        let mut alarm = lock(&self.due);
        if !alarm.closed && alarm.heap.peek().is_none_or(|Reverse((at, _))| *at > now().0) {
            let left = alarm.heap.peek().map_or(NAP_MS * 1_000, |Reverse((at, _))| (at - now().0).max(0) as u64);
            let nap = Duration::from_micros(left).min(Duration::from_millis(NAP_MS));
            alarm = self.changed.wait_timeout(alarm, nap).unwrap_or_else(PoisonError::into_inner).0;
        }
        if alarm.closed {
            return None;
        }
        let mut due = Vec::new();
        while let Some(Reverse((at, id))) = alarm.heap.peek().copied().filter(|Reverse((at, _))| *at <= now().0) {
            alarm.heap.pop();
            due.push((at, id));
        }
        Some(due)
    }
}

/// The keeper's thread. Ends when the alarms close or the runtime is gone.
pub(crate) fn run(inner: &Weak<Inner>, alarms: &Alarms) {
    let mut naps = 0;
    loop {
        let Some(strong) = inner.upgrade() else { return };
        let clock = strong.world.clock.clone();
        drop(strong);
        let Some(due) = alarms.next(|| clock.now()) else { return };
        let Some(inner) = inner.upgrade() else { return };
        for (at, id) in due {
            // An alarm that was moved meanwhile is not the tenant's any more.
            if let Some(tenant) = inner.tenant(id).filter(|tenant| tenant.wake_us.load(Ordering::Acquire) == at) {
                tenant.wake_us.store(i64::MAX, Ordering::Release);
                inner.push(&tenant, Job::Pump);
            }
        }
        naps += 1;
        if naps >= ROUND_NAPS {
            naps = 0;
            round(&inner);
        }
    }
}

/// Moves the logs into the files once they are worth it. Beside the tenant's turn, on connections of its own.
fn checkpoint(tenant: &Tenant) {
    let long = |name: &str| std::fs::metadata(tenant.dir.join(name)).is_ok_and(|log| log.len() >= LOG_BYTES);
    let main = long("main.db-wal").then(|| Checkpointer::main(&tenant.dir));
    let readings = long("readings.db-wal").then(|| Checkpointer::readings(&tenant.dir));
    for file in [main, readings].into_iter().flatten() {
        if let Err(error) = file.and_then(|mut file| file.run()) {
            tracing::warn!(tenant = %tenant.scope().slug, error = %error, "A checkpoint failed");
        }
    }
}

fn round(inner: &Arc<Inner>) {
    let mut open: Vec<_> = inner.tenants().into_iter().filter(|tenant| tenant.is_open.load(Ordering::Acquire)).collect();
    metrics::gauge!("toolcrib_open_tenants").set(open.len() as f64);
    for tenant in &open {
        checkpoint(tenant);
    }
    open.sort_by_key(|tenant| tenant.used_us.load(Ordering::Relaxed));
    let surplus = open.len().saturating_sub(OPEN_MAX);
    let idle_before = inner.world.clock.now().0 - IDLE_US;
    for (at, tenant) in open.iter().enumerate() {
        if (at < surplus || tenant.used_us.load(Ordering::Relaxed) < idle_before) && tenant.close_if_idle() && tenant.rest() {
            inner.pool().submit(tenant.clone());
        }
    }
}
