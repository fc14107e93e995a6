//! `GET /t/{tenant}/modules/{module}/versions`: what ran when, what is on offer; `POST …/versions`: how new versions are
//! taken; `POST …/rollback`: back to the one before.

use super::module::{Module, frame, load, policy_word};
use super::{again, base, press, reached};
use crate::failure::Failure;
use crate::guard::ByMember;
use crate::visitor::Member;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{Consent, Policy};
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

pub async fn show(member: Member, Path((_, module)): Path<(String, String)>) -> Result<Markup, Failure> {
    drawn(&member, &module, None).await
}

async fn drawn(member: &Member, module: &str, problem: Option<&Problem>) -> Result<Markup, Failure> {
    let module = load(member, module).await?;
    let history = if member.decides() {
        reached(member.visitor.registry.consents(&member.tenant.id, &module.name).await)?
    } else {
        None
    };
    Ok(page(member.shell(), &module, &history.unwrap_or_default(), member.decides(), problem))
}

pub async fn policy(
    Path((_, module)): Path<(String, String)>,
    ByMember { member, form }: ByMember,
) -> Result<Response, Failure> {
    let policy = if form.get("policy") == Some("auto") { Policy::Auto } else { Policy::Ask };
    let pinned = form.get("pinned").is_some();
    let set = member.visitor.registry.set_policy(&member.tenant.id, &module, policy, pinned).await;
    settled(&member, &module, set.map_err(Failure::from)).await
}

pub async fn roll_back(
    Path((_, module)): Path<(String, String)>,
    ByMember { member, .. }: ByMember,
) -> Result<Response, Failure> {
    let back = member.visitor.registry.roll_back(&member.tenant.id, &module).await;
    settled(&member, &module, back.map(drop).map_err(Failure::from)).await
}

async fn settled(member: &Member, module: &str, done: Result<(), Failure>) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/modules/{module}/versions", member.tenant.slug)).into_response()),
        Err(Failure::Problem(problem)) => {
            let page = drawn(member, module, Some(&problem)).await?;
            again(Failure::Problem(problem), |_| page)
        }
        Err(other) => Err(other),
    }
}

pub fn page(shell: &Shell, module: &Module, history: &[Consent], decides: bool, problem: Option<&Problem>) -> Markup {
    let (tr, base) = (shell.tr, base(shell));
    let at = format!("{base}/modules/{}", module.name);
    let kind = |kind: &str| tr.maybe(&format!("admin-consent-{kind}")).unwrap_or_else(|| kind.to_owned());
    let mut history: Vec<_> = history.iter().collect();
    history.sort_by(|a, b| b.agreed_at.cmp(&a.agreed_at));
    let row = |consent: &&Consent| {
        vec![
            html! { (consent.version) " " (part::digest(&consent.digest)) },
            html! { (kind(&consent.kind)) },
            html! { (consent.agreed_by) },
            html! { (shell.zone.show_text(&consent.agreed_at)) },
            html! { @match &consent.ended_at { Some(ended) => (shell.zone.show_text(ended)), None => (part::tag("ok", &tr.t("admin-in-force"))) } },
        ]
    };
    let heads = ["version", "admin-how", "admin-who", "admin-from", "admin-until"].map(|key| tr.t(key));
    // Another version stood before this one.
    let has_before = history.iter().any(|consent| consent.version != module.version);
    let policies =
        [("auto", "admin-policy-auto"), ("ask", "admin-policy-ask")].map(|(value, key)| (value.to_owned(), tr.t(key)));
    let body = html! {
        @if let Some(upgrade) = &module.upgrade {
            @match &upgrade.offer {
                Some(offer) => (part::card(&tr.with("installed-newer", &[("version", &offer.page.version)]), html! {
                    p { (part::link(&format!("{base}/install/{}/upgrade", module.name), &tr.t("installed-read"), Press::Main)) } })),
                None => (part::notice("ok", &tr.t("admin-newest"))),
            }
            @if decides { (part::card(&tr.t("admin-policy"), shell.post(&format!("{at}/versions"), html! {
                (Field { name: "policy", label: &tr.t("admin-policy-label"), ..Field::default() }.select(&policies, policy_word(upgrade.policy)))
                (Field { name: "pinned", label: &tr.t("admin-pinned"), ..Field::default() }.check("yes", upgrade.pinned))
                p { (part::button(&tr.t("admin-save"), Press::Plain)) }
            }))) }
        }
        @if decides && has_before { (part::card(&tr.t("admin-rollback"), html! { p { (tr.t("admin-rollback-help")) }
            (super::more(&tr.t("admin-rollback"), press(shell, &format!("{at}/rollback"), part::button(&tr.t("admin-rollback-do"), Press::Danger)))) })) }
        @if history.is_empty() { (part::empty(&tr.t("admin-history-none"))) }
        @else { (part::table(&tr.t("admin-history"), &heads, &history.iter().map(row).collect::<Vec<_>>())) }
    };
    frame(shell, module, "versions", problem, body)
}
