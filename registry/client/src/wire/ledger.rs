//! The ledger of a programme: double entry, append-only, each entry with the hash of the one before.

use serde::{Deserialize, Serialize};

/// An account of a programme's ledger. `source` is below nought by the budget; all others are at least nought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Account {
    Source,
    Available,
    Committed,
    Accepted,
    Paid,
    ClawedBack,
    ServiceAccepted,
    ServicePaid,
    ServiceClawedBack,
}

/// One side of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Posting {
    pub account: Account,
    /// May be below nought.
    pub amount_fen: i64,
}

/// An entry: its postings add up to nought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerEntry {
    /// From 1, without gaps.
    pub number: i64,
    pub at: String,
    /// The day that it counts for.
    pub booked_on: String,
    pub act: String,
    /// Id, when it is about one.
    pub project: Option<String>,
    /// Name of the firm or recipient.
    pub about: String,
    /// Name of the person, and of the organisation.
    pub by: String,
    pub memo: String,
    pub postings: Vec<Posting>,
    /// SHA-256 of the hash before and this entry.
    pub hash: String,
}

/// `GET /v1/ledgers/{programme}?after=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerPage {
    pub entries: Vec<LedgerEntry>,
    /// For `after`.
    pub next: Option<i64>,
}

/// `POST /v1/ledgers/{programme}/periods`: nothing is booked in the month or before it any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClosePeriod {
    /// `YYYY-MM`, over already.
    pub period: String,
}

/// A closed month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Period {
    pub period: String,
    pub closed_at: String,
    /// Name of the person, and of the organisation.
    pub by: String,
    /// The last entry then, and its hash.
    pub entry: i64,
    pub hash: String,
    /// Balances at the end of the month.
    pub balances: Vec<Posting>,
}

/// `GET /v1/ledgers/{programme}/verify`: everything was read and fits together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerProof {
    pub entries: i64,
    /// Hash of the last entry, to be kept elsewhere.
    pub hash: String,
}
