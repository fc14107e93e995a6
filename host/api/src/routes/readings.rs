//! `POST /v1/t/{tenant}/readings`: lines of JSON from a device; 2xx only after they are on disk.

use crate::answer::{Failed, json};
use crate::body::bytes;
use crate::caller::bearer;
use crate::routes::Host;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{NOT_FOUND, NOT_SIGNED_IN};

pub async fn post(State(host): State<Host>, Path(tenant): Path<String>, request: Request) -> Result<Response, Failed> {
    let (parts, body) = request.into_parts();
    let token = bearer(&parts).ok_or_else(|| NOT_SIGNED_IN.because("the request has no device token"))?;
    let tenant = host.runtime.tenant(&tenant)?;
    // A stranger to the tenant learns nothing, not even that it exists.
    let device = toolcrib_ingest::device(&tenant, token).map_err(|_| NOT_FOUND.because("no such tenant"))?.id.clone();
    let bytes = bytes(body, limits::READINGS_BYTES).await?;
    let (readings, quarantined) = toolcrib_ingest::parse(&bytes, host.runtime.now())?;
    let stored = host.runtime.post_readings(tenant.id, &device, readings).await?;
    Ok(json(format!(
        "{{\"accepted\":{},\"duplicates\":{},\"conflicts\":{},\"quarantined\":{}}}",
        stored.accepted, stored.duplicates, stored.conflicts, quarantined.0
    )))
}
