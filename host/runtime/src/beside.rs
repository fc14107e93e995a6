//! Other hosts on the same database: what they commit wakes the tenants of this one.
//!
//! Nobody tells: each host looks how often its tenants were changed, in one question that costs two rows of each. Tenants
//! that somebody listens to are looked at often, the others now and then: so what a host leaves undone that has ended,
//! timers and events, is done by another.

use crate::keeper::Alarms;
use crate::runtime::{Inner, Runtime};
use crate::tenant::{Job, Open, Tenant, lock};
use crate::turn::Group;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::limits;
use toolcrib_contract::types::RawId;
use toolcrib_store::{Postgres, Seen, StoreError, Turns};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);
/// Every so many looks go to all tenants.
const ROUNDS: u32 = 25;
/// Events of other hosts that a live feed hears in one turn; more than that it is told to have missed.
const TOLD: usize = 2 * limits::PAGE_ROWS as usize;

/// A database that answers nothing for so long is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the database answers who looks.
#[derive(Default)]
pub(crate) struct Reach(Mutex<Option<Monotonic>>);

impl Reach {
    /// Somebody asks: the wait begins, unless one is under way.
    fn ask(&self, now: Monotonic) {
        lock(&self.0).get_or_insert(now);
    }

    fn answered(&self) {
        lock(&self.0).take();
    }

    /// Whether an answer was missed.
    fn is_waiting(&self) -> bool {
        lock(&self.0).is_some()
    }

    pub fn is_there(&self, now: Monotonic) -> bool {
        lock(&self.0).is_none_or(|since| now.saturating_duration_since(since) < PATIENCE)
    }
}

/// The thread that looks. Ends when the alarms close, the runtime is gone, or there is no database.
pub(crate) fn watch(inner: &Weak<Inner>, alarms: &Alarms) {
    let mut round = 0;
    while alarms.rest_for(LOOK) {
        let Some(inner) = inner.upgrade() else { return };
        let Some(database) = inner.options.tenant.database.clone() else { return };
        let is_lost = inner.reach.is_waiting();
        let wanted = |tenant: &Arc<Tenant>| round == 0 || is_lost || tenant.is_listened_to();
        let tenants: Vec<_> = inner.tenants().into_iter().filter(wanted).collect();
        round = (round + 1) % ROUNDS;
        if tenants.is_empty() {
            continue;
        }
        inner.reach.ask(Monotonic::now());
        match database.turns(&tenants.iter().map(|tenant| tenant.id).collect::<Vec<_>>()) {
            Ok(turns) => {
                inner.reach.answered();
                for Turns { tenant, business, readings } in turns {
                    business.into_iter().for_each(|turn| look(&inner, tenant, turn));
                    readings.into_iter().for_each(|turn| hear(&inner, tenant, turn));
                }
            }
            // Whoever has work meanwhile hears it with that.
            Err(error) => tracing::warn!(error = %error, "Other hosts' changes cannot be looked for"),
        }
    }
}

/// What machines told another host is drawn by pages here, and told to modules if that host has not done so.
fn hear(inner: &Inner, id: RawId, turn: i64) {
    let Some(tenant) = inner.tenant(id) else { return };
    if tenant.inbox.turn.fetch_max(turn, Ordering::AcqRel) >= turn {
        return;
    }
    tenant.tracks.arrived(None);
    if crate::signals::are_followed(&tenant.granted()) {
        inner.push(&tenant, Job::Pump);
    }
}

fn look(inner: &Inner, id: RawId, turn: i64) {
    let Some(tenant) = inner.tenant(id) else { return };
    let is_known = lock(&tenant.seen).is_some_and(|seen| seen.turn >= turn);
    if !is_known {
        inner.push(&tenant, Job::Pump);
    }
}

/// In a turn, after another host's: reads anew what memory knew, and tells listeners what they did not hear.
///
/// # Errors
/// The store's.
pub(crate) fn catch_up(
    inner: &Inner,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    before: Seen,
) -> Result<(), StoreError> {
    crate::files::stand_anew(inner, tenant, open)?;
    tenant.anew.fetch_add(1, Ordering::AcqRel);
    tenant.tracks.scope_changed();
    let mut after = before.seq;
    while tenant.is_listened_to() && group.live.len() < TOLD {
        let events = open.writer.events_after(after, limits::PAGE_ROWS)?;
        let Some(last) = events.last() else { break };
        after = last.seq;
        group.live.extend(events.into_iter().map(Into::into));
    }
    Ok(())
}

impl Runtime {
    /// The database that other hosts may have, too.
    pub fn database(&self) -> Option<Postgres> {
        self.inner.options.tenant.database.clone()
    }

    /// How often this host has seen that another one changed something of a tenant: what was read before a change of this
    /// number may be old. What it does not see by itself it looks for every five seconds.
    pub fn changed_beside(&self, tenant: RawId) -> u64 {
        self.inner.tenant(tenant).map_or(0, |tenant| tenant.anew.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_away_when_it_answered_nothing_for_a_while() {
        let (reach, start) = (Reach::default(), Monotonic::now());
        assert!(reach.is_there(start) && !reach.is_waiting());
        reach.ask(start);
        // What is asked again in vain was asked first.
        reach.ask(start + PATIENCE / 2);
        assert!(reach.is_waiting() && reach.is_there(start + PATIENCE / 2));
        assert!(!reach.is_there(start + PATIENCE));
        reach.answered();
        assert!(reach.is_there(start + PATIENCE) && !reach.is_waiting());
    }
}
