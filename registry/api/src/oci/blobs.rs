//! Content: pulled whole or in part, and taken back while nothing names it.

use crate::oci::access::{Action, Ask};
use crate::oci::names::{self, Name};
use crate::oci::ranges::{Wanted, wanted};
use crate::oci::refused::Refused;
use crate::params::At;
use crate::registry::Registry;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, IF_RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use toolcrib_catalog::{Blob, OciError, Repository};
use toolcrib_trust::content::ContentDigest;

/// Organisation, module, digest.
type Place = At<(String, String, String)>;

/// `GET /v2/{name}/blobs/{digest}`, with `Range`.
pub async fn get(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, digest)): Place,
) -> Result<Response, Refused> {
    let (repository, blob, digest) = open(&registry, &ask, &org, &module, &digest).await?;
    let mut headers = headers(&blob, &digest);
    // A part of something else would be worse than all of this.
    let is_other = ask.headers.get(IF_RANGE).is_some_and(|tag| Some(tag) != headers.get(ETAG));
    let range = if is_other { Wanted::All } else { wanted(&ask.headers, blob.bytes) };
    if range == Wanted::Impossible {
        return Err(Refused::no_such_range(blob.bytes));
    }
    let bytes = repository.read(&blob).await?;
    let Wanted::Part(first, last) = range else {
        return Ok((StatusCode::OK, headers, bytes).into_response());
    };
    let part = bytes[first as usize..=last as usize].to_vec();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(part.len()));
    if let Ok(range) = HeaderValue::from_str(&format!("bytes {first}-{last}/{}", blob.bytes)) {
        headers.insert(CONTENT_RANGE, range);
    }
    Ok((StatusCode::PARTIAL_CONTENT, headers, part).into_response())
}

/// `HEAD /v2/{name}/blobs/{digest}`.
pub async fn head(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, digest)): Place,
) -> Result<Response, Refused> {
    let (_, blob, digest) = open(&registry, &ask, &org, &module, &digest).await?;
    Ok((StatusCode::OK, headers(&blob, &digest), Body::empty()).into_response())
}

/// `DELETE /v2/{name}/blobs/{digest}`: 405 once a manifest names it.
pub async fn delete(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, digest)): Place,
) -> Result<StatusCode, Refused> {
    let (name, digest) = (Name::new(&org, &module)?, names::digest(&digest)?);
    let repository = ask.enter(&registry, &name, Action::Delete, OciError::BlobUnknown).await?;
    repository.delete_blob(&digest, registry.now()).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn open(
    registry: &Registry,
    ask: &Ask,
    org: &str,
    module: &str,
    digest: &str,
) -> Result<(Repository, Blob, ContentDigest), Refused> {
    let name = Name::new(org, module)?;
    // Who asks comes first: nobody learns from an error whether something exists.
    let repository = ask.enter(registry, &name, Action::Pull, OciError::BlobUnknown).await?;
    let digest = names::digest(digest)?;
    let blob = repository.blob(&digest).await?;
    Ok((repository, blob, digest))
}

fn headers(blob: &Blob, asked: &ContentDigest) -> HeaderMap {
    let digest = blob.digests.like(asked);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(blob.bytes));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // A digest never stands for other bytes; who may see them can change.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, immutable, max-age=31536000"));
    for (name, text) in [("docker-content-digest", digest.to_string()), ("etag", format!("\"{digest}\""))] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    headers
}
