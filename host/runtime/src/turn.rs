//! A tenant's turn: its waiting jobs share one transaction, each in a savepoint; callers hear only after the commit.

use crate::connector;
use crate::deliver;
use crate::frame::{Db, Place};
use crate::import;
use crate::invoke::{self, Request, Run, admit, answer, encode};
use crate::runtime::Inner;
use crate::scope::Scope;
use crate::tenant::{Job, LiveEvent, Open, Tenant, Work, Worked};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant as Monotonic};
use tokio::sync::oneshot;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{BAD_INPUT, BUSY, INTERNAL, KEY_REUSED, Problem, STORAGE_FULL, UNAVAILABLE};
use toolcrib_contract::types::Instant;
use toolcrib_sandbox::Ended;
use toolcrib_store::{AuditLine, Remembered, StoreError, Used, Writer};

/// After this long with jobs, and as long again with what follows from them, a turn commits what it has: nobody waits
/// for a long queue to end.
const TURN_MS: u64 = 20;
/// Savepoint of an invocation; nested calls use 1 and more.
pub(crate) const OUTER: u32 = 0;

/// Where a caller waits for its answer.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Problem>>;

/// What is told to callers once the commit is on disk.
#[derive(Default)]
pub(crate) struct Group {
    answers: Vec<(Reply<String>, Result<String, Problem>)>,
    replays: Vec<(Reply<bool>, Result<bool, Problem>)>,
    works: Vec<Worked>,
    /// Answers kept under idempotency keys.
    pub remembered: u32,
    pub live: Vec<LiveEvent>,
    /// Connectors that timers start.
    pub woken: Vec<connector::Woken>,
    /// There is certainly more to do.
    pub more: bool,
    /// When what follows from the jobs makes way for the commit.
    until: Option<Monotonic>,
}

/// Runs one turn of a tenant. Called by one worker at a time.
pub(crate) fn run(inner: &Arc<Inner>, tenant: &Arc<Tenant>) {
    loop {
        let now = inner.world.clock.now();
        tenant.used_us.store(now.0, Ordering::Relaxed);
        let ran = catch_unwind(AssertUnwindSafe(|| match opened(inner, tenant) {
            Ok(open) => run_open(inner, tenant, open),
            Err(error) => refuse_all(inner, tenant, &error),
        }));
        if ran.is_err() {
            // A bug of ours. The files were dropped on the way here, which rolled the group back.
            tracing::error!(tenant = %tenant.scope().slug, "A turn panicked and was rolled back");
            tenant.forget_files();
            inner.retry_later(tenant);
        }
        // A pool that takes nothing more is stopping: what somebody waits for is finished here.
        if !tenant.rest() || inner.pool().submit(tenant.clone()) || !tenant.is_awaited() {
            return;
        }
    }
}

fn opened(inner: &Arc<Inner>, tenant: &Tenant) -> Result<Box<Open>, StoreError> {
    match tenant.take_open() {
        Some(open) => Ok(open),
        None => crate::files::open(inner, tenant),
    }
}

/// The files cannot be opened: everybody waiting hears it, nothing is lost.
fn refuse_all(inner: &Inner, tenant: &Tenant, error: &StoreError) {
    tracing::error!(tenant = %tenant.scope().slug, error = %error, "A tenant's files cannot be opened");
    // After that many disk errors only a person can help, and a restart.
    if tenant.disk_errors.load(Ordering::Relaxed) < crate::files::DISK_ERRORS {
        inner.retry_later(tenant);
    }
    while let Some(job) = tenant.pop() {
        match job {
            Job::Invoke(_, reply) | Job::Import(_, reply, _) => drop(reply.send(Err(store_problem(error)))),
            Job::Open(reply) => drop(reply.send(Err(store_problem(error)))),
            Job::Apply(scope, done) => {
                tenant.set_scope(scope);
                let _ = done.send(());
            }
            Job::Work(work) => (work(Err(StoreError::Io(error.to_string()))).tell)(Ok(())),
            Job::Replay(_, reply) => drop(reply.send(Err(store_problem(error)))),
            Job::Pump => {}
        }
    }
}

fn run_open(inner: &Arc<Inner>, tenant: &Arc<Tenant>, mut open: Box<Open>) {
    let started = Monotonic::now();
    let mut group = Group::default();
    let mut after: Vec<Job> = Vec::new();
    if let Err(error) = open.writer.begin() {
        return lost(inner, tenant, open, group, error);
    }
    let mut failed = None;
    for done in 0..limits::GROUP_INVOCATIONS {
        let Some(job) = (if done == 0 { tenant.pop() } else { tenant.pop_to_share() }) else { break };
        let alone = matches!(job, Job::Import(..));
        let result = match job {
            Job::Invoke(request, reply) => {
                invoke(inner, tenant, &mut open, &mut group, &request).map(|answer| group.add(reply, answer))
            }
            Job::Import(import, reply, _place) => {
                import::run(inner, tenant, &mut open, &mut group, &import).map(|answer| group.add(reply, answer))
            }
            Job::Work(work) => run_work(&mut open, work).map(|worked| group.works.push(worked)),
            Job::Apply(scope, done) => {
                after.push(Job::Apply(scope.clone(), done));
                crate::files::apply(inner, tenant, &mut open, &scope)
            }
            Job::Replay(letter, reply) => deliver::replay(inner, tenant, &mut open, &mut group, letter)
                .map(|known| group.replays.push((reply, known))),
            Job::Pump => Ok(()),
            opened @ Job::Open(_) => {
                after.push(opened);
                Ok(())
            }
        };
        if let Err(error) = result {
            failed = Some(error);
            break;
        }
        if alone || started.elapsed() > Duration::from_millis(TURN_MS) {
            break;
        }
    }
    group.until = Some(Monotonic::now() + Duration::from_millis(TURN_MS));
    let pumped = match failed {
        None => tidy(inner, &mut open, &group)
            .and_then(|()| deliver::pump(inner, tenant, &mut open, &mut group))
            .map(|()| look_ahead(&mut open))
            .and_then(|ahead| open.writer.commit().map(|()| ahead)),
        Some(error) => Err(error),
    };
    let (wake, outbox_us) = match pumped {
        Ok(ahead) => ahead,
        Err(error) => {
            for job in after {
                give_up(job, &error);
            }
            return lost(inner, tenant, open, group, error);
        }
    };
    inner.wake_at(tenant, wake);
    tenant.outbox_us.store(outbox_us, Ordering::Release);
    group.settle(inner, tenant);
    let has_rest = tenant.log_has_rest.swap(false, Ordering::AcqRel);
    if has_rest && let Err(error) = open.writer.checkpoint() {
        tracing::warn!(tenant = %tenant.scope().slug, error = %error, "A checkpoint failed");
    }
    tenant.put_open(open);
    for job in after {
        match job {
            Job::Apply(_, done) => drop(done.send(())),
            Job::Open(reply) => drop(reply.send(Ok(()))),
            _ => {}
        }
    }
}

/// When the tenant must run again, and when its outbox must be looked into. Still inside the transaction: reads on
/// their own take and give back locks.
fn look_ahead(open: &mut Open) -> (Instant, i64) {
    let wake = deliver::next_wake(open);
    // A failing read means only that the outbox is looked into once more.
    let outbox_us = open.writer.next_effect().map_or(i64::MIN, |due| due.map_or(i64::MAX, |due| due.0));
    (wake, outbox_us)
}

/// The host's own work, in a savepoint: what fails leaves nothing.
fn run_work(open: &mut Open, work: Work) -> Result<Worked, StoreError> {
    open.writer.savepoint(OUTER)?;
    let worked = work(Ok(&mut open.writer));
    let settled = if worked.kept { open.writer.release(OUTER) } else { open.writer.rollback_to(OUTER) };
    match settled {
        Ok(()) => Ok(worked),
        Err(error) => {
            (worked.tell)(Err(store_problem(&error)));
            Err(error)
        }
    }
}

/// Forgets expired answers, twice as many as were added: the table grows with a day's requests, not for ever.
fn tidy(inner: &Inner, open: &mut Open, group: &Group) -> Result<(), StoreError> {
    let (now, most) = (inner.world.clock.now(), group.remembered * 2);
    if most == 0 || now < open.tidy_at {
        return Ok(());
    }
    if open.writer.forget_expired(now, most)? < u64::from(most) {
        // What is added until then expires later still.
        open.tidy_at = open.writer.next_expiry()?.unwrap_or(Instant::MIN);
    }
    Ok(())
}

fn give_up(job: Job, error: &StoreError) {
    if let Job::Open(reply) = job {
        let _ = reply.send(Err(store_problem(error)));
    }
}

/// The group's transaction is lost: nothing of it is on disk, everybody hears so. Disk errors close the files.
fn lost(inner: &Arc<Inner>, tenant: &Tenant, mut open: Box<Open>, mut group: Group, error: StoreError) {
    tracing::error!(tenant = %tenant.scope().slug, error = %error, "A turn was rolled back");
    let rolled_back = open.writer.rollback();
    let disk = matches!(error, StoreError::Io(_)) || rolled_back.is_err();
    if disk {
        tenant.disk_errors.fetch_add(1, Ordering::Relaxed);
    }
    // Reopened at the next turn: what memory held about the files may be ahead of them.
    tenant.forget_files();
    drop(open);
    inner.retry_later(tenant);
    for (reply, _) in group.answers.drain(..) {
        let _ = reply.send(Err(store_problem(&error)));
    }
    for (reply, _) in group.replays.drain(..) {
        let _ = reply.send(Err(store_problem(&error)));
    }
    for worked in group.works.drain(..) {
        (worked.tell)(Err(store_problem(&error)));
    }
}

pub(crate) fn store_problem(error: &StoreError) -> Problem {
    match error {
        StoreError::Full => STORAGE_FULL.problem(),
        StoreError::Io(_) => UNAVAILABLE.because("the tenant's files had a disk error; they are being checked"),
        StoreError::Incompatible(why) => INTERNAL.because(why.clone()),
        _ => INTERNAL.problem(),
    }
}

impl Group {
    /// Whether what follows from the jobs has had its time.
    pub fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Monotonic::now() >= until)
    }

    fn add(&mut self, reply: Reply<String>, (answer, live): (Result<String, Problem>, Vec<LiveEvent>)) {
        self.answers.push((reply, answer));
        self.live.extend(live);
    }

    fn settle(self, inner: &Arc<Inner>, tenant: &Arc<Tenant>) {
        for (reply, answer) in self.answers {
            // A caller that went away has its answer under the idempotency key.
            let _ = reply.send(answer);
        }
        for (reply, known) in self.replays {
            let _ = reply.send(known);
        }
        for worked in self.works {
            (worked.tell)(Ok(()));
        }
        if !self.live.is_empty() {
            tenant.publish(self.live);
        }
        connector::start(inner, tenant, self.woken);
        if self.more {
            inner.push(tenant, Job::Pump);
        }
    }
}

/// What the caller hears, and what was emitted.
pub(crate) type Answered = (Result<String, Problem>, Vec<LiveEvent>);

/// One command in its savepoint.
///
/// # Errors
/// Only the store's: the whole group is lost then.
fn invoke(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    request: &Request,
) -> Result<Answered, StoreError> {
    let now = inner.world.clock.now();
    let scope = open.scope.clone();
    let admitted = match admit(&scope, &request.module, &request.operation, &request.actor) {
        Ok(admitted) => admitted,
        Err(problem) => return Ok((Err(problem), Vec::new())),
    };
    let still = admitted.is_still(&HandlerKind::Command);
    let input = match still.and_then(|()| encode(admitted.def(), &request.input)) {
        Ok(input) => input,
        Err(problem) => return Ok((Err(problem), Vec::new())),
    };
    let fingerprint = fingerprint(request, &input);
    if let Some(key) = &request.idempotency_key {
        if let Some(known) = open.writer.idempotent(&request.actor.id, key)?.filter(|known| known.expires > now) {
            return Ok((repeat(known, fingerprint), Vec::new()));
        }
        group.remembered += 1;
    }
    let place = place(inner, tenant, &scope, &admitted.installed);
    let seed = inner.seed();
    let run = Run {
        place,
        handler: admitted.handler,
        input: &input,
        actor: request.actor.clone(),
        now,
        seed,
        cause: None,
        wall: Duration::from_millis(limits::CALL_MS),
        outside: None,
    };
    let (ended, emitted) = in_savepoint(inner, open, run, &admitted.def().name, |_| Ok(()))?;
    let answer = answer(admitted.def(), &ended);
    settle(open, request, &answer, now, seed, fingerprint, matches!(ended, Ended::Faulted(_)))?;
    Ok((answer, emitted))
}

pub(crate) fn place(
    inner: &Inner,
    tenant: &Tenant,
    scope: &Arc<Scope>,
    installed: &Arc<crate::modules::Installed>,
) -> Place {
    Place {
        scope: scope.clone(),
        installed: installed.clone(),
        nested: inner.modules.nested(),
        dir: tenant.dir.clone(),
        options: inner.options.tenant.clone(),
        small_stack: false,
    }
}

/// Does `first`, then runs a handler, both in the outer savepoint: kept when the handler succeeded, rolled back otherwise.
///
/// # Errors
/// Only the store's.
pub(crate) fn in_savepoint(
    inner: &Inner,
    open: &mut Open,
    run: Run<'_>,
    operation: &str,
    first: impl FnOnce(&mut Writer) -> Result<(), StoreError>,
) -> Result<(Ended, Vec<LiveEvent>), StoreError> {
    let installed = run.place.installed.clone();
    let (ended, emitted, used) = attempt(open, run, first)?;
    installed.module.health.count(&ended);
    open.writer.usage(&installed.module.manifest.module, operation, inner.world.clock.now(), used);
    Ok((ended, emitted))
}

/// The same without health and usage, which are the caller's: the third part is what the handler used.
///
/// # Errors
/// Only the store's.
pub(crate) fn attempt(
    open: &mut Open,
    run: Run<'_>,
    first: impl FnOnce(&mut Writer) -> Result<(), StoreError>,
) -> Result<(Ended, Vec<LiveEvent>, Used), StoreError> {
    let module = run.place.installed.module.manifest.module.clone();
    open.writer.savepoint(OUTER)?;
    first(&mut open.writer)?;
    let writer = open.writer.lend();
    let ran = invoke::run(Db::Write(writer), run);
    let Db::Write(writer) = ran.db else { unreachable!("a command's writer comes back") };
    open.writer.take_back(writer);
    let kept = matches!(ran.ended, Ended::Output(_));
    if kept {
        open.writer.release(OUTER)?;
    } else {
        open.writer.rollback_to(OUTER)?;
    }
    let faulted = matches!(ran.ended, Ended::Faulted(_));
    let (rows, events) = if kept { (ran.tally.rows_written, ran.tally.events) } else { (0, 0) };
    let (faults, cpu_us) = (u32::from(faulted), ran.usage.wall_us);
    let used = Used { calls: 1, faults, rows_written: rows, events, cpu_us };
    metrics::counter!("toolcrib_invocations_total", "module" => module, "outcome" => outcome(&ran.ended)).increment(1);
    metrics::histogram!("toolcrib_invocation_us").record(ran.usage.wall_us as f64);
    Ok((ran.ended, if kept { ran.emitted } else { Vec::new() }, used))
}

pub(crate) fn outcome(ended: &Ended) -> &'static str {
    match ended {
        Ended::Output(_) => "done",
        Ended::Failed(_) => "rejected",
        Ended::Faulted(_) => "fault",
    }
}

/// Identity of a request beyond its key: the same key with another one is an error.
pub(crate) fn fingerprint(request: &Request, input: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in [request.module.as_bytes(), request.operation.as_bytes(), input] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

pub(crate) fn repeat(known: Remembered, fingerprint: [u8; 32]) -> Result<String, Problem> {
    if known.fingerprint != fingerprint {
        return Err(KEY_REUSED.problem());
    }
    let body = String::from_utf8_lossy(&known.body).into_owned();
    if known.status < 300 {
        return Ok(body);
    }
    Err(serde_json::from_str(&body).unwrap_or_else(|_| BAD_INPUT.problem()))
}

/// Audit line, and the answer for a repetition. A fault or a retry is not remembered: the same request may succeed later.
fn settle(
    open: &mut Open,
    request: &Request,
    answer: &Result<String, Problem>,
    now: Instant,
    seed: u64,
    fingerprint: [u8; 32],
    faulted: bool,
) -> Result<(), StoreError> {
    let status = answer.as_ref().map_or_else(|problem| problem.status, |_| 200);
    let terminal = request.actor.terminal.map(|id| format!(",\"terminal\":\"{id}\"")).unwrap_or_default();
    let detail = format!("{{\"seed\":\"{seed}\",\"status\":{status}{terminal}}}");
    let action = request.operation.as_str();
    open.writer.audit(&AuditLine {
        at: now,
        actor: &request.actor.id,
        action,
        module: &request.module,
        detail_json: &detail,
    })?;
    remember(&mut open.writer, request, answer, now, fingerprint, faulted)
}

/// The idempotency row.
pub(crate) fn remember(
    writer: &mut Writer,
    request: &Request,
    answer: &Result<String, Problem>,
    now: Instant,
    fingerprint: [u8; 32],
    faulted: bool,
) -> Result<(), StoreError> {
    let (status, body) = match answer {
        Ok(body) => (200, body.clone()),
        Err(problem) => (problem.status, serde_json::to_string(problem).unwrap_or_default()),
    };
    let final_answer = !faulted && status != BUSY.status && status < 500;
    if let (Some(key), true) = (&request.idempotency_key, final_answer) {
        let expires = now.plus_us(limits::IDEMPOTENCY_HOURS as i64 * 3_600_000_000);
        writer.remember(&request.actor.id, key, fingerprint, status, body.as_bytes(), expires)?;
    }
    Ok(())
}
