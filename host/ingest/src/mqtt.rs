//! The MQTT ingestion endpoint: 3.1.1 and 5.0, for devices that publish readings. It is no broker: what a device
//! publishes goes to its tenant's readings and to nobody else, and a device may subscribe only to its own commands.
//!
//! A device signs in with the user name `<tenant>/<device id>` and its token as the password, or over TLS with a client
//! certificate and no password. It publishes under
//! `tc/<tenant>/<device id>/` and under `spBv1.0/<tenant>/` (Sparkplug B, where the group is the tenant).
//!
//! - `endpoint`: listeners, the end. `connection`: one client, from its first packet to its last. `admission`: who may
//!   come in. `presence`: who is here, sessions that wait, takeover.
//! - `wire`: packets on a stream; `translate`: 3.1.1 in the words of 5.0, which is what everything else speaks.
//! - `topic`: which topics belong to a credential. `session`: what outlives a connection. `quota`: how fast is too fast; `share`: at
//!   several hosts.
//! - `broker`: brokers of a factory's own, which the host subscribes to.
//! - `intake`: one per tenant; what is published in a group shares a commit, and is acknowledged after it.

mod admission;
mod broker;
mod connection;
mod endpoint;
mod intake;
mod presence;
mod quota;
mod session;
mod share;
mod topic;
mod translate;
mod wire;

pub use broker::proof;
pub use broker::{BROKERS, Broker, Brokers, Destination, Dial, KeptBrokers, Standing, TOPICS, Trouble, Undialled};
pub use endpoint::{Endpoint, HOST_ID, Io, Settings};
pub use topic::{own_prefix, sparkplug_prefix, user_name};
