//! What tenants think of modules, and notices that a module should be left.

use super::publish::may_publish;
use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Visitor, Yanking, viewer};
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{Action, CatalogError, Opinion, Viewer};
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire::{AnswerRating, Deprecation, Rate, Rating};

/// Ratings of a module, newest first, at most 100. Whose they are is not told.
#[utoipa::path(get, path = "/v1/modules/{module}/ratings", tag = "shelf", params(("module" = String, Path, description = "Name")),
    responses((status = 200, body = Vec<Rating>)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn ratings(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At(module): At<String>,
) -> Result<Json<Vec<Rating>>, Failed> {
    registry.catalog().module(&viewer(person.as_ref()), &module).await?;
    let row = |rating: toolcrib_catalog::Rating| Rating {
        id: rating.id,
        stars: rating.stars,
        text: rating.text,
        rated_at: Instant(rating.rated_us).to_string(),
        answer: rating.answer,
        answered_at: rating.answered_us.map(|at| Instant(at).to_string()),
    };
    Ok(Json(registry.catalog().ratings(&module).await?.into_iter().map(row).collect()))
}

/// Rates a module that the tenant really uses: 20 uses on 3 days, as hosts report. Another rating takes the place of
/// the first until the provider has answered. By owners and admins.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/ratings/{module}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    request_body = Rate, responses((status = 204, description = "Done")), security(("person" = [])))]
pub async fn rate(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
    JsonBody(Rate { stars, text }): JsonBody<Rate>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    registry.catalog().module(&Viewer::default(), &module).await?;
    registry.catalog().take(asker.id(), Action::Rating, registry.now()).await?;
    let (now, chance) = (registry.now(), registry.chance());
    registry.catalog().rate(&tenant.id, &module, &Opinion { stars, text }, asker.id(), now, chance).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers a rating, once. By the provider's people.
#[utoipa::path(post, path = "/v1/modules/{module}/ratings/{rating}/answer", tag = "shelf",
    params(("module" = String, Path, description = "Name"), ("rating" = String, Path, description = "Id")),
    request_body = AnswerRating, responses((status = 204, description = "Done")), security(("person" = [])))]
pub async fn answer_rating(
    State(registry): State<Registry>,
    asker: Asker,
    At((module, rating)): At<(String, String)>,
    JsonBody(AnswerRating { text }): JsonBody<AnswerRating>,
) -> Result<StatusCode, Failed> {
    may_publish(&registry, &asker, &module).await?;
    registry.catalog().take(asker.id(), Action::Rating, registry.now()).await?;
    registry.catalog().answer_rating(&module, &rating, &text, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why the module should be left, and for what; absent (404) when it should not.
#[utoipa::path(get, path = "/v1/modules/{module}/deprecation", tag = "shelf", params(("module" = String, Path, description = "Name")),
    responses((status = 200, body = Deprecation)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn deprecation(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At(module): At<String>,
) -> Result<Json<Deprecation>, Failed> {
    registry.catalog().module(&viewer(person.as_ref()), &module).await?;
    let said = registry.catalog().deprecation(&module).await?.ok_or(CatalogError::NotFound("deprecation"))?;
    Ok(Json(Deprecation { text: said.text, successor: said.successor }))
}

/// Says that the module should be left. It goes on working. By the provider's people.
#[utoipa::path(put, path = "/v1/modules/{module}/deprecation", tag = "shelf", params(("module" = String, Path, description = "Name")),
    request_body = Deprecation, responses((status = 204, description = "Done")), security(("person" = []), ("token" = ["yank"])))]
pub async fn deprecate(
    State(registry): State<Registry>,
    asker: Acting<Yanking>,
    At(module): At<String>,
    JsonBody(Deprecation { text, successor }): JsonBody<Deprecation>,
) -> Result<StatusCode, Failed> {
    may_publish(&registry, &asker, &module).await?;
    registry.catalog().take(asker.id(), Action::Yank, registry.now()).await?;
    registry.catalog().deprecate(&module, &text, successor.as_deref(), asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the notice back. By the provider's people.
#[utoipa::path(delete, path = "/v1/modules/{module}/deprecation", tag = "shelf", params(("module" = String, Path, description = "Name")),
    responses((status = 204, description = "Done")), security(("person" = []), ("token" = ["yank"])))]
pub async fn undeprecate(
    State(registry): State<Registry>,
    asker: Acting<Yanking>,
    At(module): At<String>,
) -> Result<StatusCode, Failed> {
    may_publish(&registry, &asker, &module).await?;
    registry.catalog().undeprecate(&module, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
