//! Authorities, whom factories let audit, and what auditors looked at.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::present;
use crate::registry::Registry;
use crate::routes::programmes::watched;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_catalog::{AUDITOR, OFFICIAL};
use toolcrib_programme::kit;
use toolcrib_registry_client::wire::{AgreeToAudit, AuditConsent, Authority, KitRow, Look};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Before {
    /// Only looks with a smaller number: the last one of the page before.
    before: Option<u64>,
}

/// Who runs a programme, by city.
#[utoipa::path(get, path = "/v1/authorities", tag = "authorities", responses((status = 200, body = Vec<Authority>)),
    security(("person" = []), ("token" = ["read"])))]
pub async fn authorities(State(registry): State<Registry>, _: Acting<Reading>) -> Result<Json<Vec<Authority>>, Failed> {
    Ok(Json(registry.catalog().authorities().await?.into_iter().map(present::authority).collect()))
}

/// Factories that let the authority's auditors see their own data now. For its auditors and officials.
#[utoipa::path(get, path = "/v1/authorities/{authority}/audited", tag = "authorities",
    params(("authority" = String, Path, description = "Slug, or the city's code")),
    responses((status = 200, body = Vec<AuditConsent>)), security(("person" = [])))]
pub async fn audited(
    State(registry): State<Registry>,
    asker: Asker,
    At(authority): At<String>,
) -> Result<Json<Vec<AuditConsent>>, Failed> {
    let place = asker.needs_authority(&authority, &[AUDITOR, OFFICIAL])?;
    let now = registry.now();
    let found = registry.catalog().audited_by(&place.slug, now).await?;
    Ok(Json(found.into_iter().map(|consent| present::audit_consent(consent, now)).collect()))
}

/// Kits of firms that take part in a programme, newest first, at most 200: what others may learn from. For the authority.
#[utoipa::path(get, path = "/v1/programmes/{programme}/cases", tag = "programmes",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<KitRow>)), security(("person" = []), ("token" = ["read"])))]
pub async fn cases(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<Vec<KitRow>>, Failed> {
    let id = watched(&registry, &asker, &id, "cases").await?;
    let found = kit::cases(registry.catalog(), id.as_str()).await?;
    Ok(Json(found.into_iter().map(|row| present::kit(row, false)).collect()))
}

/// What auditors looked at in the programme, newest first, at most 100. For its auditors and officials.
#[utoipa::path(get, path = "/v1/authorities/{authority}/looks", tag = "authorities",
    params(("authority" = String, Path, description = "Slug, or the city's code"), Before),
    responses((status = 200, body = Vec<Look>)), security(("person" = [])))]
pub async fn authority_looks(
    State(registry): State<Registry>,
    asker: Asker,
    At(authority): At<String>,
    Params(page): Params<Before>,
) -> Result<Json<Vec<Look>>, Failed> {
    let place = asker.needs_authority(&authority, &[AUDITOR, OFFICIAL])?;
    let found = registry.catalog().looked_at(&place.slug, page.before).await?;
    Ok(Json(found.into_iter().map(present::look).collect()))
}

/// What one looked at as an auditor, newest first, at most 100.
#[utoipa::path(get, path = "/v1/me/looks", tag = "authorities", params(Before),
    responses((status = 200, body = Vec<Look>)), security(("person" = [])))]
pub async fn my_looks(
    State(registry): State<Registry>,
    asker: Asker,
    Params(page): Params<Before>,
) -> Result<Json<Vec<Look>>, Failed> {
    let found = registry.catalog().looks(asker.id(), page.before).await?;
    Ok(Json(found.into_iter().map(present::look).collect()))
}

/// Whom a factory lets see its own data, newest first, with what has ended. By owners and admins.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/audits", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Vec<AuditConsent>)), security(("person" = [])))]
pub async fn audits(
    State(registry): State<Registry>,
    asker: Asker,
    At(name): At<String>,
) -> Result<Json<Vec<AuditConsent>>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let now = registry.now();
    let found = registry.catalog().audit_consents(&tenant.id).await?;
    Ok(Json(found.into_iter().map(|consent| present::audit_consent(consent, now)).collect()))
}

/// Lets auditors of an authority see the factory's own data for some days; instead of the consent before, where there is
/// one. By owners.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/audits/{authority}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("authority" = String, Path, description = "Slug")),
    request_body = AgreeToAudit, responses((status = 204)), security(("person" = [])))]
pub async fn agree_to_audit(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, authority)): At<(String, String)>,
    JsonBody(agree): JsonBody<AgreeToAudit>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner"]).await?;
    let (days, now) = (i64::from(agree.days), registry.now());
    registry.catalog().consent_to_audit(&tenant.id, &authority, days, asker.id(), now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the consent back. By owners and admins.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/audits/{authority}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("authority" = String, Path, description = "Slug")),
    responses((status = 204)), security(("person" = [])))]
pub async fn end_audit(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, authority)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    registry.catalog().end_audit_consent(&tenant.id, &authority, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who looked at a factory's own data and at what, newest first, at most 100. By owners and admins.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/looks", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), Before),
    responses((status = 200, body = Vec<Look>)), security(("person" = [])))]
pub async fn tenant_looks(
    State(registry): State<Registry>,
    asker: Asker,
    At(name): At<String>,
    Params(page): Params<Before>,
) -> Result<Json<Vec<Look>>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let found = registry.catalog().looked_at(tenant.id.as_str(), page.before).await?;
    Ok(Json(found.into_iter().map(present::look).collect()))
}
