//! What the marketplace bills for modules, and usage for whoever bills elsewhere.

use super::queue::MARKETPLACE;
use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading};
use crate::failed::{Failed, at};
use crate::params::{At, Params};
use crate::present::invoice as present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use toolcrib_catalog::{CatalogError, TenantId};
use toolcrib_contract::problem::Problem;
use toolcrib_programme::Month;
use toolcrib_programme::billing::{self, InvoiceFilter};
use toolcrib_registry_client::wire::{
    BillFailed, BillMonth, Billed, NewCredit, PlatformInvoice, PlatformInvoices, Statement, UsageEvent,
};
use utoipa::IntoParams;

/// The media type of several CloudEvents.
const BATCH: &str = "application/cloudevents-batch+json";

fn month(text: &str) -> Result<Month, Failed> {
    Month::parse(text).ok_or_else(|| Problem::input(vec![at("/month", "a month looks like 2026-11")]).into())
}

/// The tenant, for who belongs to it or works for the marketplace.
async fn tenant(registry: &Registry, asker: &Asker, name: &str) -> Result<TenantId, Failed> {
    if asker.0.marketplace_role().is_some() {
        return Ok(registry.catalog().tenant(name).await?.id);
    }
    Ok(asker.tenant(registry, name, &[]).await?.id)
}

/// Bills a month that is over, at most 200 tenants at once; go on with `next`. Nobody is billed twice. By administrators of the
/// marketplace.
#[utoipa::path(post, path = "/v1/invoices/runs", tag = "invoices", request_body = BillMonth,
    responses((status = 200, body = Billed)), security(("person" = [])))]
pub async fn bill_month(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(bill): JsonBody<BillMonth>,
) -> Result<Json<Billed>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let month = month(&bill.month)?;
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let run = billing::run(catalog, month, bill.after.as_deref(), asker.id(), now, chance).await?;
    let failed = run.failed.into_iter().map(|(tenant, why)| BillFailed { tenant, why }).collect();
    Ok(Json(Billed { issued: run.issued, skipped: run.skipped, failed, next: run.next }))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Id or slug; for the people of the marketplace, all tenants when absent.
    tenant: Option<String>,
    /// `YYYY-MM`
    month: Option<String>,
    /// Only invoices of which something is owed; for the people of the marketplace, of all tenants and months.
    owed: bool,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// Invoices and credit notes, newest first, without their lines. For everybody who belongs to the tenant, and the people
/// of the marketplace.
#[utoipa::path(get, path = "/v1/invoices", tag = "invoices", params(Filter),
    responses((status = 200, body = PlatformInvoices)), security(("person" = []), ("token" = ["read"])))]
pub async fn invoices(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(filter): Params<Filter>,
) -> Result<Json<PlatformInvoices>, Failed> {
    let of = match &filter.tenant {
        Some(name) => Some(tenant(&registry, &asker, name).await?),
        None => {
            asker.needs_marketplace(MARKETPLACE)?;
            None
        }
    };
    let month = filter.month.as_deref().map(month).transpose()?;
    if filter.owed && (of.is_some() || month.is_some()) {
        return Err(Problem::input(vec![at("/owed", "stands alone: neither with a tenant nor with a month")]).into());
    }
    let Filter { owed, after, limit, .. } = filter;
    let filter = InvoiceFilter { tenant: of, month, owed, after, limit };
    let (rows, next) = billing::list(registry.catalog(), &filter).await?;
    Ok(Json(PlatformInvoices { rows: rows.into_iter().map(present::invoice).collect(), next }))
}

/// An invoice or credit note with its lines.
#[utoipa::path(get, path = "/v1/invoices/{invoice}", tag = "invoices", params(("invoice" = String, Path, description = "Id")),
    responses((status = 200, body = PlatformInvoice)), security(("person" = []), ("token" = ["read"])))]
pub async fn invoice(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<PlatformInvoice>, Failed> {
    let invoice = billing::invoice(registry.catalog(), &id).await?;
    let belongs = asker.0.tenant_role(&invoice.tenant).is_some() || asker.0.marketplace_role().is_some();
    if !belongs {
        return Err(CatalogError::NotFound("invoice").into());
    }
    Ok(Json(present::invoice(invoice)))
}

/// Takes something back of an invoice: a credit note with a number of its own. By administrators of the marketplace.
#[utoipa::path(post, path = "/v1/invoices/{invoice}/credits", tag = "invoices",
    params(("invoice" = String, Path, description = "Id")), request_body = NewCredit,
    responses((status = 201, body = PlatformInvoice)), security(("person" = [])))]
pub async fn credit(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(NewCredit { reason, lines }): JsonBody<NewCredit>,
) -> Result<(StatusCode, Json<PlatformInvoice>), Failed> {
    asker.needs_marketplace(&["admin"])?;
    let line = |line: toolcrib_registry_client::wire::CreditLine| billing::CreditLine {
        line: line.line,
        amount_fen: line.amount_fen,
    };
    let lines: Vec<_> = lines.into_iter().map(line).collect();
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let note = billing::credit(catalog, &id, (&reason, &lines), asker.id(), now, chance).await?;
    let note = billing::invoice(catalog, &note).await?;
    Ok((StatusCode::CREATED, Json(present::invoice(note))))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// Id or slug.
    tenant: String,
    /// `YYYY-MM`
    month: String,
}

/// What a tenant was billed for a month and what was taken back of it, with who pays what.
#[utoipa::path(get, path = "/v1/invoices/statement", tag = "invoices", params(Of),
    responses((status = 200, body = Statement)), security(("person" = []), ("token" = ["read"])))]
pub async fn statement(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(of): Params<Of>,
) -> Result<Json<Statement>, Failed> {
    let (tenant, month) = (tenant(&registry, &asker, &of.tenant).await?, month(&of.month)?);
    let documents = billing::statement(registry.catalog(), &tenant, month).await?;
    Ok(Json(present::statement(tenant.to_string(), of.month, documents)))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// Id or slug; for administrators of the marketplace, all tenants when absent.
    tenant: Option<String>,
    /// `id` of the last event that was read; 0 for the beginning.
    after: u64,
}

/// Usage as a batch of CloudEvents 1.0 in structured JSON, at most 500 after a number. An event tells what one module did
/// for one tenant on one day that is over, as far as no earlier event told it; the sum of all is the use. `source` and
/// `id` name an event for ever. For owners and admins of the tenant, and administrators of the marketplace.
#[utoipa::path(get, path = "/v1/usage-events", tag = "invoices", params(After),
    responses((status = 200, body = Vec<UsageEvent>, content_type = "application/cloudevents-batch+json")),
    security(("person" = []), ("token" = ["read"])))]
pub async fn usage_events(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(After { tenant, after }): Params<After>,
) -> Result<Response, Failed> {
    let of = match &tenant {
        Some(name) if asker.is_marketplace_admin() => Some(registry.catalog().tenant(name).await?.id),
        Some(name) => Some(asker.tenant(&registry, name, &["owner", "admin"]).await?.id),
        None => {
            asker.needs_marketplace(&["admin"])?;
            None
        }
    };
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let events = billing::usage_events(registry.catalog(), of.as_ref(), after, registry.now()).await?;
    let source = format!("urn:toolcrib:registry:{}", registry.notary().signer().key_id());
    let events: Vec<_> = events.into_iter().map(|event| present::usage_event(event, &source)).collect();
    let mut response = Json(events).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(BATCH));
    Ok(response)
}
