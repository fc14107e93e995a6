//! `GET /assets/{file}`: styles and scripts, for ever where their name carries their content.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use toolcrib_ui::asset;

pub async fn file(Path(name): Path<String>) -> Response {
    let headers = |content_type| {
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        ]
    };
    if let Some(asset) = asset::named(&name) {
        return (headers(asset.content_type), asset.text).into_response();
    }
    match asset::page_style(&name) {
        Some(style) => (headers("text/css; charset=utf-8"), style).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
