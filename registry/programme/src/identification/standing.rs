//! What contracts ask: may this provider sign now, and what became of its standing since it did.

use super::State;
use crate::days;
use crate::refusal::{ProgrammeError, Result};
use sqlx::AnyConnection;
use toolcrib_contract::problem::RULE_PROVIDER;
use toolcrib_contract::types::Instant;

/// A change of a provider's standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub at: Instant,
    pub state: State,
    pub reason: String,
}

/// The identification by which a provider may offer and sign in a city for a segment today.
///
/// # Errors
/// `provider-not-identified`; `provider-suspended`, also while something must be put right or when it was delisted;
/// `provider-expired`.
pub(crate) async fn contracting(
    db: &mut AnyConnection,
    org: &str,
    city: &str,
    segment: &str,
    now: Instant,
) -> Result<String> {
    let rows: Vec<(String, State, String, Option<String>)> = sqlx::query_as(
        "SELECT id, state, valid_until, rectify_by FROM identification
         WHERE org = $1 AND city = $2 AND segment = $3 AND valid_until IS NOT NULL ORDER BY id DESC",
    )
    .bind(org)
    .bind(city)
    .bind(segment)
    .fetch_all(db)
    .await?;
    let today = days::today(now).to_string();
    let good = rows.iter().find(|(_, state, until, _)| state.may_contract() && *until >= today);
    if let Some((id, ..)) = good {
        return Ok(id.clone());
    }
    Err(match rows.first() {
        None => ProgrammeError::refused(
            RULE_PROVIDER,
            format!("`{org}` is not on the list of the city {city} for the segment {segment}"),
        ),
        Some((_, state, until, _)) if state.may_contract() || *state == State::Expired => {
            ProgrammeError::refused(RULE_PROVIDER, format!("the identification of `{org}` ended on {until}; renew it"))
        }
        Some((_, state, ..)) => ProgrammeError::refused(
            RULE_PROVIDER,
            format!("`{org}` is {} in the city {city} and signs nothing new there", state.as_str()),
        ),
    })
}

/// Whether what a provider delivered can be accepted today: it is on the list, whatever time or rectification say, and
/// neither suspended nor delisted. What was signed before stays; it waits until the city restores the provider.
///
/// # Errors
/// `rule-05-provider`.
pub(crate) async fn delivering(db: &mut AnyConnection, org: &str, city: &str, segment: &str) -> Result<()> {
    let rows: Vec<(State,)> = sqlx::query_as(
        "SELECT state FROM identification WHERE org = $1 AND city = $2 AND segment = $3 AND valid_until IS NOT NULL
         ORDER BY id DESC",
    )
    .bind(org)
    .bind(city)
    .bind(segment)
    .fetch_all(db)
    .await?;
    let is_out = |state: &State| matches!(state, State::Suspended | State::Delisted);
    match rows.first() {
        Some((newest,)) if !is_out(newest) || rows.iter().any(|(state,)| state.may_contract()) => Ok(()),
        Some((newest,)) => {
            let detail = format!("`{org}` is {} in the city {city}", newest.as_str());
            Err(ProgrammeError::refused(RULE_PROVIDER, detail))
        }
        None => {
            let detail = format!("`{org}` is not on the list of the city {city} for the segment {segment}");
            Err(ProgrammeError::refused(RULE_PROVIDER, detail))
        }
    }
}

/// How the standing of an identification changed after a moment, oldest first: what an acceptance must say. A contract
/// that was signed before stays.
///
/// # Errors
/// The database.
pub async fn notes_since(db: &mut AnyConnection, identification: &str, since: Instant) -> Result<Vec<Note>> {
    let rows: Vec<(i64, State, String)> = sqlx::query_as(
        "SELECT at_us, after, reason FROM identification_step
         WHERE identification = $1 AND at_us > $2
             AND after IS DISTINCT FROM before AND after <> 'superseded' ORDER BY number",
    )
    .bind(identification)
    .bind(since.0)
    .fetch_all(db)
    .await?;
    let note = |(at_us, state, reason)| Note { at: Instant(at_us), state, reason };
    Ok(rows.into_iter().map(note).collect())
}
