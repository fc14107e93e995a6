//! One run of a connector: outside the tenant's turn, on threads of its own, with nothing held while it waits.
//!
//! Asked for by a person, it answers them; started by a timer, it is tried again with a pause and buried after as many
//! attempts as an event. Each run leaves an audit line and a usage line. Nothing of it is a transaction except the
//! operations that it runs; a repetition has the same id, so what it runs again is not repeated.

use crate::command::{self, Guard, fingerprint, place, repeat};
use crate::deliver::backoff_us;
use crate::frame::Db;
use crate::invoke::{self, Actor, Admitted, Request, admit, answer, encode};
use crate::lanes::{Claim, Entered, Run};
use crate::outside::{Outside, Spent, digest, hex, wait};
use crate::runtime::{Inner, Runtime};
use crate::spans::{self, Begun};
use crate::tenant::{Open, Tenant};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant as Monotonic};
use tokio::sync::oneshot;
use toolcrib_contract::host::Failure;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{BUSY, Problem, UNAVAILABLE};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_sandbox::Ended;
use toolcrib_store::{AuditLine, NewDead, StoreError, Timer, Used, Writer};

/// A timer whose connector runs is not due again before this: longer than a run and its wait for a thread.
const LEASE_US: i64 = 120_000_000;
/// A timer that finds no room looks again after so long.
const NO_ROOM_US: i64 = 5_000_000;
/// How long a run that is over waits for its lines to be on disk.
const SETTLE: Duration = Duration::from_secs(30);

/// Runs a connector for a person.
///
/// # Errors
/// Whatever stops it, or too many of this tenant wait.
pub(crate) async fn invoke(inner: &Arc<Inner>, tenant: &Arc<Tenant>, request: Request) -> Result<String, Problem> {
    let admitted = admit(&tenant.scope(), &request.module, &request.operation, &request.actor)?;
    let input = encode(admitted.def(), &request.input)?;
    drop(admitted);
    let print = fingerprint(&request, &input);
    let id = match &request.idempotency_key {
        None => new_id(inner),
        Some(key) => {
            if let Some(known) = known(inner, tenant, &request.actor, key).await? {
                return repeat(known, print);
            }
            hex(&digest(&[request.actor.id.as_bytes(), key.as_bytes(), &print]))
        }
    };
    tenant.scope().may_write(&request.module, &request.actor, inner.world.clock.now())?;
    let (reply, heard) = oneshot::channel();
    let (inner_too, tenant_too, trace) = (inner.clone(), tenant.clone(), spans::current());
    let run: Run = Box::new(move || {
        // Nobody waits any more; whoever asks again finds nothing half-done.
        if !reply.is_closed() {
            let span = inner_too.span_below(trace);
            let _ = reply.send(asked(&inner_too, &tenant_too, &request, &input, print, id, span));
        }
    });
    if !enter(inner, tenant.id, run) {
        return Err(BUSY.because(format!("{} connectors wait for this tenant", limits::CONNECTORS_WAITING)));
    }
    heard.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
}

async fn known(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    actor: &Actor,
    key: &str,
) -> Result<Option<toolcrib_store::Remembered>, Problem> {
    let (runtime, now) = (Runtime { inner: inner.clone() }, inner.world.clock.now());
    let (actor, key) = (actor.id.clone(), key.to_owned());
    let known = runtime.with_writer(tenant.id, move |writer| writer.idempotent(&actor, &key)).await?;
    Ok(known.filter(|known| known.expires > now))
}

fn new_id(inner: &Inner) -> String {
    let mut id = [0; 16];
    inner.world.chance.fill(&mut id);
    hex(&id)
}

/// Hands a run to the threads. False when there is no room, or the host is stopping.
fn enter(inner: &Arc<Inner>, tenant: RawId, run: Run) -> bool {
    match inner.lanes.enter(tenant, run) {
        Entered::Goes(run) => go(inner, tenant, run),
        Entered::Waits => true,
        Entered::Full => false,
    }
}

fn go(inner: &Arc<Inner>, tenant: RawId, run: Run) -> bool {
    let place = Lane { inner: Arc::downgrade(inner), tenant };
    inner.connectors().submit(Box::new(move || {
        let _place = place;
        run();
    }))
}

/// A place in a tenant's lane, which the next run takes.
struct Lane {
    inner: Weak<Inner>,
    tenant: RawId,
}

impl Drop for Lane {
    fn drop(&mut self) {
        let Some(inner) = self.inner.upgrade() else { return };
        if let Some(next) = inner.lanes.leave(self.tenant) {
            go(&inner, self.tenant, next);
        }
    }
}

/// What a run left behind.
struct Over {
    admitted: Admitted,
    ended: Ended,
    spent: Spent,
    wall_us: u64,
    now: Instant,
    seed: u64,
    actor: Actor,
    id: String,
}

/// Runs the handler. Admitted anew: it may have waited.
fn run(
    inner: &Arc<Inner>,
    tenant: &Arc<Tenant>,
    operation: (&str, &str),
    input: &[u8],
    actor: Actor,
    id: String,
    span: Option<Box<Begun>>,
) -> Result<Over, Problem> {
    if inner.stopping.load(Ordering::Acquire) {
        return Err(UNAVAILABLE.because("the host is stopping"));
    }
    let scope = tenant.scope();
    let admitted = admit(&scope, operation.0, operation.1, &actor)?;
    admitted.is_still(&HandlerKind::Connector)?;
    let (now, seed) = (inner.world.clock.now(), inner.seed());
    tenant.used_us.store(now.0, Ordering::Relaxed);
    let wall = Duration::from_millis(limits::CONNECTOR_MS);
    let deadline = Monotonic::now() + wall;
    let module = &admitted.installed.module;
    let outside = Outside::new(inner, tenant, module, id.clone(), actor.role.clone(), deadline);
    // What it runs hangs below it.
    let context = span.as_ref().map(|span| span.context());
    let run = invoke::Run {
        place: place(inner, tenant, &scope, &admitted.installed),
        handler: admitted.handler,
        input,
        actor: actor.clone(),
        now,
        seed,
        cause: None,
        wall,
        outside: Some(Box::new(outside)),
        span,
    };
    let ran = spans::within_here(context, || invoke::run(Db::Outside, run, Guard::Savepoint));
    let (module, outcome) = (module.manifest.module.clone(), command::outcome(&ran.ended));
    metrics::counter!("toolcrib_connectors_total", "module" => module, "outcome" => outcome).increment(1);
    admitted.installed.module.health.count(&ran.ended);
    let spent = ran.outside.map(|outside| outside.spent).unwrap_or_default();
    Ok(Over { admitted, ended: ran.ended, spent, wall_us: ran.usage.wall_us, now, seed, actor, id })
}

impl Over {
    /// Audit line and usage line.
    fn write_down(&self, writer: &mut Writer, status: u16) -> Result<(), StoreError> {
        let def = self.admitted.def();
        let module = &self.admitted.installed.module.manifest.module;
        let faulted = u32::from(matches!(self.ended, Ended::Faulted(_)));
        let used = Used { calls: 1, faults: faulted, cpu_us: self.wall_us, ..Used::default() };
        writer.usage(module, &def.name, self.now, used);
        let Spent { fetches, runs, sent, received } = self.spent;
        let detail = serde_json::json!({
            "seed": self.seed.to_string(), "status": status, "run": self.id, "requests": fetches, "operations": runs,
            "sent_bytes": sent, "received_bytes": received, "wall_ms": self.wall_us / 1_000,
        });
        writer.audit(&AuditLine {
            at: self.now,
            actor: &self.actor.id,
            action: &def.name,
            module,
            detail_json: &detail.to_string(),
        })
    }
}

/// Does its lines in the tenant's turn, and waits until they are on disk.
fn write(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    work: impl FnOnce(&mut Writer) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), Problem> {
    let runtime = Runtime { inner: inner.clone() };
    let written = wait(runtime.with_writer(tenant.id, work), Monotonic::now() + SETTLE);
    written.unwrap_or_else(|| Err(UNAVAILABLE.problem()))
}

/// The run that a person waits for.
fn asked(
    inner: &Arc<Inner>,
    tenant: &Arc<Tenant>,
    request: &Request,
    input: &[u8],
    print: [u8; 16],
    id: String,
    span: Option<Box<Begun>>,
) -> Result<String, Problem> {
    let over = run(inner, tenant, (&request.module, &request.operation), input, request.actor.clone(), id, span)?;
    let answer = answer(over.admitted.def(), &over.ended);
    let (heard, request) = (answer.clone(), request.clone());
    write(inner, tenant, move |writer| {
        over.write_down(writer, heard.as_ref().map_or_else(|problem| problem.status, |_| 200))?;
        command::remember(writer, &request, &heard, over.now, print, matches!(over.ended, Ended::Faulted(_)))
    })?;
    answer
}

/// A connector that a timer starts, once the turn that decided it is on disk.
pub(crate) struct Woken {
    timer: Timer,
    id: String,
    /// What the timer's time was set to meanwhile: it shows whether somebody has set the timer anew.
    lease: Instant,
    claim: Claim,
}

/// The setting that keeps the id of a timer's connector over its attempts.
fn setting(timer: &Timer) -> String {
    format!("connector/{}/{}/{}", timer.module, timer.timer, timer.key)
}

/// A timer of a connector is due: takes it, unless it still runs or there is no room.
pub(crate) fn wake(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    timer: &Timer,
) -> Result<Option<Woken>, StoreError> {
    let now = inner.world.clock.now();
    let Timer { module, timer: name, key, attempts, .. } = timer;
    let claim = inner.lanes.has_room(tenant.id).then(|| inner.lanes.claim(tenant.id, &setting(timer))).flatten();
    let Some(claim) = claim else {
        open.writer.delay_timer(module, name, key, *attempts, now.plus_us(NO_ROOM_US))?;
        return Ok(None);
    };
    if *attempts >= limits::DELIVERY_ATTEMPTS {
        bury(&mut open.writer, timer, "the host stopped each time while it ran", now)?;
        open.writer.delete_timer(module, name, key)?;
        open.writer.meta_delete(&setting(timer))?;
        return Ok(None);
    }
    // One that was set, or set anew, has not been tried: it is another run.
    let kept = if *attempts == 0 { None } else { open.writer.meta_get(&setting(timer))? };
    let id = match kept.and_then(|id| String::from_utf8(id).ok()) {
        Some(id) => id,
        None => {
            let id = new_id(inner);
            open.writer.meta_put(&setting(timer), id.as_bytes())?;
            id
        }
    };
    let lease = now.plus_us(LEASE_US);
    open.writer.delay_timer(module, name, key, attempts + 1, lease)?;
    Ok(Some(Woken { timer: timer.clone(), id, lease, claim }))
}

/// Sends what timers started to the threads.
pub(crate) fn start(inner: &Arc<Inner>, tenant: &Arc<Tenant>, woken: Vec<Woken>) {
    for woken in woken {
        let (inner_too, tenant_too) = (inner.clone(), tenant.clone());
        // Without room it waits until its lease ends.
        enter(inner, tenant.id, Box::new(move || by_timer(&inner_too, &tenant_too, woken)));
    }
}

/// The run that nobody waits for.
fn by_timer(inner: &Arc<Inner>, tenant: &Arc<Tenant>, woken: Woken) {
    let Woken { timer, id, lease, claim } = woken;
    let actor = Actor::new("timer", "");
    let over = run(inner, tenant, (&timer.module, &timer.timer), &timer.payload, actor, id, inner.span_after(None));
    let (why, again) = match &over {
        Ok(Over { ended: Ended::Output(_), .. }) => (None, false),
        Ok(Over { ended: Ended::Failed(Failure::Rejected(no)), .. }) => {
            (Some(format!("{}: {}", no.code, no.message)), false)
        }
        Ok(Over { ended: Ended::Failed(Failure::Retry(reason)), .. }) => (Some(reason.clone()), true),
        Ok(Over { ended: Ended::Faulted(fault), .. }) => (Some(format!("{}: {}", fault.code, fault.detail)), true),
        Err(problem) => (Some(problem.to_string()), true),
    };
    let (now, pause) = (inner.world.clock.now(), backoff_us(timer.attempts + 1, inner.seed()));
    let slug = tenant.scope().slug.clone();
    let settled = write(inner, tenant, move |writer| {
        // Given back in the turn that settles the timer: the next turn may start it again.
        let _claim = claim;
        if let Ok(over) = &over {
            let status = answer(over.admitted.def(), &over.ended).map_or_else(|problem| problem.status, |_| 200);
            over.write_down(writer, status)?;
        }
        let Timer { module, timer: name, key, attempts, .. } = &timer;
        // Set anew meanwhile, for example by what the connector ran: that one is not ours.
        let ours = writer.pending_timer(module, name, key)?.is_some_and(|pending| pending.due == lease);
        if again && ours && attempts + 1 < limits::DELIVERY_ATTEMPTS {
            tracing::warn!(tenant = %slug, timer = %setting(&timer), why, "A connector is tried again later");
            return writer.delay_timer(module, name, key, attempts + 1, now.plus_us(pause));
        }
        if let Some(why) = &why {
            bury(writer, &timer, why, now)?;
        }
        if ours {
            writer.delete_timer(module, name, key)?;
        }
        writer.meta_delete(&setting(&timer))
    });
    if let Err(problem) = settled {
        // The lease ends, and it is tried again under the same id.
        tracing::error!(problem = %problem, "What a connector did could not be written down");
    }
}

fn bury(writer: &mut Writer, timer: &Timer, why: &str, at: Instant) -> Result<(), StoreError> {
    let consumer = format!("{}/{}", timer.module, timer.timer);
    tracing::warn!(consumer, why, "A connector's timer became a dead letter");
    metrics::counter!("toolcrib_dead_letters_total").increment(1);
    let why: String = why.chars().take(1_000).collect();
    writer.bury(&NewDead { consumer: &consumer, seq: 0, why: &why, body: &timer.payload, at }).map(drop)
}

/// A dead letter of a connector is not run in the turn: its timer is set anew.
pub(crate) fn rearm(
    writer: &mut Writer,
    module: &str,
    name: &str,
    letter: u64,
    payload: &[u8],
    now: Instant,
) -> Result<(), StoreError> {
    writer.set_timer(module, name, &format!("letter {letter}"), now, payload)?;
    writer.remove_dead(letter)
}
