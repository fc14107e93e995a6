//! `GET /market/search?q=&problem=&segment=&kind=&price=&subsidy=&provider=&order=&after=`: an address is a search.

use super::about::{Vocabulary, item};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_registry_client::wire::ShelfPage;
use toolcrib_ui::form::escape;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::filters::{Filter, Words, filters};
use toolcrib_ui::part::shelf::{Below, hues, shelf};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/market/search";
/// Cards of a page.
const ROWS: &str = "24";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    pub q: String,
    pub problem: String,
    pub segment: String,
    pub kind: String,
    pub price: String,
    pub subsidy: String,
    pub provider: String,
    pub order: String,
    pub after: String,
}

impl Search {
    fn pairs(&self) -> [(&'static str, &str); 9] {
        [
            ("q", self.q.trim()),
            ("problem", &self.problem),
            ("segment", &self.segment),
            ("kind", &self.kind),
            ("price", &self.price),
            ("subsidy", &self.subsidy),
            ("provider", &self.provider),
            ("order", &self.order),
            ("after", &self.after),
        ]
    }

    /// The same search from another place on.
    fn from(&self, after: &str) -> String {
        let kept = self.pairs().into_iter().filter(|(name, value)| *name != "after" && !value.is_empty());
        let after = Some(("after", after)).filter(|(_, value)| !value.is_empty());
        let query: Vec<_> = kept.chain(after).map(|(name, value)| format!("{name}={}", escape(value))).collect();
        if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", query.join("&")) }
    }
}

pub async fn show(visitor: Visitor, Query(search): Query<Search>) -> Result<Markup, Failure> {
    let mut asked: Vec<_> = search.pairs().into_iter().filter(|(_, value)| !value.is_empty()).collect();
    asked.iter_mut().filter(|(name, _)| *name == "q").for_each(|(name, _)| *name = "query");
    asked.push(("rows", ROWS));
    let (found, words) = tokio::join!(visitor.registry.shelf(&asked), Vocabulary::load(&visitor.registry));
    Ok(page(&visitor.shell, &search, &found?, &words?.0))
}

pub fn page(shell: &Shell, search: &Search, found: &ShelfPage, words: &Vocabulary) -> Markup {
    let tr = shell.tr;
    let typed = Words { name: "q", label: tr.t("market-words"), typed: &search.q };
    let items: Vec<_> = found.cards.iter().map(|card| item(tr, words, card)).collect();
    let body = html! {
        (filters(PATH, &tr.t("search"), &typed, &choices(tr, search, found, words)))
        p role="status" { (tr.with("market-found", &[("count", &found.total.to_string())])) }
        @if items.is_empty() {
            (part::empty(&tr.t("market-none")))
            p { a href="/market" { (tr.t("market-all")) } }
        } @else {
            form action="/market/compare" {
                (shelf(tr, Below::Page, &hues(&items), &items, items.len() > 1))
                @if items.len() > 1 { (part::buttons(&[part::button(&tr.t("market-compare-ticked"), Press::Plain)])) }
            }
            nav aria-label=(tr.t("market-pages")) { ul {
                @if !search.after.is_empty() { li { a href=(search.from("")) { (tr.t("market-first-page")) } } }
                @if let Some(next) = &found.next { li { a rel="next" href=(search.from(next)) { (tr.t("market-next-page")) } } }
            } }
        }
    };
    shell.page(&tr.t("market-search-title"), body)
}

fn choices(tr: Tr, search: &Search, found: &ShelfPage, words: &Vocabulary) -> Vec<Filter> {
    let of = |name: &'static str, label: &str, chosen: &str, named: &dyn Fn(&str) -> String| {
        let facets = found.facets.iter().filter(|facet| facet.kind == name && facet.code != "*");
        let with_count =
            |text: String, count: u64| tr.with("market-option", &[("name", &text), ("count", &count.to_string())]);
        let mut options: Vec<_> =
            facets.map(|facet| (facet.code.clone(), with_count(named(&facet.code), facet.count))).collect();
        if !chosen.is_empty() && !options.iter().any(|(code, _)| code == chosen) {
            options.push((chosen.to_owned(), with_count(named(chosen), found.total)));
        }
        Filter { name, label: tr.t(label), any: Some(tr.t("market-any")), options, chosen: chosen.to_owned() }
    };
    let provider = |code: &str| {
        let known = found.facets.iter().find(|facet| facet.kind == "provider" && facet.code == code);
        known.map_or_else(|| code.to_owned(), |facet| tr.words(&facet.name).to_owned())
    };
    // The address may name a code that nobody knows.
    let known = |code: &str, text: Option<String>| text.unwrap_or_else(|| code.to_owned());
    let kind = |code: &str| known(code, tr.maybe(&format!("market-kind-{code}")));
    let price = |code: &str| known(code, tr.maybe(&format!("market-price-{code}")));
    let subsidy = |code: &str| known(code, tr.maybe(&format!("market-subsidy-{code}")));
    let orders = ["fitting", "newest", "rated", "cheapest"];
    let orders = orders.map(|order| (order.to_owned(), tr.t(&format!("market-order-{order}"))));
    vec![
        of("problem", "market-problem", &search.problem, &|code| words.name(tr, "problem", code)),
        of("segment", "market-segment", &search.segment, &|code| words.name(tr, "segment", code)),
        of("kind", "market-kind", &search.kind, &kind),
        of("price", "market-price", &search.price, &price),
        of("subsidy", "market-subsidy", &search.subsidy, &subsidy),
        of("provider", "provider", &search.provider, &provider),
        Filter {
            name: "order",
            label: tr.t("market-order"),
            any: None,
            options: orders.into(),
            chosen: search.order.clone(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_same_search() {
        let search =
            Search { q: "停机 a&b".into(), problem: "downtime".into(), after: "old".into(), ..Search::default() };
        assert_eq!(
            search.from("0.2.oee"),
            "/market/search?q=%E5%81%9C%E6%9C%BA%20a%26b&problem=downtime&after=0.2.oee"
        );
        assert_eq!(Search::default().from(""), "/market/search");
    }
}
