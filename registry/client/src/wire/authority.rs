//! Authorities, consents to being audited, and what auditors looked at.

use serde::{Deserialize, Serialize};

/// Of `GET /v1/authorities`: who runs a city's programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Authority {
    pub slug: String,
    pub name: String,
    /// Six digits of GB/T 2260.
    pub city: String,
}

/// `PUT /v1/tenants/{tenant}/audits/{authority}`: auditors of this authority may see the factory's own data.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AgreeToAudit {
    /// 1 to 366, from now on.
    pub days: u32,
}

/// A factory's consent to being audited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditConsent {
    /// Slug and name of the factory.
    pub tenant: String,
    pub tenant_name: String,
    /// Slug and name of the authority.
    pub authority: String,
    pub authority_name: String,
    /// Name of who agreed, and of the organisation.
    pub agreed_by: String,
    pub agreed_at: String,
    pub until: String,
    /// When it was taken back; absent while it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<String>,
    /// Auditors may look now.
    pub in_force: bool,
}

/// A look of an auditor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Look {
    /// Number of its line in the audit.
    pub number: u64,
    pub at: String,
    /// Id of the auditor.
    pub auditor: String,
    /// Slug of the authority for which they looked.
    pub authority: String,
    /// Id of the factory whose own data it was, or the authority's slug for what belongs to its programme.
    pub subject: String,
    /// At what, as a path of the API.
    pub what: String,
}
