//! What later checks of approved versions found.

use serde::{Deserialize, Serialize};
use toolcrib_contract::finding::Finding;

/// Of `GET /v1/marks`: findings that the report before did not have.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mark {
    pub number: i64,
    pub submission: String,
    pub module: String,
    pub version: String,
    pub at: String,
    /// Rules, advisories and known-bad digests that the later report rests on.
    pub basis: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub findings: Vec<Finding>,
}

/// `POST /v1/marks/{number}/settle`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettleMark {
    /// What came of it; at most 4,000 characters.
    pub reason: String,
}
