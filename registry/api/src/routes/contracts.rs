//! Contracts that both sides signed.

use crate::caller::{Acting, Asker, Reading};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::present::offer as present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_programme::contract;
use toolcrib_registry_client::wire::{Contract, Contracts};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Slug of a party.
    org: Option<String>,
    /// Six digits.
    city: Option<String>,
    /// Id.
    programme: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// Contracts of the caller's organisations, and of the city that they work for; newest first.
#[utoipa::path(get, path = "/v1/contracts", tag = "offers", params(Filter), responses((status = 200, body = Contracts)),
    security(("person" = []), ("token" = ["read"])))]
pub async fn contracts(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(filter): Params<Filter>,
) -> Result<Json<Contracts>, Failed> {
    let Filter { org, city, programme, after, limit } = filter;
    let filter = contract::ContractFilter { org, city, programme, after, limit };
    let (rows, next) = contract::list(registry.catalog(), &asker.0, &filter).await?;
    Ok(Json(Contracts { rows: rows.into_iter().map(present::contract_row).collect(), next }))
}

/// A contract, checked against what was signed. For its parties and the people of its city's authority.
#[utoipa::path(get, path = "/v1/contracts/{contract}", tag = "offers",
    params(("contract" = String, Path, description = "Id")), responses((status = 200, body = Contract)),
    security(("person" = []), ("token" = ["read"])))]
pub async fn contract(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<Contract>, Failed> {
    let contract = contract::contract(registry.catalog(), &id, &asker.0).await?;
    if let Some(city) = contract.row.city.as_ref().filter(|city| asker.0.is_auditor(city)) {
        asker.looks_at(&registry, city, &format!("/v1/contracts/{id}")).await?;
    }
    Ok(Json(present::contract(contract)))
}

/// Refused, always: a signed contract never changes. The problem says what to do instead.
#[utoipa::path(put, path = "/v1/contracts/{contract}/lines/{line}", tag = "offers",
    params(("contract" = String, Path, description = "Id"), ("line" = u32, Path, description = "Number")),
    responses((status = 204, description = "Never")), security(("person" = [])))]
pub async fn change_contract_line(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, line)): At<(String, u32)>,
) -> Result<StatusCode, Failed> {
    match contract::change(registry.catalog(), &id, line, &asker.0).await? {}
}
