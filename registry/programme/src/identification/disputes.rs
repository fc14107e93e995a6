//! Objections against a provider in publicity, and a provider's appeals against a step. Each is decided once, with a
//! reason, by officials; an appeal by somebody other than who took the step.

use super::{APPEAL_DAYS, Act, OBJECTIONS, OBJECTIONS_EACH, State, Stored, Whose, check_text, next};
use crate::days;
use crate::refusal::{ProgrammeError, Result};
use crate::unique::is_taken;
use serde_json::json;
use toolcrib_catalog::{Catalog, CatalogError, Check, Flag, Line, Person, PersonId, Writing};
use toolcrib_contract::problem::{ALREADY_IDENTIFIED, NOT_APPEALABLE, RULE_ASSESSOR, WRONG_STATE};
use toolcrib_contract::types::{Date, Instant};

/// Objects to a provider in publicity; the objection's number. By anybody but the provider's own people.
///
/// # Errors
/// No publicity today (`publicity-over`); `conflict-of-interest`; a text that is not acceptable; too many objections.
pub async fn object(catalog: &Catalog, id: &str, text: &str, by: &Person, now: Instant) -> Result<i64> {
    let mut check = Check::default();
    check_text(&mut check, "/text", text);
    check.done()?;
    let mut writing = catalog.writing(now).await?;
    let row = Stored::load(writing.connection(), id).await?;
    if !row.is_visible(Some(by)) {
        return Err(CatalogError::NotFound("identification").into());
    }
    row.impartial(by)?;
    let today = days::today(now).to_string();
    let runs = row.state == State::Publicity
        && row.publicity_from.as_ref().is_some_and(|first| *first <= today)
        && row.publicity_until.as_ref().is_some_and(|last| today <= *last);
    if !runs {
        return Err(ProgrammeError::refused(WRONG_STATE, "objections are taken while the publicity runs"));
    }
    let (all, own): (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE said_by = $2) FROM identification_dispute
         WHERE identification = $1 AND against IS NULL",
    )
    .bind(id)
    .bind(&by.id)
    .fetch_one(writing.connection())
    .await?;
    if all >= OBJECTIONS || own >= OBJECTIONS_EACH {
        let why = format!("{OBJECTIONS} objections in one publicity are taken, {OBJECTIONS_EACH} of one person");
        return Err(CatalogError::Limit(why).into());
    }
    let number = insert(&mut writing, id, None, text, &by.id).await?;
    let detail = json!({"objection": number});
    writing.commit(Line { actor: by.id.as_str(), act: "identification.object", subject: id, detail }).await?;
    Ok(number)
}

/// Appeals against the newest step; the appeal's number. By an owner of the provider.
///
/// # Errors
/// Another step, or one that takes no appeal (`not-appealable`); too late (`appeal-too-late`); appealed already.
pub async fn appeal(catalog: &Catalog, id: &str, against: i64, text: &str, by: &Person, now: Instant) -> Result<i64> {
    let mut check = Check::default();
    check_text(&mut check, "/text", text);
    check.done()?;
    let mut writing = catalog.writing(now).await?;
    let row = Stored::load(writing.connection(), id).await?;
    row.authorise(by, Whose::Provider)?;
    let newest: Option<(i64, Act, i64)> = sqlx::query_as(
        "SELECT number, act, at_us FROM identification_step WHERE identification = $1 ORDER BY number DESC LIMIT 1",
    )
    .bind(id)
    .fetch_optional(writing.connection())
    .await?;
    let step = newest.filter(|(number, act, _)| *number == against && act.is_appealable());
    let Some((_, _, at_us)) = step else {
        let why = "an appeal is against the newest step: a refusal, warning, demand, suspension or delisting";
        return Err(ProgrammeError::refused(NOT_APPEALABLE, why));
    };
    let last = Date(days::today(Instant(at_us)).0 + APPEAL_DAYS);
    if days::today(now) > last {
        let why = format!("appeals were taken until {last}, {APPEAL_DAYS} days after the step");
        return Err(ProgrammeError::refused(NOT_APPEALABLE, why));
    }
    let number = insert(&mut writing, id, Some(against), text, &by.id).await?;
    let detail = json!({"appeal": number, "against": against});
    writing.commit(Line { actor: by.id.as_str(), act: "identification.appeal", subject: id, detail }).await?;
    Ok(number)
}

async fn insert(writing: &mut Writing, id: &str, against: Option<i64>, text: &str, by: &PersonId) -> Result<i64> {
    let now = writing.now().0;
    let insert = sqlx::query_as(
        "INSERT INTO identification_dispute (identification, against, text, said_by, said_us)
             VALUES ($1, $2, $3, $4, $5)
         RETURNING number",
    );
    let insert = insert.bind(id).bind(against).bind(text).bind(by).bind(now);
    let (number,): (i64,) = insert.fetch_one(writing.connection()).await.map_err(|error| {
        if is_taken(&error) {
            ProgrammeError::refused(NOT_APPEALABLE, "there is an appeal against this step")
        } else {
            error.into()
        }
    })?;
    Ok(number)
}

/// Decides on an objection. One that is right forbids the publication.
///
/// # Errors
/// Not found; not allowed; `conflict-of-interest`; decided already.
pub async fn decide_objection(
    catalog: &Catalog,
    id: &str,
    number: i64,
    (upheld, reason): (bool, &str),
    by: &Person,
    now: Instant,
) -> Result<()> {
    let mut writing = catalog.writing(now).await?;
    let row = Stored::load(writing.connection(), id).await?;
    row.authorise(by, Whose::City)?;
    decide(&mut writing, id, number, None, (upheld, reason), &by.id).await?;
    let detail = json!({"objection": number, "upheld": upheld, "reason": reason});
    writing.commit(Line { actor: by.id.as_str(), act: "identification.objection", subject: id, detail }).await?;
    Ok(())
}

/// Decides on an appeal. When it is right, the provider is in good standing again, or its application open again, unless
/// that came about meanwhile.
///
/// # Errors
/// Not found; not allowed; `conflict-of-interest`, also for who took the step; decided already; another identification
/// is on the list in its place by now (`already-identified`).
pub async fn decide_appeal(
    catalog: &Catalog,
    id: &str,
    number: i64,
    (upheld, reason): (bool, &str),
    by: &Person,
    now: Instant,
) -> Result<()> {
    let mut writing = catalog.writing(now).await?;
    let mut row = Stored::load(writing.connection(), id).await?;
    row.authorise(by, Whose::City)?;
    let against: Option<(i64, String)> = sqlx::query_as(
        "SELECT s.number, s.actor FROM identification_dispute d JOIN identification_step s ON s.number = d.against
         WHERE d.number = $1 AND d.identification = $2",
    )
    .bind(number)
    .bind(id)
    .fetch_optional(writing.connection())
    .await?;
    let (against, actor) = against.ok_or(CatalogError::NotFound("appeal"))?;
    if actor == by.id.as_str() {
        return Err(ProgrammeError::refused(
            RULE_ASSESSOR,
            "you took the step; another official decides on the appeal",
        ));
    }
    decide(&mut writing, id, number, Some(against), (upheld, reason), &by.id).await?;
    let helps = [Act::Reinstate, Act::Reopen].into_iter().find(|act| next(Some(row.state), *act).is_some());
    if let Some(act) = helps.filter(|_| upheld) {
        row.step(&mut writing, act, by.id.as_str(), reason).await.map_err(|error| match error.rule() {
            // The other unique index: an application that came after the refusal.
            Some("already-identified") if act == Act::Reopen => {
                ProgrammeError::refused(ALREADY_IDENTIFIED, "a newer application is on its way; decide that one")
            }
            _ => error,
        })?;
    }
    let detail = json!({"appeal": number, "upheld": upheld, "reason": reason, "state": row.state.as_str()});
    writing.commit(Line { actor: by.id.as_str(), act: "identification.appeal-decision", subject: id, detail }).await?;
    Ok(())
}

async fn decide(
    writing: &mut Writing,
    id: &str,
    number: i64,
    against: Option<i64>,
    (upheld, reason): (bool, &str),
    by: &PersonId,
) -> Result<()> {
    let mut check = Check::default();
    check_text(&mut check, "/reason", reason);
    check.done()?;
    let now = writing.now().0;
    let open = sqlx::query_as(
        "SELECT decided_us IS NULL FROM identification_dispute
         WHERE number = $1 AND identification = $2 AND against IS NOT DISTINCT FROM $3",
    );
    let open: Option<(Flag,)> = open.bind(number).bind(id).bind(against).fetch_optional(writing.connection()).await?;
    match open {
        None => return Err(CatalogError::NotFound("objection").into()),
        Some((Flag(false),)) => return Err(CatalogError::WrongState("it is decided already".to_owned()).into()),
        Some((Flag(true),)) => {}
    }
    sqlx::query(
        "UPDATE identification_dispute SET decided_by = $1, decided_us = $2, upheld = $3, reason = $4
             WHERE number = $5",
    )
    .bind(by)
    .bind(now)
    .bind(i64::from(upheld))
    .bind(reason)
    .bind(number)
    .execute(writing.connection())
    .await?;
    Ok(())
}
