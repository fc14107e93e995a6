//! Providers, as everybody may see them.

use super::shelf::card;
use crate::body::JsonBody;
use crate::caller::{Asker, Visitor};
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{SHELF_ROWS, Search};
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire::{About, NewQualification, ProviderPage, Qualification};

/// A provider: what it says of itself, its papers with their last day, its modules.
#[utoipa::path(get, path = "/v1/providers/{org}", tag = "shelf", params(("org" = String, Path, description = "Slug")),
    responses((status = 200, body = ProviderPage)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn provider(
    State(registry): State<Registry>,
    _: Visitor,
    At(slug): At<String>,
) -> Result<Json<ProviderPage>, Failed> {
    let provider = registry.catalog().provider_page(&slug).await?;
    let search = Search { provider: slug, rows: SHELF_ROWS, ..Search::default() };
    let modules = registry.catalog().search(&search).await?.cards;
    let now = registry.now();
    Ok(Json(ProviderPage {
        slug: provider.slug,
        name: provider.name,
        about: provider.about,
        qualifications: provider.qualifications.into_iter().map(|paper| shown(paper, now)).collect(),
        modules: modules.into_iter().map(|found| card(found, now)).collect(),
    }))
}

/// Sets what the provider says of itself. By its owners.
#[utoipa::path(put, path = "/v1/orgs/{org}/about", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    request_body = About, responses((status = 204, description = "Done")), security(("person" = [])))]
pub async fn set_about(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    JsonBody(About { about }): JsonBody<About>,
) -> Result<StatusCode, Failed> {
    asker.needs_org(&org, &["owner"])?;
    registry.catalog().set_about(&org, &about, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a paper to the provider's page. By its owners.
#[utoipa::path(post, path = "/v1/orgs/{org}/qualifications", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    request_body = NewQualification, responses((status = 201, body = Qualification)), security(("person" = [])))]
pub async fn new_qualification(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    JsonBody(new): JsonBody<NewQualification>,
) -> Result<(StatusCode, Json<Qualification>), Failed> {
    asker.needs_org(&org, &["owner"])?;
    let NewQualification { title, issuer, number, valid_until, digest } = new;
    let id = String::new();
    let paper = toolcrib_catalog::Qualification { id, title, issuer, number, valid_until, digest };
    let (now, chance) = (registry.now(), registry.chance());
    let paper = registry.catalog().add_qualification(&org, &paper, asker.id(), now, chance).await?;
    Ok((StatusCode::CREATED, Json(shown(paper, now))))
}

/// Takes a paper from the provider's page. By its owners.
#[utoipa::path(delete, path = "/v1/orgs/{org}/qualifications/{qualification}", tag = "orgs",
    params(("org" = String, Path, description = "Slug"), ("qualification" = String, Path, description = "Id")),
    responses((status = 204, description = "Removed")), security(("person" = [])))]
pub async fn remove_qualification(
    State(registry): State<Registry>,
    asker: Asker,
    At((org, qualification)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    asker.needs_org(&org, &["owner"])?;
    registry.catalog().remove_qualification(&org, &qualification, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(paper: toolcrib_catalog::Qualification, now: Instant) -> Qualification {
    Qualification {
        expired: paper.has_expired(now),
        id: paper.id,
        title: paper.title,
        issuer: paper.issuer,
        number: paper.number,
        valid_until: paper.valid_until,
        digest: paper.digest,
    }
}
