//! Marks: what a later check of an approved version found, for reviewers to look at.

use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_registry_client::wire::{Mark, SettleMark};

/// Open marks, newest first, at most 200. For administrators and reviewers of the marketplace.
#[utoipa::path(get, path = "/v1/marks", tag = "submissions", responses((status = 200, body = Vec<Mark>)),
    security(("person" = [])))]
pub async fn marks(State(registry): State<Registry>, asker: Asker) -> Result<Json<Vec<Mark>>, Failed> {
    asker.needs_marketplace(&["admin", "reviewer"])?;
    let marks = registry.catalog().open_marks().await?.into_iter().map(|mark| Mark {
        number: mark.number,
        submission: mark.submission.to_string(),
        module: mark.module,
        version: mark.version,
        at: mark.at.to_string(),
        basis: mark.basis,
        findings: mark.findings,
    });
    Ok(Json(marks.collect()))
}

/// Notes that somebody looked at a mark, and what came of it. The version itself is not changed by this.
#[utoipa::path(post, path = "/v1/marks/{mark}/settle", tag = "submissions", params(("mark" = i64, Path, description = "Number")),
    request_body = SettleMark, responses((status = 204)), security(("person" = [])))]
pub async fn settle_mark(
    State(registry): State<Registry>,
    asker: Asker,
    At(mark): At<i64>,
    JsonBody(settle): JsonBody<SettleMark>,
) -> Result<StatusCode, Failed> {
    asker.needs_marketplace(&["admin", "reviewer"])?;
    registry.catalog().settle_mark(mark, &settle.reason, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
