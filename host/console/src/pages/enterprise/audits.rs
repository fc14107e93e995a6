//! `GET /t/{tenant}/audits`: whom the factory lets see its own data and what they looked at; `POST` agrees or takes back.

use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::pages::city;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::{Decider, Member};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{AuditConsent, Authority, Look};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// What the page shows.
pub struct Shown {
    pub tenant: String,
    pub authorities: Vec<Authority>,
    pub consents: Vec<AuditConsent>,
    pub looks: Vec<Look>,
}

async fn load(member: &Member) -> Result<Shown, Failure> {
    let (registry, tenant) = (&member.visitor.registry, member.tenant.slug.clone());
    let (authorities, consents, looks) =
        tokio::join!(registry.authorities(), registry.audits(&tenant), registry.tenant_looks(&tenant, None));
    Ok(Shown { authorities: authorities?, consents: consents?, looks: looks?, tenant })
}

pub async fn show(Decider(member): Decider, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let shown = load(&member).await?;
    Ok(page(member.shell(), &shown, &Sent { form: FormText::new(pairs), problem: None }).into_response())
}

pub async fn act(ByDecider { member, form }: ByDecider) -> Result<Response, Failure> {
    let (registry, tenant) = (&member.visitor.registry, member.tenant.slug.clone());
    let authority = line(&form, "authority");
    let (answer, what) = if line(&form, "press") == "end" {
        (registry.end_audit(&tenant, &authority).await, "audit-ended")
    } else {
        let days = line(&form, "days").parse().unwrap_or(0);
        (registry.agree_to_audit(&tenant, &authority, days).await, "audit-agreed")
    };
    match told(answer)? {
        Ok(()) => Ok(done(&format!("/t/{tenant}/audits"), what)),
        Err(problem) => {
            let (sent, shown) = (Sent::refused(form, problem), load(&member).await?);
            Ok(sent.answer(page(member.shell(), &shown, &sent)))
        }
    }
}

pub fn page(shell: &Shell, shown: &Shown, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let here = format!("/t/{}/audits", shown.tenant);
    let looks: Vec<_> = shown.looks.iter().map(|look| seen(shell, shown, look)).collect();
    let heads = ["prog-at", "prog-authority", "prog-looked-at"].map(|key| tr.t(key));
    let body = html! {
        (part::crumbs(tr, &[(&format!("/t/{}/programme", shown.tenant), &tr.t("prog-mine"))]))
        (sent.head(tr))
        (part::lead(&tr.t("prog-audits-lead")))
        (consents(shell, &here, &shown.consents))
        @if !shown.authorities.is_empty() { (part::card(&tr.t("prog-audit-agree"), agree(shell, &here, shown, sent))) }
        @if looks.is_empty() { (part::empty(&tr.t("prog-looks-none"))) }
        @else { (part::grid(&tr.t("prog-looks"), &heads, &looks)) }
    };
    shell.page(&tr.t("prog-audits"), body)
}

fn seen(shell: &Shell, shown: &Shown, look: &Look) -> Vec<Markup> {
    let authority = shown.authorities.iter().find(|authority| authority.slug == look.authority);
    let name = authority.map_or(look.authority.as_str(), |authority| authority.name.as_str());
    let what = match city::looks::named(shell.tr, &look.what) {
        Some(words) => html! { span title=(look.what) { (words) } },
        None => html! { code { (look.what) } },
    };
    vec![shell.zone.show_text(&look.at), html! { (name) }, what]
}

fn consents(shell: &Shell, here: &str, consents: &[AuditConsent]) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-authority", "prog-agreed-by", "prog-agreed-at", "prog-until", "prog-state"].map(|key| tr.t(key));
    let row = |consent: &AuditConsent| {
        let end = html! {
            input type="hidden" name="authority" value=(consent.authority);
            (part::choice("press", "end", &tr.t("prog-audit-end"), Press::Danger))
        };
        vec![
            html! { (consent.authority_name) },
            html! { (consent.agreed_by) },
            shell.zone.show_text(&consent.agreed_at),
            shell.zone.show_text(&consent.until),
            html! { @if consent.in_force { (shell.post(here, end)) } @else { (part::tag("idle", &tr.t("prog-audit-over"))) } },
        ]
    };
    let rows: Vec<_> = consents.iter().map(row).collect();
    html! { @if rows.is_empty() { (part::empty(&tr.t("prog-audits-none"))) } @else { (part::grid(&tr.t("prog-audits"), &heads, &rows)) } }
}

fn agree(shell: &Shell, here: &str, shown: &Shown, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let authorities: Vec<_> = shown.authorities.iter().map(|one| (one.slug.clone(), one.name.clone())).collect();
    let first = authorities.first().map(|(slug, _)| slug.clone()).unwrap_or_default();
    shell.post(
        here,
        html! {
            (sent.field("authority", &tr.t("prog-authority"), "", &first).select(&authorities))
            (sent.field("days", &tr.t("prog-audit-days"), &tr.t("prog-audit-days-help"), "30").required().line("number"))
            (part::buttons(&[part::button(&tr.t("prog-audit-agree"), Press::Main)]))
        },
    )
}
