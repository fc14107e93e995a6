//! How a version was vetted, and what its views show: for everybody who may see the version.

use crate::caller::{Visitor, viewer};
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use toolcrib_contract::preview::Preview;
use toolcrib_registry_client::wire::{Approval, VettingPage};

/// How a version was vetted: every check with what became of it, who approved it, what it costs and what it is made of.
#[utoipa::path(get, path = "/v1/modules/{module}/versions/{version}/vetting", tag = "modules",
    params(("module" = String, Path, description = "Name"), ("version" = String, Path, description = "Semantic version")),
    responses((status = 200, body = VettingPage)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn vetting(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At((module, version)): At<(String, String)>,
) -> Result<Json<VettingPage>, Failed> {
    let version = registry.catalog().version(&viewer(person.as_ref()), &module, &version).await?;
    let vetted = registry.catalog().vetted(&version).await?;
    let evidence = vetted.report.evidence;
    let approval = |(by, at): (String, toolcrib_contract::types::Instant)| Approval { by, at: at.to_string() };
    Ok(Json(VettingPage {
        rules: vetted.report.rules,
        digest: version.digest,
        size_bytes: version.size_bytes,
        approved_by: vetted.approved_by.into_iter().map(approval).collect(),
        checks: evidence.checks,
        findings: vetted.report.findings,
        compiled: evidence.compiled,
        card: evidence.card,
        trials: evidence.trials,
        dependencies: evidence.dependencies,
        consent: evidence.consent,
    }))
}

/// What the views of a version show on sample data: the answers that their queries gave after one of the module's own
/// scenarios. Views that could not be shown are absent.
#[utoipa::path(get, path = "/v1/modules/{module}/versions/{version}/previews", tag = "modules",
    params(("module" = String, Path, description = "Name"), ("version" = String, Path, description = "Semantic version")),
    responses((status = 200, body = Vec<Object>)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn previews(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At((module, version)): At<(String, String)>,
) -> Result<Json<Vec<Preview>>, Failed> {
    let version = registry.catalog().version(&viewer(person.as_ref()), &module, &version).await?;
    Ok(Json(registry.catalog().previews(&version).await?))
}
