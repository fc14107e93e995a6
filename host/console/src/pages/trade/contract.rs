//! `GET /contracts/{contract}`: a signed contract, line by line; nothing of it changes.

use super::{PATH, lines, split};
use crate::failure::Failure;
use crate::pages::identified;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Contract, OfferSignature, ProviderNote};
use toolcrib_ui::part;
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let contract = visitor.registry.contract(&id).await?;
    Ok(page(&visitor.shell, &contract))
}

pub fn page(shell: &Shell, contract: &Contract) -> Markup {
    let tr = shell.tr;
    let row = &contract.row;
    let intact = if contract.intact { ("ok", "prog-intact") } else { ("bad", "prog-not-intact") };
    let signature = |signature: &OfferSignature| {
        html! { (tr.t(&format!("prog-side-{}", signature.side))) " · " (signature.by) " · " (shell.zone.show_text(&signature.at)) }
    };
    let note = |note: &ProviderNote| {
        html! { (shell.zone.show_text(&note.at)) " " (identified::state(tr, note.state)) " " (note.reason) }
    };
    let body = html! {
        p { (row.org_name) " → " (row.firm_name) " " (part::tag(intact.0, &tr.t(intact.1))) }
        @if !contract.provider_notes.is_empty() {
            (part::notice("warn", &tr.t("prog-provider-notes")))
            (desk::stack(&contract.provider_notes.iter().map(note).collect::<Vec<_>>()))
        }
        (part::card(&tr.t("prog-split"), split(shell, &contract.split)))
        (lines(shell, &contract.lines))
        (part::facts(&[
            (tr.t("prog-signed-at"), shell.zone.show_text(&row.signed_at)),
            (tr.t("prog-offer"), html! { a href={ (PATH) "/" (row.offer) } { (tr.with("prog-version", &[("version", &contract.version.to_string())])) } }),
            (tr.t("prog-target-level"), html! { (super::super::city::level(tr, contract.target_level)) }),
            (tr.t("prog-project"), html! { @match &row.project { Some(project) => a href={ "/projects/" (project) } { (tr.t("prog-project-see")) }, None => "–" } }),
            (tr.t("prog-replaced-by"), html! { @match &row.replaced_by { Some(other) => a href={ "/contracts/" (other) } { (tr.t("prog-contract-see")) }, None => "–" } }),
            (tr.t("prog-hash"), part::digest(&row.hash)),
        ]))
        (desk::block(&tr.t("prog-signatures"), desk::stack(&contract.signatures.iter().map(signature).collect::<Vec<_>>())))
    };
    shell.page(&row.title, body)
}
