//! Readings from machines: who sends them, what they mean, and the answer after the commit.
//!
//! The HTTP route is in `host/api`; a later MQTT listener stands beside it on the same two functions.

#![forbid(unsafe_code)]

mod device;
mod mapping;
mod ndjson;
pub mod payload;

pub use device::device;
pub use mapping::{Kept, Mapping, Shared};
pub use ndjson::{Quarantined, parse};
