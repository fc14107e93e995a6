//! Kits: a firm's set-up for others. What a factory published, what it may take over, and who took it over.

use crate::body::{JsonBody, parse, read};
use crate::caller::{Acting, Asker, TenantReading};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use toolcrib_programme::kit;
use toolcrib_registry_client::wire::{Adoption, KitPage, KitRow, Kits, NewAdoption, NewKit};
use toolcrib_trust::hosted::HOSTED_BYTES;

/// Who looks after a factory.
const DECIDERS: [&str; 2] = ["owner", "admin"];
/// A kit's envelope stands inside JSON.
const NEW_KIT_BYTES: usize = HOSTED_BYTES + (64 << 10);

/// Kits that the factory published, and those that it may take over. For everybody who belongs to it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/kits", tag = "kits",
    params(("tenant" = String, Path, description = "Id or slug")), responses((status = 200, body = Kits)),
    security(("person" = []), ("token" = ["read", "tenant-admin"])))]
pub async fn kits(
    State(registry): State<Registry>,
    asker: Acting<TenantReading>,
    At(name): At<String>,
) -> Result<Json<Kits>, Failed> {
    let tenant = asker.tenant(&registry, &name, &[]).await?;
    let own = kit::own(registry.catalog(), &tenant.id).await?;
    let offered = kit::offered(registry.catalog(), &tenant).await?;
    let own = own.into_iter().map(|row| present::kit(row, true)).collect();
    Ok(Json(Kits { own, offered: offered.into_iter().map(|row| present::kit(row, false)).collect() }))
}

/// Publishes a kit that a host of this marketplace made and signed. The same kit again changes nothing. By owners and
/// admins of the factory that it comes from.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/kits", tag = "kits",
    params(("tenant" = String, Path, description = "Id or slug")), request_body = NewKit,
    responses((status = 201, body = KitRow)), security(("person" = [])))]
pub async fn publish_kit(
    State(registry): State<Registry>,
    asker: Asker,
    At(name): At<String>,
    request: Request,
) -> Result<(StatusCode, Json<KitRow>), Failed> {
    let tenant = asker.tenant(&registry, &name, &DECIDERS).await?;
    let (parts, body) = request.into_parts();
    let NewKit { envelope, tenants, segments } = parse(&read(parts.headers, body, NEW_KIT_BYTES).await?)?;
    let new = kit::NewKit { envelope, tenants, segments };
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let row = kit::publish(catalog, &tenant, &new, asker.id(), now, chance).await?;
    Ok((StatusCode::CREATED, Json(present::kit(row, true))))
}

/// A kit of the factory, or one that it may take over, with what proves it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/kits/{kit}", tag = "kits",
    params(("tenant" = String, Path, description = "Id or slug"), ("kit" = String, Path, description = "Id")),
    responses((status = 200, body = KitPage)), security(("person" = []), ("token" = ["read", "tenant-admin"])))]
pub async fn kit_page(
    State(registry): State<Registry>,
    asker: Acting<TenantReading>,
    At((name, id)): At<(String, String)>,
) -> Result<Json<KitPage>, Failed> {
    let tenant = asker.tenant(&registry, &name, &[]).await?;
    let (row, envelope, key) = kit::page(registry.catalog(), &tenant, &id).await?;
    let own = row.tenant == tenant.id;
    Ok(Json(KitPage { row: present::kit(row, own), envelope, key }))
}

/// Nobody takes the kit over any more; who did keeps what they have. By owners and admins of its factory.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/kits/{kit}", tag = "kits",
    params(("tenant" = String, Path, description = "Id or slug"), ("kit" = String, Path, description = "Id")),
    responses((status = 204, description = "Withdrawn")), security(("person" = [])))]
pub async fn withdraw_kit(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, id)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &DECIDERS).await?;
    kit::withdraw(registry.catalog(), &tenant, &id, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who took a kit over, and what changed for them. For the factory that it comes from.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/kits/{kit}/adoptions", tag = "kits",
    params(("tenant" = String, Path, description = "Id or slug"), ("kit" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<Adoption>)), security(("person" = []), ("token" = ["read", "tenant-admin"])))]
pub async fn adoptions(
    State(registry): State<Registry>,
    asker: Acting<TenantReading>,
    At((name, id)): At<(String, String)>,
) -> Result<Json<Vec<Adoption>>, Failed> {
    let tenant = asker.tenant(&registry, &name, &[]).await?;
    let rows = kit::adoptions(registry.catalog(), &tenant.id, &id, registry.now()).await?;
    Ok(Json(rows.into_iter().map(present::adoption).collect()))
}

/// Notes that the factory took a kit over. Said again, the larger figures count. By its owners and admins.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/kits/{kit}/adoptions", tag = "kits",
    params(("tenant" = String, Path, description = "Id or slug"), ("kit" = String, Path, description = "Id")),
    request_body = NewAdoption, responses((status = 204, description = "Noted")), security(("person" = [])))]
pub async fn adopt_kit(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, id)): At<(String, String)>,
    JsonBody(NewAdoption { sha256, subscribed, made }): JsonBody<NewAdoption>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &DECIDERS).await?;
    let new = kit::NewAdoption { sha256, subscribed, made };
    kit::adopted(registry.catalog(), &tenant, &id, &new, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
