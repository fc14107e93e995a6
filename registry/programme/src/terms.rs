//! What the rules in force say of a contract that is offered today.

use crate::days;
use crate::offer::Under;
use crate::refusal::{ProgrammeError, Result};
use crate::rules::RuleSet;
use crate::split::Terms;
use sqlx::AnyConnection;
use toolcrib_catalog::{Flag, Whole};
use toolcrib_contract::problem::{RULE_SEGMENT, RULE_WINDOW};
use toolcrib_contract::types::Instant;

/// Rules as an offer counts with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub under: Under,
    pub terms: Terms,
}

/// The rules in force of a programme for a kind of project (the first one when none is named) that reaches this level, in
/// the batch that is open, or opens next.
///
/// # Errors
/// Not found; `rule-04-segment`; `rule-01-window` when no batch is to come; no such kind of project.
pub(crate) async fn terms(
    db: &mut AnyConnection,
    programme: &str,
    segment: &str,
    track: Option<&str>,
    level: u8,
    now: Instant,
) -> Result<Found> {
    let row: Option<(String, Whole, String, Flag)> = sqlx::query_as(
        "SELECT o.city, r.version, r.rules, EXISTS (SELECT 1 FROM programme_segment s
             WHERE s.programme = p.id AND s.segment = $2)
         FROM programme p JOIN org o ON o.id = p.authority JOIN programme_rules r ON r.programme = p.id
         WHERE p.id = $1 ORDER BY r.version DESC LIMIT 1",
    )
    .bind(programme)
    .bind(segment)
    .fetch_optional(&mut *db)
    .await?;
    let (city, Whole(rule), rules, Flag(has_segment)) = row.ok_or_else(|| ProgrammeError::not_found("programme"))?;
    if !has_segment {
        let why = format!("the programme does not pay for the segment {segment}");
        return Err(ProgrammeError::refused(RULE_SEGMENT, why));
    }
    let rules: RuleSet = serde_json::from_str(&rules).map_err(|error| ProgrammeError::damaged("rules", &error))?;
    let found = match track {
        Some(code) => rules.track(code),
        None => rules.tracks.first(),
    };
    let found = found.ok_or_else(|| {
        let codes: Vec<_> = rules.tracks.iter().map(|track| track.track.as_str()).collect();
        ProgrammeError::input("/track", format!("one of {}", codes.join(", ")))
    })?;
    let today = days::today(now).to_string();
    let batch = sqlx::query_as(
        "SELECT batch FROM programme_batch WHERE programme = $1 AND until_day >= $2 ORDER BY from_day LIMIT 1",
    );
    let batch: Option<(Whole,)> = batch.bind(programme).bind(today).fetch_optional(db).await?;
    let Some((Whole(batch),)) = batch else {
        return Err(ProgrammeError::refused(RULE_WINDOW, "the last batch of the programme is over"));
    };
    let terms = Terms {
        rate: rules.rate(found, batch),
        cap: Some(found.cap(level)),
        eligible: rules.categories.iter().copied().collect(),
    };
    let under = Under {
        programme: programme.to_owned(),
        city,
        segment: segment.to_owned(),
        rule,
        track: found.track.clone(),
        batch,
        target_level: level,
    };
    Ok(Found { under, terms })
}
