//! `GET /offers/{offer}`: an offer with who pays which part; `POST …/sign` and `…/end`.

use super::{PATH, lines, role, split, state};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, lines as written, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{EndOffer, Offer, OfferSignature, OfferState, OfferStep, OfferVersion, SignOffer};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// An offer as one side sees it.
pub struct Shown {
    pub offer: Offer,
    /// `provider`, `firm`, or empty for readers.
    pub side: &'static str,
    /// The visitor may sign for their side.
    pub signs: bool,
}

async fn load(visitor: &Visitor, id: &str) -> Result<Shown, Failure> {
    let offer = visitor.registry.offer(id).await?;
    let (provider, firm) = (role(visitor, &offer.row.org), role(visitor, &offer.row.firm));
    let (side, role) = match (provider, firm) {
        ("", "") => ("", ""),
        ("", firm) => ("firm", firm),
        (provider, _) => ("provider", provider),
    };
    Ok(Shown { side, signs: role == "owner", offer })
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let shown = load(&visitor, &id).await?;
    Ok(page(&visitor.shell, &shown, &Sent { form: FormText::new(pairs), problem: None }).into_response())
}

async fn again(visitor: &Visitor, id: &str, sent: Sent) -> Result<Response, Failure> {
    let shown = load(visitor, id).await?;
    Ok(sent.answer(page(&visitor.shell, &shown, &sent)))
}

pub async fn sign(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let sign = SignOffer { version: line(&form, "version").parse().unwrap_or(0), digest: line(&form, "digest") };
    match told(visitor.registry.sign_offer(&id, &sign).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}"), "offer-signed")),
        Err(problem) => again(&visitor, &id, Sent::refused(form, problem)).await,
    }
}

pub async fn end(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let end = EndOffer { reason: written(&form, "reason") };
    match told(visitor.registry.end_offer(&id, &end).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}"), "offer-ended")),
        Err(problem) => again(&visitor, &id, Sent::refused(form, problem)).await,
    }
}

pub fn page(shell: &Shell, shown: &Shown, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let (offer, row) = (&shown.offer, &shown.offer.row);
    let (newest, older) = match offer.versions.split_first() {
        Some((newest, older)) => (Some(newest), older),
        None => (None, &[][..]),
    };
    let body = html! {
        (sent.head(tr))
        p { (state(tr, row.state)) " " (row.org_name) " → " (row.firm_name) }
        @if let Some(contract) = &row.contract {
            (part::buttons(&[part::link(&format!("/contracts/{contract}"), &tr.t("prog-contract-see"), Press::Main)]))
        }
        @if let Some(version) = newest { (one(shell, version)) (acts(shell, shown, version, sent)) }
        @for version in older {
            (desk::more(&tr.with("prog-version", &[("version", &version.version.to_string())]), one(shell, version)))
        }
        (desk::block(&tr.t("prog-steps"), html! { (part::log(&offer.steps.iter().map(|step| entry(shell, step)).collect::<Vec<_>>())) }))
    };
    shell.page(&row.title, body)
}

fn one(shell: &Shell, version: &OfferVersion) -> Markup {
    let tr = shell.tr;
    let signature = |signature: &OfferSignature| {
        html! { (tr.t(&format!("prog-side-{}", signature.side))) " · " (signature.by) " · " (shell.zone.show_text(&signature.at)) }
    };
    let signatures: Vec<_> = version.signatures.iter().map(signature).collect();
    html! {
        (part::card(&tr.t("prog-split"), split(shell, &version.split)))
        (lines(shell, &version.lines))
        @if !version.note.is_empty() { (part::prose(&version.note)) }
        (part::facts(&[
            (tr.t("version"), html! { (version.version) }),
            (tr.t("prog-valid-until"), html! { (version.valid_until) }),
            (tr.t("prog-target-level"), html! { (super::super::city::level(tr, version.target_level)) }),
            (tr.t("prog-rules-version"), html! { @match version.rule { Some(rule) => (rule), None => "–" } }),
            (tr.t("digest"), part::digest(&version.digest)),
        ]))
        @if !signatures.is_empty() { (desk::block(&tr.t("prog-signatures"), desk::stack(&signatures))) }
    }
}

fn acts(shell: &Shell, shown: &Shown, version: &OfferVersion, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let (id, row) = (&shown.offer.row.id, &shown.offer.row);
    let open = matches!(row.state, OfferState::Open | OfferState::Lapsed);
    if shown.side.is_empty() || !open {
        return html! {};
    }
    let signed = if shown.side == "firm" { row.signed_by_firm } else { row.signed_by_provider };
    let reason = tr.t("prog-why");
    html! {
        @if shown.signs && !signed && row.state == OfferState::Open {
            (part::card(&tr.t("prog-sign"), html! {
                p { (tr.t("prog-sign-help")) }
                (shell.post(&format!("{PATH}/{id}/sign"), html! {
                    input type="hidden" name="version" value=(version.version);
                    input type="hidden" name="digest" value=(version.digest);
                    (part::buttons(&[part::button(&tr.t("prog-sign"), Press::Main)]))
                }))
            }))
        }
        @if shown.side == "provider" {
            (part::buttons(&[part::link(&format!("/provider/offers/new?from={id}"), &tr.t("prog-revise"), Press::Plain)]))
        }
        @let end = if shown.side == "firm" { "prog-decline-offer" } else { "prog-withdraw-offer" };
        (desk::more(&tr.t(end), shell.post(&format!("{PATH}/{id}/end"), html! {
            (sent.field("reason", &reason, "", "").required().area(3))
            (part::buttons(&[part::button(&tr.t(end), Press::Danger)]))
        })))
    }
}

fn entry(shell: &Shell, step: &OfferStep) -> part::Step {
    let tr = shell.tr;
    let act = tr.maybe(&format!("prog-offer-act-{}", step.act)).unwrap_or_else(|| step.act.clone());
    let version = tr.with("prog-version", &[("version", &step.version.to_string())]);
    part::Step {
        what: html! { (shell.zone.show_text(&step.at)) " · " strong { (step.by) } " · " (act) " · " (version) },
        // A signature's reason only repeats whose it is.
        words: if step.act == "sign" { String::new() } else { step.reason.clone() },
    }
}
