//! Crashes at random moments, judged from outside by what the files hold afterwards.
//!
//! - `servers`: a marketplace and a host as processes, with tenants that use a guest, mostly `daybook`.
//! - `clients`: load, and the log of what was acknowledged.
//! - `checker`: the files against that log. `kill`: fifty cycles of `kill -9`, and what the checker would have seen.
//! - `mqtt`: the same over MQTT. `postgres`: the same on PostgreSQL. `hosts`: three of them on one database; `rolling`:
//!   two that are upgraded one after the other.
//! - `synced`: system calls: no answer leaves before its commit is on disk.

mod checker;
mod clients;
mod hosts;
mod kill;
mod mqtt;
pub mod postgres;
mod rolling;
pub mod servers;
mod synced;

pub use mqtt::{address as mqtt_address, connect};
