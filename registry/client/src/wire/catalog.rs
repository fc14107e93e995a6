//! Modules and versions as the marketplace shows them.

use serde::{Deserialize, Serialize};
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::evidence::{CardLine, Checked, Compiled, Consent, Dependency, Trials};
use toolcrib_contract::finding::{Cost, Finding};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Listing;
use toolcrib_contract::wording::Wording;

/// `POST /v1/modules`: takes a name for a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewModule {
    pub name: String,
    /// Slug of the provider.
    pub org: String,
}

/// `GET /v1/modules`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listed {
    pub modules: Vec<ModulePage>,
}

/// `GET /v1/modules/{module}`: what the caller may see. Without an approved version only its provider and the
/// reviewers see it at all; title, summary and listing are those of the latest version visible to the caller.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModulePage {
    pub name: String,
    /// Slug and name of the provider.
    pub org: String,
    pub org_name: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub title: Words,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub summary: Words,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub listing: Listing,
    /// The newest approved version.
    pub latest: Option<String>,
    /// Newest first.
    pub versions: Vec<VersionRow>,
}

/// One version in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionRow {
    pub version: String,
    pub state: super::SubmissionState,
    pub digest: String,
    pub submitted_at: String,
}

/// `GET /v1/modules/{module}/versions/{version}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionPage {
    pub module: String,
    pub org: String,
    pub org_name: String,
    pub version: String,
    pub state: super::SubmissionState,
    pub digest: String,
    pub size_bytes: u64,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub manifest: Manifest,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub listing: Listing,
    /// What people call what it has.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    #[serde(default)]
    pub words: Wording,
    /// What a tenant is asked to agree to, derived from the artifact.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub wanted: Vec<Wanted>,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub costs: Vec<Cost>,
    /// Why it does not stand as approved any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub withdrawn: Option<String>,
}

/// `GET /v1/modules/{module}/versions/{version}/vetting`: what the newest check said, and who approved the version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VettingPage {
    /// Version of the set of rules.
    pub rules: String,
    pub digest: String,
    pub size_bytes: u64,
    /// The last one decided; two where one is not enough.
    pub approved_by: Vec<Approval>,
    /// Every check of the set with what became of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub checks: Vec<Checked>,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub findings: Vec<Finding>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub compiled: Option<Compiled>,
    /// What each handler cost.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub card: Vec<CardLine>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub trials: Option<Trials>,
    /// The bill of materials.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub dependencies: Vec<Dependency>,
    /// How what it asks for differs from the version before.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub consent: Consent,
}

/// Who approved a version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// A name.
    pub by: String,
    pub at: String,
}
