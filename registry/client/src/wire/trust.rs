//! What proves a version, and what was withdrawn.

use serde::{Deserialize, Serialize};

/// `GET /v1/artifacts/{digest}/evidence`: everything beside the component that proves an approved version without a
/// network. All are texts, byte for byte as they were signed or logged (crate `toolcrib-trust`, `evidence`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// What the component says of itself.
    pub manifest: String,
    /// Signed envelopes: the publisher's statement, the registry's approval, its record of the publisher's key.
    pub publisher: String,
    pub approval: String,
    pub key: String,
    /// Log proofs of the key's record and of the approval.
    pub key_proof: String,
    pub proof: String,
}

/// `POST /v1/modules/{module}/versions/{version}/standing`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetStanding {
    /// `deprecated`, `yanked`, `revoked`, or `approved` to lift the first two.
    pub standing: String,
    /// Told to everybody who has the version; 1 to 4,000 characters.
    pub reason: String,
}

/// `POST /v1/orgs/{org}/keys`, when an older key signs for the new one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Introduced {
    /// Id of a valid key of the same organisation.
    pub key_id: String,
    /// Its signature of slug and new key, in the context `toolcrib-key-successor-v1`.
    pub signature: String,
    /// Nothing more is published with the older key.
    #[serde(default)]
    pub retires: bool,
}
