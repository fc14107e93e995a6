//! `GET /city/providers?…`: providers that apply to a city or are identified by it, by state.

use super::{PATH, places, segment};
use crate::failure::Failure;
use crate::pages::identified::{self, STATES};
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{IdentificationRow, Identifications, Segment};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What the list can be asked, as the page's address has it.
const ASKED: [&str; 5] = ["city", "segment", "kind", "state", "after"];

/// The list with what it was asked.
pub struct List {
    pub page: Identifications,
    pub segments: Vec<Segment>,
    pub asked: FormText,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Markup, Failure> {
    let city = places(&visitor)?[0].city.clone().unwrap_or_default();
    let known = |(name, value): &(String, String)| ASKED.contains(&name.as_str()) && !value.is_empty();
    let mut asked: Vec<_> = pairs.into_iter().filter(known).collect();
    if !asked.iter().any(|(name, _)| name == "city") {
        asked.push(("city".to_owned(), city));
    }
    let asked = FormText::new(asked);
    let query = asked.query_with("view", "city");
    let (page, segments) = tokio::join!(visitor.registry.identifications(&query), visitor.registry.segments());
    Ok(self::page(&visitor.shell, &List { page: page?, segments: segments?, asked }))
}

pub fn page(shell: &Shell, list: &List) -> Markup {
    let (tr, here) = (shell.tr, format!("{PATH}/providers"));
    let heads = ["provider", "prog-segment", "prog-kind", "prog-state", "prog-stars", "prog-next-day", "prog-disputes"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &IdentificationRow| {
        vec![
            html! { a href={ "/identifications/" (row.id) } { (row.org_name) } },
            html! { (segment(tr, &list.segments, &row.segment)) },
            html! { (identified::kind(tr, row.kind)) },
            identified::state(tr, row.state),
            html! { (row.stars.map_or_else(|| "–".to_owned(), |stars| "★".repeat(usize::from(stars.min(5))))) },
            html! { (row.due.as_deref().unwrap_or("–")) },
            html! { @if row.open_disputes > 0 { (part::tag("warn", &row.open_disputes.to_string())) } @else { "–" } },
        ]
    };
    let rows: Vec<_> = list.page.rows.iter().map(row).collect();
    let body = html! {
        (filters(shell, list, &here))
        @if rows.is_empty() { (part::empty(&tr.t("prog-providers-none"))) }
        @else { (part::grid(&tr.t("prog-providers"), &heads, &rows)) }
        (part::buttons(&[
            html! { @if let Some(next) = &list.page.next { (part::link(&format!("{here}?{}", list.asked.query_with("after", next)), &tr.t("prog-next-page"), Press::Plain)) } },
        ]))
    };
    shell.page(&tr.t("prog-providers"), body)
}

fn filters(shell: &Shell, list: &List, here: &str) -> Markup {
    let tr = shell.tr;
    let kept = list.asked.pairs().filter(|(name, _)| *name != "after");
    let asked = FormText::new(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    let count = |state| list.page.counts.iter().find(|row| row.state == state).map_or(0, |row| row.count);
    let address = |query: &str| format!("{here}?{query}");
    let of = |state| {
        let query = asked.query_with("state", super::code(state).as_str());
        (address(&query), identified::state_name(tr, state), Some(count(state)))
    };
    let every = address(&asked.query_without(&["state"]));
    let all = list.page.counts.iter().map(|row| row.count).sum();
    let links: Vec<_> = [(every.clone(), tr.t("prog-all"), Some(all))].into_iter().chain(STATES.map(of)).collect();
    let now = asked.get("state").map_or(every, |state| address(&asked.query_with("state", state)));
    let options = list.segments.iter().map(|one| (one.code.clone(), tr.words(&one.name).to_owned()));
    let options: Vec<_> = [(String::new(), tr.t("prog-all"))].into_iter().chain(options).collect();
    let label = tr.t("prog-segment");
    html! {
        (desk::filters(&tr.t("prog-state"), &links, &now))
        (desk::ask(here, html! {
            @if let Some(state) = asked.get("state") { input type="hidden" name="state" value=(state); }
            (Field { name: "segment", label: &label, ..Field::default() }.select(&options, asked.get("segment").unwrap_or_default()))
            p { (part::button(&tr.t("search"), Press::Plain)) }
        }))
    }
}
