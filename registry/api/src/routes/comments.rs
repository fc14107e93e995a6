//! What provider and reviewers say to each other.

use super::queue::visible;
use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::SubmissionId;
use toolcrib_registry_client::wire::{Comment, NewComment};

/// Says something about a version to the other side. Answers with everything said.
#[utoipa::path(post, path = "/v1/submissions/{submission}/comments", tag = "submissions", params(("submission" = String, Path, description = "Id")),
    request_body = NewComment, responses((status = 201, body = Vec<Comment>)), security(("person" = [])))]
pub async fn comment(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(new): JsonBody<NewComment>,
) -> Result<(StatusCode, Json<Vec<Comment>>), Failed> {
    let id = visible(&registry, &asker, &id).await?;
    registry.catalog().comment(&id, &new.text, asker.id(), registry.now()).await?;
    Ok((StatusCode::CREATED, Json(all(&registry, &id).await?)))
}

/// What was said about all builds of the version, oldest first. For its provider and the marketplace.
#[utoipa::path(get, path = "/v1/submissions/{submission}/comments", tag = "submissions", params(("submission" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<Comment>)), security(("person" = [])))]
pub async fn comments(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
) -> Result<Json<Vec<Comment>>, Failed> {
    let id = visible(&registry, &asker, &id).await?;
    Ok(Json(all(&registry, &id).await?))
}

async fn all(registry: &Registry, id: &SubmissionId) -> Result<Vec<Comment>, Failed> {
    let comments = registry.catalog().comments(id).await?.into_iter();
    let told = comments.map(|one| Comment { by: one.by, side: one.side, at: one.at.to_string(), text: one.text });
    Ok(told.collect())
}
