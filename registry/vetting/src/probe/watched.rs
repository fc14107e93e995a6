//! A host that watches: what a handler asks for, and, on request, one call of it refused or broken off.

use super::dice::Dice;
use super::generate::Generator;
use crate::checks::entropy;
use std::collections::BTreeSet;
use toolcrib_contract::codec::Bytes;
use toolcrib_contract::fetch::{Answer, Request, host_of};
use toolcrib_contract::host::{Failure, Host, HostError, fault, refusal};
use toolcrib_contract::manifest::{HandlerKind, RequestKind};
use toolcrib_contract::memory::{Memory, Snapshot};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::{Decode, Encode};

/// Host calls of one invocation that are remembered, and so can be spoiled.
pub(super) const REMEMBERED: usize = 64;
/// Bytes of an effect below which its entropy says nothing, and bits of a byte that words and figures do not reach.
const BODY_BYTES: usize = 256;
const BODY_BITS: f64 = 6.4;
/// Things asked for and not declared that are told of one invocation.
const UNDECLARED: usize = 5;

/// What happens to one host call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoil {
    /// The host says no, with this code; the module may handle it.
    Refuse(&'static str),
    /// The host ends the invocation, with this fault.
    BreakOff(&'static str),
}

/// Which call is spoiled, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub at: usize,
    pub spoil: Spoil,
}

/// What one or more invocations asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Imports called, in order, of the last invocation only.
    pub asked: Vec<&'static str>,
    pub writes: BTreeSet<String>,
    pub events: BTreeSet<String>,
    pub timers: BTreeSet<String>,
    pub hosts: BTreeSet<String>,
    pub reads: BTreeSet<String>,
    pub calls: BTreeSet<String>,
    pub signals: BTreeSet<String>,
    /// What the manifest does not declare, a sentence each.
    pub undeclared: BTreeSet<String>,
    /// Hosts to which bytes were sent that look packed or encrypted.
    pub opaque: BTreeSet<String>,
}

impl Seen {
    pub fn add(&mut self, more: &Self) {
        self.writes.extend(more.writes.iter().cloned());
        self.events.extend(more.events.iter().cloned());
        self.timers.extend(more.timers.iter().cloned());
        self.hosts.extend(more.hosts.iter().cloned());
        self.reads.extend(more.reads.iter().cloned());
        self.calls.extend(more.calls.iter().cloned());
        self.signals.extend(more.signals.iter().cloned());
        self.undeclared.extend(more.undeclared.iter().cloned());
        self.opaque.extend(more.opaque.iter().cloned());
    }
}

/// Refusals that this import's documentation names.
pub(super) fn refusals(import: &str) -> &'static [&'static str] {
    match import {
        "records.insert" => &[refusal::NOT_UNIQUE, refusal::STORAGE_FULL],
        "records.update" => &[refusal::CONFLICT, refusal::NOT_FOUND, refusal::NOT_UNIQUE, refusal::STORAGE_FULL],
        "records.delete" => &[refusal::CONFLICT, refusal::NOT_FOUND],
        "records.select" => &[refusal::BAD_SELECT],
        "shared.get" | "shared.select" | "readings.samples" => &[refusal::NOT_CONSENTED],
        "events.emit" | "timers.set" => &[refusal::STORAGE_FULL],
        "effects.send" => &[refusal::NOT_CONSENTED, refusal::STORAGE_FULL],
        "operations.call" => &[refusal::NOT_CONSENTED, refusal::CONFLICT],
        _ => &[],
    }
}

/// The host.
pub(super) struct Watched {
    pub memory: Memory,
    pub seen: Seen,
    plan: Option<Plan>,
    /// Answers calls of other modules' operations with values of their type; none: as the memory does.
    stand_in: Option<Dice>,
}

impl Watched {
    pub fn new(memory: Memory, plan: Option<Plan>, stand_in: Option<Dice>) -> Self {
        Self { memory, seen: Seen::default(), plan, stand_in }
    }

    /// Remembers the call and spoils it, if it is the one.
    fn enter(&mut self, import: &'static str) -> Result<(), HostError> {
        let at = self.seen.asked.len();
        if at < REMEMBERED {
            self.seen.asked.push(import);
        }
        match self.plan.filter(|plan| plan.at == at && at < REMEMBERED) {
            Some(Plan { spoil: Spoil::Refuse(code), .. }) => {
                Err(HostError::refused(code, "refused on purpose, to see what the module does"))
            }
            Some(Plan { spoil: Spoil::BreakOff(code), .. }) => {
                Err(HostError::fault(code, "broken off on purpose, to see that nothing is kept"))
            }
            None => Ok(()),
        }
    }

    fn undeclared(&mut self, what: String) {
        if self.seen.undeclared.len() < UNDECLARED {
            self.seen.undeclared.insert(what);
        }
    }

    /// Bytes go to an address.
    fn leaves(&mut self, what: &str, target: &str, body: &[u8]) {
        let asked_for = |host: &&str| {
            let is = |kind: &RequestKind| matches!(kind, RequestKind::Outbound { host: asked } if asked == *host);
            self.memory.manifest().requests.iter().any(|request| is(&request.kind))
        };
        match host_of(target).filter(asked_for) {
            Some(host) => {
                self.seen.hosts.insert(host.to_owned());
                if body.len() >= BODY_BYTES && entropy::bits(body) > BODY_BITS {
                    self.seen.opaque.insert(host.to_owned());
                }
            }
            None => self.undeclared(format!("{what} to `{}`", cut(target))),
        }
    }

    fn own_record(&mut self, record: &str, writes: bool) {
        if self.memory.manifest().record(record).is_none() {
            self.undeclared(format!("the record `{}`", cut(record)));
        } else if writes {
            self.seen.writes.insert(record.to_owned());
        }
    }

    fn foreign_record(&mut self, module: &str, record: &str) {
        let name = format!("{}/{}", cut(module), cut(record));
        if self.memory.manifest().read(module, record).is_none() {
            self.undeclared(format!("the record `{name}` of another module"));
        } else {
            self.seen.reads.insert(name);
        }
    }
}

fn cut(name: &str) -> String {
    name.chars().take(60).collect()
}

/// What a system outside may say: any status, with words, half a document, or nothing.
fn anything(dice: &mut Dice) -> Answer {
    const BODIES: [&str; 6] = ["", "ok", "{}", "[]", "{\"orders\":[{\"number\":\"\",", "\u{feff}<html>503</html>"];
    let status = dice.pick(&[200, 200, 201, 204, 302, 404, 429, 500]).copied().unwrap_or(200);
    let body = dice.pick(&BODIES).copied().unwrap_or_default();
    Answer { status, body: Bytes(body.as_bytes().to_vec()), ..Answer::default() }
}

impl Host for Watched {
    fn insert(&mut self, record: &str, rows: &[u8], count: u32) -> Result<Vec<RawId>, HostError> {
        self.own_record(record, true);
        self.enter("records.insert")?;
        self.memory.insert(record, rows, count)
    }
    fn get(&mut self, record: &str, id: RawId) -> Result<Option<Vec<u8>>, HostError> {
        self.own_record(record, false);
        self.enter("records.get")?;
        self.memory.get(record, id)
    }
    fn update(&mut self, record: &str, id: RawId, rev: u64, row: &[u8]) -> Result<u64, HostError> {
        self.own_record(record, true);
        self.enter("records.update")?;
        self.memory.update(record, id, rev, row)
    }
    fn delete(&mut self, record: &str, id: RawId, rev: u64) -> Result<(), HostError> {
        self.own_record(record, true);
        self.enter("records.delete")?;
        self.memory.delete(record, id, rev)
    }
    fn select(&mut self, record: &str, select: &[u8]) -> Result<Vec<u8>, HostError> {
        self.own_record(record, false);
        self.enter("records.select")?;
        self.memory.select(record, select)
    }
    fn shared_get(&mut self, module: &str, record: &str, id: RawId) -> Result<Option<Vec<u8>>, HostError> {
        self.foreign_record(module, record);
        self.enter("shared.get")?;
        self.memory.shared_get(module, record, id)
    }
    fn shared_select(&mut self, module: &str, record: &str, select: &[u8]) -> Result<Vec<u8>, HostError> {
        self.foreign_record(module, record);
        self.enter("shared.select")?;
        self.memory.shared_select(module, record, select)
    }
    fn emit(&mut self, event: &str, body: &[u8]) -> Result<(), HostError> {
        if self.memory.manifest().event(event).is_none() {
            self.undeclared(format!("the event `{}`", cut(event)));
        } else {
            self.seen.events.insert(event.to_owned());
        }
        self.enter("events.emit")?;
        self.memory.emit(event, body)
    }
    fn set_timer(&mut self, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Result<(), HostError> {
        match self.memory.manifest().handler(timer) {
            Some((_, handler)) if matches!(handler.kind, HandlerKind::Timer | HandlerKind::Connector) => {
                self.seen.timers.insert(timer.to_owned());
            }
            _ => self.undeclared(format!("the timer `{}`", cut(timer))),
        }
        self.enter("timers.set")?;
        self.memory.set_timer(timer, key, due, payload)
    }
    fn cancel_timer(&mut self, timer: &str, key: &str) -> Result<bool, HostError> {
        self.enter("timers.cancel")?;
        self.memory.cancel_timer(timer, key)
    }
    fn send_effect(&mut self, kind: &str, target: &str, body: &[u8]) -> Result<RawId, HostError> {
        self.leaves("effects", target, body);
        if kind != "webhook" {
            self.undeclared(format!("an effect of the kind `{}`, which no host knows", cut(kind)));
        }
        self.enter("effects.send")?;
        self.memory.send_effect(kind, target, body)
    }
    fn call(&mut self, module: &str, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        let name = format!("{}/{}", cut(module), cut(operation));
        let declared = self.memory.manifest().call(module, operation).map(|call| call.output.clone());
        match &declared {
            Some(_) => self.seen.calls.insert(name),
            None => {
                self.undeclared(format!("a call of `{name}`"));
                false
            }
        };
        self.enter("operations.call")?;
        let (Some(output), Some(dice)) = (declared, &mut self.stand_in) else {
            return self.memory.call(module, operation, input);
        };
        let (manifest, moment) = (self.memory.manifest(), &Snapshot::default());
        let answer = Generator { manifest, moment, now: Instant::MIN, extremes: false }.bytes(&output, dice);
        Ok(Ok(answer))
    }
    fn fetch(&mut self, request: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        if let Ok(Request { url, body, .. }) = Request::from_bytes(request) {
            self.leaves("requests", &url, &body.0);
        }
        self.enter("connect.fetch")?;
        let heard = self.memory.fetch(request)?;
        match (heard, &mut self.stand_in) {
            // Nobody serves here: somebody says anything.
            (Err(Failure::Retry(_)), Some(dice)) => Ok(Ok(anything(dice).to_bytes())),
            (heard, _) => Ok(heard),
        }
    }
    fn run(&mut self, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.enter("connect.run")?;
        self.memory.run(operation, input)
    }
    fn samples(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Result<Vec<u8>, HostError> {
        let kind = signal.rsplit('.').next().unwrap_or(signal);
        let manifest = self.memory.manifest();
        let asked = manifest
            .requests
            .iter()
            .any(|request| matches!(&request.kind, RequestKind::Readings { signal } if signal == kind));
        if asked || manifest.handlers.iter().any(|handler| handler.kind.signal() == Some(kind)) {
            self.seen.signals.insert(kind.to_owned());
        } else {
            self.undeclared(format!("samples of the signal `{}`", cut(kind)));
        }
        self.enter("readings.samples")?;
        self.memory.samples(signal, from, until, limit)
    }
    fn log(&mut self, level: u8, message: &str) {
        self.memory.log(level, message);
    }
}

/// Faults that a host may end an invocation with: a limit of rows, and the host's own trouble.
pub(super) const BREAKS: [&str; 2] = [fault::LIMIT, fault::HOST];
