//! The edge agent: reads machines, keeps what they say on disk, and brings it to the server when there is a network.
//!
//! - `config`: one TOML file. `world`: time, chance and the network as parameters.
//! - `modbus`, `opcua`: the inputs. `outlet`: their way out, with the `deadband`. `reading`, `exact`: what they say.
//! - `collect` → `queue` (behind `keeper`) → `uplink`: gathered, on disk until acknowledged, sent. `backoff`: how long to
//!   wait in between. `report`: what the agent says about itself.
//! - `agent`: all of it together.

#![forbid(unsafe_code)]

mod agent;
mod backoff;
mod collect;
pub mod config;
mod deadband;
mod exact;
mod keeper;
mod modbus;
#[cfg(feature = "opcua")]
mod opcua;
mod outlet;
pub mod queue;
pub mod reading;
mod report;
mod uplink;
pub mod world;

pub use agent::run;
pub use exact::Exact;
