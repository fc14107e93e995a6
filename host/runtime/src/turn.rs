//! A tenant's turn: its waiting jobs share one transaction, each in a savepoint; callers hear only after the commit.

use crate::command::{Answered, Given, Trial};
use crate::connector;
use crate::deliver;
use crate::import;
use crate::lag::{LAG, SLICE};
use crate::order::takes_more;
use crate::runtime::Inner;
use crate::spans::{self, SpanContext};
use crate::tenant::{Job, LiveEvent, Open, Tenant, Work, Worked, lock};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant as Monotonic;
use tokio::sync::oneshot;
use toolcrib_contract::problem::{INTERNAL, Problem, STORAGE_FULL, UNAVAILABLE};
use toolcrib_contract::types::Instant;
use toolcrib_store::StoreError;

/// Answers that are kept before old ones are forgotten.
const TIDIED: u32 = 64;
/// Savepoint of an invocation; nested calls use 1 and more.
pub(crate) const OUTER: u32 = 0;

/// Where a caller waits for its answer.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Problem>>;

/// What is told to callers once the commit is on disk.
#[derive(Default)]
pub(crate) struct Group {
    answers: Vec<(Reply<String>, Result<String, Problem>)>,
    /// Of dead letters and halted modules.
    replays: Vec<(Reply<bool>, Result<bool, Problem>)>,
    works: Vec<Worked>,
    /// Answers kept under idempotency keys.
    pub remembered: u32,
    pub live: Vec<LiveEvent>,
    /// What traced commands hang below.
    pub traced: Vec<SpanContext>,
    /// Connectors that timers start.
    pub woken: Vec<connector::Woken>,
    /// There is certainly more to do.
    pub more: bool,
    /// Somebody knows that something is to be moved.
    pump: bool,
    /// What follows is put off for a moment.
    pause: bool,
    /// When what follows from the jobs makes way for the commit.
    until: Option<Monotonic>,
}

/// Runs one turn of a tenant. Called by one worker at a time.
pub(crate) fn run(inner: &Arc<Inner>, tenant: &Arc<Tenant>) {
    loop {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            if tenant.is_to_close() {
                return tenant.close_unused();
            }
            tenant.used_us.store(inner.world.clock.now().0, Ordering::Relaxed);
            match erased_or_opened(inner, tenant) {
                None => {}
                Some(Ok((open, is_new))) => {
                    run_open(inner, tenant, open);
                    if is_new {
                        tenant.keep_or_close(&inner.room);
                    }
                }
                Some(Err(error)) => refuse_all(inner, tenant, &error),
            }
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

/// The files, and whether they were opened for this turn; none when it was one without files.
fn erased_or_opened(inner: &Arc<Inner>, tenant: &Tenant) -> Option<Result<(Box<Open>, bool), StoreError>> {
    let Some(erase) = tenant.pop_erase() else { return Some(opened(inner, tenant)) };
    if let Some(later) = crate::erase::run(inner, tenant, erase) {
        // Behind the others; this worker comes back to it.
        let _ = tenant.push(Job::Erase(later));
    }
    None
}

fn opened(inner: &Arc<Inner>, tenant: &Tenant) -> Result<(Box<Open>, bool), StoreError> {
    match tenant.take_open() {
        Some(open) => Ok((open, false)),
        None => crate::files::open(inner, tenant).map(|open| (open, true)),
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
            Job::Invoke(_, reply, _) | Job::Import(_, reply, _) => drop(reply.send(Err(store_problem(error)))),
            Job::Open(reply) => drop(reply.send(Err(store_problem(error)))),
            Job::Apply(scope, done) => {
                tenant.grant(scope);
                let _ = done.send(());
            }
            Job::Work(work) => (work(Err(StoreError::Io(error.to_string()))).tell)(Ok(())),
            Job::Replay(_, reply) | Job::Pause(_, reply) => drop(reply.send(Err(store_problem(error)))),
            Job::Pump | Job::Close | Job::Erase(_) => {}
        }
    }
}

fn run_open(inner: &Arc<Inner>, tenant: &Arc<Tenant>, mut open: Box<Open>) {
    let started = Monotonic::now();
    if open.lag.may_wait(started) && tenant.pop_only_pumps() {
        inner.pauses.add(tenant, started);
        return tenant.put_open(open);
    }
    let mut group = Group::default();
    let mut after: Vec<Job> = Vec::new();
    tenant.tracks.begin();
    // In files nothing is gained by knowing early.
    let keys = if tenant.home.is_remote() { tenant.keys_ahead() } else { Vec::new() };
    if let Err(error) = open.writer.begin_for(&keys) {
        // Nobody's job was begun: whoever waits hears it now rather than once for every try.
        let is_remote = tenant.home.is_remote();
        let heard = is_remote.then(|| StoreError::Unavailable(error.to_string()));
        lost(inner, tenant, open, group, error);
        if let Some(error) = heard {
            refuse_all(inner, tenant, &error);
        }
        return;
    }
    if let Some(before) = open.writer.take_behind()
        && let Err(error) = crate::beside::catch_up(inner, tenant, &mut open, &mut group, before)
    {
        return lost(inner, tenant, open, group, error);
    }
    let worked = if open.lag.take_due() {
        group.pump = true;
        Ok(())
    } else {
        work_off(inner, tenant, &mut open, &mut group, &mut after, started)
    };
    let pumped = worked
        .and_then(|()| tidy(inner, &mut open, &group))
        .and_then(|()| follow(inner, tenant, &mut open, &mut group, started))
        .map(|()| look_ahead(&mut open))
        .and_then(|ahead| commit(inner, &mut open, &group).map(|()| ahead));
    let (wake, outbox_us) = match pumped {
        Ok(ahead) => ahead,
        Err(error) => {
            for job in after {
                give_up(job, &error);
            }
            return lost(inner, tenant, open, group, error);
        }
    };
    *lock(&tenant.seen) = open.writer.seen();
    inner.wake_at(tenant, wake);
    tenant.outbox_us.store(outbox_us, Ordering::Release);
    if group.has_commands() {
        open.lag.answered(Monotonic::now());
    }
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

/// Runs the jobs that wait, as many as share one commit.
///
/// # Errors
/// Only the store's: the whole group is lost then.
fn work_off(
    inner: &Arc<Inner>,
    tenant: &Arc<Tenant>,
    open: &mut Open,
    group: &mut Group,
    after: &mut Vec<Job>,
    started: Monotonic,
) -> Result<(), StoreError> {
    let mut trial = Trial::begin(open);
    for done in 0.. {
        let Some(job) = (if done == 0 { tenant.pop() } else { tenant.pop_to_share() }) else { break };
        let alone = matches!(job, Job::Import(..));
        if !matches!(job, Job::Invoke(..) | Job::Pump | Job::Open(_) | Job::Close) {
            trial.end_before(matches!(job, Job::Work(_)), open, group);
        }
        let result = match job {
            Job::Invoke(request, reply, trace) => {
                trial.run(inner, tenant, open, group, Given { request, reply, trace })
            }
            Job::Import(import, reply, _place) => {
                import::run(inner, tenant, open, group, &import).map(|answer| group.add(reply, answer))
            }
            Job::Work(work) => {
                let before = open.writer.changes();
                let worked = run_work(open, work).map(|worked| group.works.push(worked));
                if open.writer.changes() != before {
                    trial.end(open, group);
                }
                worked
            }
            Job::Apply(scope, done) => {
                after.push(Job::Apply(scope.clone(), done));
                owed(inner, tenant, open, group).and_then(|()| crate::files::apply(inner, tenant, open, &scope))
            }
            Job::Pause(halt, reply) => {
                crate::pause::run(inner, tenant, open, &halt).map(|changed| group.replays.push((reply, Ok(changed))))
            }
            // It stands at the front of a turn of its own.
            Job::Erase(_) => Ok(()),
            Job::Replay(letter, reply) => {
                deliver::replay(inner, tenant, open, group, letter).map(|known| group.replays.push((reply, known)))
            }
            Job::Pump => {
                group.pump = true;
                Ok(())
            }
            opened @ Job::Open(_) => {
                after.push(opened);
                Ok(())
            }
            Job::Close => Ok(()),
        };
        if let Err(error) = result {
            trial.give_up(group);
            return Err(error);
        }
        if alone || !takes_more(done + 1, started.elapsed()) {
            break;
        }
    }
    trial.end(open, group);
    Ok(())
}

/// Moves what follows from the jobs and from the clock, or puts it off: see [`crate::lag`].
fn follow(
    inner: &Arc<Inner>,
    tenant: &Arc<Tenant>,
    open: &mut Open,
    group: &mut Group,
    started: Monotonic,
) -> Result<(), StoreError> {
    if group.has_commands() && open.lag.is_stream(started) {
        if deliver::follows(inner, open, group)? {
            let is_due = open.lag.put_off(Monotonic::now());
            (group.more, group.pause) = (is_due, !is_due);
        }
        return Ok(());
    }
    group.until = Some(Monotonic::now() + SLICE);
    deliver::pump(inner, tenant, open, group)?;
    if !group.more {
        open.lag.caught_up();
    }
    Ok(())
}

/// What follows from before, ahead of another agreement: a module that goes hears what happened while it was there.
///
/// # Errors
/// Only the store's.
fn owed(inner: &Arc<Inner>, tenant: &Tenant, open: &mut Open, group: &mut Group) -> Result<(), StoreError> {
    group.until = Some(Monotonic::now() + LAG);
    deliver::pump(inner, tenant, open, group)
}

/// Puts the turn on the disk.
fn commit(inner: &Inner, open: &mut Open, group: &Group) -> Result<(), StoreError> {
    let spans = inner.spans_below(&group.traced);
    let committed = open.writer.commit();
    spans::commit(spans, &open.scope, group.answers.len(), committed.is_err());
    committed
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

/// Forgets expired answers, twice as many as were added: the table grows with a day's requests, not for ever. Not for
/// every single one: that would be one page more in each commit.
fn tidy(inner: &Inner, open: &mut Open, group: &Group) -> Result<(), StoreError> {
    open.untidied = open.untidied.saturating_add(group.remembered);
    let (now, most) = (inner.world.clock.now(), open.untidied.saturating_mul(2));
    if open.untidied < TIDIED || now < open.tidy_at {
        return Ok(());
    }
    open.untidied = 0;
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
    tenant.tracks.lost();
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
        StoreError::Unavailable(_) => {
            UNAVAILABLE.because("the database is not there at present; ask again with the same Idempotency-Key")
        }
        StoreError::Incompatible(why) => INTERNAL.because(why.clone()),
        _ => INTERNAL.problem(),
    }
}

impl Group {
    /// Whether what follows from the jobs has had its time.
    pub fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Monotonic::now() >= until)
    }

    /// Whether somebody gave a command and waits for the commit.
    fn has_commands(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Whether somebody knows that something is to be moved.
    pub fn is_asked_to_pump(&self) -> bool {
        self.pump
    }

    pub fn add(&mut self, reply: Reply<String>, (answer, live): Answered) {
        self.answers.push((reply, answer));
        self.live.extend(live);
    }

    fn settle(self, inner: &Arc<Inner>, tenant: &Arc<Tenant>) {
        tenant.tracks.committed();
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
        } else if self.pause {
            inner.pauses.add(tenant, Monotonic::now());
        }
    }
}
