//! `GET /market/p/{provider}`: what a provider says of itself, its papers, its modules.

use super::about::{Vocabulary, item};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ProviderPage, Qualification};
use toolcrib_ui::part;
use toolcrib_ui::part::shelf::{Below, hues, shelf, verified};
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(provider): Path<String>) -> Result<Markup, Failure> {
    let (page_of, words) = tokio::join!(visitor.registry.provider(&provider), Vocabulary::load(&visitor.registry));
    Ok(page(&visitor.shell, &page_of?, &words?.0))
}

pub fn page(shell: &Shell, provider: &ProviderPage, words: &Vocabulary) -> Markup {
    let tr = shell.tr;
    let items: Vec<_> = provider.modules.iter().map(|card| item(tr, words, card)).collect();
    let about = tr.words(&provider.about);
    let valid = provider.qualifications.iter().any(|paper| !paper.expired);
    let body = html! {
        @if valid { p { (verified(tr)) } }
        @if about.is_empty() { p { (tr.t("market-provider-silent")) } }
        @else { (part::prose(about)) }
        section { h2 { (tr.t("market-provider-modules")) }
            @if items.is_empty() { (part::empty(&tr.t("market-provider-none"))) } @else { (shelf(tr, Below::Section, &hues(&items), &items, false)) }
        }
        section { h2 { (tr.t("market-papers")) } (papers(shell, &provider.qualifications)) }
    };
    shell.page(&provider.name, body)
}

fn papers(shell: &Shell, papers: &[Qualification]) -> Markup {
    let tr = shell.tr;
    if papers.is_empty() {
        return part::empty(&tr.t("market-papers-none"));
    }
    let heads = ["market-paper", "market-issuer", "market-number", "market-valid-until"].map(|key| tr.t(key));
    let row = |paper: &Qualification| {
        let tone = if paper.expired {
            part::tag("warn", &tr.t("market-expired"))
        } else {
            html! {}
        };
        vec![
            html! { (paper.title) },
            html! { (paper.issuer) },
            html! { (paper.number) },
            html! { (paper.valid_until) " " (tone) },
        ]
    };
    part::table(&tr.t("market-papers"), &heads, &papers.iter().map(row).collect::<Vec<_>>())
}
