//! `POST /v1/t/{tenant}/m/{module}/{operation}`: runs an operation of a subscribed module.
//!
//! Commands answer after their commit. With `Idempotency-Key`, a repetition within 24 hours gets the first answer.

use crate::answer::{Failed, json};
use crate::body::JsonBody;
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BAD_REQUEST, Problem};
use toolcrib_runtime::Request;

pub async fn invoke(
    State(host): State<Host>,
    member: Member,
    Path((_, module, operation)): Path<(String, String, String)>,
    headers: HeaderMap,
    JsonBody(input): JsonBody,
) -> Result<Response, Failed> {
    let idempotency_key = idempotency_key(&headers)?;
    let request = Request { tenant: member.tenant.id, module, operation, input, actor: member.actor, idempotency_key };
    Ok(json(host.runtime.invoke(request).await?))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=limits::IDEMPOTENCY_KEY_BYTES).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(BAD_REQUEST
            .because(format!("Idempotency-Key has 1 to {} visible ASCII characters", limits::IDEMPOTENCY_KEY_BYTES))),
    }
}
