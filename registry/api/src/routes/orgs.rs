//! Organisations.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading};
use crate::failed::{Failed, at};
use crate::params::{At, Params};
use crate::present;
use crate::registry::Registry;
use crate::routes::queue::MARKETPLACE;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_catalog::{ASSESSOR, AUDITOR, OFFICIAL};
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{NewOrg, Org, OrgKind, OrgRow};
use utoipa::IntoParams;

/// Adds a provider or an SME with its first owner, or a city's authority with its first official. By administrators of the marketplace.
#[utoipa::path(post, path = "/v1/orgs", tag = "orgs", request_body = NewOrg, responses((status = 201, body = Org)), security(("person" = [])))]
pub async fn new_org(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(new): JsonBody<NewOrg>,
) -> Result<(StatusCode, Json<Org>), Failed> {
    asker.needs_marketplace(&["admin"])?;
    let kind = present::stored_kind(new.kind);
    let first = if new.kind == OrgKind::Authority { OFFICIAL } else { "owner" };
    if new.owner.role != first {
        return Err(Problem::input(vec![at("/owner/role", format!("the first person is the `{first}`"))]).into());
    }
    let owner = registry.new_person(&new.owner, "/owner").await?;
    let org = toolcrib_catalog::NewOrg { slug: new.slug.clone(), name: new.name, kind, city: new.city, owner };
    registry.catalog().add_org(&org, asker.id(), registry.now(), registry.chance()).await?;
    Ok((StatusCode::CREATED, Json(present::org(registry.catalog().org(&new.slug).await?))))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    kind: OrgKind,
}

/// Organisations of a kind, by name, at most 500. For the people of the marketplace.
#[utoipa::path(get, path = "/v1/orgs", tag = "orgs", params(Which), responses((status = 200, body = Vec<OrgRow>)), security(("person" = [])))]
pub async fn orgs(
    State(registry): State<Registry>,
    asker: Asker,
    Params(which): Params<Which>,
) -> Result<Json<Vec<OrgRow>>, Failed> {
    asker.needs_marketplace(MARKETPLACE)?;
    let rows = registry.catalog().orgs(present::stored_kind(which.kind), registry.now()).await?;
    Ok(Json(rows.into_iter().map(present::org_row).collect()))
}

/// An organisation and its people, for those who belong to it and for the marketplace.
#[utoipa::path(get, path = "/v1/orgs/{org}", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    responses((status = 200, body = Org)), security(("person" = []), ("token" = ["read"])))]
pub async fn org(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(slug): At<String>,
) -> Result<Json<Org>, Failed> {
    if asker.0.marketplace_role().is_none() {
        asker.needs_org(&slug, &["owner", "member", OFFICIAL, ASSESSOR, AUDITOR])?;
    }
    Ok(Json(present::org(registry.catalog().org(&slug).await?)))
}
