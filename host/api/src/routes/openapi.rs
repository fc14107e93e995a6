//! `GET /v1/t/{tenant}/openapi.json`: this tenant's API.

use crate::answer::json;
use crate::caller::Member;
use crate::openapi::document;
use axum::response::Response;

pub async fn openapi(member: Member) -> Response {
    json(document(&member.tenant).to_string())
}
