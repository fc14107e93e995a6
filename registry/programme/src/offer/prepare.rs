//! A version of an offer, priced and split, ready to be signed.

use super::{Content, NOTE_CHARS, NewVersion, OFFER_DAYS, Stored, Under, price};
use crate::identification;
use crate::refusal::{ProgrammeError, Result};
use crate::split::split;
use crate::terms;
use crate::{calendar, days};
use sqlx::AnyConnection;
use std::collections::BTreeMap;
use toolcrib_catalog::{Check, Flag};
use toolcrib_contract::problem::RULE_CONTRACT;
use toolcrib_contract::types::Instant;

/// What a version of this offer would say now.
///
/// # Errors
/// Fields that are wrong; no such programme; a provider that may not sign in its city; a contract that cannot be replaced.
pub(super) async fn prepare(
    db: &mut AnyConnection,
    offer: &Stored,
    version: &NewVersion,
    versions: &BTreeMap<String, String>,
    now: Instant,
) -> Result<Content> {
    check(offer, version, now)?;
    parties(db, offer).await?;
    let (under, terms) = match (&offer.programme, &offer.segment) {
        (None, None) => (None, None),
        (Some(programme), Some(segment)) => {
            let level = version.target_level.unwrap_or_default();
            let found = terms::terms(db, programme, segment, offer.track.as_deref(), level, now).await?;
            identification::contracting(db, &offer.provider, &found.under.city, segment, now).await?;
            (Some(found.under), Some(found.terms))
        }
        _ => return Err(ProgrammeError::input("/segment", "with a programme, and not without one")),
    };
    if let Some(contract) = &offer.replaces {
        replaceable(db, offer, contract).await?;
    }
    let (lines, plans) = price::priced(db, &version.lines, versions).await?;
    let (lines, split) = split(lines, plans, terms.as_ref())
        .ok_or_else(|| ProgrammeError::input("/lines", "the lines add up to more than any contract is worth"))?;
    Ok(Content {
        offer: offer.id.clone(),
        version: offer.version,
        provider: offer.provider.clone(),
        firm: offer.firm.clone(),
        title: offer.title.clone(),
        under,
        replaces: offer.replaces.clone(),
        valid_until: version.valid_until.clone(),
        note: version.note.clone(),
        lines,
        split,
    })
}

fn check(offer: &Stored, version: &NewVersion, now: Instant) -> Result<()> {
    let mut check = Check::default();
    check.name("/title", &offer.title);
    let today = days::today(now);
    let last = calendar::parse(&version.valid_until);
    let near = last.is_some_and(|last| (today.0..=today.0 + OFFER_DAYS).contains(&last.0));
    check.expect(near, "/valid_until", format!("a day from today on, at most {OFFER_DAYS} days ahead"));
    let plain = !version.note.chars().any(|c| c.is_control() && c != '\n');
    let note = version.note.chars().count() <= NOTE_CHARS && plain;
    check.expect(note, "/note", format!("at most {NOTE_CHARS} characters of plain text"));
    let level = match offer.programme {
        Some(_) => version.target_level.is_some_and(|level| (1..=4).contains(&level)),
        None => version.target_level.is_none(),
    };
    check.expect(level, "/target_level", "1 to 4 with a programme, none without one");
    check.expect(offer.track.is_none() || offer.programme.is_some(), "/track", "only with a programme");
    Ok(check.done()?)
}

async fn parties(db: &mut AnyConnection, offer: &Stored) -> Result<()> {
    let (Flag(provider), Flag(firm)): (Flag, Flag) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM org WHERE slug = $1 AND kind = 'provider' AND closed_us IS NULL),
             EXISTS (SELECT 1 FROM org WHERE slug = $2 AND kind = 'sme' AND closed_us IS NULL)",
    )
    .bind(&offer.provider)
    .bind(&offer.firm)
    .fetch_one(db)
    .await?;
    let mut check = Check::default();
    check.expect(provider, "/org", "only providers that have not left make offers");
    check.expect(firm, "/firm", "offers are made to firms of the marketplace");
    Ok(check.done()?)
}

/// The contract is between the same two, neither filed nor replaced.
async fn replaceable(db: &mut AnyConnection, offer: &Stored, contract: &str) -> Result<()> {
    let row: Option<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT project, replaced_by FROM contract WHERE id = $1 AND provider = $2 AND firm = $3")
            .bind(contract)
            .bind(&offer.provider)
            .bind(&offer.firm)
            .fetch_optional(db)
            .await?;
    match row {
        None => Err(ProgrammeError::input("/replaces", "there is no such contract between the two")),
        Some((Some(project), _)) => Err(ProgrammeError::refused(
            RULE_CONTRACT,
            format!("the contract is filed with project {project}; what is filed never changes"),
        )),
        Some((None, Some(by))) => {
            Err(ProgrammeError::refused(RULE_CONTRACT, format!("contract {by} took its place already")))
        }
        Some((None, None)) => Ok(()),
    }
}

/// The rules that a version counts with are still those in force.
pub(super) fn same_rules(before: &Under, now: &Under) -> bool {
    (before.rule, &before.track, before.batch) == (now.rule, &now.track, now.batch)
}
