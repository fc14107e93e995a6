//! Consent as it is shown, upgrades, and what a tenant agreed to over time.

use serde::{Deserialize, Serialize};
use toolcrib_contract::Capability;
use toolcrib_contract::consent::{Page, Scope};

/// `GET /v1/tenants/{tenant}/consent/{module}`: the page to read before agreeing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentPage {
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub page: Page,
    /// SHA-256 of the page's canonical JSON; send it as `shown` with the agreement.
    pub sha256: String,
}

/// `POST …/subscriptions/{module}/upgrade`: agrees to what a new version asks for beyond the consent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AgreeToUpgrade {
    /// The newest on offer when absent.
    #[serde(default)]
    pub version: Option<String>,
    /// The new grants only: every required one, and those optional ones that are wanted.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub grants: Vec<Capability>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub scopes: Vec<Scope>,
    /// Hash of the page that was shown.
    #[serde(default)]
    pub shown: Option<String>,
}

/// `GET …/subscriptions/{module}/upgrade`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upgrade {
    /// The version that runs.
    pub version: String,
    pub policy: Policy,
    pub pinned: bool,
    /// The newest version that this tenant may take; none when it has it.
    pub offer: Option<UpgradeOffer>,
}

/// A newer version, and only what it changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpgradeOffer {
    /// Holds only what is asked for beyond the consent.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub page: Page,
    pub sha256: String,
    /// Agreed to and not asked for any more.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub dropped: Vec<Capability>,
    /// Why it waits: `major`, `asks_more`, `policy`, `pinned`.
    pub waits: Vec<String>,
}

/// How a tenant takes new versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// By itself, inside what was agreed to.
    Auto,
    /// Only when somebody agrees.
    Ask,
}

/// `PUT …/subscriptions/{module}/policy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPolicy {
    pub policy: Policy,
    /// Stays at its version whatever comes.
    #[serde(default)]
    pub pinned: bool,
}

/// `POST …/subscriptions/{module}/revoke`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// An optional grant.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub grant: Capability,
}

/// `GET …/subscriptions/{module}/history`, `GET /v1/tenants/{tenant}/consents`: one consent, in force or ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    #[serde(default)]
    pub module: String,
    pub version: String,
    pub digest: String,
    /// `agree`, `upgrade`, `auto`, `rollback` or `revoke`.
    pub kind: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub grants: Vec<Capability>,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub scopes: Vec<Scope>,
    pub agreed_by: String,
    pub agreed_at: String,
    pub ended_at: Option<String>,
    /// The page that was shown, as the text that was hashed; empty for consents from before pages were kept.
    pub shown: String,
    pub shown_sha256: String,
}
