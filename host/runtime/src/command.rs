//! One command of a turn: on trial or in its savepoint, with its audit line and the answer kept for a repetition.
//!
//! A savepoint costs about as much as the row it protects. So the commands at a turn's beginning run on trial, without
//! any, and so do their calls of other modules. One that fails after it wrote takes the trial with it: the transaction
//! begins anew, those before it run once more, each in its savepoint, at the same time and with the same chance and so to
//! the same end. Nobody has heard of them yet.

use crate::attached;
use crate::frame::{Db, Place};
use crate::invoke::{self, Request, Run, admit, answer, encode};
use crate::modules::Installed;
use crate::runtime::Inner;
use crate::scope::Scope;
use crate::spans::SpanContext;
use crate::tenant::{LiveEvent, Open, Tenant};
use crate::turn::{Group, OUTER, Reply, store_problem};
use std::sync::Arc;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{BAD_INPUT, BUSY, KEY_REUSED, Problem};
use toolcrib_contract::types::Instant;
use toolcrib_sandbox::Ended;
use toolcrib_store::{AuditLine, Remembered, StoreError, Used, Writer};

/// Commands that run in savepoints after one that failed on trial: where one fails, others do.
pub(crate) const WARY: u32 = 256;

/// The fault of an invocation on trial that must begin anew in savepoints. Its caller never hears of it.
pub(crate) const ANEW: &str = "host-begins-anew";

/// What the caller hears, and what was emitted.
pub(crate) type Answered = (Result<String, Problem>, Vec<LiveEvent>);

/// Recorded for every invocation: what makes a replay the same.
#[derive(Clone, Copy)]
struct Moment {
    now: Instant,
    seed: u64,
}

/// How an invocation is protected from its own failure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    Savepoint,
    /// Whoever asks for it begins the transaction anew when the invocation [`Attempt::is_spoilt`].
    Trial,
}

/// A command that ran, or was refused before it could.
struct Ran {
    answer: Result<String, Problem>,
    emitted: Vec<LiveEvent>,
    /// None: nothing ran.
    done: Option<Done>,
}

impl Ran {
    fn is_spoilt(&self) -> bool {
        self.done.as_ref().is_some_and(|done| done.is_spoilt)
    }

    /// A call inside it failed on trial: what comes of it shows in savepoints only.
    fn is_unfinished(&self) -> bool {
        let ended = self.done.as_ref().map(|done| &done.ended);
        matches!(ended, Some(Ended::Faulted(fault)) if fault.code == ANEW)
    }
}

/// What is known of a handler that ran.
struct Done {
    installed: Arc<Installed>,
    handler: u32,
    fingerprint: [u8; 16],
    ended: Ended,
    used: Used,
    is_spoilt: bool,
}

/// A command as it was given.
pub(crate) struct Given {
    pub request: Box<Request>,
    pub reply: Reply<String>,
    /// What it hangs below, where it is traced.
    pub trace: Option<SpanContext>,
}

/// A command kept on trial.
struct Tried {
    given: Given,
    moment: Moment,
    ran: Ran,
}

/// The commands at the beginning of a turn.
pub(crate) struct Trial {
    tried: Vec<Tried>,
    is_over: bool,
}

impl Trial {
    /// Of a transaction that holds nothing yet.
    pub fn begin(open: &Open) -> Self {
        Self { tried: Vec::new(), is_over: open.wary > 0 }
    }

    /// Runs one command.
    ///
    /// # Errors
    /// Only the store's: the whole group is lost then.
    pub fn run(
        &mut self,
        inner: &Arc<Inner>,
        tenant: &Tenant,
        open: &mut Open,
        group: &mut Group,
        given: Given,
    ) -> Result<(), StoreError> {
        let moment = Moment { now: inner.world.clock.now(), seed: inner.seed() };
        let ran = match self.settled(inner, tenant, open, group, (&given, moment)) {
            Ok(ran) => ran,
            Err(error) => {
                group.add(given.reply, (Err(store_problem(&error)), Vec::new()));
                return Err(error);
            }
        };
        let tried = Tried { given, moment, ran };
        if self.is_over {
            open.wary = open.wary.saturating_sub(1);
            tell(open, group, tried);
        } else {
            self.tried.push(tried);
        }
        Ok(())
    }

    /// Runs a command on trial or in its savepoint, in the latter again where the trial does not tell how it ends.
    fn settled(
        &mut self,
        inner: &Arc<Inner>,
        tenant: &Tenant,
        open: &mut Open,
        group: &mut Group,
        (given, moment): (&Given, Moment),
    ) -> Result<Ran, StoreError> {
        let guard = if self.is_over { Guard::Savepoint } else { Guard::Trial };
        let mut ran = command(inner, tenant, open, given, moment, guard)?;
        if ran.is_spoilt() {
            (self.is_over, open.wary) = (true, WARY);
            if !self.again(inner, tenant, open, group)? || ran.is_unfinished() {
                ran = command(inner, tenant, open, given, moment, Guard::Savepoint)?;
            }
        }
        keep(open, group, &given.request, moment, &ran)?;
        Ok(ran)
    }

    /// Undoes all and runs once more what was kept. Whether all of it ended as before and no other host came between:
    /// otherwise what came after it saw what never was, or what is no more.
    fn again(
        &mut self,
        inner: &Arc<Inner>,
        tenant: &Tenant,
        open: &mut Open,
        group: &mut Group,
    ) -> Result<bool, StoreError> {
        open.writer.restart()?;
        open.written.clear();
        let mut is_same = true;
        if let Some(before) = open.writer.take_behind() {
            crate::beside::catch_up(inner, tenant, open, group, before)?;
            is_same = false;
        }
        for Tried { given, moment, ran: before } in std::mem::take(&mut self.tried) {
            let ran = command(inner, tenant, open, &given, moment, Guard::Savepoint)?;
            is_same &= ran.answer == before.answer;
            keep(open, group, &given.request, moment, &ran)?;
            tell(open, group, Tried { given, moment, ran });
        }
        Ok(is_same)
    }

    /// Nothing can be undone by beginning anew any more: something else is to be written, or the jobs are done.
    pub fn end(&mut self, open: &mut Open, group: &mut Group) {
        self.is_over = true;
        self.tried.drain(..).for_each(|tried| tell(open, group, tried));
    }

    /// Something else comes. What only reads before the first command may stand before a trial.
    pub fn end_before(&mut self, may_only_read: bool, open: &mut Open, group: &mut Group) {
        if !may_only_read || !self.tried.is_empty() {
            self.end(open, group);
        }
    }

    /// The group is lost: whoever waits hears so.
    pub fn give_up(self, group: &mut Group) {
        self.tried.into_iter().for_each(|tried| group.add(tried.given.reply, (tried.ran.answer, Vec::new())));
    }
}

/// Counts what ran, and notes what its caller hears after the commit.
fn tell(open: &mut Open, group: &mut Group, tried: Tried) {
    let Tried { given, moment, ran } = tried;
    if let Some(done) = &ran.done {
        let module = &done.installed.module;
        count(
            &mut open.writer,
            &done.installed,
            &module.manifest.handlers[done.handler as usize].name,
            moment.now,
            (&done.ended, done.used),
        );
    }
    group.traced.extend(given.trace);
    group.add(given.reply, (ran.answer, ran.emitted));
}

/// Adds an invocation to the health of its module, the usage of its tenant and the metrics.
pub(crate) fn count(
    writer: &mut Writer,
    installed: &Installed,
    operation: &str,
    at: Instant,
    (ended, used): (&Ended, Used),
) {
    let module = &installed.module;
    module.health.count(ended);
    measure(&module.manifest.module, ended, used);
    writer.usage(&module.manifest.module, operation, at, used);
}

/// Adds an invocation to the metrics.
pub(crate) fn measure(module: &str, ended: &Ended, used: Used) {
    let module = module.to_owned();
    metrics::counter!("toolcrib_invocations_total", "module" => module, "outcome" => outcome(ended)).increment(1);
    metrics::histogram!("toolcrib_invocation_us").record(used.cpu_us as f64);
}

fn refused(problem: Problem) -> Ran {
    Ran { answer: Err(problem), emitted: Vec::new(), done: None }
}

/// One command, without what is kept of it.
///
/// # Errors
/// Only the store's.
fn command(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    Given { request, trace, .. }: &Given,
    Moment { now, seed }: Moment,
    guard: Guard,
) -> Result<Ran, StoreError> {
    let scope = open.scope.clone();
    let admitted = match admit(&scope, &request.module, &request.operation, &request.actor) {
        Ok(admitted) => admitted,
        Err(problem) => return Ok(refused(problem)),
    };
    let still = admitted.is_still(&HandlerKind::Command);
    let input = match still.and_then(|()| encode(admitted.def(), &request.input)) {
        Ok(input) => input,
        Err(problem) => return Ok(refused(problem)),
    };
    let files = match attached::judge(&mut open.writer, &request.module, admitted.def(), &request.input)? {
        Ok(files) => files,
        Err(problem) => return Ok(refused(problem)),
    };
    let fingerprint = fingerprint(request, &input);
    if let Some(key) = &request.idempotency_key
        && let Some(known) = open.writer.idempotent(&request.actor.id, key)?.filter(|known| known.expires > now)
    {
        return Ok(Ran { answer: repeat(known, fingerprint), emitted: Vec::new(), done: None });
    }
    if let Err(problem) = scope.may_write(&request.module, &request.actor, now) {
        return Ok(refused(problem));
    }
    let run = Run {
        place: place(inner, tenant, &scope, &admitted.installed),
        handler: admitted.handler,
        input: &input,
        actor: request.actor.clone(),
        now,
        seed,
        cause: None,
        wall: Duration::from_millis(limits::CALL_MS),
        outside: None,
        span: inner.span_below(*trace),
    };
    let Attempt { ended, emitted, used, is_spoilt } = attempt(open, run, guard, |writer| {
        files.iter().try_for_each(|digest| writer.take_file(&request.module, digest))
    })?;
    let answer = answer(admitted.def(), &ended);
    let (installed, handler) = (admitted.installed, admitted.handler);
    Ok(Ran { answer, emitted, done: Some(Done { installed, handler, fingerprint, ended, used, is_spoilt }) })
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
        home: tenant.home.clone(),
        options: inner.options.tenant.clone(),
        small_stack: false,
        track: tenant.tracks.of_turn(),
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
    let span = inner.span_after(run.cause.and_then(|seq| open.written.by(seq)));
    let run = Run { span, ..run };
    let Attempt { ended, emitted, used, .. } = attempt(open, run, Guard::Savepoint, first)?;
    count(&mut open.writer, &installed, operation, inner.world.clock.now(), (&ended, used));
    Ok((ended, emitted))
}

/// How an invocation went.
pub(crate) struct Attempt {
    pub ended: Ended,
    /// Empty when it failed.
    pub emitted: Vec<LiveEvent>,
    pub used: Used,
    /// It failed after it wrote, and nothing undid that.
    pub is_spoilt: bool,
}

/// The same without counting it, and on trial if so asked.
///
/// # Errors
/// Only the store's.
pub(crate) fn attempt(
    open: &mut Open,
    run: Run<'_>,
    guard: Guard,
    first: impl FnOnce(&mut Writer) -> Result<(), StoreError>,
) -> Result<Attempt, StoreError> {
    let (before, span) = (open.writer.changes(), run.span.as_ref().map(|span| span.context()));
    if guard == Guard::Savepoint {
        open.writer.savepoint(OUTER)?;
    }
    first(&mut open.writer)?;
    let writer = open.writer.lend();
    let ran = invoke::run(Db::Write(writer), run, guard);
    let Db::Write(writer) = ran.db else { unreachable!("a command's writer comes back") };
    open.writer.take_back(writer);
    let kept = matches!(ran.ended, Ended::Output(_));
    let settled = match guard {
        Guard::Savepoint if kept => open.writer.release(OUTER),
        Guard::Savepoint => open.writer.rollback_to(OUTER),
        Guard::Trial => Ok(()),
    };
    // The database gave the transaction up, and its savepoints with it.
    if !open.writer.in_transaction() {
        return Err(open.writer.given_up());
    }
    settled?;
    let is_spoilt = guard == Guard::Trial && !kept && open.writer.changes() != before;
    let faulted = matches!(ran.ended, Ended::Faulted(_));
    let (rows, events) = if kept { (ran.tally.rows_written, ran.tally.events) } else { (0, 0) };
    let (faults, cpu_us) = (u32::from(faulted), ran.usage.wall_us);
    let used = Used { calls: 1, faults, rows_written: rows, events, cpu_us };
    let emitted = if kept { ran.emitted } else { Vec::new() };
    if let Some(span) = span {
        open.written.add(&emitted, span);
    }
    Ok(Attempt { ended: ran.ended, emitted, used, is_spoilt })
}

pub(crate) fn outcome(ended: &Ended) -> &'static str {
    match ended {
        Ended::Output(_) => "done",
        Ended::Failed(_) => "rejected",
        Ended::Faulted(_) => "fault",
    }
}

/// Identity of a request beyond its key: the same key with another one is an error.
pub(crate) fn fingerprint(request: &Request, input: &[u8]) -> [u8; 16] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in [request.module.as_bytes(), request.operation.as_bytes(), input] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    cut(hash)
}

/// Sixteen bytes of a hash are as good a name.
pub(crate) fn cut(hash: sha2::Sha256) -> [u8; 16] {
    use sha2::Digest;
    let hash: [u8; 32] = hash.finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}

pub(crate) fn repeat(known: Remembered, fingerprint: [u8; 16]) -> Result<String, Problem> {
    if known.fingerprint != fingerprint {
        return Err(KEY_REUSED.problem());
    }
    let body = String::from_utf8_lossy(&known.body).into_owned();
    if known.status < 300 {
        return Ok(body);
    }
    Err(serde_json::from_str(&body).unwrap_or_else(|_| BAD_INPUT.problem()))
}

/// Audit line, and the answer for a repetition, of what ran. A fault or a retry is not remembered: the same request may
/// succeed later.
fn keep(open: &mut Open, group: &mut Group, request: &Request, at: Moment, ran: &Ran) -> Result<(), StoreError> {
    let Some(done) = &ran.done else { return Ok(()) };
    let status = ran.answer.as_ref().map_or_else(|problem| problem.status, |_| 200);
    let Moment { now, seed } = at;
    let terminal = request.actor.terminal.map(|id| format!(",\"terminal\":\"{id}\"")).unwrap_or_default();
    open.writer.audit(&AuditLine {
        at: now,
        actor: &request.actor.id,
        action: &request.operation,
        module: &request.module,
        detail_json: &format!("{{\"seed\":\"{seed}\",\"status\":{status}{terminal}}}"),
    })?;
    group.remembered += u32::from(request.idempotency_key.is_some());
    remember(&mut open.writer, request, &ran.answer, now, done.fingerprint, matches!(done.ended, Ended::Faulted(_)))
}

/// The idempotency row.
pub(crate) fn remember(
    writer: &mut Writer,
    request: &Request,
    answer: &Result<String, Problem>,
    now: Instant,
    fingerprint: [u8; 16],
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
