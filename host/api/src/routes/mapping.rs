//! `/v1/t/{tenant}/mapping`: what published messages mean. The rules, trying them out, and what none of them fits.

use crate::answer::{Failed, json};
use crate::body::JsonBody;
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_ingest::payload::{Rules, Sent, try_out};

/// Who looks after the rules.
const ROLES: [&str; 2] = ["owner", "admin"];

pub async fn get(State(host): State<Host>, member: Member) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let kept = host.mapping.kept(member.tenant.id).await?;
    let (at, by) = kept.changed.map(|(at, by)| (at.to_string(), by)).unzip();
    Ok(json(json!({"version": kept.version, "at": at, "by": by, "rules": kept.rules.rules}).to_string()))
}

/// Replaces the rules of one version: nobody overwrites what somebody else changed meanwhile.
pub async fn put(State(host): State<Host>, member: Member, JsonBody(mut body): JsonBody) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let version = body.as_object_mut().and_then(|body| body.remove("version"));
    let replaces = version.and_then(|version| version.as_u64());
    let replaces =
        replaces.ok_or_else(|| wrong("/version", "the version that these rules replace; 0 for the first"))?;
    let version = host.mapping.put(member.tenant.id, replaces, rules(&body)?, &member.actor.id).await?;
    Ok(json(json!({"version": version}).to_string()))
}

pub async fn unknown(State(host): State<Host>, member: Member) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let unknown = host.mapping.unknown(member.tenant.id);
    Ok(json(json!({"unknown": unknown.list(), "more": unknown.more}).to_string()))
}

/// With `rules`, those are tried; without, the ones in force.
pub async fn try_rules(
    State(host): State<Host>,
    member: Member,
    JsonBody(mut body): JsonBody,
) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let messages = body.as_object_mut().and_then(|body| body.remove("messages"));
    let messages: Vec<Sent> = serde_json::from_value(messages.unwrap_or_default())
        .map_err(|error| wrong("/messages", &format!("topic and payload, or topic, metric and value: {error}")))?;
    let rules = match body.get("rules") {
        Some(_) => rules(&body)?,
        None => host.mapping.kept(member.tenant.id).await?.rules,
    };
    let results = try_out(&rules, &messages, host.runtime.now())?;
    Ok(json(json!({"results": results}).to_string()))
}

fn rules(body: &Value) -> Result<Rules, Problem> {
    Rules::parse(body.to_string().as_bytes())
}

fn wrong(pointer: &str, message: &str) -> Problem {
    Problem::input(vec![InputError { pointer: pointer.to_owned(), message: message.to_owned() }])
}
