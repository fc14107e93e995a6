//! Consent: the page to read, one grant taken back, and everything that was ever agreed to.

use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use toolcrib_registry_client::wire::{Consent, ConsentPage, Revoke, Subscription};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The newest on offer when absent.
    version: Option<String>,
}

/// What a version asks for, by risk and in plain words, with the hash that an agreement may name as `shown`.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/consent/{module}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name"), Asked),
    responses((status = 200, body = ConsentPage)), security(("person" = [])))]
pub async fn page(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
    Params(asked): Params<Asked>,
) -> Result<Json<ConsentPage>, Failed> {
    asker.tenant(&registry, &name, &[]).await?;
    let (page, sha256) = registry.catalog().consent_page(&module, asked.version.as_deref()).await?;
    Ok(Json(ConsentPage { page, sha256 }))
}

/// Takes one optional grant back, at once; the subscription goes on. By owners and admins.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/subscriptions/{module}/revoke", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    request_body = Revoke, responses((status = 200, body = Subscription)), security(("person" = [])))]
pub async fn revoke(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
    JsonBody(revoke): JsonBody<Revoke>,
) -> Result<Json<Subscription>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let now = registry.now();
    let left = registry.catalog().revoke_grant(&tenant.id, &module, &revoke.grant, asker.id(), now).await?;
    let in_force = registry.in_force(left.seq).await?;
    Ok(Json(present::subscription(left, in_force)))
}

/// Every consent of the tenant to a module, oldest first: who agreed when to what, and the page that was shown.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/subscriptions/{module}/history", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    responses((status = 200, body = Vec<Consent>)), security(("person" = [])))]
pub async fn history(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
) -> Result<Json<Vec<Consent>>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let consents = registry.catalog().consents(&tenant.id, &module).await?;
    Ok(Json(consents.into_iter().map(present::consent).collect()))
}

/// Every consent of the tenant to any module, newest first, the newest 200: who agreed when to what, and the page that was
/// shown. By owners and admins, and by auditors whom the factory lets look.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/consents", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Vec<Consent>)), security(("person" = [])))]
pub async fn consents(
    State(registry): State<Registry>,
    asker: Asker,
    At(name): At<String>,
) -> Result<Json<Vec<Consent>>, Failed> {
    let tenant =
        asker.sees_tenant(&registry, &name, &["owner", "admin"], &format!("/v1/tenants/{name}/consents")).await?;
    let consents = registry.catalog().consents_of(&tenant.id).await?;
    Ok(Json(consents.into_iter().map(present::consent).collect()))
}
