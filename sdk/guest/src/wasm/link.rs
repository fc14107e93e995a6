//! Calls into the host. Each function names its import directly: what a module does not use is not imported.

use super::bindings::toolcrib::module as import;
use crate::outcome::{Outcome, Stopped, malformed, retry};
use toolcrib_contract::host::refusal;
use toolcrib_contract::{Instant, RawId, Refusal, Rejection};

/// The host, which is the only one there is.
pub struct Link;

/// Where the rows of a record live.
pub trait Place {
    fn get(link: &Link, module: &str, record: &str, id: RawId) -> Outcome<Option<Vec<u8>>>;
    fn select(link: &Link, module: &str, record: &str, select: &[u8]) -> Outcome<Vec<u8>>;
}

/// In the module's own records.
pub struct Own;
/// In another module's shared records.
pub struct Shared;

impl Place for Own {
    fn get(_: &Link, _: &str, record: &str, id: RawId) -> Outcome<Option<Vec<u8>>> {
        import::records::get(record, &id.0).map_err(refused)
    }
    fn select(_: &Link, _: &str, record: &str, select: &[u8]) -> Outcome<Vec<u8>> {
        import::records::select(record, select).map_err(refused)
    }
}
impl Place for Shared {
    fn get(_: &Link, module: &str, record: &str, id: RawId) -> Outcome<Option<Vec<u8>>> {
        import::shared::get(module, record, &id.0).map_err(refused)
    }
    fn select(_: &Link, module: &str, record: &str, select: &[u8]) -> Outcome<Vec<u8>> {
        import::shared::select(module, record, select).map_err(refused)
    }
}

#[cold]
fn refused(raw: import::types::Refusal) -> Stopped {
    let code = refusal::ALL.into_iter().find(|code| *code == raw.code).unwrap_or("refused");
    Refusal { code, message: raw.message }.into()
}

#[cold]
fn failed(raw: import::types::Failure) -> Stopped {
    match raw {
        import::types::Failure::Rejected(raw) => {
            Rejection { code: raw.code, message: raw.message, field: raw.field }.into()
        }
        import::types::Failure::Retry(reason) => retry(&reason),
    }
}

fn id(bytes: &[u8]) -> Outcome<RawId> {
    bytes.try_into().map(RawId).map_err(|_| malformed("an id"))
}

impl Link {
    pub fn insert(&self, record: &str, rows: &[u8], count: u32) -> Outcome<Vec<RawId>> {
        import::records::insert(record, rows, count).map_err(refused)?.chunks(16).map(id).collect()
    }
    pub fn update(&self, record: &str, id: RawId, rev: u64, row: &[u8]) -> Outcome<u64> {
        import::records::update(record, &id.0, rev, row).map_err(refused)
    }
    pub fn delete(&self, record: &str, id: RawId, rev: u64) -> Outcome<()> {
        import::records::delete(record, &id.0, rev).map_err(refused)
    }
    pub fn emit(&self, event: &str, body: &[u8]) -> Outcome<()> {
        import::events::emit(event, body).map_err(refused)
    }
    pub fn set_timer(&self, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Outcome<()> {
        import::timers::set(timer, key, due.0, payload).map_err(refused)
    }
    pub fn cancel_timer(&self, timer: &str, key: &str) -> Outcome<bool> {
        import::timers::cancel(timer, key).map_err(refused)
    }
    pub fn send_effect(&self, kind: &str, target: &str, body: &[u8]) -> Outcome<RawId> {
        id(&import::effects::send(kind, target, body).map_err(refused)?)
    }
    pub fn call(&self, module: &str, operation: &str, input: &[u8]) -> Outcome<Vec<u8>> {
        import::operations::call(module, operation, input).map_err(failed)
    }
    pub fn fetch(&self, request: &[u8]) -> Outcome<Vec<u8>> {
        import::connect::fetch(request).map_err(failed)
    }
    pub fn run(&self, operation: &str, input: &[u8]) -> Outcome<Vec<u8>> {
        import::connect::run(operation, input).map_err(failed)
    }
    pub fn samples(&self, signal: &str, from: Instant, until: Instant, limit: u32) -> Outcome<Vec<u8>> {
        import::readings::samples(signal, from.0, until.0, limit).map_err(refused)
    }
    pub fn log(&self, level: u8, message: &str) {
        import::log::write(level, message);
    }
}
