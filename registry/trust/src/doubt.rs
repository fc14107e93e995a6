//! Why something is not proven: which part, and what is wrong with it.

use std::fmt;

/// A part of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Component,
    Manifest,
    /// The publisher's statement.
    Publisher,
    /// The registry's approval.
    Approval,
    /// The registry's record of the publisher's key.
    Key,
    /// Proof that the key's record is in the log.
    KeyProof,
    /// Proof that the approval is in the log.
    Proof,
    /// The list of versions and keys that were withdrawn.
    Revocations,
    /// The registry's record of a host's key.
    HostKey,
    /// What a host says of a tenant: a statement of its use, a kit of its set-up.
    Host,
    /// The registry's list of what an archive of evidence holds.
    Archive,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component => "the component",
            Self::Manifest => "the manifest",
            Self::Publisher => "the publisher's statement",
            Self::Approval => "the registry's approval",
            Self::Key => "the record of the publisher's key",
            Self::KeyProof => "the log proof of the publisher's key",
            Self::Proof => "the log proof of the approval",
            Self::Revocations => "the revocation list",
            Self::HostKey => "the record of the host's key",
            Self::Host => "the host's statement",
            Self::Archive => "the list of the archive",
        })
    }
}

/// A check that failed. Nothing of what was checked may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Not in the form that it must have.
    #[error("{part} is malformed: {why}")]
    Malformed { part: Part, why: String },
    /// Nobody who may sign it did.
    #[error("{part} is not signed by a key that counts")]
    Unsigned { part: Part },
    /// Says something else than the rest.
    #[error("{part} does not fit: {why}")]
    Mismatch { part: Part, why: String },
    /// The log does not contain what it should.
    #[error("{part} does not lead to the log's checkpoint")]
    NotLogged { part: Part },
    /// The publisher's key was not valid at that time or place in the log.
    #[error("the publisher's key {key_id} does not count for this version: {why}")]
    KeyInvalid { key_id: String, why: String },
    /// Withdrawn by the registry.
    #[error("the version was revoked at {at}: {reason}")]
    Revoked { at: String, reason: String },
}

impl Doubt {
    pub(crate) fn malformed(part: Part, why: impl fmt::Display) -> Self {
        Self::Malformed { part, why: why.to_string() }
    }

    pub(crate) fn mismatch(part: Part, why: impl Into<String>) -> Self {
        Self::Mismatch { part, why: why.into() }
    }

    /// Stable, kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "evidence-malformed",
            Self::Unsigned { .. } => "signature-missing",
            Self::Mismatch { .. } => "evidence-mismatch",
            Self::NotLogged { .. } => "not-logged",
            Self::KeyInvalid { .. } => "publisher-key-invalid",
            Self::Revoked { .. } => "version-revoked",
        }
    }
}
