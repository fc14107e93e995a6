//! The way out for connectors: a seam that the server fills with HTTP, and tests with whatever they like.

use std::time::Duration;
use toolcrib_contract::fetch::{Answer, Request};
use toolcrib_contract::types::RawId;

/// A request that a connector sends, after the runtime has found it well-formed, counted and agreed to.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub tenant: RawId,
    /// The tenant's short name.
    pub slug: String,
    pub module: String,
    /// Host and port as the tenant agreed to them; the request's address has the same.
    pub host: String,
    pub request: Request,
    /// Until the last byte of the answer.
    pub time: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// A sentence for the module's developer; the connector may ask again later.
    Away(String),
    /// More than [`toolcrib_contract::limits::FETCH_BYTES`].
    TooLarge,
}

/// Asks the outside, on the connector's own thread.
pub trait Egress: Send + Sync {
    /// Sends the request and reads the answer, whatever its status. Follows no redirect, and reads no more than
    /// [`toolcrib_contract::limits::FETCH_BYTES`].
    ///
    /// # Errors
    /// No answer in time, none that may be reached, or too long a one.
    fn fetch(&self, outgoing: &Outgoing) -> Result<Answer, Unanswered>;
}
