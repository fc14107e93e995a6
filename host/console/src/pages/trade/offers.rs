//! `GET /provider/offers`: a provider's offers and contracts, with what programmes are expected to pay for them.

use super::{PATH, state};
use crate::failure::Failure;
use crate::pages::provider::org;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ContractRow, Contracts, OfferRow, Offers};
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::money::yuan;
use toolcrib_ui::part::{self, Press, purse};
use toolcrib_ui::shell::Shell;

const HERE: &str = "/provider/offers";

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Markup, Failure> {
    let form = FormText::new(pairs);
    let slug = escape(&org(&visitor, &form)?.slug);
    let page_of = |name: &str| form.get(name).map(|after| format!("&after={}", escape(after))).unwrap_or_default();
    let (offers, contracts) =
        (format!("org={slug}{}", page_of("offers")), format!("org={slug}{}", page_of("contracts")));
    let (offers, contracts) = tokio::join!(visitor.registry.offers(&offers), visitor.registry.contracts(&contracts));
    Ok(page(&visitor.shell, &offers?, &contracts?))
}

pub fn page(shell: &Shell, offers: &Offers, contracts: &Contracts) -> Markup {
    let tr = shell.tr;
    let filed: i64 = contracts.rows.iter().filter(|row| row.project.is_some()).map(|row| row.programme_fen).sum();
    let signed: i64 = contracts.rows.iter().map(|row| row.net_fen).sum();
    let count = tr.with("prog-contracts-count", &[("count", &contracts.rows.len().to_string())]);
    let sums = [
        (tr.t("prog-contracts-net"), signed, count),
        (tr.t("prog-contracts-owed"), filed, tr.t("prog-contracts-owed-means")),
    ];
    let body = html! {
        (purse::sums(&sums))
        (part::buttons(&[part::link(&format!("{HERE}/new"), &tr.t("prog-offer-new"), Press::Main)]))
        (offer_table(shell, &offers.rows))
        @if let Some(next) = &offers.next { (part::buttons(&[part::link(&format!("{HERE}?offers={}", escape(next)), &tr.t("prog-next-page"), Press::Plain)])) }
        (contract_table(shell, &contracts.rows))
        @if let Some(next) = &contracts.next { (part::buttons(&[part::link(&format!("{HERE}?contracts={}", escape(next)), &tr.t("prog-next-page"), Press::Plain)])) }
    };
    shell.page(&tr.t("prog-offers"), body)
}

/// Offers in a list.
pub fn offer_table(shell: &Shell, rows: &[OfferRow]) -> Markup {
    let tr = shell.tr;
    let heads = [
        "prog-offer",
        "provider",
        "prog-firm",
        "prog-state",
        "prog-list",
        "prog-net",
        "prog-split-programme",
        "prog-valid-until",
    ];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &OfferRow| {
        vec![
            html! { a href={ (PATH) "/" (row.id) } { (row.title) } },
            html! { (row.org_name) },
            html! { (row.firm_name) },
            html! { (state(tr, row.state)) @if row.signed_by_provider { " " (part::tag("ok", &tr.t("prog-signed-provider"))) } @if row.signed_by_firm { " " (part::tag("ok", &tr.t("prog-signed-firm"))) } },
            part::amount(yuan(row.list_fen)),
            part::amount(yuan(row.net_fen)),
            part::amount(yuan(row.programme_fen)),
            html! { (row.valid_until) },
        ]
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    html! { @if rows.is_empty() { (part::empty(&tr.t("prog-offers-none"))) } @else { (part::grid(&tr.t("prog-offers"), &heads, &rows)) } }
}

/// Contracts in a list.
pub fn contract_table(shell: &Shell, rows: &[ContractRow]) -> Markup {
    let tr = shell.tr;
    let heads = [
        "prog-contract",
        "provider",
        "prog-firm",
        "prog-net",
        "prog-split-programme",
        "prog-signed-at",
        "prog-project",
    ];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &ContractRow| {
        vec![
            html! { a href={ "/contracts/" (row.id) } { (row.title) } },
            html! { (row.org_name) },
            html! { (row.firm_name) },
            part::amount(yuan(row.net_fen)),
            part::amount(yuan(row.programme_fen)),
            shell.zone.show_text(&row.signed_at),
            html! { @match &row.project { Some(project) => a href={ "/projects/" (project) } { (tr.t("prog-project-see")) }, None => "–" } },
        ]
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    html! { @if rows.is_empty() { (part::empty(&tr.t("prog-contracts-none"))) } @else { (part::grid(&tr.t("prog-contracts"), &heads, &rows)) } }
}
