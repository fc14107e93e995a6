//! Time and chance as parameters: any failing test then has a seed to replay. Only the server wires the real ones.

use crate::types::Instant;

/// Tells the time.
pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
}

/// Gives random bytes, fit for secrets.
pub trait Chance: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}
