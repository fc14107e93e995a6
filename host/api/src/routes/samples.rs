//! `GET /v1/t/{tenant}/readings?signal=&from=&to=`: samples of one signal, oldest first, at most 10,000.

use crate::answer::{Failed, json};
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use toolcrib_contract::problem::BAD_REQUEST;
use toolcrib_contract::types::Instant;

/// Samples of one answer.
const SAMPLES: u32 = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    signal: String,
    from: String,
    to: String,
}

pub async fn samples(
    State(host): State<Host>,
    member: Member,
    query: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failed> {
    let Query(wanted) = query.map_err(|error| BAD_REQUEST.because(error.body_text()))?;
    let time = |name: &str, text: &str| {
        text.parse::<Instant>().map_err(|error| BAD_REQUEST.because(format!("{name}: {error}")))
    };
    let (from, to) = (time("from", &wanted.from)?, time("to", &wanted.to)?);
    let samples = host.runtime.samples(member.tenant.id, wanted.signal.clone(), from, to, SAMPLES).await?;
    let rows: Vec<_> = samples
        .times
        .iter()
        .zip(&samples.values)
        .map(|(at, value)| serde_json::json!({"at": Instant(*at).to_string(), "value": plain(value)}))
        .collect();
    Ok(json(serde_json::json!({"signal": wanted.signal, "samples": rows}).to_string()))
}

fn plain(value: &toolcrib_contract::signal::Sample) -> serde_json::Value {
    use toolcrib_contract::signal::Sample;
    match value {
        Sample::Flag { value } => (*value).into(),
        Sample::Count { value } => (*value).into(),
        Sample::Number { value } => (*value).into(),
        Sample::Word { value } => value.as_str().into(),
    }
}
