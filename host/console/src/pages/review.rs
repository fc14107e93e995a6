//! `GET /review?state=`: what waits for the marketplace's decision.

use super::submission;
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::{Submission, SubmissionState};
use toolcrib_ui::shell::Shell;

#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
}

pub async fn show(visitor: Visitor, Query(Filter { state }): Query<Filter>) -> Result<Markup, Failure> {
    if !visitor.reviews() {
        return Err(NOT_ALLOWED.because("the queue is for the marketplace's reviewers").into());
    }
    // Without a filter the queue: what a reviewer came for.
    let state = if state.is_empty() { Some(SubmissionState::Review) } else { SubmissionState::parse(&state) };
    let submissions = visitor.registry.submissions(state).await?;
    Ok(page(&visitor.shell, state, &submissions))
}

/// `state` none: all of them.
pub fn page(shell: &Shell, state: Option<SubmissionState>, submissions: &[Submission]) -> Markup {
    let tr = shell.tr;
    let here = |same: bool| same.then_some("true");
    let body = html! {
        nav.filters aria-label=(tr.t("state")) { ul {
            @for other in SubmissionState::ALL {
                li { a href={ "/review?state=" (other.as_str()) } aria-current=[here(state == Some(other))] { (tr.t(&format!("state-{}", other.as_str()))) } }
            }
            li { a href="/review?state=all" aria-current=[here(state.is_none())] { (tr.t("state-all")) } }
        } }
        (submission::list(shell, submissions))
    };
    shell.page(&tr.t("review-title"), body)
}
