//! Modules: names taken by providers, and the marketplace's shelves.

use crate::body::JsonBody;
use crate::caller::{Acting, Naming, Visitor, viewer};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_catalog::Action;
use toolcrib_contract::problem::TOKEN_SCOPE;
use toolcrib_registry_client::wire::{Listed, ModulePage, NewModule};
use utoipa::IntoParams;

/// Takes a name for a provider. By its people.
#[utoipa::path(post, path = "/v1/modules", tag = "modules", request_body = NewModule, responses((status = 201, body = ModulePage)), security(("person" = []), ("token" = ["publish-new"])))]
pub async fn new_module(
    State(registry): State<Registry>,
    asker: Acting<Naming>,
    JsonBody(new): JsonBody<NewModule>,
) -> Result<(StatusCode, Json<ModulePage>), Failed> {
    asker.needs_org(&new.org, &["owner", "member"])?;
    asker.needs_module(&new.name)?;
    if asker.is_trusted_publisher() {
        return Err(TOKEN_SCOPE.because("trusted publishing makes no new module").into());
    }
    registry.catalog().take(asker.id(), Action::PublishNew, registry.now()).await?;
    registry.catalog().take_module(&new.name, &new.org, asker.id(), registry.now()).await?;
    let module = registry.catalog().module(&asker.viewer(), &new.name).await?;
    Ok((StatusCode::CREATED, Json(present::module(module))))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// In name, title, summary, description or provider, in either language.
    query: String,
    /// Code of a manufacturing division (GB/T 4754-2017, 13 to 43).
    segment: String,
}

/// Modules with a version that the caller may see: approved ones, and for providers and the marketplace more.
#[utoipa::path(get, path = "/v1/modules", tag = "modules", params(Search), responses((status = 200, body = Listed)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn modules(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    Params(search): Params<Search>,
) -> Result<Json<Listed>, Failed> {
    let modules = registry.catalog().modules(&viewer(person.as_ref()), &search.query, &search.segment).await?;
    Ok(Json(Listed { modules: modules.into_iter().map(present::module).collect() }))
}

/// One module, with the versions that the caller may see.
#[utoipa::path(get, path = "/v1/modules/{module}", tag = "modules", params(("module" = String, Path, description = "Name")),
    responses((status = 200, body = ModulePage)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn module(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At(name): At<String>,
) -> Result<Json<ModulePage>, Failed> {
    Ok(Json(present::module(registry.catalog().module(&viewer(person.as_ref()), &name).await?)))
}
