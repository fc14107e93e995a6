//! Brokers of a factory's own (Mosquitto, EMQX, NATS) that the host subscribes to. What they publish goes the way of every
//! message: the tenant's rules, its readings, the commit; only then the broker hears that it was taken.
//!
//! - `kept`: what people set; the credential is kept with the tenant's data, never shown again, in no audit, no archive.
//! - `brokers`: of all tenants, begun and ended as settings and subscriptions say. `follower`: one of them, connected
//!   again whenever it breaks. `line`: one connection, `packets`: what goes over it. `standing`: how it stands, for people.
//! - `proof`: certificates, whom the host trusts and as whom it is known, and what was wrong with one.
//!
//! At least once: a broker keeps our session while we are away, and says again what was not acknowledged. What is
//! stored before the acknowledgement could leave is known when it comes again; readings with a time of their own and
//! Sparkplug's are counted once in any case. MQTT 3.1.1, which all of them speak; quality 1.

mod brokers;
mod follower;
mod kept;
mod line;
mod packets;
pub mod proof;
mod standing;

pub use brokers::{Brokers, Kept as KeptBrokers};
pub use kept::{BROKERS, Broker, TOPICS};
pub use standing::{Standing, Trouble};

use super::endpoint::Io;
use futures_util::future::BoxFuture;

/// Where a broker is, and what is proven on the way. It holds a key: nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    /// The tenant's short name: what may be reached is said for each.
    pub tenant: String,
    pub host: String,
    pub port: u16,
    /// Nobody else reads along, and the other side proves who it is.
    pub tls: bool,
    /// Certificates (PEM) that are trusted instead of the system's.
    pub ca: Option<String>,
    /// What proves to the broker who we are.
    pub own: Option<proof::Own>,
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undialled {
    /// The host's operator lets nobody go there: a sentence.
    NotAllowed(String),
    /// It does not answer, or not as it should: a sentence.
    Away(String),
    /// A certificate does not prove what it should: a sentence.
    Unproven(proof::Distrust, String),
}

/// The way to a broker: a seam that the server fills with what its operator allows.
pub trait Dial: Send + Sync {
    /// Connects.
    fn dial(&self, to: Destination) -> BoxFuture<'static, Result<Box<dyn Io>, Undialled>>;
}
