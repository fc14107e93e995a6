//! Components.

use crate::caller::{Acting, Host, Reading, is_host};
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use toolcrib_catalog::{CatalogError, Version};
use toolcrib_registry_client::wire::Evidence;

/// The bytes of a component, for hosts and for whoever may see a version made of them. Compare them with the digest.
#[utoipa::path(get, path = "/v1/artifacts/{digest}", tag = "modules",
    params(("digest" = String, Path, description = "`sha256:` and 64 hex digits")),
    responses((status = 200, body = Vec<u8>, content_type = "application/wasm")),
    security((), ("person" = []), ("token" = ["read"]), ("host" = [])))]
pub async fn artifact(
    State(registry): State<Registry>,
    At(digest): At<String>,
    request: Request,
) -> Result<Response, Failed> {
    let version = visible(&registry, &digest, request).await?;
    let bytes = registry.catalog().component(&version.digest).await?;
    let bytes = bytes.ok_or_else(|| CatalogError::Damaged(format!("the component {digest} is not on disk")))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/wasm"));
    // A digest never stands for other bytes; who may see them can change.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, immutable, max-age=31536000"));
    Ok((headers, bytes).into_response())
}

/// Everything that proves the approved version made of this component: verify it against pinned keys.
#[utoipa::path(get, path = "/v1/artifacts/{digest}/evidence", tag = "modules",
    params(("digest" = String, Path, description = "`sha256:` and 64 hex digits")),
    responses((status = 200, body = Evidence)),
    security((), ("person" = []), ("token" = ["read"]), ("host" = [])))]
pub async fn evidence(
    State(registry): State<Registry>,
    At(digest): At<String>,
    request: Request,
) -> Result<Json<Evidence>, Failed> {
    let version = visible(&registry, &digest, request).await?;
    let found = registry.catalog().evidence(&version).await?;
    let toolcrib_trust::Evidence { manifest, publisher, approval, key, key_proof, proof } = found;
    Ok(Json(Evidence { manifest, publisher, approval, key, key_proof, proof }))
}

/// The version of this digest, for whoever asks. A revoked one is handed out to nobody but its provider and the
/// marketplace.
async fn visible(registry: &Registry, digest: &str, request: Request) -> Result<Version, Failed> {
    let (mut parts, _) = request.into_parts();
    let mut asker = None;
    if is_host(&parts) {
        // Hosts run what was approved and nothing else.
        Host::from_request_parts(&mut parts, registry).await?;
    } else if parts.headers.contains_key(AUTHORIZATION) {
        asker = Some(Acting::<Reading>::from_request_parts(&mut parts, registry).await?);
    }
    let viewer = asker.as_ref().map(|asker| asker.viewer()).unwrap_or_default();
    let version = registry.catalog().version_of_digest(&viewer, digest).await?;
    if let Some(asker) = &asker {
        asker.needs_module(&version.module)?;
    }
    let inside =
        asker.is_some_and(|asker| asker.0.marketplace_role().is_some() || asker.0.org_role(&version.org).is_some());
    if version.state == toolcrib_catalog::State::Revoked && !inside {
        return Err(CatalogError::NotFound("version").into());
    }
    Ok(version)
}
