//! `GET /v1/t/{tenant}/openapi.json`: this tenant's API.

use crate::answer::{json, preferred};
use crate::caller::Member;
use crate::openapi::document;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// In the language of `Accept-Language`; English for callers that name none.
pub async fn openapi(member: Member, headers: HeaderMap) -> Response {
    let lang = preferred(headers.get(header::ACCEPT_LANGUAGE));
    let mut response = json(document(&member.tenant, lang).to_string());
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}
