//! Readings of machines: batches of one tenant share one commit, each is acknowledged after it.
//!
//! Beside the tenant's turn, on a file of their own: a slow command never holds up the machines.

use crate::room::{FILES_OF_A_DATABASE, Room};
use crate::runtime::Inner;
use crate::tenant::{Job, Tenant, lock};
use crate::turn::store_problem;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, Problem};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;
use toolcrib_store::{NewReading, Readings, StoreError};

/// One sample from a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// `<equipment>.<signal>`.
    pub signal: String,
    pub at: Instant,
    pub value: Sample,
    /// A bad one is kept, and nothing follows from it.
    pub quality: Quality,
}

impl Reading {
    /// A good one.
    pub fn new(signal: impl Into<String>, at: Instant, value: Sample) -> Self {
        Self { signal: signal.into(), at, value, quality: Quality::Good }
    }
}

/// What became of a batch, once it is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Accepted {
    /// Stored now.
    pub accepted: u64,
    /// Already stored before, the same value: nothing changed.
    pub duplicates: u64,
    /// Another value was stored for that signal and time before: the first one stays.
    pub conflicts: u64,
}

struct Batch {
    device: String,
    readings: Vec<Reading>,
    reply: oneshot::Sender<Result<Accepted, Problem>>,
}

impl Batch {
    fn signals(&self) -> impl Iterator<Item = &str> {
        self.readings.iter().map(|reading| reading.signal.as_str())
    }
}

/// Batches waiting for one tenant.
const BATCHES_WAITING: usize = 256;
/// Readings of one commit.
const GROUP_READINGS: usize = 20_000;
/// Commits and readings after which the length of the logs is looked at. A reading touches a few pages of 4 KiB, so a log
/// grows to a few mebibytes before somebody looks, not more.
const LOOK_COMMITS: u64 = 8;
const LOOK_READINGS: u64 = 2_000;
const DAY_US: i64 = 86_400_000_000;

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Batch>,
    scheduled: bool,
}

/// The queue of batches and where they go.
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    file: Mutex<Option<Box<Readings>>>,
    /// Databases of it that there was room for.
    has_room: AtomicUsize,
    /// The logs of the readings have pages that only the writer itself can move.
    pub log_has_rest: AtomicBool,
    /// The newest change of the readings that was heard of, whoever made it.
    pub turn: AtomicI64,
    /// What was written since somebody looked at the logs: commits, and readings.
    commits: AtomicU64,
    readings: AtomicU64,
    /// When something last came: machines go on at night, when nobody works in the business.
    pub used_us: AtomicI64,
    /// The day, since 1970, on which it was looked last which months are too old.
    tidied_day: AtomicI64,
}

impl Default for Inbox {
    fn default() -> Self {
        let (waiting, file, log_has_rest) = (Mutex::default(), Mutex::default(), AtomicBool::default());
        let has_room = AtomicUsize::default();
        let (commits, readings) = (AtomicU64::default(), AtomicU64::default());
        let (turn, used_us, tidied_day) = (AtomicI64::new(i64::MIN), AtomicI64::new(0), AtomicI64::new(i64::MIN));
        Self { waiting, file, has_room, log_has_rest, turn, commits, readings, used_us, tidied_day }
    }
}

impl Inbox {
    pub fn is_busy(&self) -> bool {
        lock(&self.waiting).scheduled
    }

    /// Whether there is a file to close. Not while a batch is stored, which has it.
    pub fn is_open(&self) -> bool {
        lock(&self.file).is_some()
    }

    /// Whether so much was written since the last time that a log may be long.
    pub fn is_worth_a_look(&self) -> bool {
        let is_much = self.commits.load(Ordering::Relaxed) >= LOOK_COMMITS
            || self.readings.load(Ordering::Relaxed) >= LOOK_READINGS;
        if is_much {
            self.commits.store(0, Ordering::Relaxed);
            self.readings.store(0, Ordering::Relaxed);
        }
        is_much
    }

    pub fn close(&self) {
        drop(lock(&self.file).take());
        self.has_room.store(0, Ordering::Relaxed);
    }

    /// Keeps the file open for the next batch, where there is room for what it opened since the last one.
    fn keep(&self, file: Box<Readings>, room: &Room) {
        let (had, has) = (self.has_room.load(Ordering::Relaxed), file.databases());
        let is_kept = has <= had || room.take((has - had) * FILES_OF_A_DATABASE);
        self.has_room.store(if is_kept { has } else { 0 }, Ordering::Relaxed);
        if is_kept {
            *lock(&self.file) = Some(file);
        }
    }

    /// Wakes a tenant's inbox without a batch, once a day: old months leave although nothing comes. False when there is
    /// nothing to do today.
    pub fn is_to_tidy(&self, now: Instant, exists: impl FnOnce() -> bool) -> bool {
        let today = day(now);
        if self.tidied_day.load(Ordering::Relaxed) >= today {
            return false;
        }
        if !exists() {
            self.tidied_day.store(today, Ordering::Relaxed);
            return false;
        }
        !std::mem::replace(&mut lock(&self.waiting).scheduled, true)
    }

    /// Queues a batch. True when the inbox must be given to the pool.
    fn push(&self, batch: Batch) -> Result<bool, Box<Batch>> {
        let mut waiting = lock(&self.waiting);
        if waiting.batches.len() >= BATCHES_WAITING {
            return Err(Box::new(batch));
        }
        waiting.batches.push_back(batch);
        Ok(!std::mem::replace(&mut waiting.scheduled, true))
    }

    fn take(&self) -> Vec<Batch> {
        let mut waiting = lock(&self.waiting);
        let (mut taken, mut readings) = (Vec::new(), 0);
        while let Some(batch) = waiting.batches.pop_front() {
            readings += batch.readings.len();
            taken.push(batch);
            if readings >= GROUP_READINGS {
                break;
            }
        }
        taken
    }

    /// Forgets what waits: whoever waits for it hears that the host is stopping.
    fn abandon(&self) {
        let mut waiting = lock(&self.waiting);
        let batches = std::mem::take(&mut waiting.batches);
        waiting.scheduled = false;
        drop(waiting);
        drop(batches);
    }

    fn rest(&self) -> bool {
        let mut waiting = lock(&self.waiting);
        waiting.scheduled = !waiting.batches.is_empty();
        waiting.scheduled
    }
}

/// Stores a batch; the answer comes after the commit.
///
/// # Errors
/// Too much is waiting, a limit, or the disk.
pub(crate) async fn post(
    inner: &Arc<Inner>,
    tenant: &Arc<Tenant>,
    device: String,
    readings: Vec<Reading>,
) -> Result<Accepted, Problem> {
    let (reply, answer) = oneshot::channel();
    match tenant.inbox.push(Batch { device, readings, reply }) {
        Ok(true) => submit(inner, tenant),
        Ok(false) => {}
        Err(_) => return Err(BUSY.because(format!("{BATCHES_WAITING} batches of readings wait for this tenant"))),
    }
    answer.await.unwrap_or_else(|_| Err(toolcrib_contract::problem::UNAVAILABLE.problem()))
}

/// Empties an inbox, one commit after the other. Called by one worker at a time.
pub(crate) fn run(inner: &Arc<Inner>, tenant: &Arc<Tenant>) {
    loop {
        let ran = catch_unwind(AssertUnwindSafe(|| run_once(inner, tenant)));
        let more = ran.unwrap_or_else(|_| {
            // A bug of ours. The file was dropped on the way here, which rolled the commit back.
            tracing::error!(tenant = %tenant.scope().slug, "Storing readings panicked and was rolled back");
            tenant.inbox.rest()
        });
        // A pool that takes nothing more is stopping: what waits is finished here.
        if !more || inner.inboxes().submit(tenant.clone()) {
            return;
        }
    }
}

/// One commit of one inbox; whether there is more.
fn run_once(inner: &Arc<Inner>, tenant: &Arc<Tenant>) -> bool {
    let batches = tenant.inbox.take();
    if batches.is_empty() {
        tidy_alone(inner, tenant);
        return tenant.inbox.rest();
    }
    let signals = tenant.tracks.arriving(batches.iter().flat_map(Batch::signals));
    let file = lock(&tenant.inbox.file).take();
    let file = match file {
        Some(file) => Ok(file),
        None => tenant.home.readings(&inner.options.tenant).map(Box::new),
    };
    let mut replies = Vec::with_capacity(batches.len());
    let result = file.and_then(|mut file| {
        let stored = store(&mut file, batches, inner.world.clock.now(), &mut replies);
        // A file with a disk error is opened anew at the next batch.
        stored.map(|()| file)
    });
    if let Err(error) = &result {
        tracing::error!(tenant = %tenant.scope().slug, error = %error, "Readings were not stored");
    }
    let stored: u64 = replies
        .iter()
        .filter_map(|(_, outcome)| outcome.as_ref().ok().map(|accepted: &Accepted| accepted.accepted))
        .sum();
    // Before anybody hears of it: who was answered was here before.
    let now = inner.world.clock.now();
    tenant.inbox.used_us.store(now.0, Ordering::Relaxed);
    for (reply, outcome) in replies {
        let _ = reply.send(match &result {
            Ok(_) => outcome,
            Err(error) => Err(store_problem(error)),
        });
    }
    let (is_stored, mut is_alone) = (result.is_ok(), true);
    if let Ok(mut file) = result {
        let turn = file.turn();
        // In files nobody else writes.
        is_alone = tenant.inbox.turn.fetch_max(turn, Ordering::AcqRel).saturating_add(1) >= turn || turn == 0;
        let has_rest = tenant.inbox.log_has_rest.swap(false, Ordering::AcqRel);
        if has_rest && let Err(error) = file.checkpoint() {
            tracing::warn!(tenant = %tenant.scope().slug, error = %error, "A checkpoint failed");
        }
        tidy(inner, tenant, &mut file, now);
        tenant.inbox.keep(file, &inner.room);
    }
    if is_stored && stored > 0 {
        metrics::counter!("toolcrib_readings_total").increment(stored);
        tenant.inbox.commits.fetch_add(1, Ordering::Relaxed);
        tenant.inbox.readings.fetch_add(stored, Ordering::Relaxed);
        // Nobody here said which signals another host heard in between.
        tenant.tracks.arrived(signals.filter(|_| is_alone));
        // Whoever only keeps readings has no turn for them, and need not open its business.
        if crate::signals::are_followed(&tenant.granted()) {
            inner.push(tenant, Job::Pump);
        }
    }
    tenant.inbox.rest()
}

/// Removes months that are too old, once a day.
fn tidy(inner: &Inner, tenant: &Tenant, file: &mut Readings, now: Instant) {
    let host = inner.options.tenant.keep;
    let slug = &tenant.scope().slug;
    if tenant.inbox.tidied_day.swap(day(now), Ordering::Relaxed) >= day(now) {
        return;
    }
    // What is in force now, also of a plan that was chosen or left a moment ago.
    let keep = crate::retention::keep(host, &tenant.granted().readings, now);
    match file.retain(keep, now) {
        Ok(done) if done == toolcrib_store::Retained::default() => {}
        Ok(done) => tracing::info!(
            tenant = %slug,
            folded = done.folded,
            removed = done.removed,
            forgotten = done.forgotten,
            "Old months of readings were removed"
        ),
        // It is tried again tomorrow; until then they only take room.
        Err(error) => tracing::error!(tenant = %slug, error = %error, "Old months of readings were not removed"),
    }
    // Over all tenants; whichever comes first on a day.
    match inner.options.tenant.database.as_ref().map_or(Ok(0), |database| database.drop_empty_months(now)) {
        Ok(0) => {}
        Ok(months) => tracing::info!(months, "Partitions of readings that nobody had anything in were dropped"),
        Err(error) => tracing::warn!(error = %error, "Empty partitions of readings were not looked for"),
    }
}

/// The same when no batch came. What was not open is closed again.
fn tidy_alone(inner: &Inner, tenant: &Tenant) {
    // Erased since somebody asked.
    if !tenant.home.may_have_readings() {
        return;
    }
    let now = inner.world.clock.now();
    let kept = lock(&tenant.inbox.file).take();
    if let Some(mut file) = kept {
        tidy(inner, tenant, &mut file, now);
        tenant.inbox.keep(file, &inner.room);
        return;
    }
    match tenant.home.readings(&inner.options.tenant) {
        Ok(mut file) => tidy(inner, tenant, &mut file, now),
        Err(error) => tracing::error!(tenant = %tenant.scope().slug, error = %error, "Readings were not opened"),
    }
}

fn day(at: Instant) -> i64 {
    at.0.div_euclid(DAY_US)
}

/// Gives an inbox with batches to the pool. While the host stops, whoever waits for them hears so.
pub(crate) fn submit(inner: &Inner, tenant: &Arc<Tenant>) {
    if !inner.inboxes().submit(tenant.clone()) {
        tenant.inbox.abandon();
    }
}

type Reply = (oneshot::Sender<Result<Accepted, Problem>>, Result<Accepted, Problem>);

/// Stores batches in one commit.
fn store(
    file: &mut Readings,
    batches: Vec<Batch>,
    received: Instant,
    replies: &mut Vec<Reply>,
) -> Result<(), StoreError> {
    let mut failed = None;
    for batch in batches {
        let rows: Vec<_> = batch
            .readings
            .iter()
            .map(|reading| NewReading {
                signal: &reading.signal,
                at: reading.at,
                value: &reading.value,
                quality: reading.quality,
            })
            .collect();
        let outcome = match &failed {
            // Its fate is that of the group.
            Some(_) => Ok(Accepted::default()),
            None => match file.append_in(&batch.device, &rows, received) {
                Ok(appended) => Ok(Accepted {
                    accepted: appended.accepted,
                    duplicates: appended.duplicates,
                    conflicts: appended.conflicts,
                }),
                Err(StoreError::TooManySignals) => Err(toolcrib_contract::problem::BAD_INPUT
                    .because(format!("a tenant has at most {} signals, and the batch names others", limits::SIGNALS))),
                // Of this batch alone: those of other devices share the commit and are kept.
                Err(StoreError::Malformed(why)) => Err(toolcrib_contract::problem::BAD_INPUT.because(why)),
                Err(error) => {
                    failed = Some(error);
                    Ok(Accepted::default())
                }
            },
        };
        replies.push((batch.reply, outcome));
    }
    match failed {
        None => file.commit(),
        Some(error) => {
            // The file is dropped by the caller, which rolls back.
            let _ = file.rollback();
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_420_800_000_000);

    fn batch(device: &str, signals: &[&str]) -> Batch {
        let reading = |signal: &&str| Reading::new(*signal, NOW, Sample::Count { value: 7 });
        let (reply, _) = oneshot::channel();
        Batch { device: device.to_owned(), readings: signals.iter().map(reading).collect(), reply }
    }

    #[test]
    fn a_malformed_batch_spares_the_others_of_its_commit() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Readings::open(folder.path(), &toolcrib_store::TenantOptions::default()).unwrap();
        let nameless = batch("broken", &["press-1.good", ""]);
        let batches = vec![batch("one", &["press-1.a", "press-1.b"]), nameless, batch("two", &["press-1.c"])];
        let mut replies = Vec::new();
        store(&mut file, batches, NOW, &mut replies).unwrap();
        let told: Vec<_> = replies.into_iter().map(|(_, told)| told.map(|accepted| accepted.accepted)).collect();
        assert_eq!((&told[0], &told[2]), (&Ok(2), &Ok(1)));
        let refused = told[1].as_ref().unwrap_err();
        assert!(
            refused.code == "bad-input" && refused.detail.as_deref().is_some_and(|why| why.contains("name")),
            "{refused:?}"
        );
        let names: Vec<_> = file.signals("", 10).unwrap().into_iter().map(|signal| signal.name).collect();
        assert_eq!(names, ["press-1.a", "press-1.b", "press-1.c"], "nothing of the broken one is kept");
    }
}
