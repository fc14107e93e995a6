//! What a provider earned, by month and by subscription, and its statements. Whose subscription it is, is not told.

use crate::calendar::Month;
use crate::page::cut;
use crate::refusal::{ProgrammeError, Result};
use toolcrib_catalog::Catalog;

/// Months of one list: ten years.
pub const MONTHS_LISTED: i64 = 120;
/// Subscriptions of a month, and lines of a statement, in one list.
pub const EARNINGS_LISTED: i64 = 5_000;
/// Statements of one page.
pub const PAYOUTS_LISTED: i64 = 100;

/// What a month brought. What was given back may be more than what came in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EarnedMonth {
    pub month: String,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
}

/// The same of one subscription.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EarnedOf {
    pub module: String,
    /// The subscription's number.
    pub choice: i64,
    /// Code of its plan, and what people call it.
    pub plan: String,
    pub plan_zh: String,
    pub plan_en: String,
    /// Of it what credit notes took back: below nought, or nought.
    pub returned_fen: i64,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
}

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EarnedLine {
    /// Series and number of the invoice or credit note.
    pub series: String,
    pub number: i64,
    #[sqlx(try_from = "i64")]
    pub line: u32,
    pub module: String,
    pub choice: i64,
    pub month: String,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
}

impl EarnedLine {
    /// `INV-2026-000001`
    pub fn document(&self) -> String {
        crate::billing::number_text(&self.series, self.number)
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Payout {
    pub id: String,
    /// Slug and name.
    pub provider: String,
    pub provider_name: String,
    pub month: String,
    pub gross_fen: i64,
    pub fee_fen: i64,
    pub net_fen: i64,
    pub made_us: i64,
    pub paid_on: Option<String>,
    pub reference: Option<String>,
}

/// What a provider's months brought, the latest first.
///
/// # Errors
/// The database.
pub async fn months(catalog: &Catalog, provider: &str) -> Result<Vec<EarnedMonth>> {
    let query = sqlx::query_as(
        "SELECT m.month, m.gross_fen, m.fee_fen, m.net_fen FROM org o JOIN earned_month m ON m.provider = o.id
         WHERE o.slug = $1 ORDER BY m.month DESC LIMIT $2",
    );
    Ok(query.bind(provider).bind(MONTHS_LISTED).fetch_all(catalog.reading()).await?)
}

/// What each subscription brought in a month, by module.
///
/// # Errors
/// The database.
pub async fn earned_of(catalog: &Catalog, provider: &str, month: Month) -> Result<Vec<EarnedOf>> {
    let query = sqlx::query_as(catalog.engine().text(
        "SELECT e.module, e.choice, min(p.code) AS plan, min(p.zh) AS plan_zh, min(p.en) AS plan_en,
             CAST(sum(CASE WHEN e.gross_fen < 0 THEN e.gross_fen ELSE 0 END) AS BIGINT) AS returned_fen,
             CAST(sum(e.gross_fen) AS BIGINT) AS gross_fen, CAST(sum(e.fee_fen) AS BIGINT) AS fee_fen,
             CAST(sum(e.net_fen) AS BIGINT) AS net_fen
         FROM org o JOIN earning e INDEXED BY earning_month ON e.provider = o.id
             JOIN chosen_plan c ON c.number = e.choice JOIN plan p ON p.id = c.plan
         WHERE o.slug = $1 AND e.month = $2 GROUP BY e.module, e.choice ORDER BY e.module, e.choice LIMIT $3",
    ));
    let query = query.bind(provider).bind(month.to_string()).bind(EARNINGS_LISTED);
    Ok(query.fetch_all(catalog.reading()).await?)
}

macro_rules! payouts {
    ($from:literal, $condition:literal) => {
        concat!(
            "SELECT y.id, o.slug AS provider, o.name AS provider_name, y.month, y.gross_fen, y.fee_fen, y.net_fen, y.made_us,
                 y.paid_on, y.reference FROM ",
            $from,
            " WHERE ",
            $condition,
            " ORDER BY y.id DESC LIMIT $2"
        )
    };
}

/// All, those of a provider (`$3`), and those that are due; before an id (`$1`).
const PAYOUTS: [&str; 3] = [
    payouts!("payout y JOIN org o ON o.id = y.provider", "y.id < $1"),
    payouts!("org o CROSS JOIN payout y INDEXED BY payout_provider ON y.provider = o.id", "o.slug = $3 AND y.id < $1"),
    payouts!("payout y INDEXED BY payout_due JOIN org o ON o.id = y.provider", "y.paid_on IS NULL AND y.id < $1"),
];

/// Every list of this file, for whoever asks what they cost.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    PAYOUTS.into_iter()
}

/// Which statements.
#[derive(Clone, Debug, Default)]
pub struct PayoutFilter {
    /// Slug.
    pub provider: Option<String>,
    /// Only those that are not paid yet; of all providers.
    pub due: bool,
    /// Id of the last one of the page before.
    pub after: Option<String>,
}

/// Statements, the newest first, and `after` of the next page.
///
/// # Errors
/// The database.
pub async fn payouts(catalog: &Catalog, filter: &PayoutFilter) -> Result<(Vec<Payout>, Option<String>)> {
    let which = if filter.provider.is_some() { 1 } else { 2 * usize::from(filter.due) };
    let query = sqlx::query_as(catalog.engine().text(PAYOUTS[which]))
        .bind(filter.after.as_deref().unwrap_or("~"))
        .bind(PAYOUTS_LISTED + 1);
    let rows: Vec<Payout> = query.bind(&filter.provider).fetch_all(catalog.reading()).await?;
    Ok(cut(rows, PAYOUTS_LISTED, |row| &row.id))
}

/// One statement.
///
/// # Errors
/// Not found.
pub async fn payout(catalog: &Catalog, id: &str) -> Result<Payout> {
    let query = sqlx::query_as(
        "SELECT y.id, o.slug AS provider, o.name AS provider_name, y.month, y.gross_fen, y.fee_fen, y.net_fen, y.made_us,
             y.paid_on, y.reference FROM payout y JOIN org o ON o.id = y.provider WHERE y.id = $1",
    );
    let row: Option<Payout> = query.bind(id).fetch_optional(catalog.reading()).await?;
    row.ok_or_else(|| ProgrammeError::not_found("payout"))
}

/// Its lines, in the order in which they were earned.
///
/// # Errors
/// The database.
pub async fn of_payout(catalog: &Catalog, id: &str) -> Result<Vec<EarnedLine>> {
    let query = sqlx::query_as(
        "SELECT i.series, i.number, e.line, e.module, e.choice, e.month, e.gross_fen, e.fee_fen, e.net_fen
         FROM earning e JOIN platform_invoice i ON i.id = e.document WHERE e.payout = $1 ORDER BY e.number LIMIT $2",
    );
    Ok(query.bind(id).bind(EARNINGS_LISTED).fetch_all(catalog.reading()).await?)
}
