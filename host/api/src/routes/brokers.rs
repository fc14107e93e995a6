//! `/v1/t/{tenant}/brokers`: the factory's own brokers, which the host subscribes to, and how each stands.

use crate::answer::{Failed, json};
use crate::body::JsonBody;
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_ingest::mqtt::Broker;

/// Who looks after brokers.
const ROLES: [&str; 2] = ["owner", "admin"];

/// Passwords and keys are not among it.
pub async fn get(State(host): State<Host>, member: Member) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let kept = host.brokers.kept(member.tenant.id).await?;
    let (at, by) = kept.changed.map(|(at, by)| (at.to_string(), by)).unzip();
    let brokers: Vec<_> = kept.brokers.iter().map(|broker| shown(&host, &member, broker)).collect();
    Ok(json(json!({"version": kept.version, "at": at, "by": by, "brokers": brokers}).to_string()))
}

fn shown(host: &Host, member: &Member, broker: &Broker) -> Value {
    let Broker { name, url, user, password, topics, ca, certificate, key, active } = broker;
    let standing = host.brokers.standing(member.tenant.id, name);
    let since = standing.since().map(|since| since.to_string());
    json!({
        "name": name, "url": url, "user": user, "has_password": password.is_some(), "topics": topics, "ca": ca,
        "certificate": certificate, "has_key": key.is_some(), "active": active, "source": broker.source(),
        "standing": {"code": standing.code(), "since": since, "why": standing.why()},
    })
}

/// Replaces the brokers of one version. A password that is left out stays, while address and user name do; a key, while
/// address and certificate do.
pub async fn put(State(host): State<Host>, member: Member, JsonBody(mut body): JsonBody) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let wrong =
        |pointer: &str, message: String| Problem::input(vec![InputError { pointer: pointer.to_owned(), message }]);
    let replaces = body.get("version").and_then(Value::as_u64);
    let replaces = replaces
        .ok_or_else(|| wrong("/version", "the version that these brokers replace; 0 for the first".to_owned()))?;
    let brokers = body.get_mut("brokers").map(Value::take).unwrap_or_default();
    let brokers: Vec<Broker> = serde_json::from_value(brokers).map_err(|error| wrong("/brokers", error.to_string()))?;
    let version = host.brokers.put(member.tenant.id, replaces, brokers, &member.actor.id).await?;
    Ok(json(json!({"version": version}).to_string()))
}
