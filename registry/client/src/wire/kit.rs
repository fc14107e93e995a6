//! Kits: a firm's working set-up for others, who may take it over, and who did.

use serde::{Deserialize, Serialize};

/// `POST /v1/tenants/{tenant}/kits`: a firm lets others take its set-up over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKit {
    /// Signed envelope of the host that made it, JSON text.
    pub envelope: String,
    /// Slugs of factories that may see it.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// Codes of industry segments whose factories may see it.
    #[serde(default)]
    pub segments: Vec<String>,
}

/// A kit in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KitRow {
    pub id: String,
    pub title: String,
    /// Slug and name of the factory that it comes from.
    pub tenant: String,
    pub firm: String,
    pub sha256: String,
    pub modules: Vec<String>,
    /// Rows of set-up in it.
    pub rows: i64,
    pub published_at: String,
    pub withdrawn_at: Option<String>,
    /// Whom it is for. Told to the factory that it comes from only.
    #[serde(default)]
    pub tenants: Vec<String>,
    pub segments: Vec<String>,
    /// Factories that took it over.
    pub adopted: i64,
}

/// `GET /v1/tenants/{tenant}/kits`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kits {
    /// Those that the factory published, the newest first.
    pub own: Vec<KitRow>,
    /// Those that it may take over.
    pub offered: Vec<KitRow>,
}

/// `GET /v1/tenants/{tenant}/kits/{kit}`: the kit itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KitPage {
    #[serde(flatten)]
    pub row: KitRow,
    pub envelope: String,
    /// The registry's signed record of the key that signed it.
    pub key: String,
}

/// `POST /v1/tenants/{tenant}/kits/{kit}/adoptions`: the factory took it over, as far as it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAdoption {
    /// Hash of the kit.
    pub sha256: String,
    /// Modules that were subscribed to for it.
    pub subscribed: Vec<String>,
    /// Rows and rules that were made.
    pub made: i64,
}

/// A factory that took a kit over, and what changed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adoption {
    /// Slug and name of the factory.
    pub tenant: String,
    pub firm: String,
    pub at: String,
    /// Name of the person, and of the organisation.
    pub by: String,
    pub subscribed: Vec<String>,
    pub made: i64,
    /// Calls of the kit's modules in the 30 days before it, and since then in the last 30 days.
    pub calls_before: i64,
    pub calls_now: i64,
}
