//! What the marketplace bills for modules: invoices, credit notes, statements, and usage for whoever bills elsewhere.
//! Amounts are whole fen. A month is `YYYY-MM`, in UTC like the days that hosts report.

use super::payout::InvoicePaid;
use serde::{Deserialize, Serialize};
use toolcrib_contract::manifest::Words;

/// `POST /v1/invoices/runs`, by administrators of the marketplace: bills a month that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BillMonth {
    pub month: String,
    /// `next` of the answer before; a run bills at most 200 tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What a run did. Running it again bills nobody twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Billed {
    /// Numbers of the invoices it issued.
    pub issued: Vec<String>,
    /// Tenants that owe nothing for the month, or were billed before.
    pub skipped: u64,
    /// Tenants that could not be billed: id, and why. The others are.
    pub failed: Vec<BillFailed>,
    /// Tenants are left.
    pub next: Option<String>,
}

/// A tenant that could not be billed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BillFailed {
    pub tenant: String,
    pub why: String,
}

/// Who pays how much of it; the three add up to the amount beside them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payers {
    pub firm_fen: i64,
    pub provider_fen: i64,
    pub programme_fen: i64,
}

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlatformInvoice {
    pub id: String,
    /// `INV-2026-000001`, `CRN-2026-000001`: without gaps in each year.
    pub number: String,
    /// Id and slug.
    pub tenant: String,
    pub tenant_slug: String,
    /// What people call it.
    #[serde(default)]
    pub tenant_name: String,
    pub month: String,
    /// Number of the invoice that a credit note takes from.
    pub credits: Option<String>,
    /// Why, of a credit note.
    pub reason: String,
    pub issued_at: String,
    /// The last day for paying.
    pub due: Option<String>,
    pub amount_fen: i64,
    pub payers: Payers,
    /// What credit notes have taken from an invoice.
    pub credited_fen: i64,
    /// What firm and programme still owe of an invoice.
    #[serde(default)]
    pub owed_fen: i64,
    #[serde(default)]
    pub paid: Option<InvoicePaid>,
    /// Empty in lists.
    pub lines: Vec<PlatformLine>,
}

/// A line of an invoice or credit note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlatformLine {
    /// From 1; a credit note's lines have the number of the invoice's.
    pub line: u32,
    pub module: String,
    /// Code of the plan, and what people call it.
    pub plan: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub plan_name: Words,
    /// The month it is for: an earlier one when its usage was reported late.
    pub month: String,
    /// Days of a monthly plan, invocations of a plan per use.
    pub quantity: u64,
    pub amount_fen: i64,
    pub payers: Payers,
    /// The contract whose split it follows.
    pub contract: Option<String>,
}

/// `GET /v1/invoices`: newest first, at most 100.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlatformInvoices {
    pub rows: Vec<PlatformInvoice>,
    pub next: Option<String>,
}

/// `POST /v1/invoices/{invoice}/credits`, by administrators of the marketplace.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCredit {
    /// 1 to 2,000 characters.
    pub reason: String,
    pub lines: Vec<CreditLine>,
}

/// How much of which line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreditLine {
    pub line: u32,
    /// At least 1, at most what is left of the line.
    pub amount_fen: i64,
}

/// `GET /v1/invoices/statement?tenant=…&month=…`: for everybody who belongs to the tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statement {
    pub tenant: String,
    pub month: String,
    /// The invoice of the month, then the credit notes that take from it, by their numbers.
    pub documents: Vec<PlatformInvoice>,
    pub invoiced_fen: i64,
    pub credited_fen: i64,
    /// What remains, and for whom.
    pub balance_fen: i64,
    pub payers: Payers,
}

/// A CloudEvent 1.0 in structured JSON, of `GET /v1/usage-events` (`application/cloudevents-batch+json`): what one module
/// did for one tenant on one day that is over, as far as no earlier event has told it. The sum of all is the use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageEvent {
    pub specversion: String,
    /// Unique together with `source`, for ever; also the `after` of the next page.
    pub id: String,
    pub source: String,
    pub r#type: String,
    /// `<tenant's id>/<module>`
    pub subject: String,
    /// The end of the day.
    pub time: String,
    pub datacontenttype: String,
    pub data: UsageEventData,
}

/// What was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageEventData {
    pub tenant: String,
    pub tenant_slug: String,
    pub module: String,
    pub version: String,
    pub host: String,
    pub day: String,
    pub calls: u64,
    pub faults: u64,
    pub rows_written: u64,
    pub cpu_us: u64,
}
