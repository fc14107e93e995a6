//! What hosts are entitled to run: signed, numbered, by long poll.

use crate::caller::Host;
use crate::failed::Failed;
use crate::params::Params;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::time::Duration;
use toolcrib_registry_client::wire::SignedSnapshot;
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Poll {
    /// The number that the host has in force and on disk; 0 for none. Asking confirms it.
    after: u64,
    /// How long to wait for a newer one, in seconds; at most 30.
    wait_s: u64,
}

/// The newest snapshot when it is newer than `after`, at once or within `wait_s`; otherwise nothing (204).
#[utoipa::path(get, path = "/v1/hosts/snapshot", tag = "hosts", params(Poll),
    responses((status = 200, body = SignedSnapshot), (status = 204, description = "Nothing newer")), security(("host" = [])))]
pub async fn snapshot(
    State(registry): State<Registry>,
    Host(host): Host,
    Params(poll): Params<Poll>,
) -> Result<Response, Failed> {
    // Listen before looking, so that a change in between is heard.
    let mut newest = registry.catalog().newest();
    registry.catalog().polled(&host, poll.after, registry.now()).await?;
    let wait = Duration::from_secs(poll.wait_s).min(registry.waits().poll);
    let newer = tokio::time::timeout(wait, newest.wait_for(|seq| *seq > poll.after)).await;
    if !matches!(newer, Ok(Ok(_))) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    drop(newer);
    Ok(Json(registry.snapshot().await?).into_response())
}
