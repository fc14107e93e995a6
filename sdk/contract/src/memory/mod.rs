//! An in-memory host: tests of modules, golden scenarios and vetting run on it. Same answers as a real one, no disk.
//!
//! One invocation at a time: [`Memory::begin`], the calls of [`crate::Host`], then [`Memory::commit`] or
//! [`Memory::rollback`]. After a fault every further call is refused and `commit` rolls back.

mod connect;
mod host;
mod simulation;
mod snapshot;
mod table;
#[cfg(test)]
mod tests;

use crate::host::{Fault, HostError, fault, refusal};
use crate::row::RowHead;
use crate::signal::{Sample, Samples};
use crate::value::read_fields;
use crate::{Failure, Instant, Invocation, Manifest, RawId, Reader, fetch};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use table::Table;

pub use connect::{Operate, Outside};
pub use simulation::{Call, Mishap, Simulation, Stop, WAKE_UPS};
pub use snapshot::Snapshot;

/// An emitted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    pub at: Instant,
    pub event: String,
    /// Encoded with the event's declared type.
    pub body: Vec<u8>,
    /// Events that led to it, itself included.
    pub depth: u32,
}

/// A pending timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The handler's name.
    pub timer: String,
    pub key: String,
    pub due: Instant,
    /// Encoded with the handler's input type.
    pub payload: Vec<u8>,
}

/// A request to the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub id: RawId,
    pub kind: String,
    pub target: String,
    pub body: Vec<u8>,
}

/// What one invocation has used of its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub host_calls: u32,
    pub rows_read: u32,
    pub rows_written: u32,
    pub bytes_written: usize,
    pub events: u32,
    pub timers: u32,
    pub effects: u32,
    /// Requests of a connector.
    pub fetches: u32,
    /// Operations that a connector ran.
    pub runs: u32,
    pub log_lines: u32,
}

/// Stands in for another module's operation.
pub type Answer = Box<dyn FnMut(&[u8]) -> Result<Vec<u8>, Failure> + Send>;

/// Everything a tenant holds of one module.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    /// Shared with what an invocation may go back to: only what it writes is copied.
    records: BTreeMap<String, Arc<Table>>,
    events: Vec<Emitted>,
    timers: BTreeMap<(String, String), Timer>,
    effects: Vec<Effect>,
    log: Vec<(u8, String)>,
    /// Ids given so far.
    ids: u64,
}

/// What an invocation goes back to when nothing of it is kept. Events, effects and log lines are only ever added.
#[derive(Clone)]
struct Before {
    records: BTreeMap<String, Arc<Table>>,
    timers: BTreeMap<(String, String), Timer>,
    events: usize,
    effects: usize,
    log: usize,
    ids: u64,
}

impl State {
    fn table_mut(&mut self, record: &str) -> &mut Table {
        Arc::make_mut(self.records.entry(record.to_owned()).or_default())
    }

    fn mark(&self) -> Before {
        let Self { records, events, timers, effects, log, ids } = self;
        let (events, effects, log) = (events.len(), effects.len(), log.len());
        Before { records: records.clone(), timers: timers.clone(), events, effects, log, ids: *ids }
    }

    fn back_to(&mut self, before: Before) {
        (self.records, self.timers, self.ids) = (before.records, before.timers, before.ids);
        self.events.truncate(before.events);
        self.effects.truncate(before.effects);
        self.log.truncate(before.log);
    }
}

/// What an invocation may do.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Writes,
    Reads,
    Connects,
}

struct Turn {
    invocation: Invocation,
    kind: Kind,
    /// Nobody asked for it: a timer or an event did.
    woken: bool,
    /// Depth of the event that caused it; 0 without one.
    depth: u32,
    before: Before,
    used: Used,
    fault: Option<Fault>,
}

/// An in-memory host of one module of one tenant.
pub struct Memory {
    manifest: Manifest,
    state: State,
    /// Shared records of other modules, by module and record.
    shared: BTreeMap<(String, String), Table>,
    /// Modules that this tenant does not have.
    without: BTreeSet<String>,
    samples: BTreeMap<String, Vec<(i64, Sample)>>,
    answers: BTreeMap<(String, String), Answer>,
    outside: Vec<Outside>,
    requests: Vec<fetch::Request>,
    /// Away while an operation runs.
    operate: Option<Operate>,
    /// Ids given to shared rows so far.
    given: u64,
    turn: Option<Turn>,
    last: Used,
    /// The host call that fails, counted from 0 in each invocation, and how.
    failing: Option<(u32, HostError)>,
}

impl Memory {
    /// An empty tenant that runs the module of this manifest.
    pub fn new(manifest: Manifest) -> Self {
        Self {
            manifest,
            state: State::default(),
            shared: BTreeMap::new(),
            without: BTreeSet::new(),
            samples: BTreeMap::new(),
            answers: BTreeMap::new(),
            outside: Vec::new(),
            requests: Vec::new(),
            operate: None,
            given: 0,
            turn: None,
            last: Used::default(),
            failing: None,
        }
    }

    /// From now on this host call of every invocation, counted from 0, fails like this; none: no more.
    pub fn fail_host_call(&mut self, failing: Option<(u32, HostError)>) {
        self.failing = failing;
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Starts an invocation that may write. One that is still open is rolled back.
    pub fn begin(&mut self, invocation: &Invocation) {
        self.start(invocation, Kind::Writes);
    }

    /// Starts an invocation whose writes are faults.
    pub fn begin_read_only(&mut self, invocation: &Invocation) {
        self.start(invocation, Kind::Reads);
    }

    /// Says that a timer or an event started the open invocation.
    pub fn woken(&mut self) {
        if let Some(turn) = &mut self.turn {
            turn.woken = true;
        }
    }

    /// Says that an event of this depth started the open invocation.
    pub fn caused_by(&mut self, depth: u32) {
        if let Some(turn) = &mut self.turn {
            (turn.woken, turn.depth) = (true, depth);
        }
    }

    fn start(&mut self, invocation: &Invocation, kind: Kind) {
        self.rollback();
        self.turn = Some(Turn {
            invocation: invocation.clone(),
            kind,
            woken: false,
            depth: 0,
            before: self.state.mark(),
            used: Used::default(),
            fault: None,
        });
    }

    /// Keeps what the invocation wrote; says what it used.
    ///
    /// # Errors
    /// The fault the module met, even when it ignored it: then nothing is kept.
    pub fn commit(&mut self) -> Result<Used, Fault> {
        let Some(mut turn) = self.turn.take() else { return Ok(Used::default()) };
        self.last = turn.used;
        match turn.fault.take() {
            Some(fault) => {
                self.undo(turn);
                Err(fault)
            }
            None => Ok(turn.used),
        }
    }

    /// Forgets what the invocation wrote. Without one, nothing happens.
    pub fn rollback(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.last = turn.used;
            self.undo(turn);
        }
    }

    /// A connector wrote nothing itself, and what its operations wrote was kept when they ended.
    fn undo(&mut self, turn: Turn) {
        if turn.kind != Kind::Connects {
            self.state.back_to(turn.before);
        }
    }

    /// The fault the open invocation met, if any.
    pub fn fault(&self) -> Option<&Fault> {
        self.turn.as_ref()?.fault.as_ref()
    }

    /// What the open invocation has used, or the last one when none is open.
    pub fn used(&self) -> Used {
        self.turn.as_ref().map_or(self.last, |turn| turn.used)
    }

    /// Events emitted so far, oldest first.
    pub fn events(&self) -> &[Emitted] {
        &self.state.events
    }

    /// Pending timers, earliest first.
    pub fn timers(&self) -> Vec<Timer> {
        let mut timers: Vec<_> = self.state.timers.values().cloned().collect();
        timers.sort_by_key(|timer| timer.due);
        timers
    }

    /// Takes the earliest timer that is due at `now`.
    pub fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let timer = self.timers().into_iter().next().filter(|timer| timer.due <= now)?;
        self.state.timers.remove(&(timer.timer.clone(), timer.key.clone()))
    }

    pub fn effects(&self) -> &[Effect] {
        &self.state.effects
    }

    /// Log lines with their level.
    pub fn log_lines(&self) -> &[(u8, String)] {
        &self.state.log
    }

    /// Rows of one of the module's own records.
    pub fn rows(&self, record: &str) -> usize {
        self.state.records.get(record).map_or(0, |table| table.len())
    }

    /// Adds a row of another module's shared record: the fields that the manifest's `reads` names, encoded.
    /// Without an id it gets one.
    ///
    /// # Errors
    /// The manifest does not read such a record, or the bytes are not such a row.
    pub fn given(
        &mut self,
        module: &str,
        record: &str,
        id: Option<RawId>,
        now: Instant,
        fields: &[u8],
    ) -> Result<RawId, HostError> {
        let malformed = |detail: String| HostError::fault(fault::MALFORMED, detail);
        let read = self
            .manifest
            .read(module, record)
            .ok_or_else(|| malformed(format!("the manifest reads no record `{record}` of `{module}`")))?;
        let mut reader = Reader::new(fields);
        let values = read_fields(&read.fields, &mut reader)
            .map_err(|error| malformed(format!("a row of `{module}/{record}`: {error}")))?;
        if !reader.rest().is_empty() {
            return Err(malformed(format!("a row of `{module}/{record}` has bytes left over")));
        }
        let id = id.unwrap_or_else(|| {
            self.given += 1;
            new_id(now, GIVEN_SEED, self.given)
        });
        let head = RowHead { id, rev: 1, created: now, updated: now };
        let table = self.shared.entry((module.to_owned(), record.to_owned())).or_default();
        table.insert(head, values);
        Ok(id)
    }

    /// The tenant does not have this module: reads of its records and calls of its operations are refused. Without
    /// saying so a module is there, its records empty until rows are given; a call that nothing answers is refused
    /// either way.
    pub fn without(&mut self, module: &str) {
        self.without.insert(module.to_owned());
    }

    fn has(&self, module: &str) -> Result<(), HostError> {
        if self.without.contains(module) {
            return Err(HostError::refused(refusal::NOT_CONSENTED, format!("module `{module}` is not installed here")));
        }
        Ok(())
    }

    /// Adds a sample of a signal (`<equipment>.<signal>`).
    pub fn sample(&mut self, signal: &str, at: Instant, value: Sample) {
        let samples = self.samples.entry(signal.to_owned()).or_default();
        let place = samples.partition_point(|(time, _)| *time <= at.0);
        samples.insert(place, (at.0, value));
    }

    fn samples_between(&self, signal: &str, from: Instant, until: Instant, limit: usize) -> Samples {
        let all = self.samples.get(signal).map(Vec::as_slice).unwrap_or_default();
        let inside = all.iter().filter(|(time, _)| (from.0..until.0).contains(time)).take(limit);
        let (times, values) = inside.cloned().unzip();
        Samples { times, values }
    }

    /// Answers calls of another module's operation.
    pub fn answer(
        &mut self,
        module: &str,
        operation: &str,
        answer: impl FnMut(&[u8]) -> Result<Vec<u8>, Failure> + Send + 'static,
    ) {
        self.answers.insert((module.to_owned(), operation.to_owned()), Box::new(answer));
    }
}

/// Sets ids of given rows apart from those of the module's own.
const GIVEN_SEED: u64 = 0x6769_7665_6e00_0000;

/// A UUIDv7 that depends on nothing but its arguments; ids of one tenant ascend in the order they were given.
fn new_id(now: Instant, seed: u64, sequence: u64) -> RawId {
    let mut id = [0u8; 16];
    id[..6].copy_from_slice(&(now.0 / 1_000).to_be_bytes()[2..]);
    // 12 + 20 bits of sequence behind the time, so that order holds inside a millisecond.
    id[6] = 0x70 | (sequence >> 28 & 0x0f) as u8;
    id[7] = (sequence >> 20) as u8;
    id[8] = 0x80 | (sequence >> 14 & 0x3f) as u8;
    id[9] = (sequence >> 6) as u8;
    id[10] = (sequence << 2) as u8;
    let noise = (seed ^ sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    id[11..].copy_from_slice(&noise.to_be_bytes()[..5]);
    RawId(id)
}
