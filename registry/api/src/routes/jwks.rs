//! The keys that verify access tokens.

use crate::registry::Registry;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// How long verifiers may keep the key set. The next key is published for longer than that before its first use.
const CACHE: &str = "public, max-age=300";

/// The key set (JWKS) that verifies access tokens. A token's `kid` names the key, and the key the algorithm.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", responses((status = 200, body = Object)))]
pub async fn jwks(State(registry): State<Registry>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, CACHE)];
    (headers, registry.keys().to_json()).into_response()
}
