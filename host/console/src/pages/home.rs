//! `GET /`: where each role begins.

use crate::failure::Failure;
use crate::visitor::{Visitor, belongs};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Me, OrgKind, SubmissionState};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor) -> Result<Response, Failure> {
    let me = &visitor.identity.me;
    if let [only] = &places(me)[..] {
        return Ok(Redirect::to(only).into_response());
    }
    let waiting = if visitor.reviews() {
        Some(visitor.registry.submissions(Some(SubmissionState::Review)).await?.len())
    } else {
        None
    };
    Ok(page(&visitor.shell, me, waiting).into_response())
}

/// The pages that a person works on.
fn places(me: &Me) -> Vec<String> {
    let tenants = me.tenants.iter().map(|tenant| format!("/t/{}", tenant.slug));
    let provider = belongs(me, OrgKind::Provider).then(|| "/provider".to_owned());
    let review = belongs(me, OrgKind::Marketplace).then(|| "/review".to_owned());
    tenants.chain(provider).chain(review).collect()
}

/// `waiting`: submissions that wait for this reviewer.
pub fn page(shell: &Shell, me: &Me, waiting: Option<usize>) -> Markup {
    let tr = shell.tr;
    let body = html! {
        @if places(me).is_empty() { (part::empty(&tr.t("home-nothing"))) }
        @if let Some(waiting) = waiting {
            section.card { h2 { (tr.t("nav-review")) } p { (tr.with("home-waiting", &[("count", &waiting.to_string())])) }
                p { a.button href="/review" { (tr.t("home-review")) } } }
        }
        @if belongs(me, OrgKind::Provider) {
            section.card { h2 { (tr.t("nav-provider")) } p { (tr.t("home-provider")) } p { a.button href="/provider" { (tr.t("provider-title")) } } }
        }
        @for tenant in &me.tenants {
            section.card { h2 { (tenant.name) } p { (tr.t(&format!("role-{}", tenant.role))) } p { a.button href={ "/t/" (tenant.slug) } { (tr.t("home-tenant")) } } }
        }
    };
    shell.page(&tr.with("home-title", &[("name", &me.name)]), body)
}
