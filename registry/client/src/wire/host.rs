//! Hosts and their tokens, for administrators of the marketplace; and the keys of access tokens.

use serde::{Deserialize, Serialize};

/// `GET /v1/hosts`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownHost {
    pub name: String,
    /// Number of the snapshot that it has in force.
    pub confirmed: u64,
    /// It has everything in force that there is.
    #[serde(default)]
    pub current: bool,
    /// When it asked last.
    pub polled_at: Option<String>,
    /// Those that can be used; the one of the configuration is not among them.
    pub tokens: Vec<HostToken>,
}

/// A token of a host.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostToken {
    pub id: String,
    pub made_at: String,
    pub expires_at: String,
    /// `tch_…`: shown once, in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
}

/// `POST /v1/hosts/{host}/tokens`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewHostToken {
    /// 1 to 366.
    pub days: u32,
}

/// `POST /v1/hosts/rotate-token` and `POST /v1/marketplace/token-keys/rotate`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// Why now, for the audit; at most 200 characters.
    #[serde(default)]
    pub reason: String,
}

/// The keys of access tokens after a rotation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rotated {
    /// Id of the key that signs.
    pub key_id: String,
}
