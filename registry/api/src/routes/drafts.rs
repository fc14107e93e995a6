//! Drafts: handed in or given up by their provider.

use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{CatalogError, SubmissionId};
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::Submission;

/// Hands a draft in: its checks are queued. By people of its provider.
#[utoipa::path(put, path = "/v1/submissions/{submission}/submit", tag = "submissions", params(("submission" = String, Path, description = "Id")),
    responses((status = 200, body = Submission)), security(("person" = [])))]
pub async fn submit(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
) -> Result<Json<Submission>, Failed> {
    let id = own(&registry, &asker, &id).await?;
    registry.catalog().submit_draft(&id, asker.id(), registry.now()).await?;
    metrics::counter!("toolcrib_registry_submissions_total").increment(1);
    Ok(Json(present::submission(registry.catalog().submission(&asker.viewer(), &id).await?)))
}

/// Gives a draft up; its record stays. By people of its provider.
#[utoipa::path(delete, path = "/v1/submissions/{submission}", tag = "submissions", params(("submission" = String, Path, description = "Id")),
    responses((status = 204, description = "Given up")), security(("person" = [])))]
pub async fn discard(State(registry): State<Registry>, asker: Asker, At(id): At<String>) -> Result<StatusCode, Failed> {
    let id = own(&registry, &asker, &id).await?;
    registry.catalog().discard_draft(&id, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn own(registry: &Registry, asker: &Asker, id: &str) -> Result<SubmissionId, Failed> {
    let id = SubmissionId::parse(id).ok_or(CatalogError::NotFound("submission"))?;
    let submission = registry.catalog().submission(&asker.viewer(), &id).await?;
    match asker.0.org_role(&submission.org) {
        Some(_) => Ok(id),
        None => Err(NOT_ALLOWED.because(format!("the version is `{}`'s", submission.org)).into()),
    }
}
