//! Sparkplug B 3.0: what nodes at the edge say over MQTT, and what a host application makes of it.
//!
//! - [`wire`] is the payload as it travels, [`bounds`] decodes it within limits, [`value`] gives its values their types.
//! - [`Topic`] is the address, [`state`] the host's own STATE messages.
//! - [`EdgeNode`] writes births, data and deaths: for demo machines, tests and the edge agent.
//! - [`HostApplication`] hears them: births, aliases, sequence numbers, deaths, and when to ask for a rebirth.
//!
//! No IO and no clock: whoever calls brings messages and the time. README.md lists what the specification asks of hosts.

#![forbid(unsafe_code)]

pub mod bounds;
mod datatype;
mod edge;
mod host;
mod properties;
pub mod state;
mod structure;
mod topic;
pub mod value;
pub mod wire;

pub use bounds::{Hostile, PAYLOAD_BYTES};
pub use datatype::DataType;
pub use edge::{Change, Defined, EdgeError, EdgeNode};
pub use host::{Current, Heard, HostApplication, HostOptions, NodeId, Presence, Refused, Said};
pub use properties::{Quality, quality};
pub use structure::{DataSet, Template};
pub use topic::{NAMESPACE, Topic, TopicError, Verb};
pub use value::{Value, ValueError};

/// The metric that asks a node for its births again, and that every NBIRTH carries.
pub const REBIRTH: &str = "Node Control/Rebirth";
/// The metric that ties a death to its birth.
pub const BD_SEQ: &str = "bdSeq";

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub topic: String,
    pub payload: Vec<u8>,
    /// 0 or 1.
    pub qos: u8,
    pub retain: bool,
}
