//! A person decides on a submission.

use super::queue::REVIEWERS;
use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::{Failed, at};
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use toolcrib_catalog::{CatalogError, SubmissionId, Verdict};
use toolcrib_contract::problem::{Problem, WRONG_STATE};
use toolcrib_registry_client::wire::{Decide, Submission};

/// Approves, requests changes or rejects. By administrators and reviewers of the marketplace, never on an organisation
/// that they belong to nor on a version that they submitted. Where `second_because` names a reason, the first approval leaves
/// it in review and a second person approves. Approving signs and logs the approval; an approved version never changes again.
#[utoipa::path(post, path = "/v1/submissions/{submission}/decision", tag = "submissions", params(("submission" = String, Path, description = "Id")),
    request_body = Decide, responses((status = 200, body = Submission)), security(("person" = [])))]
pub async fn decide(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(decide): JsonBody<Decide>,
) -> Result<Json<Submission>, Failed> {
    let id = SubmissionId::parse(&id).ok_or(CatalogError::NotFound("submission"))?;
    // Somebody who may not even see it learns nothing of it.
    let submission = registry.catalog().submission(&asker.viewer(), &id).await?;
    asker.needs_marketplace(REVIEWERS)?;
    let verdict = match decide.decision.as_str() {
        "approve" => {
            let report = submission.report.ok_or_else(|| WRONG_STATE.because("the checks have not finished"))?;
            Verdict::Approve { rules: report.rules }
        }
        "request_changes" => Verdict::RequestChanges,
        "reject" => Verdict::Reject,
        _ => return Err(Problem::input(vec![at("/decision", "one of approve, request_changes, reject")]).into()),
    };
    registry.catalog().decide(&id, &verdict, &decide.reason, asker.id(), registry.now(), registry.notary()).await?;
    metrics::counter!("toolcrib_registry_decisions_total", "decision" => decide.decision).increment(1);
    Ok(Json(present::submission(registry.catalog().submission(&asker.viewer(), &id).await?)))
}
