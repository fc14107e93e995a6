//! Staged rollouts, by the module's provider and by administrators of the marketplace.

use crate::body::JsonBody;
use crate::caller::{Asker, Host};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{CatalogError, Health, RINGS_USUAL, ROLLOUT_STEP_S, RolledBack};
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::{HealthReport, NewRollout, Rollout, RolloutAction, Stayed, SteerRollout, Steered};

/// Rolls a version out ring by ring, from now on or from its approval on. It halts by itself when too many calls fail.
#[utoipa::path(post, path = "/v1/modules/{module}/rollouts", tag = "rollouts", params(("module" = String, Path, description = "Name")),
    request_body = NewRollout, responses((status = 201, body = Rollout)), security(("person" = [])))]
pub async fn start(
    State(registry): State<Registry>,
    asker: Asker,
    At(module): At<String>,
    JsonBody(new): JsonBody<NewRollout>,
) -> Result<(StatusCode, Json<Rollout>), Failed> {
    may_steer(&registry, &asker, &module).await?;
    let NewRollout { version, rings, step_s } = new;
    let (rings, step_s) = (rings.unwrap_or_else(|| RINGS_USUAL.to_vec()), step_s.unwrap_or(ROLLOUT_STEP_S));
    let (catalog, now) = (registry.catalog(), registry.now());
    catalog.start_rollout(&module, &version, (&rings, step_s), asker.id(), now).await?;
    Ok((StatusCode::CREATED, Json(find(&registry, &module, &version).await?)))
}

/// Rollouts of a module, the newest first.
#[utoipa::path(get, path = "/v1/modules/{module}/rollouts", tag = "rollouts", params(("module" = String, Path, description = "Name")),
    responses((status = 200, body = Vec<Rollout>)), security(("person" = [])))]
pub async fn rollouts(
    State(registry): State<Registry>,
    asker: Asker,
    At(module): At<String>,
) -> Result<Json<Vec<Rollout>>, Failed> {
    if asker.0.marketplace_role().is_none() {
        may_steer(&registry, &asker, &module).await?;
    }
    let all = registry.catalog().rollouts(&module).await?;
    Ok(Json(all.into_iter().map(present::rollout).collect()))
}

/// Advances, halts, resumes or rolls back a rollout, each in one call. A rollback takes every tenant that took the version
/// back to the one before, and names those whose data keeps them.
#[utoipa::path(post, path = "/v1/modules/{module}/rollouts/{version}/steer", tag = "rollouts",
    params(("module" = String, Path, description = "Name"), ("version" = String, Path, description = "Semantic version")),
    request_body = SteerRollout, responses((status = 200, body = Steered)), security(("person" = [])))]
pub async fn steer(
    State(registry): State<Registry>,
    asker: Asker,
    At((module, version)): At<(String, String)>,
    JsonBody(steer): JsonBody<SteerRollout>,
) -> Result<Json<Steered>, Failed> {
    may_steer(&registry, &asker, &module).await?;
    let (catalog, by, now) = (registry.catalog(), asker.id(), registry.now());
    let only = |seq| RolledBack { seq, ..RolledBack::default() };
    let done = match steer.action {
        RolloutAction::Advance => only(catalog.advance_rollout(&module, &version, by, now).await?),
        RolloutAction::Halt => only(catalog.halt_rollout(&module, &version, &steer.why, by, now).await?),
        RolloutAction::Resume => only(catalog.resume_rollout(&module, &version, by, now).await?),
        RolloutAction::RollBack => catalog.roll_back_rollout(&module, &version, &steer.why, by, now).await?,
    };
    let RolledBack { tenants, stayed, seq } = done;
    let stayed = stayed.into_iter().map(|(tenant, why)| Stayed { tenant, why }).collect();
    let in_force = registry.in_force(seq).await?;
    Ok(Json(Steered { rollout: find(&registry, &module, &version).await?, tenants, stayed, in_force }))
}

/// Counts of a host since its last report, by version; nothing of any tenant. A running rollout whose calls fail too often
/// halts.
#[utoipa::path(post, path = "/v1/hosts/health", tag = "hosts", request_body = HealthReport,
    responses((status = 204, description = "Added")), security(("host" = [])))]
pub async fn health(
    State(registry): State<Registry>,
    Host(host): Host,
    JsonBody(report): JsonBody<HealthReport>,
) -> Result<StatusCode, Failed> {
    let counts = report.modules.into_iter().map(|one| Health {
        module: one.module,
        version: one.version,
        invocations: one.invocations,
        faults: one.faults,
    });
    let counts: Vec<_> = counts.collect();
    registry.catalog().record_health(&host, &counts, registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(registry: &Registry, module: &str, version: &str) -> Result<Rollout, Failed> {
    let all = registry.catalog().rollouts(module).await?;
    let found = all.into_iter().find(|rollout| rollout.version == version).map(present::rollout);
    Ok(found.ok_or(CatalogError::NotFound("rollout"))?)
}

/// People of the provider and administrators of the marketplace. A module that they may not even see is absent.
async fn may_steer(registry: &Registry, asker: &Asker, module: &str) -> Result<(), Failed> {
    let org = registry.catalog().provider(module).await?;
    if asker.0.org_role(&org).is_some() || asker.is_marketplace_admin() {
        return Ok(());
    }
    registry.catalog().module(&asker.viewer(), module).await?;
    Err(NOT_ALLOWED.because(format!("`{module}` belongs to `{org}`")).into())
}
