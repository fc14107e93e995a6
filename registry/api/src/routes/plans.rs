//! What modules cost, and what tenants chose.

use super::publish::may_publish;
use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Listing, TenantReading, Visitor, viewer};
use crate::failed::{Failed, at};
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::Viewer;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Instant, decimal_text, parse_decimal};
use toolcrib_registry_client::wire::{ChoosePlan, ChosenPlan, Plan, PlanKind};

/// Digits of a price after the point.
pub(super) const SCALE: u8 = 4;

/// Plans of a module that can be chosen. None: it costs nothing.
#[utoipa::path(get, path = "/v1/modules/{module}/plans", tag = "shelf", params(("module" = String, Path, description = "Name")),
    responses((status = 200, body = Vec<Plan>)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn plans(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At(module): At<String>,
) -> Result<Json<Vec<Plan>>, Failed> {
    registry.catalog().module(&viewer(person.as_ref()), &module).await?;
    Ok(Json(registry.catalog().plans(&module).await?.into_iter().map(shown).collect()))
}

/// Adds a plan. By the provider's people.
#[utoipa::path(post, path = "/v1/modules/{module}/plans", tag = "shelf", params(("module" = String, Path, description = "Name")),
    request_body = Plan, responses((status = 201, body = Plan)), security(("person" = []), ("token" = ["listing"])))]
pub async fn new_plan(
    State(registry): State<Registry>,
    asker: Acting<Listing>,
    At(module): At<String>,
    JsonBody(plan): JsonBody<Plan>,
) -> Result<(StatusCode, Json<Plan>), Failed> {
    may_publish(&registry, &asker, &module).await?;
    let price_e4 = parse_decimal(&plan.price, SCALE);
    let price_e4 = price_e4.map_err(|error| Problem::input(vec![at("/price", error.to_string())]))?;
    let Plan { code, kind, name, trial_days, readings_months, .. } = plan;
    let kind = match kind {
        PlanKind::Free => toolcrib_catalog::PlanKind::Free,
        PlanKind::Trial => toolcrib_catalog::PlanKind::Trial,
        PlanKind::Monthly => toolcrib_catalog::PlanKind::Monthly,
        PlanKind::PerUse => toolcrib_catalog::PlanKind::PerUse,
    };
    let plan = toolcrib_catalog::Plan { code, kind, name, price_e4, trial_days, readings_months };
    registry.catalog().add_plan(&module, &plan, asker.id(), registry.now(), registry.chance()).await?;
    Ok((StatusCode::CREATED, Json(shown(plan))))
}

/// The plan cannot be chosen any more; who has it keeps it. By the provider's people.
#[utoipa::path(delete, path = "/v1/modules/{module}/plans/{plan}", tag = "shelf",
    params(("module" = String, Path, description = "Name"), ("plan" = String, Path, description = "Code")),
    responses((status = 204, description = "Retired")), security(("person" = []), ("token" = ["listing"])))]
pub async fn retire_plan(
    State(registry): State<Registry>,
    asker: Acting<Listing>,
    At((module, plan)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    may_publish(&registry, &asker, &module).await?;
    registry.catalog().retire_plan(&module, &plan, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the tenant chose, with what it used this month. For everybody who belongs to it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plans", tag = "tenants", params(("tenant" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Vec<ChosenPlan>)), security(("person" = []), ("token" = ["read", "tenant-admin"])))]
pub async fn chosen_plans(
    State(registry): State<Registry>,
    asker: Acting<TenantReading>,
    At(name): At<String>,
) -> Result<Json<Vec<ChosenPlan>>, Failed> {
    let tenant = asker.tenant(&registry, &name, &[]).await?;
    let now = registry.now();
    let chosen = registry.catalog().chosen_plans(&tenant.id, now).await?;
    Ok(Json(chosen.into_iter().map(|chosen| shown_choice(chosen, now)).collect()))
}

/// Chooses a plan and approves the most that a month may cost. By owners and admins, before or after subscribing.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/plans/{module}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    request_body = ChoosePlan, responses((status = 200, body = ChosenPlan)), security(("person" = [])))]
pub async fn choose_plan(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
    JsonBody(ChoosePlan { plan, cap_fen }): JsonBody<ChoosePlan>,
) -> Result<Json<ChosenPlan>, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    registry.catalog().module(&Viewer::default(), &module).await?;
    let now = registry.now();
    let chosen = registry.catalog().choose_plan(&tenant.id, &module, &plan, cap_fen, asker.id(), now).await?;
    Ok(Json(shown_choice(chosen, now)))
}

fn shown(plan: toolcrib_catalog::Plan) -> Plan {
    let kind = match plan.kind {
        toolcrib_catalog::PlanKind::Free => PlanKind::Free,
        toolcrib_catalog::PlanKind::Trial => PlanKind::Trial,
        toolcrib_catalog::PlanKind::Monthly => PlanKind::Monthly,
        toolcrib_catalog::PlanKind::PerUse => PlanKind::PerUse,
    };
    let price = decimal_text(plan.price_e4, SCALE);
    let toolcrib_catalog::Plan { code, name, trial_days, readings_months, .. } = plan;
    Plan { code, kind, name, price, trial_days, readings_months }
}

fn shown_choice(chosen: toolcrib_catalog::ChosenPlan, now: Instant) -> ChosenPlan {
    ChosenPlan {
        over_cap: chosen.is_over(),
        ended: chosen.has_ended(now),
        module: chosen.module,
        plan: shown(chosen.plan),
        cap_fen: chosen.cap_fen,
        since: chosen.since.to_string(),
        until: chosen.until.map(|until| until.to_string()),
        agreed_by: chosen.agreed_by,
        used: chosen.used,
        used_fen: chosen.used_fen,
    }
}
