//! `/v1/t/{tenant}/evidence`: signed statements of a period's use. `/v1/t/{tenant}/kit`: a kit of the set-up, and taking one
//! over. What is made here stays here: whoever asked sends it on, and the audit says that they had it made.

use crate::answer::{Failed, json};
use crate::body::JsonBody;
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use toolcrib_contract::problem::{BAD_REQUEST, NOT_FOUND};
use toolcrib_exhibit::{Period, Plan, Wish};

/// Who decides what others see.
const ROLES: [&str; 2] = ["owner", "admin"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    from: String,
    until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKit {
    title: String,
    #[serde(default)]
    modules: Vec<String>,
    #[serde(default)]
    mapping: bool,
}

/// A kit as the registry hands it out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreign {
    envelope: String,
    /// The registry's record of the key that signed it.
    key: String,
    /// Of the plan that was agreed to.
    #[serde(default)]
    shown: String,
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Failed> {
    serde_json::from_value(body).map_err(|error| BAD_REQUEST.because(error.to_string()).into())
}

pub async fn statements(State(host): State<Host>, member: Member) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let kept = host.exhibit.statements(member.tenant.id).await?;
    Ok(json(json!({"statements": kept}).to_string()))
}

/// Counts a period and signs what was counted.
pub async fn attest(State(host): State<Host>, member: Member, JsonBody(body): JsonBody) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let Days { from, until } = read(body)?;
    let period = Period::read(&from, &until, &member.tenant.time_zone, host.runtime.now())?;
    let (kept, said) = host.exhibit.attest(&member.tenant, &member.actor, &period).await?;
    let envelope = host.exhibit.envelope(member.tenant.id, &kept.sha256).await?;
    Ok(json(json!({"sha256": kept.sha256, "statement": said, "envelope": envelope}).to_string()))
}

/// The signed envelope of a kept statement.
pub async fn envelope(
    State(host): State<Host>,
    member: Member,
    Path((_, sha256)): Path<(String, String)>,
) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(NOT_FOUND.problem().into());
    }
    Ok(json(host.exhibit.envelope(member.tenant.id, &sha256).await?))
}

/// The kit that was taken over last.
pub async fn adoption(State(host): State<Host>, member: Member) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let adoption = host.exhibit.adoption(member.tenant.id).await?;
    Ok(json(json!({"adoption": adoption}).to_string()))
}

/// Makes and signs a kit.
pub async fn make_kit(State(host): State<Host>, member: Member, JsonBody(body): JsonBody) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let NewKit { title, modules, mapping } = read(body)?;
    let made = host.exhibit.make_kit(&member.tenant, &member.actor, &Wish { title, modules, mapping }).await?;
    Ok(json(json!({"sha256": made.sha256, "kit": made.kit, "envelope": made.envelope}).to_string()))
}

/// What taking a kit over would change here; nothing is changed.
pub async fn plan(State(host): State<Host>, member: Member, JsonBody(body): JsonBody) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let Foreign { envelope, key, .. } = read(body)?;
    let (kit, sha256) = host.exhibit.open_kit(&envelope, &key)?;
    let plan = host.exhibit.plan(&member.tenant, &member.actor, &kit, &sha256).await?;
    Ok(json(shown(&plan)))
}

/// Takes a kit over as the plan said that was shown.
pub async fn adopt(State(host): State<Host>, member: Member, JsonBody(body): JsonBody) -> Result<Response, Failed> {
    member.needs(&ROLES)?;
    let Foreign { envelope, key, shown } = read(body)?;
    let (kit, sha256) = host.exhibit.open_kit(&envelope, &key)?;
    let adoption = host.exhibit.adopt(&member.tenant, &member.actor, &kit, &sha256, &shown).await?;
    Ok(json(json!({"adoption": adoption}).to_string()))
}

fn shown(plan: &Plan) -> String {
    json!({"shown": plan.sha256(), "done": plan.is_done(), "plan": plan}).to_string()
}
