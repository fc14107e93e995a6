//! `GET /t/{tenant}/modules` and `POST …/{module}/cancel`: what a tenant checked out, what it agreed to, and the end of it.

use crate::failure::{Failure, status};
use crate::guard::Posted;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::Subscription;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

/// A subscription and the newest approved version, when that is another one.
pub struct Installed {
    pub subscription: Subscription,
    pub newer: Option<String>,
}

pub async fn show(member: Member) -> Result<Markup, Failure> {
    let installed = load(&member).await?;
    Ok(page(member.shell(), &installed, member.decides(), None))
}

async fn load(member: &Member) -> Result<Vec<Installed>, Failure> {
    let registry = &member.visitor.registry;
    let (subscriptions, listed) = tokio::join!(registry.subscriptions(&member.tenant.id), registry.modules("", ""));
    let listed = listed?.modules;
    let newer = |subscription: &Subscription| {
        let latest = listed.iter().find(|module| module.name == subscription.module)?.latest.clone();
        latest.filter(|latest| *latest != subscription.version)
    };
    Ok(subscriptions?.into_iter().map(|subscription| Installed { newer: newer(&subscription), subscription }).collect())
}

pub async fn cancel(
    State(app): State<Arc<App>>,
    Path((tenant, module)): Path<(String, String)>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Failure> {
    let member = visitor.member(&app, &tenant)?;
    let address = format!("/t/{}/modules", member.tenant.slug);
    match member.visitor.registry.unsubscribe(&member.tenant.id, &module).await {
        Ok(()) => Ok(Redirect::to(&address).into_response()),
        Err(error) => match Failure::from(error) {
            Failure::Problem(problem) => {
                let installed = load(&member).await?;
                let shell = Shell { back: address, ..member.shell().clone() };
                Ok((status(&problem), page(&shell, &installed, member.decides(), Some(&problem))).into_response())
            }
            other => Err(other),
        },
    }
}

/// `decides`: the visitor's role may cancel and upgrade. `problem` of a cancellation that was refused.
pub fn page(shell: &Shell, installed: &[Installed], decides: bool, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::problem_above(tr, problem))
        @if installed.is_empty() { (part::empty(&tr.t("installed-none"))) }
        @for one in installed { (card(shell, one, decides)) }
        p { a.button href="/market" { (tr.t("nav-market")) } }
    };
    shell.page(&tr.t("nav-modules"), body)
}

fn card(shell: &Shell, installed: &Installed, decides: bool) -> Markup {
    let (tr, subscription) = (shell.tr, &installed.subscription);
    let tenant = shell.tenant.as_ref();
    let base = tenant.map(|tenant| tenant.path()).unwrap_or_default();
    let known = tenant.and_then(|tenant| tenant.modules.iter().find(|known| known.name == subscription.module));
    let title =
        known.map(|known| tr.words(&known.title)).filter(|title| !title.is_empty()).unwrap_or(&subscription.module);
    html! { section.card {
        h2 { @if known.is_some() { a href={ (base) "/m/" (subscription.module) } { (title) } } @else { (title) } }
        @if !subscription.in_force { (part::notice("warn", &tr.t("installed-not-in-force"))) }
        @else if known.is_none() { (part::notice("idle", &tr.t("installed-loading"))) }
        (part::facts(&[
            (tr.t("version"), html! { (subscription.version) " " (part::digest(&subscription.digest)) }),
            (tr.t("installed-since"), html! { (shell.zone.show_text(&subscription.since)) " · " (subscription.agreed_by) }),
        ]))
        @if let Some(newer) = &installed.newer {
            p { (tr.with("installed-newer", &[("version", newer)])) " " a href={ (base) "/install/" (subscription.module) } { (tr.t("installed-read")) } }
        }
        details { summary { (tr.with("installed-grants", &[("count", &subscription.grants.len().to_string())])) }
            ul.wants { @for grant in &subscription.grants { li { (wants::sentence(shell.beside(), grant)) " " code.dim { (grant) } } } } }
        @if decides { details { summary { (tr.t("cancel")) }
            p { (tr.t("cancel-help")) }
            (shell.post(&format!("{base}/modules/{}/cancel", subscription.module), html! { button.danger { (tr.with("cancel-confirm", &[("module", title)])) } }))
        } }
    } }
}
