//! People of organisations and tenants.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, TenantAdmin};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{CatalogError, OFFICIAL, PersonId, Tenant};
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::{Member, NewMember};

/// Adds a person to an organisation, or changes their role. By its owners, in the marketplace by its
/// administrators, in an authority by its officials.
#[utoipa::path(post, path = "/v1/orgs/{org}/members", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    request_body = NewMember, responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = [])))]
pub async fn new_org_member(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    JsonBody(new): JsonBody<NewMember>,
) -> Result<StatusCode, Failed> {
    asker.needs_org(&org, &["owner", "admin", OFFICIAL])?;
    let person = registry.new_person(&new, "").await?;
    let (now, chance) = (registry.now(), registry.chance());
    let seq = registry.catalog().set_org_member(&org, &person, &new.role, asker.id(), now, chance).await?;
    registry.done(seq).await
}

/// Adds a person to a tenant, or changes their role. By its owners and admins; only owners make or unmake owners.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/members", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    request_body = NewMember, responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = [])))]
pub async fn new_member(
    State(registry): State<Registry>,
    asker: Asker,
    At(name): At<String>,
    JsonBody(new): JsonBody<NewMember>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let known = registry.catalog().credentials(&new.email).await?.map(|(person, _)| person);
    needs_owner_for_owners(&registry, &asker, &tenant, known.as_ref(), Some(&new.role)).await?;
    let person = registry.new_person(&new, "").await?;
    let (now, chance) = (registry.now(), registry.chance());
    let seq = registry.catalog().set_tenant_member(&tenant.id, &person, &new.role, asker.id(), now, chance).await?;
    registry.done(seq).await
}

/// People of a tenant, for its owners and admins.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/members", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Vec<Member>)), security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn members(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At(name): At<String>,
) -> Result<Json<Vec<Member>>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let members = registry.catalog().tenant_members(&tenant.id).await?;
    Ok(Json(members.into_iter().map(present::member).collect()))
}

/// Takes a person out of a tenant.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/members/{person}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("person" = String, Path, description = "Id")),
    responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = []), ("token" = ["tenant-admin"])))]
pub async fn remove_member(
    State(registry): State<Registry>,
    asker: Acting<TenantAdmin>,
    At((name, person)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    let person = PersonId::parse(&person).ok_or(CatalogError::NotFound("member"))?;
    needs_owner_for_owners(&registry, &asker, &tenant, Some(&person), None).await?;
    let seq = registry.catalog().remove_tenant_member(&tenant.id, &person, asker.id(), registry.now()).await?;
    registry.done(seq).await
}

/// An admin may not lift anybody above themselves, nor touch who stands there.
async fn needs_owner_for_owners(
    registry: &Registry,
    asker: &Asker,
    tenant: &Tenant,
    person: Option<&PersonId>,
    role: Option<&str>,
) -> Result<(), Failed> {
    if asker.0.tenant_role(tenant.id.as_str()) == Some("owner") {
        return Ok(());
    }
    let members = registry.catalog().tenant_members(&tenant.id).await?;
    let is_owner = members.iter().any(|member| Some(&member.id) == person && member.role == "owner");
    if is_owner || role == Some("owner") {
        return Err(NOT_ALLOWED.because("only owners make or unmake owners").into());
    }
    Ok(())
}
