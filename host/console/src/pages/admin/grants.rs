//! `GET /t/{tenant}/modules/{module}/grants`: what the tenant agreed to, and `POST …/grants`: taking an optional grant back.

use super::module::{Module, frame, load};
use super::{again, base, hidden};
use crate::failure::Failure;
use crate::guard::ByMember;
use crate::visitor::Member;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_contract::Capability;
use toolcrib_contract::problem::{BAD_INPUT, Problem};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

pub async fn show(member: Member, Path((_, module)): Path<(String, String)>) -> Result<Markup, Failure> {
    let module = load(&member, &module).await?;
    Ok(page(member.shell(), &module, member.decides(), None))
}

pub async fn revoke(
    Path((_, module)): Path<(String, String)>,
    ByMember { member, form }: ByMember,
) -> Result<Response, Failure> {
    let grant = form.get("grant").unwrap_or_default().parse::<Capability>();
    let revoked = match grant {
        Ok(grant) => member.visitor.registry.revoke(&member.tenant.id, &module, grant).await.map_err(Failure::from),
        Err(_) => Err(BAD_INPUT.because("this is no grant").into()),
    };
    match revoked {
        Ok(_) => Ok(Redirect::to(&format!("/t/{}/modules/{module}/grants", member.tenant.slug)).into_response()),
        Err(error) => {
            let loaded = load(&member, &module).await?;
            again(error, |problem| page(member.shell(), &loaded, member.decides(), Some(problem)))
        }
    }
}

pub fn page(shell: &Shell, module: &Module, decides: bool, problem: Option<&Problem>) -> Markup {
    let (tr, base) = (shell.tr, base(shell));
    let action = format!("{base}/modules/{}/grants", module.name);
    let grants = module.subscription.as_ref().map_or(&[][..], |subscription| &subscription.grants);
    let scopes = module.subscription.as_ref().map_or(&[][..], |subscription| &subscription.scopes);
    let optional =
        |grant: &Capability| module.wanted.iter().any(|wanted| wanted.optional && wanted.capability == *grant);
    let row = |grant: &Capability| {
        let narrowed = scopes.iter().find(|scope| scope.capability == *grant);
        let equipment =
            narrowed.map(|scope| scope.equipment.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        vec![
            html! { (wants::sentence(shell.beside(), grant)) },
            html! { code { (grant) } },
            html! { @if matches!(grant, Capability::Readings { .. }) { (equipment.unwrap_or_else(|| tr.t("admin-scope-all"))) } @else { "–" } },
            html! { @if optional(grant) { (tr.t("admin-optional")) } @else { (tr.t("admin-required")) } },
            html! { @if decides && optional(grant) {
                (shell.post(&action, html! { (hidden("grant", &grant.to_string())) (part::button(&tr.t("admin-revoke"), Press::Danger)) }))
            } },
        ]
    };
    let heads = ["admin-grant", "admin-grant-code", "admin-scope", "admin-kind", "admin-more"].map(|key| tr.t(key));
    let missing: Vec<_> =
        module.wanted.iter().filter(|wanted| !grants.iter().any(|grant| grant.covers(&wanted.capability))).collect();
    let body = html! {
        @if module.subscription.is_none() { (part::notice("warn", &tr.t("admin-registry-away"))) }
        @else if grants.is_empty() { (part::empty(&tr.t("admin-grants-none"))) }
        @else { (part::table(&tr.t("admin-tab-grants"), &heads, &grants.iter().map(row).collect::<Vec<_>>())) }
        @if module.subscription.is_some() && !missing.is_empty() { (part::card(&tr.t("admin-not-granted"), html! {
            ul { @for wanted in &missing { li { (wants::sentence(shell.beside(), &wanted.capability)) } } }
            @if decides { p { (part::link(&format!("{base}/install/{}", module.name), &tr.t("admin-grant-more"), Press::Plain)) } }
        })) }
        p { (part::link(&format!("{base}/consents"), &tr.t("admin-consent-log"), Press::Plain)) }
    };
    frame(shell, module, "grants", problem, body)
}
