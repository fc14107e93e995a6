//! Effects leave through the outbox: after the commit, at least once, with a stable id.

use std::future::Future;
use std::pin::Pin;
use toolcrib_contract::types::RawId;

/// One effect on its way out.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The receiver's idempotency key.
    pub id: RawId,
    pub tenant: RawId,
    /// The tenant's short name.
    pub slug: String,
    pub module: String,
    pub target: String,
    pub body: Vec<u8>,
}

/// Carries effects to the outside. The server wires one that speaks HTTP; without one, effects wait.
pub trait Courier: Send + Sync {
    /// # Errors
    /// A sentence for the log; the effect is tried again later.
    fn deliver(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
}
