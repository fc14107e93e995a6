//! Readings from machines: who sends them, what they mean, and the answer after the commit.
//!
//! The HTTP route is in `host/api`. `mqtt` is an endpoint of its own; `payload` says what its messages mean.

#![forbid(unsafe_code)]

mod device;
mod mapping;
pub mod mqtt;
mod ndjson;
pub mod payload;

pub use device::{Credential, device};
pub use mapping::{Kept, Mapping, Shared};
pub use ndjson::{Quarantined, parse};
