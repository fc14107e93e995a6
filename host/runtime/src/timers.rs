//! Timers that are due: each runs once, in a savepoint that also removes it.

use crate::command::{in_savepoint, place};
use crate::connector;
use crate::deliver::backoff_us;
use crate::invoke::{Actor, Run};
use crate::runtime::Inner;
use crate::tenant::{Open, Tenant};
use crate::turn::Group;
use std::sync::Arc;
use std::time::Duration;
use toolcrib_contract::host::Failure;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_sandbox::Ended;
use toolcrib_store::{NewDead, StoreError, Timer};

/// Timers run in one turn.
const BATCH: u32 = 50;
/// A timer of a module that lacks a consent it needs looks again after so long.
const CONSENT_WAIT_US: i64 = 3_600_000_000;

pub(crate) fn pump(inner: &Arc<Inner>, tenant: &Tenant, open: &mut Open, group: &mut Group) -> Result<(), StoreError> {
    let now = inner.world.clock.now();
    if open.writer.next_due()?.is_none_or(|due| due > now) {
        return Ok(());
    }
    let due = open.writer.due_timers(now, BATCH)?;
    group.more |= due.len() == BATCH as usize;
    for timer in due {
        fire(inner, tenant, open, group, &timer)?;
        if group.is_over() {
            group.more = true;
            break;
        }
    }
    Ok(())
}

fn fire(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    timer: &Timer,
) -> Result<(), StoreError> {
    let scope = open.scope.clone();
    let installed = scope.find(&timer.module).cloned();
    let handler =
        installed.as_ref().and_then(|installed| installed.module.manifest.handler(&timer.timer).map(|(at, _)| at));
    if scope.stopped(&timer.module).is_some() {
        // Another version may come and be woken instead.
        let due = inner.world.clock.now().plus_us(CONSENT_WAIT_US);
        return open.writer.delay_timer(&timer.module, &timer.timer, &timer.key, timer.attempts, due);
    }
    if scope.halted(&timer.module).is_some() {
        let due = inner.world.clock.now().plus_us(crate::pause::LOOK_US);
        return open.writer.delay_timer(&timer.module, &timer.timer, &timer.key, timer.attempts, due);
    }
    let (Some(installed), Some(handler)) = (installed, handler) else {
        // Nobody is left to wake.
        return open.writer.delete_timer(&timer.module, &timer.timer, &timer.key);
    };
    if installed.missing().is_some() {
        let due = inner.world.clock.now().plus_us(CONSENT_WAIT_US);
        return open.writer.delay_timer(&timer.module, &timer.timer, &timer.key, timer.attempts, due);
    }
    if installed.module.manifest.handlers[handler as usize].kind == HandlerKind::Connector {
        group.woken.extend(connector::wake(inner, tenant, open, timer)?);
        return Ok(());
    }
    let run = Run {
        place: place(inner, tenant, &scope, &installed),
        handler,
        input: &timer.payload,
        actor: Actor::new("timer", ""),
        now: inner.world.clock.now(),
        seed: inner.seed(),
        cause: None,
        wall: Duration::from_millis(limits::CALL_MS),
        outside: None,
        span: None,
    };
    // Removed before the handler runs, inside its savepoint: the handler may set the same timer anew.
    let (ended, live) = in_savepoint(inner, open, run, &timer.timer, |writer| {
        writer.delete_timer(&timer.module, &timer.timer, &timer.key)
    })?;
    group.live.extend(live);
    let (why, again) = match ended {
        Ended::Output(_) => return Ok(()),
        Ended::Failed(Failure::Rejected(rejection)) => (format!("{}: {}", rejection.code, rejection.message), false),
        Ended::Failed(Failure::Retry(reason)) => (reason, true),
        Ended::Faulted(fault) => (format!("{}: {}", fault.code, fault.detail), true),
    };
    let attempts = timer.attempts + 1;
    if again && attempts < limits::DELIVERY_ATTEMPTS {
        let due = inner.world.clock.now().plus_us(backoff_us(attempts, inner.seed()));
        return open.writer.delay_timer(&timer.module, &timer.timer, &timer.key, attempts, due);
    }
    let consumer = format!("{}/{}", timer.module, timer.timer);
    let at = inner.world.clock.now();
    tracing::warn!(tenant = %scope.slug, consumer, why, "A timer became a dead letter");
    open.writer.bury(&NewDead { consumer: &consumer, seq: 0, why: &why, body: &timer.payload, at })?;
    open.writer.delete_timer(&timer.module, &timer.timer, &timer.key)
}
