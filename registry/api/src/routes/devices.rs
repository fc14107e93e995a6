//! Machines and gateways of a tenant.

use crate::body::JsonBody;
use crate::caller::{Acting, TenantAdmin};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{CatalogError, DeviceId};
use toolcrib_registry_client::wire::{Device, NewDevice};

/// Adds a device. Its token is in this answer and nowhere else. By owners and admins.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/devices", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    request_body = NewDevice, responses((status = 201, body = Device)), security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn new_device(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At(name): At<String>,
    JsonBody(new): JsonBody<NewDevice>,
) -> Result<(StatusCode, Json<Device>), Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let (now, chance) = (registry.now(), registry.chance());
    let (device, token, seq) = registry.catalog().add_device(&tenant.id, &new.name, asker.id(), now, chance).await?;
    registry.in_force(seq).await?;
    Ok((StatusCode::CREATED, Json(present::device(device, Some(token)))))
}

/// Devices of a tenant, for its owners and admins.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/devices", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Vec<Device>)), security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn devices(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At(name): At<String>,
) -> Result<Json<Vec<Device>>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let devices = registry.catalog().devices(&tenant.id).await?;
    Ok(Json(devices.into_iter().map(|device| present::device(device, None)).collect()))
}

/// Gives a device another token, which is in this answer and nowhere else. The one before is void.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/devices/{device}/rotate", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("device" = String, Path, description = "Id")),
    responses((status = 200, body = Device)), security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn rotate_device(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At((name, device)): At<(String, String)>,
) -> Result<Json<Device>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let device = DeviceId::parse(&device).ok_or(CatalogError::NotFound("device"))?;
    let (now, chance) = (registry.now(), registry.chance());
    let (device, token, seq) = registry.catalog().rotate_device(&tenant.id, &device, asker.id(), now, chance).await?;
    registry.in_force(seq).await?;
    Ok(Json(present::device(device, Some(token))))
}

/// Removes a device: its token is void.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/devices/{device}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("device" = String, Path, description = "Id")),
    responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn remove_device(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At((name, device)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let device = DeviceId::parse(&device).ok_or(CatalogError::NotFound("device"))?;
    let seq = registry.catalog().remove_device(&tenant.id, &device, asker.id(), registry.now()).await?;
    registry.done(seq).await
}
