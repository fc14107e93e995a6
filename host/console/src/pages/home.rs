//! `GET /`: where each role begins.

use crate::failure::Failure;
use crate::visitor::{Visitor, belongs};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Me, OrgKind, SubmissionState};
use toolcrib_ui::part::{self, Press};
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
    let city = belongs(me, OrgKind::Authority).then(|| "/city".to_owned());
    tenants.chain(provider).chain(review).chain(city).collect()
}

/// `waiting`: submissions that wait for this reviewer.
pub fn page(shell: &Shell, me: &Me, waiting: Option<usize>) -> Markup {
    let tr = shell.tr;
    let body = html! {
        @if places(me).is_empty() { (part::empty(&tr.t("home-nothing"))) }
        @if let Some(waiting) = waiting {
            (part::card(&tr.t("nav-review"), html! {
                p { (tr.with("home-waiting", &[("count", &waiting.to_string())])) }
                (part::buttons(&[part::link("/review", &tr.t("home-review"), Press::Plain)]))
            }))
        }
        @if belongs(me, OrgKind::Provider) {
            (part::card(&tr.t("nav-provider"), html! {
                p { (tr.t("home-provider")) }
                (part::buttons(&[part::link("/provider", &tr.t("provider-title"), Press::Plain)]))
            }))
        }
        @if belongs(me, OrgKind::Authority) {
            (part::card(&tr.t("prog-home"), html! {
                p { (tr.t("home-city")) }
                (part::buttons(&[part::link("/city", &tr.t("prog-home"), Press::Plain)]))
            }))
        }
        @for tenant in &me.tenants {
            (part::card(&tenant.name, html! {
                p { (tr.t(&format!("role-{}", tenant.role))) }
                (part::buttons(&[part::link(&format!("/t/{}", tenant.slug), &tr.t("home-tenant"), Press::Plain)]))
            }))
        }
    };
    shell.page(&tr.with("home-title", &[("name", &me.name)]), body)
}
