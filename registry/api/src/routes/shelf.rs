//! The shelves: what everybody may find.

use super::plans::SCALE;
use crate::caller::Visitor;
use crate::failed::{Failed, at};
use crate::params::Params;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use toolcrib_catalog::Order;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Date, Instant, decimal_text};
use toolcrib_registry_client::wire::{Card, Facet, ShelfPage};
use utoipa::IntoParams;

/// Cards of a page when nothing is said.
const ROWS: u32 = 20;
const DAY_US: i64 = 86_400_000_000;

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
    /// What it mostly does: `records`, `machines`, `connector`
    kind: String,
    /// What a subsidy would count it as: `software`, `equipment`, `consulting`
    subsidy: String,
    /// What stands first: `fitting` (when nothing is said), `newest`, `rated`, `cheapest`
    order: String,
    /// `next` of the page before.
    after: String,
    /// 1 to 100.
    rows: u32,
}

impl Default for Search {
    fn default() -> Self {
        let [query, segment, problem, equipment, provider] = [const { String::new() }; 5];
        let [price, kind, subsidy, order, after] = [const { String::new() }; 5];
        Self { query, segment, problem, equipment, provider, price, kind, subsidy, order, after, rows: ROWS }
    }
}

/// Modules with an approved version.
///
/// Modules that name no segment are for all, and found in each. Ranked by BM25 of the words over name (10), title (8), summary (4), provider and tags (3), description (1); then by
/// the number of tenants, then by name. Pages are keyset pages: what is approved meanwhile may be missing, nothing comes
/// twice.
#[utoipa::path(get, path = "/v1/shelf", tag = "shelf", params(Search), responses((status = 200, body = ShelfPage)),
    security((), ("person" = []), ("token" = ["read"])))]
pub async fn shelf(
    State(registry): State<Registry>,
    _: Visitor,
    Params(search): Params<Search>,
) -> Result<Json<ShelfPage>, Failed> {
    let Search { query: words, segment, problem, equipment, provider, price, kind, subsidy, order, after, rows } =
        search;
    let wrong = || Problem::input(vec![at("/order", "fitting, newest, rated or cheapest".to_owned())]);
    let order = Order::parse(&order).ok_or_else(wrong)?;
    let search = toolcrib_catalog::Search {
        words,
        segment,
        problem,
        equipment,
        provider,
        price,
        kind,
        subsidy,
        order,
        after,
        rows,
    };
    let now = registry.now();
    let found = registry.catalog().search(&search).await?;
    let facet = |facet: toolcrib_catalog::Facet| Facet {
        kind: facet.kind,
        code: facet.code,
        name: Words { zh: facet.zh, en: facet.en },
        count: facet.count.cast_unsigned(),
    };
    Ok(Json(ShelfPage {
        cards: found.cards.into_iter().map(|found| card(found, now)).collect(),
        total: found.total,
        facets: found.facets.into_iter().map(facet).collect(),
        next: found.next,
    }))
}

/// A card as it crosses the wire. Papers are valid to the end of their last day (UTC).
pub fn card(card: toolcrib_catalog::Card, now: Instant) -> Card {
    let today = Date(now.0.div_euclid(DAY_US));
    let last = card.verified_until.as_ref().and_then(|day| day.parse::<Date>().ok());
    Card {
        kind: card.kind.as_str().to_owned(),
        subsidy: card.subsidy,
        price_from: decimal_text(card.price_e4, SCALE),
        tenants: card.tenants,
        verified: last.is_some_and(|last| today <= last),
        updated_at: Instant(card.updated_us).to_string(),
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
