//! Words by which modules are found, and those of one module.

use super::publish::may_publish;
use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Listing, Visitor, viewer};
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{CatalogError, TagKind};
use toolcrib_contract::manifest::Words;
use toolcrib_registry_client::wire::{ModuleTags, PutSegment, PutTag, Segment, Tag};

/// The tree of industry segments, by code: manufacturing divisions of GB/T 4754-2017 and what the marketplace made of
/// them.
#[utoipa::path(get, path = "/v1/segments", tag = "shelf", responses((status = 200, body = Vec<Segment>)),
    security((), ("person" = []), ("token" = ["read"])))]
pub async fn segments(State(registry): State<Registry>, _: Visitor) -> Result<Json<Vec<Segment>>, Failed> {
    let row = |segment: toolcrib_catalog::Segment| Segment {
        code: segment.code,
        parent: segment.parent,
        name: Words { zh: segment.zh, en: segment.en },
        retired: segment.retired,
    };
    Ok(Json(registry.catalog().segments().await?.into_iter().map(row).collect()))
}

/// Adds a segment, or renames, moves or retires it. By administrators of the marketplace.
#[utoipa::path(put, path = "/v1/segments/{segment}", tag = "shelf", params(("segment" = String, Path, description = "Code")),
    request_body = PutSegment, responses((status = 204, description = "Done")), security(("person" = [])))]
pub async fn put_segment(
    State(registry): State<Registry>,
    asker: Asker,
    At(code): At<String>,
    JsonBody(PutSegment { parent, name, retired }): JsonBody<PutSegment>,
) -> Result<StatusCode, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let (by, now) = (asker.id(), registry.now());
    registry.catalog().put_segment(&code, parent.as_deref(), &name, retired, by, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Words for problems and kinds of equipment.
#[utoipa::path(get, path = "/v1/tags", tag = "shelf", responses((status = 200, body = Vec<Tag>)),
    security((), ("person" = []), ("token" = ["read"])))]
pub async fn tags(State(registry): State<Registry>, _: Visitor) -> Result<Json<Vec<Tag>>, Failed> {
    let row = |tag: toolcrib_catalog::Tag| Tag {
        kind: if tag.kind == TagKind::Problem { "problem" } else { "equipment" }.to_owned(),
        code: tag.code,
        name: Words { zh: tag.zh, en: tag.en },
        retired: tag.retired,
    };
    Ok(Json(registry.catalog().tags().await?.into_iter().map(row).collect()))
}

/// Adds a tag, or renames or retires it. By administrators of the marketplace.
#[utoipa::path(put, path = "/v1/tags/{kind}/{tag}", tag = "shelf",
    params(("kind" = String, Path, description = "`problem` or `equipment`"), ("tag" = String, Path, description = "Code")),
    request_body = PutTag, responses((status = 204, description = "Done")), security(("person" = [])))]
pub async fn put_tag(
    State(registry): State<Registry>,
    asker: Asker,
    At((kind, code)): At<(String, String)>,
    JsonBody(PutTag { name, retired }): JsonBody<PutTag>,
) -> Result<StatusCode, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let kind = match kind.as_str() {
        "problem" => TagKind::Problem,
        "equipment" => TagKind::Equipment,
        _ => return Err(CatalogError::NotFound("kind of tags").into()),
    };
    registry.catalog().put_tag(kind, &code, &name, retired, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the provider tagged the module with.
#[utoipa::path(get, path = "/v1/modules/{module}/tags", tag = "shelf", params(("module" = String, Path, description = "Name")),
    responses((status = 200, body = ModuleTags)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn module_tags(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At(module): At<String>,
) -> Result<Json<ModuleTags>, Failed> {
    registry.catalog().module(&viewer(person.as_ref()), &module).await?;
    let tags = registry.catalog().module_tags(&module).await?;
    let list = |codes: std::collections::BTreeSet<String>| codes.into_iter().collect();
    let (segments, problems, equipment) = (list(tags.segments), list(tags.problems), list(tags.equipment));
    Ok(Json(ModuleTags { segments, problems, equipment }))
}

/// Tags the module with exactly these. By the provider's people.
#[utoipa::path(put, path = "/v1/modules/{module}/tags", tag = "shelf", params(("module" = String, Path, description = "Name")),
    request_body = ModuleTags, responses((status = 204, description = "Done")), security(("person" = []), ("token" = ["listing"])))]
pub async fn set_module_tags(
    State(registry): State<Registry>,
    asker: Acting<Listing>,
    At(module): At<String>,
    JsonBody(tags): JsonBody<ModuleTags>,
) -> Result<StatusCode, Failed> {
    may_publish(&registry, &asker, &module).await?;
    let set = |codes: Vec<String>| codes.into_iter().collect();
    let tags = toolcrib_catalog::ModuleTags {
        segments: set(tags.segments),
        problems: set(tags.problems),
        equipment: set(tags.equipment),
    };
    registry.catalog().set_module_tags(&module, &tags, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
