//! Why a request to the registry failed.

use toolcrib_contract::problem::{Problem, UNAVAILABLE};

/// A failed request. The caller may show a [`ClientError::Refused`] to a person as it is, and try the others again.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The registry answered with a problem.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// No answer, or not from a registry.
    #[error("the registry at {address} cannot be reached: {why}")]
    Unreachable { address: String, why: String },
    /// An answer that this version of the client does not understand.
    #[error("the registry's answer to {what} is not understood: {why}")]
    Strange { what: String, why: String },
}

impl ClientError {
    /// The problem to show to a person.
    pub fn problem(self) -> Problem {
        match self {
            Self::Refused(problem) => *problem,
            other => UNAVAILABLE.because(other.to_string()),
        }
    }

    /// The stable code when the registry refused.
    pub fn code(&self) -> Option<&str> {
        if let Self::Refused(problem) = self { Some(&problem.code) } else { None }
    }
}
