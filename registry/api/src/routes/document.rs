//! `GET /v1/registry/openapi.json`: this API, described.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub async fn document(document: Arc<str>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}
