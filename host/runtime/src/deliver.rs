//! Events to their consumers: one cursor per handler, in log order, retried with backoff, buried after eight attempts.

use crate::command::{in_savepoint, place};
use crate::invoke::{Actor, Run};
use crate::modules::Installed;
use crate::runtime::Inner;
use crate::scope::Scope;
use crate::signals;
use crate::tenant::{LiveEvent, Open, Tenant};
use crate::timers;
use crate::turn::Group;
use std::sync::Arc;
use std::time::Duration;
use toolcrib_contract::host::{Failure, fault};
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{NOT_CONSENTED, Problem};
use toolcrib_contract::types::Instant;
use toolcrib_contract::{json, limits};
use toolcrib_sandbox::Ended;
use toolcrib_store::{EventRow, NewDead, StoreError, Writer};

/// Module name of the events that the host derives from readings.
pub(crate) const SIGNAL: &str = "signal";
/// Events looked at for one consumer in one turn.
const BATCH: u32 = 100;
/// Events that a consumer passes over until that is written down: fewer than it looks at in one turn, so that one whose
/// memory is gone after each turn, since another host had the next one, comes on all the same.
const PASSED: u64 = 64;
const SECOND_US: i64 = 1_000_000;
/// Longest wait between two attempts.
const BACKOFF_MAX_US: i64 = 3_600 * SECOND_US;

/// A handler that waits for events, and how far it came.
pub(crate) struct Consumer {
    /// `module/handler`: the key of its cursor.
    pub key: String,
    pub installed: Arc<Installed>,
    pub handler: u32,
    /// Everything up to here is done.
    pub seq: u64,
    /// What of it is written down.
    kept: u64,
    pub attempts: u32,
    pub not_before: Instant,
}

impl Consumer {
    fn kind(&self) -> &HandlerKind {
        &self.installed.module.manifest.handlers[self.handler as usize].kind
    }

    /// Whether an event of this module and name is for this handler.
    fn wants(&self, module: &str, name: &str) -> bool {
        match self.kind() {
            HandlerKind::OnEvent { module: from, event } => {
                let from = if from.is_empty() { &self.installed.module.manifest.module } else { from };
                module == from && name == event
            }
            kind => module == SIGNAL && signals::is_for(kind, name),
        }
    }

    /// Whether the tenant lets this handler know an event of a signal: its grant may be narrowed to some equipment.
    fn may_know(&self, body: &serde_json::Value) -> bool {
        self.kind()
            .signal()
            .is_none_or(|signal| self.installed.may_follow(signal, body["equipment"].as_str().unwrap_or("")))
    }

    /// Everything up to here is done, and that is written down.
    fn keep(&mut self, writer: &mut Writer, seq: u64) -> Result<(), StoreError> {
        (self.seq, self.kept) = (seq, seq);
        writer.advance(&self.key, seq)
    }

    /// Nothing up to here is for this handler. Written down now and then only, which saves a row in nearly every turn: what
    /// memory forgets is passed over again.
    fn pass_over(&mut self, writer: &mut Writer, seq: u64) -> Result<(), StoreError> {
        self.seq = seq;
        if seq - self.kept < PASSED { Ok(()) } else { self.keep(writer, seq) }
    }

    /// Whether all that this handler has not passed yet, up to `last`, was written in this turn, and none is for it.
    fn may_pass_over(&self, written: &[LiveEvent], last: u64) -> bool {
        written.len() as u64 == last - self.seq
            && written.first().is_some_and(|first| first.seq == self.seq + 1)
            && !written.iter().any(|event| self.wants(&event.module, &event.name))
    }
}

/// The consumers of a scope, with the cursors kept in the file; a new one starts at the end of the log.
pub(crate) fn consumers(writer: &mut Writer, scope: &Scope) -> Result<Vec<Consumer>, StoreError> {
    let mut consumers = Vec::new();
    if !scope.active {
        return Ok(consumers);
    }
    let cursors = writer.cursors()?;
    for installed in &scope.installed {
        for (handler, def) in installed.listeners() {
            let key = format!("{}/{}", installed.module.manifest.module, def.name);
            let (seq, attempts, not_before) = match cursors.get(&key) {
                Some(cursor) => (cursor.seq, cursor.attempts, cursor.not_before),
                None => {
                    let end = writer.last_seq()?;
                    writer.advance(&key, end)?;
                    (end, 0, Instant::MIN)
                }
            };
            consumers.push(Consumer {
                key,
                installed: installed.clone(),
                handler,
                seq,
                kept: seq,
                attempts,
                not_before,
            });
        }
    }
    Ok(consumers)
}

/// Moves on what follows from committed or just written facts. Bounded; `group.more` says that there is more.
pub(crate) fn pump(inner: &Arc<Inner>, tenant: &Tenant, open: &mut Open, group: &mut Group) -> Result<(), StoreError> {
    if !open.scope.active {
        return Ok(());
    }
    signals::pump(inner, open, group)?;
    timers::pump(inner, tenant, open, group)?;
    let mut consumers = std::mem::take(&mut open.consumers);
    let result = serve_all(inner, tenant, open, group, &mut consumers);
    open.consumers = consumers;
    result
}

/// Whether there is something to move now. What was written in this turn and is for nobody is passed over.
pub(crate) fn follows(inner: &Inner, open: &mut Open, group: &Group) -> Result<bool, StoreError> {
    if !open.scope.active {
        return Ok(false);
    }
    let (last, now) = (open.writer.last_seq()?, inner.world.clock.now());
    let mut is_behind = false;
    for consumer in open.consumers.iter_mut().filter(|consumer| consumer.seq < last) {
        if consumer.may_pass_over(&group.live, last) {
            consumer.pass_over(&mut open.writer, last)?;
        } else {
            is_behind |= consumer.not_before <= now;
        }
    }
    let is_due = |due: Option<Instant>| due.is_some_and(|due| due <= now);
    Ok(is_behind || group.is_asked_to_pump() || is_due(open.writer.next_due()?) || is_due(open.signals.next_due()))
}

/// Events as they stand in the log, read once for all consumers that are equally far.
#[derive(Default)]
struct Page(Vec<EventRow>);

impl Page {
    /// Some of what comes after `seq`. No number of the log is missing.
    fn after(&mut self, writer: &mut Writer, seq: u64) -> Result<&[EventRow], StoreError> {
        let first = self.0.first().map_or(0, |first| first.seq);
        let from = seq + 1;
        if !(first..first + self.0.len() as u64).contains(&from) {
            self.0 = writer.events_after(seq, BATCH)?;
            return Ok(&self.0);
        }
        Ok(&self.0[(from - first) as usize..])
    }
}

/// At least one event of one consumer; when the time is over, the next turn begins with the consumer after it.
fn serve_all(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    consumers: &mut [Consumer],
) -> Result<(), StoreError> {
    let mut page = Page::default();
    for at in 0..consumers.len() {
        serve(inner, tenant, open, group, &mut consumers[at], &mut page)?;
        if group.is_over() {
            consumers.rotate_left(at + 1);
            group.more = true;
            break;
        }
    }
    Ok(())
}

fn serve(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    consumer: &mut Consumer,
    page: &mut Page,
) -> Result<(), StoreError> {
    let last = open.writer.last_seq()?;
    if consumer.seq >= last || consumer.not_before > inner.world.clock.now() {
        return Ok(());
    }
    if consumer.may_pass_over(&group.live, last) {
        return consumer.pass_over(&mut open.writer, last);
    }
    let mut is_heard = false;
    for event in page.after(&mut open.writer, consumer.seq)? {
        let is_wanted = consumer.wants(&event.module, &event.name);
        if is_wanted && !deliver(inner, tenant, open, group, consumer, event)? {
            return Ok(());
        }
        consumer.seq = event.seq;
        is_heard |= is_wanted;
        if group.is_over() {
            break;
        }
    }
    // Once for all of them: they are kept together.
    let seq = consumer.seq;
    if is_heard { consumer.keep(&mut open.writer, seq) } else { consumer.pass_over(&mut open.writer, seq) }?;
    group.more |= consumer.seq < open.writer.last_seq()?;
    Ok(())
}

/// Whether the consumer may go on with the next event.
fn deliver(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    consumer: &mut Consumer,
    event: &EventRow,
) -> Result<bool, StoreError> {
    let installed = consumer.installed.clone();
    let def = &installed.module.manifest.handlers[consumer.handler as usize];
    let body = serde_json::from_str(&event.body).unwrap_or_default();
    if !consumer.may_know(&body) {
        return Ok(true);
    }
    let input = match json::read_known(&def.input, &body) {
        Ok(input) => input,
        Err(errors) => {
            let why = errors.first().map_or_else(String::new, |error| format!("{} {}", error.pointer, error.message));
            bury(inner, open, consumer, event, &format!("the event does not fit the handler: {why}"))?;
            return Ok(true);
        }
    };
    let run = Run {
        place: place(inner, tenant, &open.scope.clone(), &installed),
        handler: consumer.handler,
        input: &input,
        actor: Actor::new("event", ""),
        now: inner.world.clock.now(),
        seed: inner.seed(),
        cause: Some(event.seq),
        wall: Duration::from_millis(limits::CALL_MS),
        outside: None,
        span: None,
    };
    let (ended, live) = in_savepoint(inner, open, run, &def.name, |_| Ok(()))?;
    group.live.extend(live);
    let why = match ended {
        Ended::Output(_) => {
            (consumer.attempts, consumer.not_before) = (0, Instant::MIN);
            return Ok(true);
        }
        // The module decided; asking again would get the same answer.
        Ended::Failed(Failure::Rejected(rejection)) => {
            bury(inner, open, consumer, event, &format!("{}: {}", rejection.code, rejection.message))?;
            return Ok(true);
        }
        Ended::Failed(Failure::Retry(reason)) => reason,
        // As long a chain of causes the next time.
        Ended::Faulted(fault) if fault.code == fault::CAUSE_DEPTH => {
            bury(inner, open, consumer, event, &format!("{}: {}", fault.code, fault.detail))?;
            return Ok(true);
        }
        Ended::Faulted(fault) => format!("{}: {}", fault.code, fault.detail),
    };
    consumer.attempts += 1;
    if consumer.attempts >= limits::DELIVERY_ATTEMPTS {
        bury(inner, open, consumer, event, &why)?;
        return Ok(true);
    }
    tracing::warn!(tenant = %open.scope.slug, consumer = %consumer.key, seq = event.seq, attempt = consumer.attempts, why, "An event is tried again later");
    consumer.not_before = inner.world.clock.now().plus_us(backoff_us(consumer.attempts, inner.seed()));
    consumer.kept = event.seq - 1;
    open.writer.delay(&consumer.key, event.seq - 1, consumer.attempts, consumer.not_before)?;
    Ok(false)
}

fn bury(
    inner: &Inner,
    open: &mut Open,
    consumer: &mut Consumer,
    event: &EventRow,
    why: &str,
) -> Result<(), StoreError> {
    tracing::warn!(tenant = %open.scope.slug, consumer = %consumer.key, seq = event.seq, why, "An event became a dead letter");
    metrics::counter!("toolcrib_dead_letters_total").increment(1);
    let at = inner.world.clock.now();
    let why: String = why.chars().take(1_000).collect();
    open.writer.bury(&NewDead {
        consumer: &consumer.key,
        seq: event.seq,
        why: &why,
        body: event.body.as_bytes(),
        at,
    })?;
    (consumer.attempts, consumer.not_before) = (0, Instant::MIN);
    consumer.keep(&mut open.writer, event.seq)
}

/// A dead letter before its handler once more: removed when the handler takes it, kept otherwise.
pub(crate) fn replay(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    letter: u64,
) -> Result<Result<bool, Problem>, StoreError> {
    let Some(dead) = open.writer.dead(letter.saturating_sub(1), 1)?.into_iter().find(|dead| dead.id == letter) else {
        return Ok(Ok(false));
    };
    let scope = open.scope.clone();
    let Some((module, handler)) = dead.consumer.split_once('/') else { return Ok(Ok(false)) };
    let installed = match scope.module(module) {
        Ok(installed) => installed.clone(),
        Err(problem) => return Ok(Err(problem)),
    };
    if let Some(capability) = installed.missing() {
        return Ok(Err(NOT_CONSENTED.because(format!("`{capability}` is required by module `{module}`"))));
    }
    let Some((handler, def)) = installed.module.manifest.handler(handler) else { return Ok(Ok(false)) };
    if def.kind == HandlerKind::Connector {
        let now = inner.world.clock.now();
        crate::connector::rearm(&mut open.writer, module, &def.name, letter, &dead.body, now)?;
        return Ok(Ok(true));
    }
    let input = if def.kind == HandlerKind::Timer {
        dead.body.clone()
    } else {
        let body: serde_json::Value = serde_json::from_slice(&dead.body).unwrap_or_default();
        if let Some(signal) = def.kind.signal()
            && !installed.may_follow(signal, body["equipment"].as_str().unwrap_or(""))
        {
            return Ok(Err(NOT_CONSENTED.because(format!("`readings:{signal}` of this equipment"))));
        }
        match json::read_known(&def.input, &body) {
            Ok(input) => input,
            Err(errors) => return Ok(Err(Problem::input(errors))),
        }
    };
    let run = Run {
        place: place(inner, tenant, &scope, &installed),
        handler,
        input: &input,
        actor: Actor::new("event", ""),
        now: inner.world.clock.now(),
        seed: inner.seed(),
        cause: Some(dead.seq).filter(|seq| *seq > 0),
        wall: Duration::from_millis(limits::CALL_MS),
        outside: None,
        span: None,
    };
    let (ended, live) = in_savepoint(inner, open, run, &def.name, |writer| writer.remove_dead(letter))?;
    group.live.extend(live);
    Ok(crate::invoke::answer(def, &ended).map(|_| true))
}

/// One second doubled with every attempt, at most an hour, ±20 %.
pub(crate) fn backoff_us(attempts: u32, random: u64) -> i64 {
    let base = SECOND_US.saturating_mul(1 << attempts.min(20)).min(BACKOFF_MAX_US);
    base - base / 5 + (random % (base as u64 * 2 / 5 + 1)) as i64
}

/// When the tenant must run again without anybody asking.
pub(crate) fn next_wake(open: &mut Open) -> Instant {
    if !open.scope.active {
        return Instant::MAX;
    }
    let consumers = open.consumers.iter().map(|consumer| consumer.not_before).filter(|at| *at > Instant::MIN);
    // A failing read only delays the timers to the next turn.
    let timers = open.writer.next_due().ok().flatten();
    let wake = consumers.chain(timers).chain(open.signals.next_due()).min();
    wake.unwrap_or(Instant::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_to_an_hour_with_a_fifth_of_jitter() {
        for random in [0, 1, u64::MAX, 123_456_789] {
            assert!((1_600_000..=2_400_000).contains(&backoff_us(1, random)));
            assert!((2_880_000_000..=4_320_000_000).contains(&backoff_us(60, random)));
        }
    }
}
