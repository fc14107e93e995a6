//! `GET /v1/t/{tenant}/events?after=SEQ`: the tenant's committed events, gapless, oldest first, at most 500.

use crate::answer::{Failed, json};
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use toolcrib_contract::problem::BAD_REQUEST;
use toolcrib_runtime::EventView;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    #[serde(default)]
    after: u64,
}

pub async fn events(
    State(host): State<Host>,
    member: Member,
    query: Result<Query<After>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failed> {
    let Query(After { after }) = query.map_err(|error| BAD_REQUEST.because(error.body_text()))?;
    let events = host.runtime.events(member.tenant.id, after).await?;
    let next = events.last().map_or(after, |event| event.seq);
    let events: Vec<_> = events.iter().map(text).collect();
    Ok(json(format!("{{\"events\":[{}],\"next\":{next}}}", events.join(","))))
}

/// One event as JSON text; its body is JSON already.
pub fn text(event: &EventView) -> String {
    let (module, name) = (Value::from(event.module.as_str()), Value::from(event.name.as_str()));
    let (seq, at, body) = (event.seq, event.at, &event.body);
    format!("{{\"seq\":{seq},\"module\":{module},\"event\":{name},\"at\":\"{at}\",\"body\":{body}}}")
}
