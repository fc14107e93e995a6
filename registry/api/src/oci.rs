//! OCI distribution 1.1 under `/v2/`: what any OCI client needs to push and pull versions of modules.
//!
//! One file per group of endpoints: `ping`, `token`, `blobs`, `uploads`, `manifests`, `tags`, `referrers`, `well_known`.
//! `access` says who asks and opens the repository for them; `names`, `ranges` and `document` read what clients send;
//! `refused` is the one error shape; `generated` makes the manifests of versions that came in another way; `submitting`
//! turns a draft and its signature into a submission, and `signature` alone knows what that looks like.
//!
//! Repositories are named `organisation/module`. Transport only: states, consent and decisions belong to the rest of
//! the API, and a version is submitted by the same code however it arrives.

mod access;
mod blobs;
mod document;
mod generated;
mod manifests;
mod names;
mod ping;
mod ranges;
mod referrers;
mod refused;
mod signature;
mod submitting;
mod sweeping;
mod tags;
mod token;
mod uploads;
mod well_known;

pub use access::Https;
pub use refused::{in_oci_words, is_oci};
pub use sweeping::sweep_uploads;

use crate::registry::Registry;
use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};

/// The endpoints. They stand outside the OpenAPI document: another specification describes them.
pub fn router() -> Router<Registry> {
    let repository = Router::new()
        .route("/", get(ping::ping))
        .route("/token", get(token::token))
        .route("/{org}/{module}/blobs/{digest}", get(blobs::get).head(blobs::head).delete(blobs::delete))
        .route("/{org}/{module}/blobs/uploads", post(uploads::begin))
        .route("/{org}/{module}/blobs/uploads/", post(uploads::begin))
        .route(
            "/{org}/{module}/blobs/uploads/{upload}",
            get(uploads::status).patch(uploads::append).put(uploads::finish).delete(uploads::cancel),
        )
        .route(
            "/{org}/{module}/manifests/{reference}",
            get(manifests::get).head(manifests::head).put(manifests::put).delete(manifests::delete),
        )
        .route("/{org}/{module}/tags/list", get(tags::list))
        .route("/{org}/{module}/referrers/{digest}", get(referrers::list))
        .method_not_allowed_fallback(refused::wrong_method)
        .fallback(names::unknown);
    Router::new()
        .nest("/v2", repository)
        .route("/v2/", get(ping::ping).fallback(refused::wrong_method))
        .layer(map_response(finish))
        .route("/.well-known/wasm-pkg/registry.json", get(well_known::wasm_pkg))
}

/// Errors of extractors in the words of OCI, and the header that older clients look for.
async fn finish(response: Response) -> Response {
    let mut response = in_oci_words(response);
    let name = HeaderName::from_static("docker-distribution-api-version");
    response.headers_mut().insert(name, HeaderValue::from_static("registry/2.0"));
    response
}
