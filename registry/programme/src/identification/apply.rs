//! A provider applies to a city.

use super::{
    Act, Application, DELISTED_DAYS, PAPER_BYTES, PAPERS, Paper, RENEW_AFTER_DAYS, RENEW_BEFORE_DAYS, State, Stored,
    also_listed, append, check_text,
};
use crate::calendar;
use crate::days;
use crate::refusal::{ProgrammeError, Result};
use crate::unique::is_taken;
use serde_json::json;
use std::collections::BTreeSet;
use toolcrib_catalog::{Catalog, CatalogError, Check, Flag, Line, Person, Writing, new_id};
use toolcrib_contract::problem::{ALREADY_IDENTIFIED, NOT_ALLOWED, RENEWAL_CLOSED, RULE_PROVIDER};
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest;

/// Applies for an identification; its id. By an owner of the provider.
///
/// # Errors
/// Fields that are wrong, papers that have expired; no city with this code takes part; `already-applied`,
/// `already-identified` (renew it), `provider-delisted`; of a renewal `renewal-not-open`.
pub async fn apply(
    catalog: &Catalog,
    application: &Application,
    by: &Person,
    now: Instant,
    chance: &dyn Chance,
) -> Result<String> {
    match by.org_role(&application.org) {
        None => return Err(CatalogError::NotFound("organisation").into()),
        Some("owner") => {}
        Some(_) => return Err(ProgrammeError::refused(NOT_ALLOWED, "owners of the provider apply")),
    }
    let today = days::today(now);
    check(application, today)?;
    let mut writing = catalog.writing(now).await?;
    check_references(&mut writing, application).await?;
    check_standing(&mut writing, application, today).await?;
    let id = new_id(now, chance);
    let documents = serde_json::to_string(&application.papers).expect("papers are plain data");
    sqlx::query(
        "INSERT INTO identification
             (id, org, city, segment, kind, state, statement, documents, renews, applied_by, applied_us, changed_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
    )
    .bind(&id)
    .bind(&application.org)
    .bind(&application.city)
    .bind(&application.segment)
    .bind(application.kind)
    .bind(State::Applied)
    .bind(&application.statement)
    .bind(documents)
    .bind(&application.renews)
    .bind(&by.id)
    .bind(now.0)
    .execute(writing.connection())
    .await
    .map_err(|error| {
        let why = "an application for this city, segment and kind is on its way already";
        if is_taken(&error) { ProgrammeError::refused(ALREADY_IDENTIFIED, why) } else { error.into() }
    })?;
    append(&mut writing, &id, (by.id.as_str(), Act::Apply), None, State::Applied, "").await?;
    let Application { org, city, segment, kind, renews, .. } = application;
    let detail = json!({"org": org, "city": city, "segment": segment, "kind": kind.as_str(), "renews": renews});
    writing.commit(Line { actor: by.id.as_str(), act: "identification.apply", subject: &id, detail }).await?;
    Ok(id)
}

fn check(application: &Application, today: Date) -> Result<()> {
    let mut check = Check::default();
    check_text(&mut check, "/statement", &application.statement);
    let papers = &application.papers;
    check.expect((1..=PAPERS).contains(&papers.len()), "/documents", format!("1 to {PAPERS} papers"));
    let mut seen = BTreeSet::new();
    for (at, paper) in papers.iter().enumerate().take(PAPERS) {
        check_paper(&mut check, &format!("/documents/{at}"), paper, today);
        let first = seen.insert(&paper.digest);
        check.expect(first, &format!("/documents/{at}/digest"), "the same file stands above");
    }
    Ok(check.done()?)
}

fn check_paper(check: &mut Check, at: &str, paper: &Paper, today: Date) {
    for (field, text) in [("title", &paper.title), ("issuer", &paper.issuer), ("number", &paper.number)] {
        check.name(&format!("{at}/{field}"), text);
    }
    if let Some(last) = &paper.valid_until {
        let day = calendar::parse(last);
        check.expect(day.is_some(), &format!("{at}/valid_until"), "a day looks like 2026-11-26");
        check.expect(day.is_none_or(|day| day >= today), &format!("{at}/valid_until"), "the paper has expired");
    }
    check.expect(digest::is_digest(&paper.digest), &format!("{at}/digest"), "`sha256:` and 64 hex digits");
    let size = (1..=PAPER_BYTES).contains(&paper.bytes);
    check.expect(size, &format!("{at}/bytes"), format!("1 to {PAPER_BYTES}"));
    let kind = paper.media_type.split_once('/');
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
    };
    let plain = paper.media_type.len() <= 100 && kind.is_some_and(|(kind, sort)| part(kind) && part(sort));
    check.expect(plain, &format!("{at}/media_type"), "a media type looks like application/pdf");
}

/// City, segment and provider exist and are in use.
async fn check_references(writing: &mut Writing, application: &Application) -> Result<()> {
    let Application { org, city, segment, .. } = application;
    let (Flag(provider), Flag(authority), Flag(usable)): (Flag, Flag, Flag) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM org WHERE slug = $1 AND kind = 'provider' AND closed_us IS NULL),
             EXISTS (SELECT 1 FROM org WHERE city = $2 AND closed_us IS NULL),
             EXISTS (SELECT 1 FROM segment WHERE code = $3 AND retired_us IS NULL)",
    )
    .bind(org)
    .bind(city)
    .bind(segment)
    .fetch_one(writing.connection())
    .await?;
    let mut check = Check::default();
    check.expect(provider, "/org", "only providers that have not left are identified");
    check.expect(authority, "/city", format!("no city with the code `{city}` runs a programme here"));
    check.expect(usable, "/segment", format!("there is no segment `{segment}` in use"));
    Ok(check.done()?)
}

/// What stands of this provider in the city already.
async fn check_standing(writing: &mut Writing, application: &Application, today: Date) -> Result<()> {
    let Application { org, city, segment, kind, renews, .. } = application;
    let since = calendar::start_of(Date(today.0 - DELISTED_DAYS));
    let delisted = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM identification
             WHERE org = $1 AND city = $2 AND state = 'delisted' AND changed_us >= $3)",
    );
    let (Flag(delisted),): (Flag,) =
        delisted.bind(org).bind(city).bind(since.0).fetch_one(writing.connection()).await?;
    if delisted {
        let why =
            format!("`{org}` was delisted in this city less than {DELISTED_DAYS} days ago; an appeal may change that");
        return Err(ProgrammeError::refused(RULE_PROVIDER, why));
    }
    let Some(renews) = renews else {
        let listed = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM identification WHERE org = $1 AND city = $2 AND segment = $3 AND kind = $4
                 AND state IN ('active', 'warned', 'rectifying', 'reported', 'suspended'))",
        );
        let listed = listed.bind(org).bind(city).bind(segment).bind(kind);
        let (Flag(listed),): (Flag,) = listed.fetch_one(writing.connection()).await?;
        return if listed { Err(also_listed(org)) } else { Ok(()) };
    };
    let old = Stored::load(writing.connection(), renews).await?;
    if (&old.org, &old.city, &old.segment, old.kind) != (org, city, segment, *kind) {
        return Err(ProgrammeError::input("/renews", "a renewal is for the same provider, city, segment and kind"));
    }
    let left = old.valid_until.as_deref().and_then(calendar::parse).map(|last| last.0 - today.0);
    let in_time = left.is_some_and(|left| (-RENEW_AFTER_DAYS..=RENEW_BEFORE_DAYS).contains(&left));
    if old.state.may_renew() && in_time {
        return Ok(());
    }
    let why = format!(
        "a renewal is open from {RENEW_BEFORE_DAYS} days before the last day until {RENEW_AFTER_DAYS} days after it, \
         for who is active or warned; this one is {} until {}",
        old.state.as_str(),
        old.valid_until.as_deref().unwrap_or("no day"),
    );
    Err(ProgrammeError::refused(RENEWAL_CLOSED, why))
}
