//! One tenant's messages in their order: read, stored in groups, answered after the commit.
//!
//! While a group is on its way to the disk, the next one gathers; so many publishes wait for one commit, and none for a
//! timer. The queue is bounded: when it is full, connections stop reading.

use super::presence::Presence;
use crate::mapping::{Mapping, Shared};
use crate::payload::{Meaning, Message, Outgoing, Refusal};
use bytes::Bytes;
use bytestring::ByteString;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep};
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_runtime::{Accepted, Reading, Runtime, SharedSource};
use toolcrib_sparkplug::Topic;

/// Messages that share a commit, at most.
const GROUP_MESSAGES: usize = 500;
/// Messages of one tenant that wait to be read.
pub(super) const WAITING_MESSAGES: usize = 1_000;
/// How often it is looked whether something is due.
const DUE: Duration = Duration::from_secs(1);
/// A tenant whose queue of readings is full is tried again after so long, and so often.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: u32 = 250;

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// It is on disk, or says nothing to be stored.
    Stored,
    /// It never will be; the source's page says why.
    Refused,
    /// It is not stored, and may be if it is sent again.
    Later(Problem),
}

/// Something for a tenant.
pub(super) enum Work {
    Message(Published),
    /// The last connection of this device ended.
    Gone {
        device: Arc<str>,
        source: SharedSource,
    },
}

/// A message as it came in.
pub(super) struct Published {
    pub device: Arc<str>,
    pub source: SharedSource,
    pub topic: ByteString,
    pub payload: Bytes,
    pub retained: bool,
    pub received: Instant,
    /// None for quality 0.
    pub reply: Option<oneshot::Sender<Verdict>>,
}

/// A tenant's reader.
pub(super) struct Intake {
    runtime: Runtime,
    presence: Arc<Presence>,
    tenant: RawId,
    mapping: Arc<Mapping>,
}

/// What one message contributes to its device's batch.
struct Part {
    source: SharedSource,
    reply: Option<oneshot::Sender<Verdict>>,
    readings: Vec<Reading>,
    /// All of it was refused when it was read.
    is_refused: bool,
    topic: ByteString,
}

impl Intake {
    pub fn new(runtime: Runtime, presence: Arc<Presence>, mapping: Arc<Mapping>, tenant: RawId) -> Self {
        Self { runtime, presence, tenant, mapping }
    }

    /// Reads until nobody can send anything more.
    pub async fn run(self, mut inbox: mpsc::Receiver<Work>) {
        let mut group = Vec::with_capacity(GROUP_MESSAGES);
        let (mut due, mut interpreter) = (interval(DUE), None);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                count = inbox.recv_many(&mut group, GROUP_MESSAGES) => {
                    if count == 0 {
                        return;
                    }
                    match self.mapping.interpreter(self.tenant).await {
                        Ok(loaded) => {
                            self.take(&loaded, group.drain(..)).await;
                            interpreter = Some(loaded);
                        }
                        Err(problem) => group.drain(..).for_each(|work| self.put_off(work, &problem)),
                    }
                }
                _ = due.tick() => {
                    let due = |interpreter: &Shared| lock(interpreter).due(self.runtime.now());
                    self.command(&interpreter.as_ref().map(due).unwrap_or_default());
                }
            }
        }
    }

    fn command(&self, commands: &[Outgoing]) {
        commands.iter().for_each(|command| self.presence.deliver(self.tenant, command));
    }

    /// Nothing can be read now: the tenant's rules are not there.
    fn put_off(&self, work: Work, problem: &Problem) {
        if let Work::Message(Published { source, topic, reply, .. }) = work {
            let part = Part { source, reply, readings: Vec::new(), is_refused: false, topic };
            self.answer(part, Err(problem.clone()));
        }
    }

    async fn take(&self, interpreter: &Shared, group: impl Iterator<Item = Work>) {
        let mut batches: HashMap<Arc<str>, Vec<Part>> = HashMap::new();
        for work in group {
            match work {
                Work::Message(message) => {
                    let device = message.device.clone();
                    let part = self.read(interpreter, message);
                    batches.entry(device).or_default().push(part);
                }
                Work::Gone { device, source } => {
                    let readings = lock(interpreter).disconnected(&device, self.runtime.now());
                    let part = Part { source, reply: None, readings, is_refused: false, topic: ByteString::new() };
                    batches.entry(device).or_default().push(part);
                }
            }
        }
        join_all(batches.into_iter().map(|(device, parts)| self.store(interpreter, device, parts))).await;
    }

    fn read(&self, interpreter: &Shared, message: Published) -> Part {
        let Published { device, source, topic, payload, retained, received, reply } = message;
        let message = Message { topic: &topic, payload: &payload, retained, received };
        let Meaning { readings, commands, refused } = lock(interpreter).interpret(&device, message);
        self.command(&commands);
        let is_refused = readings.is_empty() && refused.iter().any(|refusal| is_of_message(&topic, refusal));
        let mut known = lock(&source);
        known.messages += 1;
        known.heard_at = known.heard_at.max(Some(received));
        for refusal in refused {
            metrics::counter!("toolcrib_mqtt_refused_total", "code" => refusal.code).increment(refusal.count);
            known.refuse(refusal.code, &refusal.what, &refusal.why, refusal.count, received);
        }
        drop(known);
        Part { source, reply, readings, is_refused, topic }
    }

    /// Stores what one device said, in batches within the limit, and answers.
    async fn store(&self, interpreter: &Shared, device: Arc<str>, parts: Vec<Part>) {
        let mut batch: Vec<Part> = Vec::new();
        let mut count = 0;
        for part in parts {
            if count + part.readings.len() > limits::READINGS {
                self.store_batch(interpreter, &device, std::mem::take(&mut batch)).await;
                count = 0;
            }
            count += part.readings.len();
            batch.push(part);
        }
        self.store_batch(interpreter, &device, batch).await;
    }

    async fn store_batch(&self, interpreter: &Shared, device: &str, mut parts: Vec<Part>) {
        let ends: Vec<usize> = parts
            .iter()
            .scan(0, |end, part| {
                *end += part.readings.len();
                Some(*end)
            })
            .collect();
        let readings: Vec<_> = parts.iter_mut().flat_map(|part| part.readings.drain(..)).collect();
        match self.post(interpreter, device, &readings).await {
            Err(problem) if is_of_one(&problem) && parts.len() > 1 => {
                // One of them does not fit; the others must not suffer for it.
                let mut start = 0;
                for (part, end) in parts.into_iter().zip(ends) {
                    let outcome = self.post(interpreter, device, &readings[start..end]).await;
                    self.answer(part, outcome);
                    start = end;
                }
            }
            Err(problem) => parts.into_iter().for_each(|part| self.answer(part, Err(problem.clone()))),
            Ok(accepted) => {
                // What a batch came to is told once; the messages share it.
                let mut told = Some(accepted);
                parts.into_iter().for_each(|part| self.answer(part, Ok(told.take().unwrap_or_default())));
            }
        }
    }

    /// Posts readings, patiently while the tenant's queue is full.
    async fn post(&self, interpreter: &Shared, device: &str, readings: &[Reading]) -> Result<Accepted, Problem> {
        if readings.is_empty() {
            return Ok(Accepted::default());
        }
        let mut tries = 0;
        loop {
            match self.runtime.post_readings(self.tenant, device, readings.to_vec()).await {
                Err(problem) if problem.code == BUSY.code && tries < TRIES => {
                    tries += 1;
                    sleep(PAUSE).await;
                }
                outcome => {
                    // Whoever sends them again must not be told that nothing changed.
                    if outcome.as_ref().is_err_and(|problem| !is_of_one(problem)) {
                        lock(interpreter).not_kept(readings);
                    }
                    return outcome;
                }
            }
        }
    }

    fn answer(&self, part: Part, outcome: Result<Accepted, Problem>) {
        let verdict = match outcome {
            Ok(accepted) => {
                lock(&part.source).readings += accepted.accepted;
                if accepted.conflicts > 0 {
                    let why = "another value was stored for that signal and time before; the first one stays";
                    self.refuse(&part, "reading-conflict", why, accepted.conflicts);
                }
                if part.is_refused { Verdict::Refused } else { Verdict::Stored }
            }
            Err(problem) if is_of_one(&problem) => {
                let why = problem.detail.as_deref().unwrap_or(&problem.title);
                self.refuse(&part, "not-storable", why, 1);
                Verdict::Refused
            }
            Err(problem) => {
                if part.reply.is_none() {
                    let why = "the message was sent with quality 0 while nothing could be stored";
                    self.refuse(&part, "lost-at-quality-0", why, 1);
                }
                Verdict::Later(problem)
            }
        };
        if let Some(reply) = part.reply {
            // The connection may be gone; the message is stored all the same.
            let _ = reply.send(verdict);
        }
    }

    fn refuse(&self, part: &Part, code: &'static str, why: &str, count: u64) {
        metrics::counter!("toolcrib_mqtt_refused_total", "code" => code).increment(count);
        lock(&part.source).refuse(code, &part.topic, why, count, self.runtime.now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a refusal is about the message itself: a Sparkplug message may also bring the end of those before it.
fn is_of_message(topic: &str, refusal: &Refusal) -> bool {
    !Topic::is_sparkplug(topic) || ["bad-payload", "bad-topic", "another-device", "retained"].contains(&refusal.code)
}

/// Whether a problem lies in what was sent, so that sending it again cannot help.
fn is_of_one(problem: &Problem) -> bool {
    matches!(problem.status, 409 | 413 | 422)
}
