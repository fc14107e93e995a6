//! `GET /provider/submissions`: everything that a provider handed in, newest first.

use super::home::own;
use crate::failure::Failure;
use crate::pages::submission;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_registry_client::wire::{ModulePage, Submission, SubmissionState};
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;

const PATH: &str = "/provider/submissions";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    state: String,
}

pub async fn show(visitor: Visitor, Query(Filter { state }): Query<Filter>) -> Result<Markup, Failure> {
    let (modules, submissions) = own(&visitor).await?;
    Ok(page(&visitor.shell, SubmissionState::parse(&state), &submissions, &modules))
}

/// `state` none: all of them. States that nothing is in are no filter.
pub fn page(
    shell: &Shell,
    state: Option<SubmissionState>,
    submissions: &[Submission],
    modules: &[ModulePage],
) -> Markup {
    let tr = shell.tr;
    let of = |state: SubmissionState| submissions.iter().filter(move |one| one.state == state);
    let address = |state: SubmissionState| format!("{PATH}?state={}", state.as_str());
    let text = |state: SubmissionState| tr.t(&format!("state-{}", state.as_str()));
    let all = (PATH.to_owned(), tr.t("state-all"), Some(submissions.len() as u64));
    let there = SubmissionState::ALL.into_iter().filter(|state| of(*state).next().is_some());
    let filters = there.map(|state| (address(state), text(state), Some(of(state).count() as u64)));
    let filters: Vec<_> = std::iter::once(all).chain(filters).collect();
    let shown: Vec<_> =
        submissions.iter().filter(|one| state.is_none_or(|state| one.state == state)).cloned().collect();
    let body = html! {
        (desk::filters(&tr.t("state"), &filters, &state.map_or_else(|| PATH.to_owned(), address)))
        (submission::list(shell, &shown, modules))
    };
    shell.page(&tr.t("submissions"), body)
}
