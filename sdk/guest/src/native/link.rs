//! Calls into the in-memory host.

use crate::outcome::Outcome;
use std::cell::RefCell;
use toolcrib_contract::memory::Memory;
use toolcrib_contract::{Host, Instant, RawId};

/// The host of one invocation. Reading changes its counters, hence the cell.
pub struct Link(pub(crate) RefCell<Memory>);

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
    fn get(link: &Link, _: &str, record: &str, id: RawId) -> Outcome<Option<Vec<u8>>> {
        Ok(link.0.borrow_mut().get(record, id)?)
    }
    fn select(link: &Link, _: &str, record: &str, select: &[u8]) -> Outcome<Vec<u8>> {
        Ok(link.0.borrow_mut().select(record, select)?)
    }
}
impl Place for Shared {
    fn get(link: &Link, module: &str, record: &str, id: RawId) -> Outcome<Option<Vec<u8>>> {
        Ok(link.0.borrow_mut().shared_get(module, record, id)?)
    }
    fn select(link: &Link, module: &str, record: &str, select: &[u8]) -> Outcome<Vec<u8>> {
        Ok(link.0.borrow_mut().shared_select(module, record, select)?)
    }
}

impl Link {
    pub fn insert(&self, record: &str, rows: &[u8], count: u32) -> Outcome<Vec<RawId>> {
        Ok(self.0.borrow_mut().insert(record, rows, count)?)
    }
    pub fn update(&self, record: &str, id: RawId, rev: u64, row: &[u8]) -> Outcome<u64> {
        Ok(self.0.borrow_mut().update(record, id, rev, row)?)
    }
    pub fn delete(&self, record: &str, id: RawId, rev: u64) -> Outcome<()> {
        Ok(self.0.borrow_mut().delete(record, id, rev)?)
    }
    pub fn emit(&self, event: &str, body: &[u8]) -> Outcome<()> {
        Ok(self.0.borrow_mut().emit(event, body)?)
    }
    pub fn set_timer(&self, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Outcome<()> {
        Ok(self.0.borrow_mut().set_timer(timer, key, due, payload)?)
    }
    pub fn cancel_timer(&self, timer: &str, key: &str) -> Outcome<bool> {
        Ok(self.0.borrow_mut().cancel_timer(timer, key)?)
    }
    pub fn send_effect(&self, kind: &str, target: &str, body: &[u8]) -> Outcome<RawId> {
        Ok(self.0.borrow_mut().send_effect(kind, target, body)?)
    }
    pub fn call(&self, module: &str, operation: &str, input: &[u8]) -> Outcome<Vec<u8>> {
        Ok(self.0.borrow_mut().call(module, operation, input)??)
    }
    pub fn fetch(&self, request: &[u8]) -> Outcome<Vec<u8>> {
        Ok(self.0.borrow_mut().fetch(request)??)
    }
    pub fn run(&self, operation: &str, input: &[u8]) -> Outcome<Vec<u8>> {
        Ok(self.0.borrow_mut().run(operation, input)??)
    }
    pub fn samples(&self, signal: &str, from: Instant, until: Instant, limit: u32) -> Outcome<Vec<u8>> {
        Ok(self.0.borrow_mut().samples(signal, from, until, limit)?)
    }
    pub fn log(&self, level: u8, message: &str) {
        self.0.borrow_mut().log(level, message);
    }
}
