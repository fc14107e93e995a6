//! Offers of providers to firms and the contracts that come of them, as either side sees them.

pub mod contract;
pub mod make;
pub mod offer;
pub mod offers;

use crate::visitor::Visitor;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{OfferLine, OfferSplit, OfferState};
use toolcrib_ui::language::Tr;
use toolcrib_ui::money::{percent, yuan};
use toolcrib_ui::part::{self, purse};
use toolcrib_ui::shell::Shell;

/// Where offers are.
pub const PATH: &str = "/offers";

/// An offer's state in words.
pub fn state(tr: Tr, state: OfferState) -> Markup {
    let tone = match state {
        OfferState::Open => "warn",
        OfferState::Signed => "ok",
        OfferState::Lapsed | OfferState::Declined | OfferState::Withdrawn => "idle",
    };
    part::tag(tone, &tr.t(&format!("prog-offer-{}", crate::pages::city::code(state))))
}

/// The role in an organisation; empty for others.
pub fn role<'a>(visitor: &'a Visitor, org: &str) -> &'a str {
    visitor.identity.me.orgs.iter().find(|own| own.slug == org).map_or("", |own| own.role.as_str())
}

/// Who bears which part of the catalogue's price, before anybody signs.
pub fn split(shell: &Shell, split: &OfferSplit) -> Markup {
    let tr = shell.tr;
    let parts = [
        ("prog-split-firm", split.firm_fen),
        ("prog-split-provider", split.provider_fen),
        ("prog-split-programme", split.programme_fen),
    ];
    let parts = parts.map(|(key, fen)| (tr.t(key), fen));
    let rate = split.rate_bp.map_or_else(|| "–".to_owned(), |rate| percent(i64::from(rate)));
    let cap = split.cap_fen.map_or_else(|| "–".to_owned(), yuan);
    html! {
        (purse::split(&tr.t("prog-split"), &parts))
        (part::facts(&[
            (tr.t("prog-list"), html! { (yuan(split.list_fen)) }),
            (tr.t("prog-net"), html! { (yuan(split.net_fen)) }),
            (tr.t("prog-eligible"), html! { (yuan(split.eligible_fen)) }),
            (tr.t("prog-rate"), html! { (rate) }),
            (tr.t("prog-cap"), html! { (cap) @if split.capped { " " (part::tag("warn", &tr.t("prog-capped"))) } }),
        ]))
        (part::dim(&tr.t("prog-split-help")))
    }
}

/// Lines as they are signed.
pub fn lines(shell: &Shell, lines: &[OfferLine]) -> Markup {
    let tr = shell.tr;
    let heads = [
        "prog-line",
        "prog-category",
        "prog-description",
        "prog-quantity",
        "prog-list",
        "prog-discount",
        "prog-net",
        "prog-eligible-short",
        "prog-split-programme",
        "prog-split-firm",
    ];
    let heads = heads.map(|key| tr.t(key));
    let row = |line: &OfferLine| {
        let eligible = if line.eligible { ("ok", "yes") } else { ("idle", "no") };
        vec![
            part::amount(line.line),
            html! { (tr.maybe(&format!("prog-category-{}", line.category)).unwrap_or_else(|| line.category.clone())) },
            html! { (line.description) @if let Some(module) = &line.module { " " code { (module) " " (line.module_version.as_deref().unwrap_or_default()) } } },
            part::amount(line.quantity),
            part::amount(yuan(line.list_fen)),
            part::amount(yuan(line.discount_fen)),
            part::amount(yuan(line.net_fen)),
            part::tag(eligible.0, &tr.t(eligible.1)),
            part::amount(yuan(line.programme_fen)),
            part::amount(yuan(line.firm_fen)),
        ]
    };
    part::grid(&tr.t("prog-lines"), &heads, &lines.iter().map(row).collect::<Vec<_>>())
}
