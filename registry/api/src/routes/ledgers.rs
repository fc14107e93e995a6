//! The ledgers of programmes, for the authority: entries, balances, closing months, proving it, and taking it elsewhere.

use super::programmes::watched;
use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::programme::{programme_id, show};
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use toolcrib_catalog::CatalogError;
use toolcrib_contract::problem::INTERNAL;
use toolcrib_programme::{LEDGER_PAGE, ProgrammeError};
use toolcrib_registry_client::wire::{ClosePeriod, LedgerPage, LedgerProof, Period, Posting};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// Number of the last entry that is known.
    after: i64,
}

/// Entries of a programme's ledger, oldest first, at most 200.
#[utoipa::path(get, path = "/v1/ledgers/{programme}", tag = "ledgers",
    params(("programme" = String, Path, description = "Id"), After),
    responses((status = 200, body = LedgerPage)), security(("person" = []), ("token" = ["read"])))]
pub async fn ledger(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
    Params(After { after }): Params<After>,
) -> Result<Json<LedgerPage>, Failed> {
    let id = watched(&registry, &asker, &id, "ledger").await?;
    let entries = registry.programmes().ledger(&id, after).await?;
    let full = i64::try_from(entries.len()).is_ok_and(|entries| entries == LEDGER_PAGE);
    let next = entries.last().filter(|_| full).map(|entry| entry.number);
    Ok(Json(LedgerPage { entries: entries.into_iter().map(show::entry).collect(), next }))
}

/// What the postings of each account add up to.
#[utoipa::path(get, path = "/v1/ledgers/{programme}/balances", tag = "ledgers",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<Posting>)), security(("person" = []), ("token" = ["read"])))]
pub async fn balances(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<Vec<Posting>>, Failed> {
    let id = watched(&registry, &asker, &id, "balances").await?;
    Ok(Json(show::postings(registry.programmes().balances(&id).await?)))
}

/// Closed months, the newest first.
#[utoipa::path(get, path = "/v1/ledgers/{programme}/periods", tag = "ledgers",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<Period>)), security(("person" = []), ("token" = ["read"])))]
pub async fn periods(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<Vec<Period>>, Failed> {
    let id = watched(&registry, &asker, &id, "periods").await?;
    Ok(Json(registry.programmes().periods(&id).await?.into_iter().map(show::period).collect()))
}

/// Closes a month that is over: nothing is booked in it, or before it, any more. By officials.
#[utoipa::path(post, path = "/v1/ledgers/{programme}/periods", tag = "ledgers",
    params(("programme" = String, Path, description = "Id")), request_body = ClosePeriod,
    responses((status = 201, body = Period)), security(("person" = [])))]
pub async fn close_period(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(close): JsonBody<ClosePeriod>,
) -> Result<(StatusCode, Json<Period>), Failed> {
    let (id, programmes) = (programme_id(&id)?, registry.programmes());
    asker.needs_official(&programmes.authority_of(&id).await?)?;
    programmes.close_period(&id, &close.period, asker.id(), registry.now()).await?;
    let newest = programmes.periods(&id).await?.into_iter().next().ok_or(CatalogError::NotFound("closed month"))?;
    Ok((StatusCode::CREATED, Json(show::period(newest))))
}

/// Reads the whole ledger and checks that every entry follows from the one before, adds up to nought, and that all of them
/// come to the balances. A break is an `internal` problem that names its place.
#[utoipa::path(get, path = "/v1/ledgers/{programme}/verify", tag = "ledgers",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = LedgerProof)), security(("person" = []), ("token" = ["read"])))]
pub async fn verify_ledger(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<LedgerProof>, Failed> {
    let id = watched(&registry, &asker, &id, "verify").await?;
    let (entries, hash) = match registry.programmes().verify_ledger(&id).await {
        // Who asks came to know exactly this.
        Err(ProgrammeError::Catalog(CatalogError::Damaged(what))) => return Err(INTERNAL.because(what).into()),
        read => read?,
    };
    Ok(Json(LedgerProof { entries, hash }))
}

/// The ledger as a journal of hledger, a tool for plain-text accounting: at most 20,000 entries after a number.
#[utoipa::path(get, path = "/v1/ledgers/{programme}/journal", tag = "ledgers",
    params(("programme" = String, Path, description = "Id"), After),
    responses((status = 200, body = String, content_type = "text/plain")),
    security(("person" = []), ("token" = ["read"])))]
pub async fn journal(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
    Params(After { after }): Params<After>,
) -> Result<impl IntoResponse, Failed> {
    let id = watched(&registry, &asker, &id, "journal").await?;
    let text = registry.programmes().journal(&id, after).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}
