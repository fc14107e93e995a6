//! What happens without anybody asking: tenants wake when something is due, logs are checkpointed, idle files close.
//!
//! Two threads: one watches the clock and does nothing slow, the other tends the files.

use crate::runtime::Inner;
use crate::tenant::{Job, Tenant, lock};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{Checkpointer, Readings};

/// Longest sleep of the watch: how late a clock that jumped ahead is noticed.
const NAP: Duration = Duration::from_millis(250);
/// Between two rounds of checkpoints and closing.
const ROUND: Duration = Duration::from_secs(1);
/// What nobody used for so long is closed: a tenant, or its business alone while its machines go on.
const IDLE_US: i64 = 60_000_000;
/// A write-ahead log shorter than this is left alone.
const LOG_BYTES: u64 = 1 << 20;
/// The same in pages of 4 KiB.
const LOG_PAGES: u64 = LOG_BYTES >> 12;

/// Times at which tenants want to run: at most one for each.
#[derive(Default)]
pub(crate) struct Alarms {
    due: Mutex<Due>,
    changed: Condvar,
    ended: Condvar,
}

#[derive(Default)]
struct Due {
    times: BTreeSet<(i64, RawId)>,
    closed: bool,
}

impl Alarms {
    /// Wakes the tenant at this time, and no more at the time set before.
    pub fn set(&self, tenant: &Tenant, at: Instant) {
        // A tenant's own turn sets the same time again and again.
        if tenant.wake_us.load(Ordering::Acquire) == at.0 {
            return;
        }
        let mut due = lock(&self.due);
        let before = tenant.wake_us.swap(at.0, Ordering::AcqRel);
        due.times.remove(&(before, tenant.id));
        if at < Instant::MAX {
            due.times.insert((at.0, tenant.id));
            if due.times.first() == Some(&(at.0, tenant.id)) {
                self.changed.notify_one();
            }
        }
    }

    pub fn close(&self) {
        lock(&self.due).closed = true;
        self.changed.notify_all();
        self.ended.notify_all();
    }

    /// Waits a nap or until closed; returns who is due, or none when closed.
    fn next(&self, now: impl Fn() -> Instant) -> Option<Vec<(i64, RawId)>> {
        let mut due = lock(&self.due);
        if !due.closed && due.times.first().is_none_or(|(at, _)| *at > now().0) {
            let left = due
                .times
                .first()
                .map_or(NAP, |(at, _)| Duration::from_micros(at.saturating_sub(now().0).max(0) as u64));
            due = self.changed.wait_timeout(due, left.min(NAP)).unwrap_or_else(PoisonError::into_inner).0;
        }
        if due.closed {
            return None;
        }
        let later = due.times.split_off(&(now().0.saturating_add(1), RawId([0; 16])));
        Some(std::mem::replace(&mut due.times, later).into_iter().collect())
    }

    /// Waits until the next round. False when closed.
    fn rest(&self) -> bool {
        self.rest_for(ROUND)
    }

    /// The same for so long.
    pub fn rest_for(&self, time: Duration) -> bool {
        let due = lock(&self.due);
        let waited =
            self.ended.wait_timeout_while(due, time, |due| !due.closed).unwrap_or_else(PoisonError::into_inner);
        !waited.0.closed
    }
}

/// The thread that watches the clock. Ends when the alarms close or the runtime is gone.
pub(crate) fn watch(inner: &Weak<Inner>, alarms: &Alarms) {
    while let Some(clock) = inner.upgrade().map(|inner| inner.world.clock.clone()) {
        let Some(due) = alarms.next(|| clock.now()) else { return };
        let Some(inner) = inner.upgrade() else { return };
        for (at, id) in due {
            // An alarm that was moved meanwhile is not the tenant's any more.
            let Some(tenant) = inner.tenant(id) else { continue };
            if tenant.wake_us.compare_exchange(at, i64::MAX, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                inner.push(&tenant, Job::Pump);
            }
        }
    }
}

/// The thread that tends the files. Ends like the other one.
pub(crate) fn tend(inner: &Weak<Inner>, alarms: &Alarms) {
    while alarms.rest() {
        let Some(inner) = inner.upgrade() else { return };
        round(&inner);
    }
}

/// Moves the logs into the files once they are worth it. Beside the tenant's turn, on connections of its own.
///
/// Whoever writes meanwhile adds to the log, and a log that is never moved whole only grows. So its writer is asked to
/// move the small rest itself; its next commit begins the log anew, on blocks that the disk handed out before. That is
/// worth it: a commit that makes the file longer takes twice the time.
fn checkpoint(tenant: &Tenant) {
    let is_long = |log: &std::path::Path| std::fs::metadata(log).is_ok_and(|log| log.len() >= LOG_BYTES);
    let main = is_long(&tenant.home.dir().join("main.db-wal"))
        .then(|| (Checkpointer::main(tenant.home.dir()), &tenant.log_has_rest));
    let logs = if !tenant.home.is_remote() && tenant.inbox.is_worth_a_look() {
        Readings::logs(tenant.home.dir())
    } else {
        Vec::new()
    };
    let logs = logs.into_iter().filter(|(_, log)| is_long(log));
    let readings = logs.map(|(file, _)| (Checkpointer::open(file), &tenant.inbox.log_has_rest));
    for (file, has_rest) in main.into_iter().chain(readings) {
        match file.and_then(|mut file| file.run()) {
            // Of several logs one with a rest is enough.
            Ok(done) if done.log_pages >= LOG_PAGES => has_rest.store(true, Ordering::Release),
            Ok(_) => {}
            Err(error) => tracing::warn!(tenant = %tenant.scope().slug, error = %error, "A checkpoint failed"),
        }
    }
}

/// Wakes one tenant whose old months nobody looked at today: not all of them at once.
fn tidy_readings(inner: &Arc<Inner>, tenants: &[Arc<Tenant>], now: Instant) {
    let is_used = |tenant: &Tenant| {
        let scope = tenant.granted();
        // Of a tenant with neither, everything may just be erased.
        !scope.devices.is_empty() || !scope.installed.is_empty()
    };
    let due = tenants
        .iter()
        .find(|tenant| tenant.inbox.is_to_tidy(now, || is_used(tenant) && tenant.home.may_have_readings()));
    if let Some(tenant) = due {
        crate::readings::submit(inner, tenant);
    }
}

fn round(inner: &Arc<Inner>) {
    let (tenants, now) = (inner.tenants(), inner.world.clock.now());
    tidy_readings(inner, &tenants, now);
    let mut open: Vec<_> = tenants.into_iter().filter(|tenant| tenant.has_open_files()).collect();
    metrics::gauge!("toolcrib_open_tenants").set(open.len() as f64);
    let now = now.0;
    for tenant in &open {
        // Nothing happened since the last time.
        if tenant.touched_us() >= tenant.tended_us.swap(now, Ordering::Relaxed) {
            checkpoint(tenant);
        }
    }
    open.sort_by_cached_key(|tenant| tenant.touched_us());
    let surplus = open.len().saturating_sub(inner.options.open_tenants);
    let surplus = surplus.max(inner.room.surplus(open.len(), &inner.options.data.tenants()));
    let idle_before = now - IDLE_US;
    for (at, tenant) in open.iter().enumerate() {
        let is_unused = at < surplus || tenant.touched_us() < idle_before;
        let rests = tenant.is_open.load(Ordering::Acquire) && tenant.used_us.load(Ordering::Relaxed) < idle_before;
        if is_unused || rests {
            tenant.keeps_readings.store(!is_unused, Ordering::Release);
            inner.push(tenant, Job::Close);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scope;
    use toolcrib_store::{Home, TenantOptions};

    fn tenant(n: u8) -> Tenant {
        let (slug, name, time_zone) = (String::new(), String::new(), String::new());
        let (installed, devices) = (Vec::new(), Arc::default());
        let scope = Scope {
            snapshot: 0,
            id: RawId([n; 16]),
            slug,
            name,
            time_zone,
            active: true,
            installed,
            stopped: Arc::new([]),
            read_only: Arc::new([]),
            halted: Arc::new([]),
            devices,
            readings: Arc::new([]),
        };
        let home = Home::new(std::path::PathBuf::new(), scope.id, &TenantOptions::default());
        Tenant::new(Arc::new(scope), home)
    }

    #[test]
    fn a_tenant_has_one_alarm_however_often_it_moves() {
        let (alarms, one, two) = (Alarms::default(), tenant(1), tenant(2));
        for at in [50, 10, 90, 40, 40, 30] {
            alarms.set(&one, Instant(at));
            alarms.set(&two, Instant(at + 1));
        }
        assert_eq!(alarms.next(|| Instant(100)), Some(vec![(30, one.id), (31, two.id)]), "in the order of their times");
        assert_eq!(lock(&alarms.due).times.len(), 0);
    }

    #[test]
    fn an_alarm_taken_back_wakes_nobody_and_closing_ends_the_wait() {
        let (alarms, one) = (Alarms::default(), tenant(1));
        alarms.set(&one, Instant(10));
        alarms.set(&one, Instant::MAX);
        assert_eq!(lock(&alarms.due).times.len(), 0);
        alarms.close();
        assert_eq!(alarms.next(|| Instant(100)), None);
        assert!(!alarms.rest());
    }
}
