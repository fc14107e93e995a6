//! The MQTT ingestion endpoint, from the other end of the wire.
//!
//! - `shop`: an endpoint on a real runtime, with tenants and devices. `raw`: a client that says exactly what it is told,
//!   of either version, also what no library would say.
//! - `promises`: what is acknowledged, who may come in, sessions, wills, the end. `limits`: what is too much; `share`: at two hosts.
//!   `hostile`: bytes that are no MQTT, and clients that never finish.
//! - `brokers`: a factory's own broker that the host subscribes to. `certificates`: the same with TLS;
//!   `nats`: with NATS.
//! - `sparkplug`: a node's whole life, and what follows from it. `srad`: the same with a library's node.
//! - `doors`: the ways in. `clients`: libraries and programs that nobody here wrote, whose values are found again.

mod brokers;
mod certificates;
mod clients;
mod doors;
mod hostile;
mod limits;
mod nats;
mod promises;
pub mod raw;
mod sessions;
mod share;
pub mod shop;
mod sparkplug;
mod srad;
