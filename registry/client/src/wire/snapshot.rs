//! What every tenant of a host is entitled to: signed, numbered, kept by the host.

use serde::{Deserialize, Serialize};
use toolcrib_contract::Capability;
use toolcrib_contract::consent::Scope;

/// `GET /v1/hosts/snapshot?after=SEQ&wait_s=N`, by a host: answers at once when there is a newer one than `after`,
/// otherwise waits up to `wait_s` (at most 30) and answers 204. Asking with `after` confirms that seq as in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedSnapshot {
    /// JSON text of a [`Snapshot`]: exactly the bytes that are signed, in the context `toolcrib-snapshot-v1`.
    pub payload: String,
    pub key_id: String,
    pub signature: String,
}

/// The payload. A host never goes back to a lower seq.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub seq: u64,
    pub issued_at: String,
    /// The number of the revocation list that belongs to it: with an older one it must not be brought into force.
    pub revocations: u64,
    pub tenants: Vec<SnapshotTenant>,
    /// Access tokens issued to these people before these times are void.
    pub cutoffs: Vec<Cutoff>,
}

/// One tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotTenant {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub active: bool,
    pub modules: Vec<Entitlement>,
    pub devices: Vec<SnapshotDevice>,
    /// For how long its readings are kept, by the plans that say so: the longest that holds by the host's clock, and not
    /// less than the host keeps by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<ReadingsKept>,
}

/// What one plan promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingsKept {
    pub module: String,
    /// After the end of the month that a reading belongs to.
    pub months: u32,
    /// When the plan was chosen.
    pub since: String,
    /// The end of the grace after it was left; none: it was not left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// One subscription. What proves its version is fetched with the component and kept beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entitlement {
    pub module: String,
    pub version: String,
    pub digest: String,
    pub grants: Vec<Capability>,
    /// What narrows some of the grants to some equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// When it can only be read, because of what the tenant pays for: the host's clock decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<ReadOnly>,
}

/// From when on people and systems can read and nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOnly {
    /// The code that callers are refused with: `trial-ended` or `over-cap`.
    pub because: ReadOnlyBecause,
    pub from: String,
    /// The end of the month whose cap is used up; none: until a plan is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadOnlyBecause {
    TrialEnded,
    OverCap,
}

/// A device and the hashes of its token and certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotDevice {
    pub id: String,
    pub name: String,
    /// Hex of the SHA-256 of the token's text.
    pub token_sha256: String,
    /// Switched off, it is let in nowhere.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub active: bool,
    /// Hex of the SHA-256 of its client certificate (DER).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<String>,
}

fn yes() -> bool {
    true
}

/// A person whose older access tokens are void: signed out everywhere, or roles changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutoff {
    pub user: String,
    /// Seconds since 1970: tokens with an earlier `iat` are refused.
    pub issued_before_s: u64,
}
