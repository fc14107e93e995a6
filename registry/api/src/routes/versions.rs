//! One version of a module.

use crate::caller::{Visitor, viewer};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use toolcrib_registry_client::wire::VersionPage;

/// What a version declares, what it asks for, and what its scenarios cost.
#[utoipa::path(get, path = "/v1/modules/{module}/versions/{version}", tag = "modules",
    params(("module" = String, Path, description = "Name"), ("version" = String, Path, description = "Semantic version")),
    responses((status = 200, body = VersionPage)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn version(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At((module, version)): At<(String, String)>,
) -> Result<Json<VersionPage>, Failed> {
    let version = registry.catalog().version(&viewer(person.as_ref()), &module, &version).await?;
    Ok(Json(present::version(version)))
}
