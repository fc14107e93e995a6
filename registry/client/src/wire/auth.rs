//! Signing in, and who one is.

use super::OrgKind;
use serde::{Deserialize, Serialize};

/// `POST /v1/auth/login`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub email: String,
    pub password: String,
    /// Of the second factor: what the authenticator app shows, or a recovery code. Asked for with the problem
    /// `second-factor-needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the session is called in lists; the request's user agent when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// `POST /v1/auth/refresh` and `POST /v1/auth/logout`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub refresh_token: String,
}

/// A fresh pair. The refresh token works once; using it again ends the whole family.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
    /// Life of the access token, in seconds.
    pub expires_in: u64,
}

/// `GET /v1/me`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub id: String,
    pub email: String,
    pub name: String,
    pub orgs: Vec<MyOrg>,
    pub tenants: Vec<MyTenant>,
}

/// An organisation the person belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyOrg {
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority: the city's six digits of GB/T 2260.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub city: Option<String>,
    /// `owner` or `member`; in the marketplace `admin`, `reviewer` or `auditor`; in an authority `official`, `assessor` or
    /// `auditor`.
    pub role: String,
}

/// A tenant the person works in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyTenant {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    /// `owner`, `admin`, `supervisor`, `operator` or `viewer`.
    pub role: String,
}
