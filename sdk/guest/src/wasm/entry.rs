//! The exports of a component; `module!` hands its handlers over.

use super::bindings;
use super::link::Link;
use crate::context::Made;
use crate::handler::Handler;
use crate::outcome::{Outcome, Stopped};
use toolcrib_contract::{Encode, Instant, Manifest};

pub use bindings::Guest;
pub use bindings::toolcrib::module::guest_types::Invocation;
pub use bindings::toolcrib::module::types::Failure;

/// The encoded manifest.
pub fn describe(manifest: &Manifest) -> Vec<u8> {
    manifest.to_bytes()
}

/// Runs one handler.
pub fn handle<H: Handler>(invocation: Invocation, input: &[u8]) -> Outcome<Vec<u8>> {
    let Invocation { now_us, seed, actor, role } = invocation;
    let invocation = toolcrib_contract::Invocation { now: Instant(now_us), seed, actor, role };
    crate::context::run::<H>(&mut H::Context::made(Link, invocation), input)
}

/// A handler number that the manifest does not have.
#[cold]
pub fn unknown() -> Outcome<Vec<u8>> {
    core::arch::wasm32::unreachable()
}

/// As the host reads it.
pub fn finish(outcome: Outcome<Vec<u8>>) -> Result<Vec<u8>, Failure> {
    outcome.map_err(|stopped| match stopped {
        Stopped::Rejected(rejection) => Failure::Rejected(bindings::toolcrib::module::types::Rejection {
            code: rejection.code,
            message: rejection.message,
            field: rejection.field,
        }),
        Stopped::Retry(reason) => Failure::Retry(reason),
        Stopped::Fault(_) => core::arch::wasm32::unreachable(),
    })
}
