//! The registry's wire types and an HTTP client for them: how hosts, the console and `cargo toolcrib` speak to it.
//!
//! - [`wire`]: what crosses the wire, one file per subject.
//! - [`Client`]: one method per endpoint; every failure is a [`ClientError`] that keeps the registry's problem.

#![forbid(unsafe_code)]

mod client;
mod error;
mod identity;
mod shelf;
pub mod wire;

pub use client::Client;
pub use error::ClientError;
