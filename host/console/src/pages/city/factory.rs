//! `GET /city/factories/{tenant}`: a factory's own subscriptions and consents, for an auditor whom it lets look. The look is
//! kept, and the factory sees it.

use super::places;
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Consent, Subscription};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(tenant): Path<String>) -> Result<Markup, Failure> {
    places(&visitor)?;
    let registry = &visitor.registry;
    let (subscriptions, consents) = tokio::join!(registry.subscriptions(&tenant), registry.consents_of(&tenant));
    Ok(page(&visitor.shell, &tenant, &subscriptions?, &consents?))
}

pub fn page(shell: &Shell, tenant: &str, subscriptions: &[Subscription], consents: &[Consent]) -> Markup {
    let tr = shell.tr;
    let heads = ["module", "version", "prog-since"].map(|key| tr.t(key));
    let row =
        |row: &Subscription| vec![html! { (row.module) }, html! { (row.version) }, shell.zone.show_text(&row.since)];
    let rows: Vec<_> = subscriptions.iter().map(row).collect();
    let agreed_heads = ["module", "version", "prog-agreed-by", "prog-agreed-at", "prog-until"].map(|key| tr.t(key));
    let agreed = |consent: &Consent| {
        vec![
            html! { (consent.module) },
            html! { (consent.version) },
            html! { (consent.agreed_by) },
            shell.zone.show_text(&consent.agreed_at),
            html! { @match &consent.ended_at { Some(end) => (shell.zone.show_text(end)), None => "–" } },
        ]
    };
    let consents: Vec<_> = consents.iter().map(agreed).collect();
    let body = html! {
        (part::crumbs(tr, &[("/city/looks", &tr.t("prog-looks"))]))
        (part::lead(&tr.t("prog-factory-lead")))
        @if rows.is_empty() { (part::empty(&tr.t("prog-subscriptions-none"))) }
        @else { (part::grid(&tr.t("prog-subscriptions"), &heads, &rows)) }
        @if consents.is_empty() { (part::empty(&tr.t("market-consents-none"))) }
        @else { (part::grid(&tr.t("market-consents"), &agreed_heads, &consents)) }
    };
    shell.page(&tr.with("prog-factory-title", &[("factory", tenant)]), body)
}
