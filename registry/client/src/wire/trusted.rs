//! Trusted publishing: a CI publishes with what it is instead of with a secret.

use serde::{Deserialize, Serialize};

/// `GET /v1/modules/{module}/trusted-publishers`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedPublishers {
    pub publishers: Vec<TrustedPublisher>,
    /// No version comes in otherwise.
    pub trusted_only: bool,
}

/// A workflow that may publish a module.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedPublisher {
    pub id: String,
    pub issuer: String,
    pub owner_id: String,
    pub repository: String,
    pub workflow: String,
    pub environment: Option<String>,
}

/// `POST /v1/modules/{module}/trusted-publishers`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTrustedPublisher {
    /// `iss` of the CI's tokens; one that the marketplace knows.
    pub issuer: String,
    /// Number of the repository's owner.
    pub owner_id: String,
    /// `owner/name`
    pub repository: String,
    /// File name, for example `release.yml`.
    pub workflow: String,
    /// Any when absent.
    #[serde(default)]
    pub environment: Option<String>,
}

/// `PUT /v1/modules/{module}/trusted-only`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrustedOnly {
    pub trusted_only: bool,
}

/// `POST /v1/trusted-publishing/token`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub module: String,
    /// The CI's identity token (JWT) for the audience `toolcrib`.
    pub identity: String,
}

/// A token that publishes versions of the module for half an hour.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Exchanged {
    /// `tcr_tp_…`
    pub token: String,
    pub expires_at: String,
}
