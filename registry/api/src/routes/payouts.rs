//! What providers get of what the marketplace billed: fees, payments, earnings, payouts.

use super::queue::MARKETPLACE;
use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading};
use crate::failed::{Failed, at};
use crate::params::{At, Params};
use crate::present::{invoice as shown, payout as present};
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_catalog::CatalogError;
use toolcrib_contract::problem::Problem;
use toolcrib_programme::payout::{self, NewPaid, PayoutFilter};
use toolcrib_programme::{Fen, Month, billing, read_day};
use toolcrib_registry_client::wire::{
    Earnings, MakePayouts, NewPlatformFee, NotePaid, NotePaidOut, Payout, Payouts, PayoutsMade, PlatformFee,
    PlatformInvoice,
};
use utoipa::IntoParams;

fn month(pointer: &str, text: &str) -> Result<Month, Failed> {
    Month::parse(text).ok_or_else(|| Problem::input(vec![at(pointer, "a month looks like 2026-11")]).into())
}

/// Whoever belongs to the organisation, or works for the marketplace.
fn may_see(asker: &Asker, org: &str) -> Result<(), Failed> {
    let belongs = asker.0.org_role(org).is_some() || asker.0.marketplace_role().is_some();
    if belongs { Ok(()) } else { Err(CatalogError::NotFound("organisation").into()) }
}

async fn fees(registry: &Registry) -> Result<Vec<PlatformFee>, Failed> {
    Ok(payout::fees(registry.catalog()).await?.into_iter().map(present::fee).collect())
}

/// The marketplace's part of what modules earn, the latest rate first. For everybody who is signed in.
#[utoipa::path(get, path = "/v1/platform-fees", tag = "invoices", responses((status = 200, body = Vec<PlatformFee>)),
    security(("person" = []), ("token" = ["read"])))]
pub async fn platform_fees(
    State(registry): State<Registry>,
    _: Acting<Reading>,
) -> Result<Json<Vec<PlatformFee>>, Failed> {
    Ok(Json(fees(&registry).await?))
}

/// Sets the rate of invoices for a month that has not begun, and for later ones. By administrators of the marketplace.
#[utoipa::path(post, path = "/v1/platform-fees", tag = "invoices", request_body = NewPlatformFee,
    responses((status = 201, body = Vec<PlatformFee>)), security(("person" = [])))]
pub async fn set_platform_fee(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(fee): JsonBody<NewPlatformFee>,
) -> Result<(StatusCode, Json<Vec<PlatformFee>>), Failed> {
    asker.needs_marketplace(&["admin"])?;
    let from = month("/from_month", &fee.from_month)?;
    payout::set_fee(registry.catalog(), from, fee.ppm, asker.id(), registry.now()).await?;
    Ok((StatusCode::CREATED, Json(fees(&registry).await?)))
}

/// Notes that an invoice was paid, whole; its providers have earned it then. By administrators of the marketplace.
#[utoipa::path(post, path = "/v1/invoices/{invoice}/payment", tag = "invoices",
    params(("invoice" = String, Path, description = "Id")), request_body = NotePaid,
    responses((status = 200, body = PlatformInvoice)), security(("person" = [])))]
pub async fn note_paid(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(paid): JsonBody<NotePaid>,
) -> Result<Json<PlatformInvoice>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let amount = Fen::new(paid.amount_fen);
    let amount = amount.ok_or_else(|| Problem::input(vec![at("/amount_fen", "whole fen, at least 1")]))?;
    let told = NewPaid { paid_on: read_day("/paid_on", &paid.paid_on)?, reference: paid.reference };
    payout::note_paid(registry.catalog(), &id, (amount, &told), asker.id(), registry.now()).await?;
    Ok(Json(shown::invoice(billing::invoice(registry.catalog(), &id).await?)))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// `YYYY-MM`; the latest when absent.
    month: Option<String>,
}

/// What a provider earned by month, and what each subscription brought in one of them. For the people of the provider and
/// of the marketplace. Whose subscription it is, is not told.
#[utoipa::path(get, path = "/v1/orgs/{org}/earnings", tag = "invoices",
    params(("org" = String, Path, description = "Slug"), Of), responses((status = 200, body = Earnings)),
    security(("person" = [])))]
pub async fn earnings(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    Params(of): Params<Of>,
) -> Result<Json<Earnings>, Failed> {
    may_see(&asker, &org)?;
    let months = payout::months(registry.catalog(), &org).await?;
    let named = of.month.as_deref().or(months.first().map(|month| month.month.as_str()));
    let chosen = named.map(|text| month("/month", text)).transpose()?;
    let subscriptions = match chosen {
        Some(month) => payout::earned_of(registry.catalog(), &org, month).await?,
        None => Vec::new(),
    };
    Ok(Json(Earnings {
        months: months.into_iter().map(present::month).collect(),
        month: chosen.map(|month| month.to_string()),
        subscriptions: subscriptions.into_iter().map(present::of).collect(),
    }))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `next` of the page before.
    after: Option<String>,
}

/// A provider's statements, newest first. For the people of the provider and of the marketplace.
#[utoipa::path(get, path = "/v1/orgs/{org}/payouts", tag = "invoices",
    params(("org" = String, Path, description = "Slug"), After), responses((status = 200, body = Payouts)),
    security(("person" = [])))]
pub async fn payouts_of(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    Params(After { after }): Params<After>,
) -> Result<Json<Payouts>, Failed> {
    may_see(&asker, &org)?;
    listed(&registry, &PayoutFilter { provider: Some(org), due: false, after }).await
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those that are not paid yet.
    due: bool,
    /// `next` of the page before.
    after: Option<String>,
}

/// Statements of all providers, newest first. For the people of the marketplace.
#[utoipa::path(get, path = "/v1/payouts", tag = "invoices", params(Which), responses((status = 200, body = Payouts)),
    security(("person" = []), ("token" = ["read"])))]
pub async fn payouts(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(Which { due, after }): Params<Which>,
) -> Result<Json<Payouts>, Failed> {
    asker.needs_marketplace(MARKETPLACE)?;
    listed(&registry, &PayoutFilter { provider: None, due, after }).await
}

async fn listed(registry: &Registry, filter: &PayoutFilter) -> Result<Json<Payouts>, Failed> {
    let (rows, next) = payout::payouts(registry.catalog(), filter).await?;
    let rows = rows.into_iter().map(|row| present::payout(row, Vec::new())).collect();
    Ok(Json(Payouts { rows, next }))
}

async fn whole(registry: &Registry, id: &str) -> Result<Payout, Failed> {
    let payout = payout::payout(registry.catalog(), id).await?;
    let lines = payout::of_payout(registry.catalog(), id).await?;
    Ok(present::payout(payout, lines))
}

/// A statement with its lines. For the people of its provider and of the marketplace.
#[utoipa::path(get, path = "/v1/payouts/{payout}", tag = "invoices", params(("payout" = String, Path, description = "Id")),
    responses((status = 200, body = Payout)), security(("person" = [])))]
pub async fn payout(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
) -> Result<Json<Payout>, Failed> {
    let found = payout::payout(registry.catalog(), &id).await?;
    may_see(&asker, &found.provider).map_err(|_| CatalogError::NotFound("payout"))?;
    Ok(Json(whole(&registry, &id).await?))
}

/// Makes the statements of what was earned up to the end of a month that is over, for at most 200 providers at once; go on
/// with `next`. Nothing is paid out twice. By administrators of the marketplace.
#[utoipa::path(post, path = "/v1/payouts/runs", tag = "invoices", request_body = MakePayouts,
    responses((status = 200, body = PayoutsMade)), security(("person" = [])))]
pub async fn make_payouts(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(make): JsonBody<MakePayouts>,
) -> Result<Json<PayoutsMade>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let month = month("/month", &make.month)?;
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let run = payout::run(catalog, month, make.after.as_deref(), asker.id(), now, chance).await?;
    Ok(Json(PayoutsMade { made: run.made, waiting: run.waiting, next: run.next }))
}

/// Notes that a statement was paid. By administrators of the marketplace.
#[utoipa::path(post, path = "/v1/payouts/{payout}/payment", tag = "invoices",
    params(("payout" = String, Path, description = "Id")), request_body = NotePaidOut,
    responses((status = 200, body = Payout)), security(("person" = [])))]
pub async fn note_paid_out(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(paid): JsonBody<NotePaidOut>,
) -> Result<Json<Payout>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let paid = NewPaid { paid_on: read_day("/paid_on", &paid.paid_on)?, reference: paid.reference };
    payout::note_paid_out(registry.catalog(), &id, &paid, asker.id(), registry.now()).await?;
    Ok(Json(whole(&registry, &id).await?))
}
