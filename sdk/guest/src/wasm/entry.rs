//! The exports of a component; `module!` hands its handlers over.

use super::bindings;
use super::link::Link;
use crate::connector::Connector;
use crate::context::{Command, Made, Query, Run, answer};
use crate::handler::Handler;
use toolcrib_contract as contract;
use toolcrib_contract::{Encode, Instant, Manifest, Rejection};

pub use bindings::Guest;
pub use bindings::toolcrib::module::guest_types::Invocation;
pub use bindings::toolcrib::module::types::Failure;

/// The encoded manifest.
pub fn describe(manifest: &Manifest) -> Vec<u8> {
    manifest.to_bytes()
}

/// A handler as what it does with bytes, by what it is given.
pub enum Entry {
    Reads(Run<Query>),
    Writes(Run<Command>),
    Connects(Run<Connector>),
}

/// A context that a handler may take.
pub trait Entered: Made {
    fn entry(run: Run<Self>) -> Entry;
}
impl Entered for Query {
    fn entry(run: Run<Self>) -> Entry {
        Entry::Reads(run)
    }
}
impl Entered for Command {
    fn entry(run: Run<Self>) -> Entry {
        Entry::Writes(run)
    }
}
impl Entered for Connector {
    fn entry(run: Run<Self>) -> Entry {
        Entry::Connects(run)
    }
}

/// The entry of one handler.
pub fn of<H: Handler<Context: Entered>>() -> Entry {
    H::Context::entry(crate::context::run::<H>)
}

/// Runs one handler. `None` is a number that the manifest does not have.
pub fn handle(entry: Option<Entry>, invocation: Invocation, input: &[u8]) -> Result<Vec<u8>, Failure> {
    let Invocation { now_us, seed, actor, role } = invocation;
    let invocation = toolcrib_contract::Invocation { now: Instant(now_us), seed, actor, role };
    let outcome = match entry {
        Some(Entry::Reads(run)) => answer(run, &mut Made::made(Link, invocation), input),
        Some(Entry::Writes(run)) => answer(run, &mut Made::made(Link, invocation), input),
        Some(Entry::Connects(run)) => answer(run, &mut Made::made(Link, invocation), input),
        None => core::arch::wasm32::unreachable(),
    };
    outcome.map_err(|stopped| match stopped.into_failure() {
        Ok(contract::Failure::Rejected(Rejection { code, message, field })) => {
            Failure::Rejected(bindings::toolcrib::module::types::Rejection { code, message, field })
        }
        Ok(contract::Failure::Retry(reason)) => Failure::Retry(reason),
        Err(_) => core::arch::wasm32::unreachable(),
    })
}
