//! What modules import, on top of [`Host`]: checks what every import checks, counts, and hands on.

use crate::bindings::toolcrib::module as wit;
use crate::fault::Stopped;
use crate::limits::Meter;
use toolcrib_contract::host::{Failure, Host, HostError, Refusal, Rejection, fault};
use toolcrib_contract::types::{Instant, RawId};
use wit::types::Refusal as WitRefusal;

/// What a call's store holds.
pub(crate) struct State<H> {
    pub host: H,
    pub meter: Meter,
}

/// A value or a refusal for the module; an error is a trap.
type Answer<T> = wasmtime::Result<Result<T, WitRefusal>>;
/// An output or a failure for the module; an error is a trap.
type Outcome = wasmtime::Result<Result<Vec<u8>, wit::types::Failure>>;

impl<H: Host> State<H> {
    /// Counts a host call and what the module gives it; ends the module if its time is over.
    fn enter(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.meter.host_calls += 1;
        self.meter.host_call_bytes += bytes as u64;
        // The engine looks at the clock in loops and at function entries only; host calls may follow one another.
        if self.meter.left().is_none() { Err(trap(self.meter.overtime())) } else { Ok(()) }
    }

    fn give_bytes(&mut self, result: Result<Vec<u8>, HostError>) -> Answer<Vec<u8>> {
        let answer = answer(result)?;
        if let Ok(bytes) = &answer {
            self.meter.host_call_bytes += bytes.len() as u64;
        }
        Ok(answer)
    }

    fn give_outcome(&mut self, outcome: Result<Result<Vec<u8>, Failure>, HostError>) -> Outcome {
        match outcome {
            Ok(Ok(output)) => {
                self.meter.host_call_bytes += output.len() as u64;
                Ok(Ok(output))
            }
            Ok(Err(failure)) => Ok(Err(failure.into())),
            // The module that called gets a value of its own type, for which a refusal is a rejection.
            Err(HostError::Refused(Refusal { code, message })) => {
                Ok(Err(Failure::Rejected(Rejection { code: code.to_owned(), message, field: None }).into()))
            }
            Err(HostError::Fault(stopped)) => Err(trap(stopped)),
        }
    }

    fn give_row(&mut self, result: Result<Option<Vec<u8>>, HostError>) -> Answer<Option<Vec<u8>>> {
        let answer = answer(result)?;
        if let Ok(Some(bytes)) = &answer {
            self.meter.host_call_bytes += bytes.len() as u64;
        }
        Ok(answer)
    }
}

fn trap(stopped: toolcrib_contract::host::Fault) -> wasmtime::Error {
    wasmtime::Error::new(Stopped(stopped))
}

fn answer<T>(result: Result<T, HostError>) -> Answer<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(HostError::Refused(Refusal { code, message })) => Ok(Err(WitRefusal { code: code.to_owned(), message })),
        Err(HostError::Fault(stopped)) => Err(trap(stopped)),
    }
}

fn id(bytes: &[u8]) -> wasmtime::Result<RawId> {
    let detail = || format!("an id has 16 bytes, not {}", bytes.len());
    let bytes = bytes.try_into();
    bytes.map(RawId).map_err(|_| trap(toolcrib_contract::host::Fault { code: fault::MALFORMED, detail: detail() }))
}

impl<H: Host> wit::types::Host for State<H> {}
impl<H: Host> wit::guest_types::Host for State<H> {}

impl<H: Host> wit::records::Host for State<H> {
    fn insert(&mut self, record: String, rows: Vec<u8>, count: u32) -> Answer<Vec<u8>> {
        self.enter(record.len() + rows.len())?;
        let ids = self.host.insert(&record, &rows, count);
        self.give_bytes(ids.map(|ids| ids.iter().flat_map(|id| id.0).collect()))
    }

    fn get(&mut self, record: String, row: Vec<u8>) -> Answer<Option<Vec<u8>>> {
        self.enter(record.len() + row.len())?;
        let row = self.host.get(&record, id(&row)?);
        self.give_row(row)
    }

    fn update(&mut self, record: String, at: Vec<u8>, rev: u64, row: Vec<u8>) -> Answer<u64> {
        self.enter(record.len() + at.len() + row.len())?;
        answer(self.host.update(&record, id(&at)?, rev, &row))
    }

    fn delete(&mut self, record: String, at: Vec<u8>, rev: u64) -> Answer<()> {
        self.enter(record.len() + at.len())?;
        answer(self.host.delete(&record, id(&at)?, rev))
    }

    fn select(&mut self, record: String, select: Vec<u8>) -> Answer<Vec<u8>> {
        self.enter(record.len() + select.len())?;
        let page = self.host.select(&record, &select);
        self.give_bytes(page)
    }
}

impl<H: Host> wit::shared::Host for State<H> {
    fn get(&mut self, module: String, record: String, at: Vec<u8>) -> Answer<Option<Vec<u8>>> {
        self.enter(module.len() + record.len() + at.len())?;
        let row = self.host.shared_get(&module, &record, id(&at)?);
        self.give_row(row)
    }

    fn select(&mut self, module: String, record: String, select: Vec<u8>) -> Answer<Vec<u8>> {
        self.enter(module.len() + record.len() + select.len())?;
        let page = self.host.shared_select(&module, &record, &select);
        self.give_bytes(page)
    }
}

impl<H: Host> wit::events::Host for State<H> {
    fn emit(&mut self, event: String, body: Vec<u8>) -> Answer<()> {
        self.enter(event.len() + body.len())?;
        answer(self.host.emit(&event, &body))
    }
}

impl<H: Host> wit::timers::Host for State<H> {
    fn set(&mut self, timer: String, key: String, due_us: i64, payload: Vec<u8>) -> Answer<()> {
        self.enter(timer.len() + key.len() + payload.len())?;
        answer(self.host.set_timer(&timer, &key, Instant(due_us), &payload))
    }

    fn cancel(&mut self, timer: String, key: String) -> Answer<bool> {
        self.enter(timer.len() + key.len())?;
        answer(self.host.cancel_timer(&timer, &key))
    }
}

impl<H: Host> wit::effects::Host for State<H> {
    fn send(&mut self, kind: String, target: String, body: Vec<u8>) -> Answer<Vec<u8>> {
        self.enter(kind.len() + target.len() + body.len())?;
        let sent = self.host.send_effect(&kind, &target, &body);
        self.give_bytes(sent.map(|id| id.0.to_vec()))
    }
}

impl<H: Host> wit::operations::Host for State<H> {
    fn call(&mut self, module: String, operation: String, input: Vec<u8>) -> Outcome {
        self.enter(module.len() + operation.len() + input.len())?;
        let outcome = self.host.call(&module, &operation, &input);
        self.give_outcome(outcome)
    }
}

impl<H: Host> wit::connect::Host for State<H> {
    fn fetch(&mut self, request: Vec<u8>) -> Outcome {
        self.enter(request.len())?;
        let outcome = self.meter.waiting(|| self.host.fetch(&request));
        self.give_outcome(outcome)
    }

    fn run(&mut self, operation: String, input: Vec<u8>) -> Outcome {
        self.enter(operation.len() + input.len())?;
        let outcome = self.meter.waiting(|| self.host.run(&operation, &input));
        self.give_outcome(outcome)
    }
}

impl<H: Host> wit::readings::Host for State<H> {
    fn samples(&mut self, signal: String, from_us: i64, until_us: i64, limit: u32) -> Answer<Vec<u8>> {
        self.enter(signal.len())?;
        let samples = self.host.samples(&signal, Instant(from_us), Instant(until_us), limit);
        self.give_bytes(samples)
    }
}

impl<H: Host> wit::log::Host for State<H> {
    fn write(&mut self, level: u8, message: String) -> wasmtime::Result<()> {
        self.enter(message.len())?;
        self.host.log(level, &message);
        Ok(())
    }
}

impl From<Failure> for wit::types::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(Rejection { code, message, field }) => {
                Self::Rejected(wit::types::Rejection { code, message, field })
            }
            Failure::Retry(reason) => Self::Retry(reason),
        }
    }
}

impl From<wit::types::Failure> for Failure {
    fn from(failure: wit::types::Failure) -> Self {
        match failure {
            wit::types::Failure::Rejected(wit::types::Rejection { code, message, field }) => {
                Self::Rejected(Rejection { code, message, field })
            }
            wit::types::Failure::Retry(reason) => Self::Retry(reason),
        }
    }
}
