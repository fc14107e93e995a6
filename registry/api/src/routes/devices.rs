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
use toolcrib_contract::json::InputError;
use toolcrib_registry_client::wire::{Device, NewCertificate, NewDevice};
use toolcrib_trust::certificate;

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

/// Switches a device off: no host lets it in, and its connections end. It keeps its name, readings, token and certificate.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/devices/{device}/disable", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("device" = String, Path, description = "Id")),
    responses((status = 200, body = Device)), security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn disable_device(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At((name, device)): At<(String, String)>,
) -> Result<Json<Device>, Failed> {
    switch(&registry, &asker, &name, &device, false).await
}

/// Switches a device on again.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/devices/{device}/enable", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("device" = String, Path, description = "Id")),
    responses((status = 200, body = Device)), security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn enable_device(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At((name, device)): At<(String, String)>,
) -> Result<Json<Device>, Failed> {
    switch(&registry, &asker, &name, &device, true).await
}

async fn switch(
    registry: &Registry,
    asker: &Acting<TenantAdmin>,
    name: &str,
    device: &str,
    on: bool,
) -> Result<Json<Device>, Failed> {
    let tenant = asker.tenant(registry, name, &["owner", "admin"]).await?;
    let device = DeviceId::parse(device).ok_or(CatalogError::NotFound("device"))?;
    let switched = registry.catalog().switch_device(&tenant.id, &device, on, asker.id(), registry.now()).await?;
    let (device, seq) = switched;
    registry.in_force(seq).await?;
    Ok(Json(present::device(device, None)))
}

/// Gives a device a client certificate, with which it signs in over MQTT with TLS instead of its token.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/devices/{device}/certificate", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("device" = String, Path, description = "Id")),
    request_body = NewCertificate, responses((status = 200, body = Device)), security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn certify_device(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At((name, device)): At<(String, String)>,
    JsonBody(new): JsonBody<NewCertificate>,
) -> Result<Json<Device>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let device = DeviceId::parse(&device).ok_or(CatalogError::NotFound("device"))?;
    let print = certificate::fingerprint(&new.pem).map_err(|error| {
        CatalogError::Input(vec![InputError { pointer: "/pem".to_owned(), message: error.to_string() }])
    })?;
    let (catalog, now) = (registry.catalog(), registry.now());
    let (device, seq) = catalog.certify_device(&tenant.id, &device, Some(&print), asker.id(), now).await?;
    registry.in_force(seq).await?;
    Ok(Json(present::device(device, None)))
}

/// Takes a device's client certificate away. Its token still counts.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/devices/{device}/certificate", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("device" = String, Path, description = "Id")),
    responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn uncertify_device(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At((name, device)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let device = DeviceId::parse(&device).ok_or(CatalogError::NotFound("device"))?;
    let (_, seq) = registry.catalog().certify_device(&tenant.id, &device, None, asker.id(), registry.now()).await?;
    registry.done(seq).await
}
