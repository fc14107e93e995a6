//! Tokens, sessions, second factors: how people and machines prove who they are.

use serde::{Deserialize, Serialize};

/// `POST /v1/me/tokens`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// What you call it.
    pub name: String,
    /// Slug of the organisation within which it counts.
    pub org: String,
    /// `read`, `publish-new`, `publish-update`, `yank`, `listing`, `review`, `tenant-admin`
    pub scopes: Vec<String>,
    /// Names of modules, beginnings of names (`press-*`), or `*`.
    pub modules: Vec<String>,
    /// 1 to 366.
    pub days: u32,
}

/// A token of an API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    pub org: String,
    pub scopes: Vec<String>,
    pub modules: Vec<String>,
    pub made_at: String,
    pub expires_at: String,
    /// Within a minute.
    pub used_at: Option<String>,
    /// `tcr_…`: shown once, in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
}

/// A session that goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRow {
    pub id: String,
    pub device: String,
    pub started_at: String,
    pub used_at: String,
    pub expires_at: String,
    /// The one that asks.
    pub current: bool,
}

/// `POST /v1/me/sessions/end`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EndSessions {
    /// All but the one that asks.
    pub keep_current: bool,
}

/// `POST /v1/me/password`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current: String,
    /// 10 to 200 characters.
    pub new: String,
    /// Of the second factor, where there is one.
    #[serde(default)]
    pub code: Option<String>,
}

/// `GET /v1/me/second-factor`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorStatus {
    /// A code is asked for at sign-in.
    pub enrolled: bool,
    /// A role of the person wants one, and the marketplace insists.
    pub needed: bool,
}

/// `POST /v1/me/second-factor`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Password {
    pub password: String,
}

/// What an authenticator app reads; shown once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorBegun {
    /// `otpauth://totp/…`
    pub uri: String,
}

/// A code of the second factor.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Code {
    pub code: String,
}

/// For the day on which the authenticator is lost: each good for one sign-in, shown once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    pub recovery_codes: Vec<String>,
}

/// `GET` and `PUT /v1/marketplace/policy`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MarketplacePolicy {
    /// Reviewers, administrators and owners need a second factor.
    pub second_factor: bool,
}

/// `PUT /v1/people/{person}/rate`: how often one person may do something.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetRate {
    /// `publish-new`, `publish-update`, `yank`, `credential`, `rating`
    pub action: String,
    /// One more every so many seconds.
    pub every_s: u32,
    /// So many at once. Nought: the rate of everybody again.
    pub burst: u32,
}
