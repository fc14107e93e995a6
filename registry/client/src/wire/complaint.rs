//! What factories say is wrong with a module.

use serde::{Deserialize, Serialize};

/// `POST /v1/tenants/{tenant}/complaints/{module}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Complain {
    /// 1 to 2,000 characters.
    pub text: String,
}

/// Of `GET /v1/complaints`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Complaint {
    pub number: i64,
    /// Slug.
    pub tenant: String,
    pub tenant_name: String,
    pub module: String,
    /// The version that the factory had then; none when it only looked at the listing.
    pub version: Option<String>,
    pub text: String,
    /// Name of the person.
    pub said_by: String,
    pub said_at: String,
}
