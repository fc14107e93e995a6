//! A host for these tests: what it is asked it answers with a function, if it was given one.

use std::collections::VecDeque;
use toolcrib_contract::host::{Failure, Host, HostError, fault};
use toolcrib_contract::types::{Instant, RawId};

/// What `operations.call` and `connect.run` do.
pub type OnCall = Box<dyn FnMut(&str, &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> + Send>;

/// Keeps what it was told; answers `get` from a list, `call` by its function; everything else is a fault.
#[derive(Default)]
pub struct TestHost {
    /// Log lines.
    pub lines: Vec<String>,
    /// Answers to `records.get`, in order.
    pub rows: VecDeque<Result<Option<Vec<u8>>, HostError>>,
    pub on_call: Option<OnCall>,
}

fn refuse<T>() -> Result<T, HostError> {
    Err(HostError::fault(fault::MALFORMED, "this host has none"))
}

impl Host for TestHost {
    fn insert(&mut self, _: &str, _: &[u8], _: u32) -> Result<Vec<RawId>, HostError> {
        refuse()
    }
    fn get(&mut self, _: &str, _: RawId) -> Result<Option<Vec<u8>>, HostError> {
        self.rows.pop_front().unwrap_or_else(refuse)
    }
    fn update(&mut self, _: &str, _: RawId, _: u64, _: &[u8]) -> Result<u64, HostError> {
        refuse()
    }
    fn delete(&mut self, _: &str, _: RawId, _: u64) -> Result<(), HostError> {
        refuse()
    }
    fn select(&mut self, _: &str, _: &[u8]) -> Result<Vec<u8>, HostError> {
        refuse()
    }
    fn shared_get(&mut self, _: &str, _: &str, _: RawId) -> Result<Option<Vec<u8>>, HostError> {
        refuse()
    }
    fn shared_select(&mut self, _: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, HostError> {
        refuse()
    }
    fn emit(&mut self, _: &str, _: &[u8]) -> Result<(), HostError> {
        refuse()
    }
    fn set_timer(&mut self, _: &str, _: &str, _: Instant, _: &[u8]) -> Result<(), HostError> {
        refuse()
    }
    fn cancel_timer(&mut self, _: &str, _: &str) -> Result<bool, HostError> {
        refuse()
    }
    fn send_effect(&mut self, _: &str, _: &str, _: &[u8]) -> Result<RawId, HostError> {
        refuse()
    }
    fn call(&mut self, _: &str, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.on_call.as_mut().map_or_else(refuse, |call| call(operation, input))
    }
    fn fetch(&mut self, _: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        refuse()
    }
    fn run(&mut self, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.on_call.as_mut().map_or_else(refuse, |call| call(operation, input))
    }
    fn samples(&mut self, _: &str, _: Instant, _: Instant, _: u32) -> Result<Vec<u8>, HostError> {
        refuse()
    }
    fn log(&mut self, _: u8, message: &str) {
        self.lines.push(message.to_owned());
    }
}
