//! Who a person is, for everything above that has an entrance: JSON API and console ask the same gate.

use std::collections::HashMap;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::RawId;

/// A person whose access token was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    /// Role by tenant; a tenant that is not here is absent for this person.
    pub roles: HashMap<RawId, String>,
}

/// Verifies access tokens. The server wires the registry's keys.
pub trait Gate: Send + Sync {
    /// The person of a token that is valid now.
    ///
    /// # Errors
    /// `not-signed-in` with the reason.
    fn person(&self, token: &str) -> Result<Person, Problem>;
}
