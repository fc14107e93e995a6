//! What a tenant checked out, and what it agreed to.

use serde::{Deserialize, Serialize};
use toolcrib_contract::Capability;
use toolcrib_contract::consent::Scope;

/// `POST /v1/tenants/{tenant}/subscriptions`: subscribes, changes the version or the grants.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    pub module: String,
    /// The newest approved version when absent.
    #[serde(default)]
    pub version: Option<String>,
    /// What the tenant agrees to: every required capability, and those optional ones it wants. Nothing else.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub grants: Vec<Capability>,
    /// What narrows some of the grants to some equipment; without one a grant reaches all.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub scopes: Vec<Scope>,
    /// Hash of the page that was shown (`GET …/consent/{module}`); checked when present.
    #[serde(default)]
    pub shown: Option<String>,
}

/// A tenant's subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Subscription {
    pub module: String,
    pub version: String,
    pub digest: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub grants: Vec<Capability>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub scopes: Vec<Scope>,
    pub since: String,
    /// Who agreed.
    pub agreed_by: String,
    /// Every connected host has confirmed this change. False: it takes effect when the host is back.
    pub in_force: bool,
}
