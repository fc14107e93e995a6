//! Providers that leave, and who goes on with their modules.

use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_registry_client::wire::{CloseOrg, ModulePage, Succeed};

/// A provider leaves the marketplace: nothing new of it is taken, what was approved goes on running. By its owners and by
/// administrators of the marketplace.
#[utoipa::path(post, path = "/v1/orgs/{org}/close", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    request_body = CloseOrg, responses((status = 204, description = "It has left")), security(("person" = [])))]
pub async fn close(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    JsonBody(close): JsonBody<CloseOrg>,
) -> Result<StatusCode, Failed> {
    if !asker.is_marketplace_admin() {
        asker.needs_org(&org, &["owner"])?;
    }
    registry.catalog().close_org(&org, &close.reason, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the name of a module whose provider has left to another provider. Versions that are there keep the key that signed
/// them; new ones need a key of the successor. By administrators of the marketplace.
#[utoipa::path(post, path = "/v1/modules/{module}/successor", tag = "modules", params(("module" = String, Path, description = "Name")),
    request_body = Succeed, responses((status = 200, body = ModulePage)), security(("person" = [])))]
pub async fn succeed(
    State(registry): State<Registry>,
    asker: Asker,
    At(module): At<String>,
    JsonBody(succeed): JsonBody<Succeed>,
) -> Result<Json<ModulePage>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let Succeed { org, reason } = succeed;
    registry.catalog().succeed(&module, &org, &reason, asker.id(), registry.now()).await?;
    Ok(Json(present::module(registry.catalog().module(&asker.viewer(), &module).await?)))
}
