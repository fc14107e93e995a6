//! `GET /market`: what hurts, who it is for, what most factories have, what is new.

use super::about::{Term, Vocabulary, item};
use crate::failure::Failure;
use crate::visitor::Visitor;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Card, Facet, ShelfPage};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::part::filters::{Words, filters};
use toolcrib_ui::part::shelf::{Below, Door, Item, doors, hues, shelf};
use toolcrib_ui::shell::Shell;

/// Cards of each row.
const ROW: &str = "6";
/// The segment of modules that are for all.
const EVERY: &str = "*";

/// What the page says.
pub struct Shown {
    pub used: ShelfPage,
    pub newest: Vec<Card>,
    pub words: Vocabulary,
    pub problems: Vec<Term>,
    pub segments: Vec<Term>,
}

pub async fn show(visitor: Visitor) -> Result<Markup, Failure> {
    let registry = &visitor.registry;
    let newest = [("order", "newest"), ("rows", ROW)];
    let (used, newest, words) =
        tokio::join!(registry.shelf(&[("rows", ROW)]), registry.shelf(&newest), Vocabulary::load(registry));
    let (words, problems, segments) = words?;
    Ok(page(&visitor.shell, &Shown { used: used?, newest: newest?.cards, words, problems, segments }))
}

pub fn page(shell: &Shell, shown: &Shown) -> Markup {
    let tr = shell.tr;
    let search = Words { name: "q", label: tr.t("market-words"), typed: "" };
    // What already stands above is not told again.
    let is_above = |card: &&Card| shown.used.cards.iter().any(|above| above.module == card.module);
    let newest = shown.newest.iter().filter(|card| !is_above(card));
    let items = |cards: Vec<&Card>| cards.into_iter().map(|card| item(tr, &shown.words, card)).collect::<Vec<_>>();
    let (used, newest) = (items(shown.used.cards.iter().collect()), items(newest.collect()));
    let hues = hues(used.iter().chain(&newest));
    let row = |heading: &str, items: &[Item]| {
        html! { section { h2 { (tr.t(heading)) } (shelf(tr, Below::Section, &hues, items, false)) } }
    };
    let body = html! {
        (part::lead(&tr.with("market-lead", &[("count", &shown.used.total.to_string())])))
        (filters("/market/search", &tr.t("search"), &search, &[]))
        @if shown.used.total == 0 { (part::empty(&tr.t("market-empty"))) } @else {
            section { h2 { (tr.t("market-by-problem")) } (doors(tr, &problems(tr, shown))) }
            (row("market-most-used", &used))
            @if !newest.is_empty() { (row("market-newest", &newest)) }
            section { h2 { (tr.t("market-by-segment")) } (doors(tr, &segments(tr, shown))) }
        }
    };
    shell.page(&tr.t("market-title"), body)
}

fn count(facets: &[Facet], kind: &str, code: &str) -> u64 {
    facets.iter().find(|facet| facet.kind == kind && facet.code == code).map_or(0, |facet| facet.count)
}

/// Problems that something helps against, the most frequent first.
fn problems(tr: Tr, shown: &Shown) -> Vec<Door> {
    let mut doors: Vec<_> = shown
        .problems
        .iter()
        .map(|term| Door {
            path: format!("/market/search?problem={}", term.code),
            text: tr.words(&term.name).to_owned(),
            count: count(&shown.used.facets, "problem", &term.code),
        })
        .filter(|door| door.count > 0)
        .collect();
    doors.sort_by_key(|door| std::cmp::Reverse(door.count));
    doors
}

/// All segments: what is for all counts in each.
fn segments(tr: Tr, shown: &Shown) -> Vec<Door> {
    let facets = &shown.used.facets;
    let all = count(facets, "segment", EVERY);
    let door = |term: &Term| Door {
        path: format!("/market/search?segment={}", term.code),
        text: tr.words(&term.name).to_owned(),
        count: count(facets, "segment", &term.code).max(all),
    };
    shown.segments.iter().map(door).collect()
}
