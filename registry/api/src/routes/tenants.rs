//! Tenants.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, TenantReading};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_registry_client::wire::{NewTenant, Tenant};

/// Adds a workspace to an SME. By its owners and by administrators of the marketplace.
#[utoipa::path(post, path = "/v1/tenants", tag = "tenants", request_body = NewTenant, responses((status = 201, body = Tenant)), security(("person" = [])))]
pub async fn new_tenant(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(new): JsonBody<NewTenant>,
) -> Result<(StatusCode, Json<Tenant>), Failed> {
    if !asker.is_marketplace_admin() {
        asker.needs_org(&new.org, &["owner"])?;
    }
    let NewTenant { org, slug, name, time_zone } = new;
    let new = toolcrib_catalog::NewTenant { org, slug, name, time_zone };
    let (tenant, seq) = registry.catalog().add_tenant(&new, asker.id(), registry.now(), registry.chance()).await?;
    registry.in_force(seq).await?;
    Ok((StatusCode::CREATED, Json(present::tenant(tenant))))
}

/// A tenant that the caller belongs to.
#[utoipa::path(get, path = "/v1/tenants/{tenant}", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Tenant)), security(("person" = []), ("token" = ["read", "tenant-admin"])))]
pub async fn tenant(
    State(registry): State<Registry>,
    asker: Acting<TenantReading>,
    At(name): At<String>,
) -> Result<Json<Tenant>, Failed> {
    Ok(Json(present::tenant(asker.tenant(&registry, &name, &[]).await?)))
}
