//! What providers get of what the marketplace billed: fees, payments, earnings, payouts. Amounts are whole fen; a month is
//! `YYYY-MM`, in UTC, a day `YYYY-MM-DD`, in China's time.

use serde::{Deserialize, Serialize};
use toolcrib_contract::manifest::Words;

/// The marketplace's part of what modules earn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlatformFee {
    /// The first month whose invoices it is taken of.
    pub from_month: String,
    /// Millionths: 150,000 are 15 %.
    pub ppm: u32,
    pub set_at: String,
}

/// `POST /v1/platform-fees`, by administrators of the marketplace.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPlatformFee {
    /// A month that has not begun.
    pub from_month: String,
    /// 0 to 500,000.
    pub ppm: u32,
}

/// `POST /v1/invoices/{invoice}/payment`, by administrators of the marketplace: what the bank says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NotePaid {
    pub paid_on: String,
    /// The transfer's number, or what else finds it again.
    pub reference: String,
    /// All that is owed of the invoice.
    pub amount_fen: i64,
}

/// `POST /v1/payouts/{payout}/payment`, by administrators of the marketplace.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NotePaidOut {
    pub paid_on: String,
    pub reference: String,
}

/// That an invoice was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvoicePaid {
    pub on: String,
    pub reference: String,
    pub amount_fen: i64,
}

/// What a month brought a provider. Below nought where more was given back than came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarnedMonth {
    pub month: String,
    /// What firms and programmes paid.
    pub gross_fen: i64,
    /// The marketplace's part.
    pub fee_fen: i64,
    pub net_fen: i64,
}

/// What one subscription brought in a month. Whose it is, is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarnedOf {
    pub module: String,
    /// The subscription's number.
    pub subscription: i64,
    /// Code of its plan, and what people call it.
    pub plan: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub plan_name: Words,
    /// What credit notes took back of it: nought or below.
    pub returned_fen: i64,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
}

/// `GET /v1/orgs/{org}/earnings?month=…`: for the people of a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Earnings {
    /// The latest first, at most 120.
    pub months: Vec<EarnedMonth>,
    /// The month whose subscriptions follow: the latest, unless one is named.
    pub month: Option<String>,
    /// By module.
    pub subscriptions: Vec<EarnedOf>,
}

/// A statement for a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payout {
    pub id: String,
    /// Slug and name.
    pub provider: String,
    pub provider_name: String,
    /// The month that it goes up to.
    pub month: String,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
    pub made_at: String,
    /// None while it is due.
    pub paid_on: Option<String>,
    pub reference: Option<String>,
    /// Empty in lists.
    pub lines: Vec<EarnedLine>,
}

/// A line of a statement: a line of an invoice that was paid, or of a credit note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarnedLine {
    /// Number of the invoice or credit note.
    pub document: String,
    pub line: u32,
    pub module: String,
    pub subscription: i64,
    /// When it was noted.
    pub month: String,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
}

/// `GET /v1/orgs/{org}/payouts` and `GET /v1/payouts`: newest first, at most 100.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payouts {
    pub rows: Vec<Payout>,
    pub next: Option<String>,
}

/// `POST /v1/payouts/runs`, by administrators of the marketplace: statements up to the end of a month that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MakePayouts {
    pub month: String,
    /// `next` of the answer before; a run takes at most 200 providers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What a run did. Running it again pays nothing twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayoutsMade {
    /// Ids of the statements.
    pub made: Vec<String>,
    /// Providers that gave back as much as they earned, or more: it is taken from the next statement.
    pub waiting: u64,
    pub next: Option<String>,
}
