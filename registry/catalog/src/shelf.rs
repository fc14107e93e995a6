//! The shelves, as everybody sees them: search in Chinese and English, facets, pages.
//!
//! Everything here is derived. A search first looks whether the audit has moved since the shelves were last made, and
//! makes anew what differs; so no other part of the catalogue has to think of it, and nothing can be forgotten.
//!
//! Ranking: with words, BM25 over name (10), title (8), summary (4), provider (3), tags (3) and description (1); then,
//! and without words, more tenants first; then by name.

#[macro_use]
mod ranked;
mod refresh;

use crate::catalog::Catalog;
use crate::engine::Engine;
use crate::error::CatalogError;
use crate::words::{searched, sought};
use serde::{Deserialize, Serialize};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Subsidy;

/// Cards of one page.
pub const SHELF_ROWS: u32 = 100;
/// The segment of modules that name none: they are made for all, and found in every one.
pub const EVERY_SEGMENT: &str = "*";
/// Facets of one answer.
const FACETS: i64 = 300;

/// What is looked for. Empty fields ask for nothing.
#[derive(Clone, Debug, Default)]
pub struct Search {
    pub words: String,
    /// With everything below it in the tree.
    pub segment: String,
    pub problem: String,
    pub equipment: String,
    /// Slug.
    pub provider: String,
    /// `free`, `trial`, `monthly`, `per_use`
    pub price: String,
    /// `records`, `machines`, `connector`
    pub kind: String,
    /// `software`, `equipment`, `consulting`
    pub subsidy: String,
    pub order: Order,
    /// [`Found::next`] of the page before.
    pub after: String,
    /// 1 to [`SHELF_ROWS`].
    pub rows: u32,
}

/// What stands first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What fits the words best, then what most tenants have.
    #[default]
    Fitting,
    /// The newest version.
    Newest,
    /// The best average of stars, as if five more had given three: one that is loved by one tenant is not yet the best.
    Rated,
    /// The lowest price.
    Cheapest,
}

impl Order {
    /// `fitting`, `newest`, `rated`, `cheapest`; the first when it is empty.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "fitting" => Some(Self::Fitting),
            "newest" => Some(Self::Newest),
            "rated" => Some(Self::Rated),
            "cheapest" => Some(Self::Cheapest),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Fitting => "fitting",
            Self::Newest => "newest",
            Self::Rated => "rated",
            Self::Cheapest => "cheapest",
        }
    }
}

/// What a module mostly does, by what it is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// People enter and read.
    #[default]
    Records,
    /// It follows machines.
    Machines,
    /// It talks to other systems.
    Connector,
}

impl Nature {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Machines => "machines",
            Self::Connector => "connector",
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub cards: Vec<Card>,
    /// On all pages.
    pub total: u64,
    /// Of everything that was found, most frequent first.
    pub facets: Vec<Facet>,
    pub next: Option<String>,
}

/// A module on the shelf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub module: String,
    pub org: String,
    pub org_name: String,
    pub title: Words,
    pub summary: Words,
    /// The newest approved version.
    pub version: String,
    pub kind: Nature,
    pub segments: Vec<String>,
    pub problems: Vec<String>,
    pub equipment: Vec<String>,
    pub subsidy: Option<Subsidy>,
    /// Kinds of plans.
    pub prices: Vec<String>,
    /// The lowest of what goes on being paid, in ten-thousandths of a yuan: nothing, else a month, else a use.
    pub price_e4: i64,
    /// How many have it.
    pub tenants: u64,
    /// The last day on which one of the provider's papers is valid.
    pub verified_until: Option<String>,
    /// When the version was submitted.
    pub updated_us: i64,
    pub ratings: u64,
    /// Sum of the stars.
    pub stars: u64,
    pub deprecated: bool,
    pub successor: Option<String>,
}

/// How many of what was found have a property.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Facet {
    /// `segment`, `problem`, `equipment`, `provider`, `price`, `kind`, `subsidy`
    pub kind: String,
    pub code: String,
    pub zh: String,
    pub en: String,
    pub count: i64,
}

#[derive(sqlx::FromRow)]
struct Hit {
    module: String,
    card: String,
    tenants: i64,
    score: i64,
}

/// Everything that was asked for and found (`hits`), then a query over it. `$1` words, `$2` to `$8` facets, `$9`
/// the order.
macro_rules! hits {
    (words, $rest:literal) => {
        hits!(@ "CAST(-bm25(shelf_words, 0, 10, 8, 3, 3, 4, 1) * 1e9 AS INTEGER)",
            "shelf_words JOIN shelf s ON s.number = shelf_words.rowid WHERE shelf_words MATCH $1", $rest)
    };
    (ranked, $rest:literal) => {
        hits!(@@ "CAST(trunc(w.fit * 1e9) AS BIGINT)",
            (ranked!(), " JOIN shelf s ON s.number = w.number WHERE 1 = 1"), $rest)
    };
    (all, $rest:literal) => {
        hits!(@ "0", "shelf s WHERE $1 = $1", $rest)
    };
    (@ $score:literal, $from:literal, $rest:literal) => {
        hits!(@@ $score, ($from), $rest)
    };
    (@@ $score:literal, ($($from:expr),*), $rest:literal) => {
        concat!(
            "WITH hits AS MATERIALIZED (SELECT s.module, s.card, s.tenants, CASE $9
                WHEN 'newest' THEN CAST(json_extract(s.card, '$.updated_us') AS BIGINT)
                WHEN 'rated' THEN (CAST(json_extract(s.card, '$.stars') AS BIGINT) + 15) * 100000
                    / (CAST(json_extract(s.card, '$.ratings') AS BIGINT) + 5)
                WHEN 'cheapest' THEN -CAST(json_extract(s.card, '$.price_e4') AS BIGINT)
                ELSE ", $score, " END AS score FROM ", $($from,)*
            " AND ($2 = '' OR EXISTS (SELECT 1 FROM shelf_facet f WHERE f.module = s.module AND f.kind = 'segment' AND f.code IN ($2, '*')))
              AND ($3 = '' OR EXISTS (SELECT 1 FROM shelf_facet f WHERE f.module = s.module AND f.kind = 'problem' AND f.code = $3))
              AND ($4 = '' OR EXISTS (SELECT 1 FROM shelf_facet f WHERE f.module = s.module AND f.kind = 'equipment' AND f.code = $4))
              AND ($5 = '' OR EXISTS (SELECT 1 FROM shelf_facet f WHERE f.module = s.module AND f.kind = 'provider' AND f.code = $5))
              AND ($6 = '' OR EXISTS (SELECT 1 FROM shelf_facet f WHERE f.module = s.module AND f.kind = 'price' AND f.code = $6))
              AND ($7 = '' OR EXISTS (SELECT 1 FROM shelf_facet f WHERE f.module = s.module AND f.kind = 'kind' AND f.code = $7))
              AND ($8 = '' OR EXISTS (SELECT 1 FROM shelf_facet f WHERE f.module = s.module AND f.kind = 'subsidy' AND f.code = $8))) ",
            $rest
        )
    };
}

/// The page after a place, and one more to know whether there is another.
macro_rules! page {
    ($kind:ident) => {
        hits!(
            $kind,
            "SELECT module, card, tenants, score FROM hits
            WHERE $10 IS NULL OR (-score, -tenants, module) > (-$10, -$11, $12)
            ORDER BY score DESC, tenants DESC, module LIMIT $13"
        )
    };
}

macro_rules! facets {
    ($kind:ident) => {
        hits!(
            $kind,
            "SELECT f.kind, f.code, min(coalesce(s.zh, t.zh, o.name, f.code)) AS zh,
                min(coalesce(s.en, t.en, o.name, f.code)) AS en, count(*) AS count
            FROM hits h JOIN shelf_facet f ON f.module = h.module
                LEFT JOIN segment s ON f.kind = 'segment' AND s.code = f.code
                LEFT JOIN tag t ON t.kind = f.kind AND t.code = f.code
                LEFT JOIN org o ON f.kind = 'provider' AND o.slug = f.code
            GROUP BY f.kind, f.code ORDER BY f.kind, count(*) DESC, f.code LIMIT $10"
        )
    };
}

impl Catalog {
    /// Modules with a version that everybody may see, and nothing else.
    ///
    /// # Errors
    /// An `after` that no page gave; rows beyond [`SHELF_ROWS`].
    pub async fn search(&self, search: &Search) -> Result<Found, CatalogError> {
        if !(1..=SHELF_ROWS).contains(&search.rows) {
            return Err(CatalogError::input("/rows", format!("1 to {SHELF_ROWS}")));
        }
        let after = place(&search.after)?;
        self.refresh_shelf().await?;
        let terms = match self.engine {
            Engine::Sqlite => searched(&search.words),
            Engine::Postgres => sought(&search.words),
        };
        if terms.is_none() && !search.words.trim().is_empty() {
            return Ok(Found { cards: vec![], total: 0, facets: vec![], next: None });
        }
        let (page, facets, count) = match (&terms, self.engine) {
            (None, _) => (page!(all), facets!(all), hits!(all, "SELECT count(*) FROM hits")),
            (_, Engine::Sqlite) => (page!(words), facets!(words), hits!(words, "SELECT count(*) FROM hits")),
            (_, Engine::Postgres) => (page!(ranked), facets!(ranked), hits!(ranked, "SELECT count(*) FROM hits")),
        };
        let terms = terms.unwrap_or_default();
        let Search { segment, problem, equipment, provider, price, kind, subsidy, order, rows, .. } = search;
        // One moment for everything, so that counts and cards belong together.
        let mut read = self.readers.begin().await?;
        macro_rules! bound {
            ($query:expr) => {
                $query
                    .bind(&terms)
                    .bind(segment)
                    .bind(problem)
                    .bind(equipment)
                    .bind(provider)
                    .bind(price)
                    .bind(kind)
                    .bind(subsidy)
                    .bind(order.as_str())
            };
        }
        let (score, tenants, module) = after.map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)));
        let query = bound!(sqlx::query_as(page)).bind(score).bind(tenants).bind(module).bind(i64::from(*rows) + 1);
        let mut hits: Vec<Hit> = query.fetch_all(&mut *read).await?;
        let (total,): (i64,) = bound!(sqlx::query_as(count)).fetch_one(&mut *read).await?;
        let mut facets: Vec<Facet> = bound!(sqlx::query_as(facets)).bind(FACETS).fetch_all(&mut *read).await?;
        everywhere(&mut facets);
        drop(read);
        let more = hits.len() > *rows as usize;
        hits.truncate(*rows as usize);
        let next = hits.last().filter(|_| more).map(|last| format!("{}.{}.{}", last.score, last.tenants, last.module));
        let read = |hit: Hit| serde_json::from_str(&hit.card).map_err(|error| CatalogError::damaged("a card", &error));
        let cards = hits.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Found { cards, total: total.cast_unsigned(), facets, next })
    }
}

/// Modules for every segment count in each that is named.
fn everywhere(facets: &mut [Facet]) {
    let is_for_all = |facet: &&Facet| facet.kind == "segment" && facet.code == EVERY_SEGMENT;
    let all = facets.iter().find(is_for_all).map_or(0, |facet| facet.count);
    for facet in facets.iter_mut().filter(|facet| facet.kind == "segment" && facet.code != EVERY_SEGMENT) {
        facet.count += all;
    }
}

/// Where a page ended: score, tenants, module.
fn place(after: &str) -> Result<Option<(i64, i64, String)>, CatalogError> {
    if after.is_empty() {
        return Ok(None);
    }
    let mut parts = after.splitn(3, '.');
    let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok());
    match (number(), number(), parts.next()) {
        (Some(score), Some(tenants), Some(module)) => Ok(Some((score, tenants, module.to_owned()))),
        _ => Err(CatalogError::input("/after", "take it from `next` of the page before")),
    }
}
