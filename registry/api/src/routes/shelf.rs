//! The shelves: what everybody may find.

use crate::caller::Visitor;
use crate::failed::Failed;
use crate::params::Params;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use toolcrib_contract::manifest::Words;
use toolcrib_registry_client::wire::{Card, Facet, ShelfPage};
use utoipa::IntoParams;

/// Cards of a page when nothing is said.
const ROWS: u32 = 20;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Chinese or English words; all of them must occur in name, title, summary, description, provider or tags.
    query: String,
    /// Code of an industry segment, with everything below it.
    segment: String,
    /// Code of a tag.
    problem: String,
    /// Code of a tag.
    equipment: String,
    /// Slug.
    provider: String,
    /// `free`, `trial`, `monthly`, `per_use`
    price: String,
    /// `next` of the page before.
    after: String,
    /// 1 to 100.
    rows: u32,
}

impl Default for Search {
    fn default() -> Self {
        let [query, segment, problem, equipment, provider, price, after] = [const { String::new() }; 7];
        Self { query, segment, problem, equipment, provider, price, after, rows: ROWS }
    }
}

/// Modules with an approved version.
///
/// Ranked by BM25 of the words over name (10), title (8), summary (4), provider and tags (3), description (1); then by
/// the number of tenants, then by name. Pages are keyset pages: what is approved meanwhile may be missing, nothing comes
/// twice.
#[utoipa::path(get, path = "/v1/shelf", tag = "shelf", params(Search), responses((status = 200, body = ShelfPage)),
    security((), ("person" = []), ("token" = ["read"])))]
pub async fn shelf(
    State(registry): State<Registry>,
    _: Visitor,
    Params(search): Params<Search>,
) -> Result<Json<ShelfPage>, Failed> {
    let Search { query, segment, problem, equipment, provider, price, after, rows } = search;
    let search = toolcrib_catalog::Search { words: query, segment, problem, equipment, provider, price, after, rows };
    let found = registry.catalog().search(&search).await?;
    let facet = |facet: toolcrib_catalog::Facet| Facet {
        kind: facet.kind,
        code: facet.code,
        name: Words { zh: facet.zh, en: facet.en },
        count: facet.count.cast_unsigned(),
    };
    Ok(Json(ShelfPage {
        cards: found.cards.into_iter().map(card).collect(),
        total: found.total,
        facets: found.facets.into_iter().map(facet).collect(),
        next: found.next,
    }))
}

/// A card as it crosses the wire.
pub fn card(card: toolcrib_catalog::Card) -> Card {
    Card {
        module: card.module,
        org: card.org,
        org_name: card.org_name,
        title: card.title,
        summary: card.summary,
        version: card.version,
        segments: card.segments,
        problems: card.problems,
        equipment: card.equipment,
        prices: card.prices,
        ratings: card.ratings,
        stars: card.stars,
        deprecated: card.deprecated,
        successor: card.successor,
    }
}
