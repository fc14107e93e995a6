//! Submissions, for their provider and for the marketplace.

use crate::caller::{Acting, Following};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use toolcrib_catalog::{CatalogError, SubmissionId};
use toolcrib_registry_client::wire::{Submission, SubmissionState};
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only those in this state.
    state: Option<SubmissionState>,
}

/// Submissions that the caller may see, newest first, at most 200, without reports.
#[utoipa::path(get, path = "/v1/submissions", tag = "submissions", params(Filter),
    responses((status = 200, body = Vec<Submission>)), security(("person" = []), ("token" = ["read", "publish-update", "review"])))]
pub async fn submissions(
    State(registry): State<Registry>,
    asker: Acting<Following>,
    Params(filter): Params<Filter>,
) -> Result<Json<Vec<Submission>>, Failed> {
    let state = filter.state.map(present::stored_state);
    let submissions = registry.catalog().submissions(&asker.viewer(), state).await?;
    let submissions = submissions.into_iter().filter(|submission| asker.is_for(&submission.module));
    Ok(Json(submissions.map(present::submission).collect()))
}

/// One submission, with what the checks found, or how far they are.
#[utoipa::path(get, path = "/v1/submissions/{submission}", tag = "submissions", params(("submission" = String, Path, description = "Id")),
    responses((status = 200, body = Submission)), security(("person" = []), ("token" = ["read", "publish-update", "review"])))]
pub async fn submission(
    State(registry): State<Registry>,
    asker: Acting<Following>,
    At(id): At<String>,
) -> Result<Json<Submission>, Failed> {
    let id = SubmissionId::parse(&id).ok_or(CatalogError::NotFound("submission"))?;
    let submission = registry.catalog().submission(&asker.viewer(), &id).await?;
    asker.needs_module(&submission.module)?;
    let progress = registry.progress().of(&id).filter(|_| submission.state.is_unchecked());
    Ok(Json(Submission { progress, ..present::submission(submission) }))
}
