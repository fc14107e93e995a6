//! What time itself does: days for putting something right pass, identifications expire.

use super::{Act, Stored};
use crate::days;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::{Catalog, Line};
use toolcrib_contract::types::Instant;

/// The part of the server that does it, where a person's id would stand.
const CLOCK: &str = "clock";
/// Identifications of one call.
const AT_ONCE: i64 = 100;

/// Suspends who has not put right in time what was demanded, and ends what is over; at most 100 at once. Returns how many.
/// Nothing depends on when it is called: what may be signed is asked with the day.
///
/// # Errors
/// The database.
pub async fn tend(catalog: &Catalog, now: Instant) -> Result<usize> {
    let today = days::today(now).to_string();
    let due: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM identification WHERE state IN ('active', 'warned', 'rectifying', 'reported', 'suspended')
             AND valid_until < $1
         UNION SELECT id FROM identification WHERE state = 'rectifying' AND rectify_by < $1 LIMIT $2",
    )
    .bind(&today)
    .bind(AT_ONCE)
    .fetch_all(catalog.reading())
    .await?;
    for (id,) in &due {
        let mut writing = catalog.writing(now).await?;
        let mut row = Stored::load(writing.connection(), id).await?;
        let is_over = row.valid_until.as_ref().is_some_and(|last| *last < today);
        let (act, reason) = match is_over {
            true => (Act::Expire, "its last day is over"),
            false => (Act::Lapse, "nothing was reported by the day that was set"),
        };
        match row.step(&mut writing, act, CLOCK, reason).await {
            Ok(()) => {}
            // Somebody was faster.
            Err(ProgrammeError::Catalog(toolcrib_catalog::CatalogError::WrongState(_))) => continue,
            Err(error) => return Err(error),
        }
        let detail = json!({"act": act.as_str(), "state": row.state.as_str(), "org": row.org});
        writing.commit(Line { actor: CLOCK, act: "identification.step", subject: id, detail }).await?;
    }
    Ok(due.len())
}
