//! New versions of what a tenant has checked out, and the way back.

use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::Agreement;
use toolcrib_registry_client::wire::{AgreeToUpgrade, SetPolicy, Subscription, Upgrade};

/// The newest version that the tenant may take, and only what it asks for beyond the consent. The old one runs meanwhile.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/subscriptions/{module}/upgrade", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    responses((status = 200, body = Upgrade)), security(("person" = [])))]
pub async fn upgrade(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
) -> Result<Json<Upgrade>, Failed> {
    let tenant = asker.tenant(&registry, &name, &[]).await?;
    Ok(Json(present::upgrade(registry.catalog().upgrade(&tenant.id, &module, registry.now()).await?)))
}

/// Agrees to the difference. By owners and admins.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/subscriptions/{module}/upgrade", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    request_body = AgreeToUpgrade, responses((status = 200, body = Subscription)), security(("person" = [])))]
pub async fn agree(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
    JsonBody(agree): JsonBody<AgreeToUpgrade>,
) -> Result<Json<Subscription>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let AgreeToUpgrade { version, grants, scopes, shown } = agree;
    let agreement = Agreement { module, version, grants, scopes, shown };
    let made = registry.catalog().agree_to_upgrade(&tenant.id, &agreement, asker.id(), registry.now()).await?;
    let in_force = registry.in_force(made.seq).await?;
    Ok(Json(present::subscription(made, in_force)))
}

/// Says how new versions are taken: by themselves inside the consent, or only when somebody agrees; or not at all while
/// pinned. What may be taken by itself is taken now. By owners and admins.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/subscriptions/{module}/policy", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    request_body = SetPolicy, responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = [])))]
pub async fn set_policy(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
    JsonBody(set): JsonBody<SetPolicy>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let uptake = present::stored_uptake(set);
    let seq = registry.catalog().set_uptake(&tenant.id, &module, uptake, asker.id(), registry.now()).await?;
    registry.done(seq).await
}

/// Back to the version before, and pinned there, in one call. Refused with the reason when rows that were written since
/// cannot be read by the older version. By owners and admins.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/subscriptions/{module}/rollback", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    responses((status = 200, body = Subscription)), security(("person" = [])))]
pub async fn roll_back(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
) -> Result<Json<Subscription>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let back = registry.catalog().roll_back(&tenant.id, &module, asker.id(), registry.now()).await?;
    let in_force = registry.in_force(back.seq).await?;
    Ok(Json(present::subscription(back, in_force)))
}
