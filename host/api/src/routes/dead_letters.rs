//! `GET /v1/t/{tenant}/dead-letters` and `POST …/{letter}/replay`: events that no handler could take.

use crate::answer::{Failed, json};
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::{Path, State};
use axum::response::Response;
use toolcrib_contract::problem::{BAD_REQUEST, NOT_FOUND};

/// Letters of one answer.
const LETTERS: u32 = 200;

pub async fn list(State(host): State<Host>, member: Member) -> Result<Response, Failed> {
    member.needs(&["owner", "admin"])?;
    let letters = host.runtime.with_writer(member.tenant.id, |writer| writer.dead(0, LETTERS)).await?;
    let letters: Vec<_> = letters
        .iter()
        .map(|dead| serde_json::json!({"id": dead.id, "consumer": dead.consumer, "seq": dead.seq, "why": dead.why, "at": dead.at.to_string()}))
        .collect();
    Ok(json(serde_json::json!({"dead_letters": letters}).to_string()))
}

pub async fn replay(
    State(host): State<Host>,
    member: Member,
    Path((_, letter)): Path<(String, String)>,
) -> Result<Response, Failed> {
    member.needs(&["owner", "admin"])?;
    let letter: u64 = letter.parse().map_err(|_| BAD_REQUEST.because("a dead letter has a whole number"))?;
    if !host.runtime.replay(member.tenant.id, letter).await? {
        return Err(NOT_FOUND.problem().into());
    }
    Ok(json("{\"replayed\":true}".to_owned()))
}
