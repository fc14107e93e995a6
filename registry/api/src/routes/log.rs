//! The transparency log, as C2SP `tlog-tiles` says: a head that changes, and tiles that never do.

use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_trust::log::merkle;
use toolcrib_trust::log::tile::Tile;

/// The log's signed head: origin, size and root.
#[utoipa::path(get, path = "/checkpoint", tag = "trust", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn checkpoint(State(registry): State<Registry>) -> Result<Response, Failed> {
    let kept = registry.catalog().checkpoint().await?;
    let note = kept.unwrap_or_else(|| registry.notary().checkpoint(0, &merkle::empty()));
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, note).into_response())
}

/// A tile of hashes (`<L>/<N>[.p/<W>]`) or a bundle of entries (`entries/<N>[.p/<W>]`). Each path has one content for ever.
#[utoipa::path(get, path = "/tile/{*tile}", tag = "trust",
    params(("tile" = String, Path, description = "Level or `entries`, number in groups of three digits, width when partial")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn tile(State(registry): State<Registry>, At(path): At<String>) -> Result<Response, Failed> {
    let absent = || NOT_FOUND.because("the log has no such tile");
    let tile = Tile::parse(&path).ok_or_else(absent)?;
    let bytes = registry.catalog().tile(&tile).await?.ok_or_else(absent)?;
    let headers = [(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, "public, immutable, max-age=31536000")];
    Ok((headers, bytes).into_response())
}
