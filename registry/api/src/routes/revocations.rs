//! What was withdrawn.

use crate::failed::Failed;
use crate::registry::Registry;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// The signed, numbered list of versions that do not stand as approved and of keys that were revoked. Good for as long as
/// it says: never accept a lower number, and install nothing new on a stale one. For everybody, also by courier.
#[utoipa::path(get, path = "/v1/revocations", tag = "trust", responses((status = 200, body = Object, description = "A DSSE envelope")))]
pub async fn revocations(State(registry): State<Registry>) -> Result<Response, Failed> {
    let list = registry.revocations().await?;
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, list.to_string()).into_response())
}
