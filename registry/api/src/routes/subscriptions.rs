//! What a tenant checks out.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, TenantReading};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::Agreement;
use toolcrib_registry_client::wire::{Subscribe, Subscription};

/// Subscribes with consent, or changes version or grants. By owners and admins. Where the module has a price, a plan was
/// chosen before.
///
/// `grants` holds every required capability and those optional ones that are wanted. One on another module may be agreed
/// to before that module is subscribed: the host gives nothing of it until then. The answer comes when every connected
/// host has the change in force, or after five seconds with `in_force: false`.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/subscriptions", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    request_body = Subscribe, responses((status = 200, body = Subscription)), security(("person" = [])))]
pub async fn subscribe(
    State(registry): State<Registry>,
    asker: Asker,
    At(name): At<String>,
    JsonBody(subscribe): JsonBody<Subscribe>,
) -> Result<Json<Subscription>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let Subscribe { module, version, grants, scopes, shown } = subscribe;
    let held = registry.catalog().subscriptions(&tenant.id).await?;
    // What is held can always be narrowed, whatever it has cost.
    let keeps = held.iter().any(|held| held.module == module && Some(&held.version) == version.as_ref());
    if !keeps {
        registry.catalog().may_use(&tenant.id, &module, registry.now()).await?;
    }
    let agreement = Agreement { module, version, grants, scopes, shown };
    let made = registry.catalog().subscribe(&tenant.id, &agreement, asker.id(), registry.now()).await?;
    let in_force = registry.in_force(made.seq).await?;
    Ok(Json(present::subscription(made, in_force)))
}

/// What the tenant has checked out, for everybody who belongs to it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/subscriptions", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Vec<Subscription>)), security(("person" = []), ("token" = ["read", "tenant-admin"])))]
pub async fn subscriptions(
    State(registry): State<Registry>,
    asker: Acting<TenantReading>,
    At(name): At<String>,
) -> Result<Json<Vec<Subscription>>, Failed> {
    let tenant = asker.sees_tenant(&registry, &name, &[], &format!("/v1/tenants/{name}/subscriptions")).await?;
    let mut subscriptions = Vec::new();
    for subscription in registry.catalog().subscriptions(&tenant.id).await? {
        let behind = registry.catalog().behind(subscription.seq, registry.now()).await?;
        subscriptions.push(present::subscription(subscription, behind.in_force()));
    }
    Ok(Json(subscriptions))
}

/// Ends a subscription. The data stays, the consent is kept as ended, and the next call is refused.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/subscriptions/{module}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    responses((status = 204, description = "Every connected host refuses the next call"), (status = 202, description = "Some host will refuse it when it is back")),
    security(("person" = [])))]
pub async fn unsubscribe(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let seq = registry.catalog().unsubscribe(&tenant.id, &module, asker.id(), registry.now()).await?;
    registry.catalog().leave_plan(&tenant.id, &module, asker.id(), registry.now()).await?;
    registry.done(seq).await
}
