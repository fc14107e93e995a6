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
use toolcrib_catalog::{Approval, CatalogError, SubmissionId, Verdict};
use toolcrib_contract::problem::{Problem, WRONG_STATE};
use toolcrib_registry_client::wire::{Decide, Submission};
use toolcrib_trust::statement;

/// Approves, requests changes or rejects. By administrators and reviewers of the marketplace, never on an organisation
/// that they belong to nor on a version that they submitted. Where `second_because` names a reason, the first approval leaves
/// it in review and a second person approves. Approving signs the approval statement; an approved version never changes.
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
        "approve" => Verdict::Approve(approval(&registry, &submission)?),
        "request_changes" => Verdict::RequestChanges,
        "reject" => Verdict::Reject,
        _ => return Err(Problem::input(vec![at("/decision", "one of approve, request_changes, reject")]).into()),
    };
    registry.catalog().decide(&id, &verdict, &decide.reason, asker.id(), registry.now()).await?;
    metrics::counter!("toolcrib_registry_decisions_total", "decision" => decide.decision).increment(1);
    Ok(Json(present::submission(registry.catalog().submission(&asker.viewer(), &id).await?)))
}

/// The registry's signature. It counts only once the catalog has recorded the decision, which checks the state again.
fn approval(registry: &Registry, submission: &toolcrib_catalog::Submission) -> Result<Approval, Failed> {
    let report = submission.report.as_ref().ok_or_else(|| WRONG_STATE.because("the checks have not finished"))?;
    let rules = report.rules.clone();
    let (context, message) = statement::approval(&submission.module, &submission.version, &submission.digest, &rules);
    let signer = registry.signer();
    Ok(Approval { rules, signature: signer.sign(context, &message), key_id: signer.key_id() })
}
