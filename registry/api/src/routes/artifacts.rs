//! Components.

use crate::caller::{Acting, Host, Reading, is_host};
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use toolcrib_catalog::{CatalogError, Viewer};
use toolcrib_registry_client::wire::{Artifact, Submitted};

/// The bytes of a component, for hosts and for whoever may see a version made of them. Compare them with the digest.
#[utoipa::path(get, path = "/v1/artifacts/{digest}", tag = "modules",
    params(("digest" = String, Path, description = "`sha256:` and 64 hex digits")),
    responses((status = 200, body = Vec<u8>, content_type = "application/wasm", headers(
        ("toolcrib-key" = String, description = "Id of the publisher's key"),
        ("toolcrib-publisher-signature" = String, description = "Publisher's signature of the publish statement"),
        ("toolcrib-approval-signature" = String, description = "Registry's signature of the approval statement, once approved"),
    ))), security((), ("person" = []), ("token" = ["read"]), ("host" = [])))]
pub async fn artifact(
    State(registry): State<Registry>,
    At(digest): At<String>,
    request: Request,
) -> Result<Response, Failed> {
    let (mut parts, _) = request.into_parts();
    let mut asker = None;
    let viewer = if is_host(&parts) {
        Host::from_request_parts(&mut parts, &registry).await?;
        // Hosts run what was approved and nothing else.
        Viewer::default()
    } else {
        if parts.headers.contains_key(AUTHORIZATION) {
            asker = Some(Acting::<Reading>::from_request_parts(&mut parts, &registry).await?);
        }
        asker.as_ref().map(|asker| asker.viewer()).unwrap_or_default()
    };
    let version = registry.catalog().version_of_digest(&viewer, &digest).await?;
    if let Some(asker) = &asker {
        asker.needs_module(&version.module)?;
    }
    let bytes = registry.catalog().component(&version.digest).await?;
    let bytes = bytes.ok_or_else(|| CatalogError::Damaged(format!("the component {digest} is not on disk")))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/wasm"));
    // A digest never stands for other bytes; who may see them can change.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, immutable, max-age=31536000"));
    let approval = version.approval.map(|(_, signature, _)| signature);
    for (name, value) in [
        (Submitted::KEY, Some(version.key_id)),
        (Artifact::PUBLISHER_SIGNATURE, Some(version.signature)),
        (Artifact::APPROVAL_SIGNATURE, approval),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Ok((headers, bytes).into_response())
}
