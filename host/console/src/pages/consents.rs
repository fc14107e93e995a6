//! `GET /t/{tenant}/consents`: what was agreed to, by whom and when, with the page that was shown then.

use crate::failure::Failure;
use crate::visitor::Member;
use maud::{Markup, html};
use toolcrib_contract::consent::{Ask, Page, Risk, Scope};
use toolcrib_registry_client::wire::Consent;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(member: Member) -> Result<Markup, Failure> {
    let consents = member.visitor.registry.consents_of(&member.tenant.id).await?;
    Ok(page(member.shell(), &consents))
}

pub fn page(shell: &Shell, consents: &[Consent]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        p { (tr.t("market-consents-lead")) }
        @if consents.is_empty() {
            (part::empty(&tr.t("market-consents-none")))
            p { a href="/market" { (tr.t("market-all")) } }
        }
        @for consent in consents { section { (entry(shell, consent)) } }
    };
    shell.page(&tr.t("market-consents"), body)
}

fn entry(shell: &Shell, consent: &Consent) -> Markup {
    let tr = shell.tr;
    let (tone, state) = match &consent.ended_at {
        None => ("ok", tr.t("market-consent-in-force")),
        Some(_) => ("idle", tr.t("market-consent-ended")),
    };
    let kind = tr.maybe(&format!("market-consent-{}", consent.kind)).unwrap_or_else(|| consent.kind.clone());
    let shown: Option<Page> = serde_json::from_str(&consent.shown).ok();
    html! {
        h2 { (shell.names(&consent.module).module(&consent.module)) " " (consent.version) " " (part::tag(tone, &state)) }
        p { (kind) " · " (consent.agreed_by) " · " (shell.zone.show_text(&consent.agreed_at))
            @if let Some(at) = &consent.ended_at { " – " (shell.zone.show_text(at)) } }
        @if consent.grants.is_empty() { p { (tr.t("market-consent-nothing")) } }
        details { summary { (tr.t("market-consent-page")) }
            @match &shown {
                Some(page) => { (list(tr, page, consent)) }
                None => p { (tr.t("market-consent-no-page")) },
            }
            (part::facts(&[
                (tr.t("market-consent-hash"), html! { code { (consent.shown_sha256) } }),
                (tr.t("digest"), html! { (part::digest(&consent.digest)) }),
            ]))
        }
    }
}

/// The wishes as they stood on the page, each with what became of it.
fn list(tr: Tr, page: &Page, consent: &Consent) -> Markup {
    let heads = ["market-consent-what", "market-consent-why", "market-consent-risk", "market-consent-agreed"]
        .map(|key| tr.t(key));
    let row = |ask: &Ask| {
        let agreed = consent.grants.iter().any(|grant| grant.covers(&ask.capability));
        let scope = consent.scopes.iter().find(|scope| scope.capability == ask.capability);
        vec![
            html! { (tr.words(&ask.sentence)) },
            html! { (tr.words(&ask.reason)) },
            html! { (risk(tr, ask.risk)) },
            html! { (tr.t(if agreed { "yes" } else { "no" })) @if let Some(scope) = scope { " · " (reach(tr, scope)) } },
        ]
    };
    html! {
        @if let Some(from) = &page.from { p { (tr.with("market-consent-from", &[("version", from)])) } }
        @if page.asks.is_empty() { p { (tr.t("market-consent-nothing-new")) } }
        @else { (part::table(&tr.t("market-consent-page"), &heads, &page.asks.iter().map(row).collect::<Vec<_>>())) }
    }
}

fn risk(tr: Tr, risk: Risk) -> Markup {
    match risk {
        Risk::Low => part::tag("idle", &tr.t("level-low")),
        Risk::Medium => part::tag("warn", &tr.t("level-medium")),
        Risk::High => part::tag("bad", &tr.t("level-high")),
    }
}

fn reach(tr: Tr, scope: &Scope) -> String {
    let codes: Vec<_> = scope.equipment.iter().map(String::as_str).collect();
    tr.with("market-consent-reach", &[("codes", &codes.join(&tr.t("list-separator")))])
}
