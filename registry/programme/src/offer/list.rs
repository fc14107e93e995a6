//! Offers of somebody's organisations.

use super::{OFFERS_LISTED, OfferState};
use crate::days;
use crate::money::Fen;
use crate::page::cut;
use crate::refusal::Result;
use toolcrib_catalog::{Catalog, Flag, Person};
use toolcrib_contract::types::Instant;

/// An offer in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    pub id: String,
    /// Slugs and names.
    pub provider: String,
    pub provider_name: String,
    pub firm: String,
    pub firm_name: String,
    pub title: String,
    pub programme: Option<String>,
    pub city: Option<String>,
    pub segment: Option<String>,
    pub replaces: Option<String>,
    pub state: OfferState,
    #[sqlx(try_from = "i64")]
    pub version: u32,
    pub valid_until: String,
    pub list_fen: Fen,
    pub net_fen: Fen,
    pub programme_fen: Fen,
    /// Who signed the newest version.
    #[sqlx(try_from = "Flag")]
    pub signed_by_provider: bool,
    #[sqlx(try_from = "Flag")]
    pub signed_by_firm: bool,
    pub contract: Option<String>,
    pub changed_us: i64,
}

/// Which offers.
#[derive(Clone, Debug, Default)]
pub struct OfferFilter {
    /// Slug of a party.
    pub org: Option<String>,
    pub state: Option<OfferState>,
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// `$1` is today: an open offer whose last day is over has lapsed.
pub(super) const COLUMNS: &str =
    "SELECT o.id, o.provider, p.name AS provider_name, o.firm, f.name AS firm_name, o.title,
        o.programme, o.city, o.segment, o.replaces, o.version, o.valid_until, v.list_fen, v.net_fen, v.programme_fen,
        CASE WHEN o.state = 'open' AND o.valid_until < $1 THEN 'lapsed' ELSE o.state END AS state,
        EXISTS (SELECT 1 FROM offer_signature s WHERE s.offer = o.id AND s.version = o.version AND s.side = 'provider')
            AS signed_by_provider,
        EXISTS (SELECT 1 FROM offer_signature s WHERE s.offer = o.id AND s.version = o.version AND s.side = 'firm')
            AS signed_by_firm,
        (SELECT c.id FROM contract c WHERE c.offer = o.id) AS contract, o.changed_us
    FROM offer o JOIN org p ON p.slug = o.provider JOIN org f ON f.slug = o.firm
        JOIN offer_version v ON v.offer = o.id AND v.version = o.version";

/// The state of the row that a list shows.
const STATE: &str = "CASE WHEN o.state = 'open' AND o.valid_until < $1 THEN 'lapsed' ELSE o.state END";

/// Offers of somebody's organisations, newest first, with `after` of the next page.
///
/// # Errors
/// The database.
pub async fn list(
    catalog: &Catalog,
    viewer: &Person,
    filter: &OfferFilter,
    now: Instant,
) -> Result<(Vec<Row>, Option<String>)> {
    let orgs = serde_json::json!(viewer.orgs.iter().map(|org| &org.slug).collect::<Vec<_>>()).to_string();
    let text = format!(
        "{COLUMNS} WHERE (o.provider IN (SELECT value FROM json_each($2))
                 OR o.firm IN (SELECT value FROM json_each($2)))
             AND ($3 IS NULL OR o.provider = $3 OR o.firm = $3) AND ($4 IS NULL OR {STATE} = $4)
             AND ($5 IS NULL OR o.id < $5) ORDER BY o.id DESC LIMIT $6"
    );
    let limit = filter.limit.unwrap_or(OFFERS_LISTED).clamp(1, OFFERS_LISTED);
    // Made of texts of this file.
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(days::today(now).to_string())
        .bind(orgs)
        .bind(&filter.org)
        .bind(filter.state)
        .bind(&filter.after)
        .bind(limit + 1)
        .fetch_all(catalog.reading())
        .await?;
    Ok(cut(rows, limit, |row| &row.id))
}
