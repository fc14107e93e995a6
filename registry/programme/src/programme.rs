//! Programmes of cities: making them, reading them, the next version of their rules.

use crate::days::{self, today};
use crate::funds::Funds;
use crate::ids::ProgrammeId;
use crate::ledger::{self, Entry};
use crate::money::{BASIS, BasisPoints, Fen};
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::rules::{RuleSet, VERSIONS};
use serde_json::json;
use sqlx::AnyConnection;
use toolcrib_catalog::signer;
use toolcrib_catalog::{CatalogError, Check, Line, PersonId, Whole};
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Chance;

/// Segments of one programme.
pub const PROGRAMME_SEGMENTS: usize = 100;
/// Batches of one programme.
pub const BATCHES: usize = 20;
/// Programmes of one page.
pub const PROGRAMMES_PAGE: i64 = 100;
/// The share of firms' own transformation that no programme may go below.
const SHARE_MIN: u32 = 8_000;

/// Which of the two central caps a city has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CityKind {
    /// Provincial capital, city with a plan of its own, or production corps.
    Leading,
    /// Any other city at prefecture level.
    Prefecture,
}

toolcrib_catalog::texts!(CityKind {
    Leading = "leading",
    Prefecture = "prefecture",
});

impl CityKind {
    /// The most that the centre gives.
    pub const fn cap(self) -> Fen {
        match self {
            Self::Leading => Fen::yuan(150_000_000),
            Self::Prefecture => Fen::yuan(100_000_000),
        }
    }
}

/// A batch of a programme; both days are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// From 1.
    pub batch: u32,
    pub from: Date,
    pub until: Date,
    pub budget: Fen,
}

/// A programme to make.
#[derive(Clone, Debug)]
pub struct NewProgramme {
    /// Slug.
    pub authority: String,
    pub name: String,
    /// Number of the city's document.
    pub document: String,
    pub city_kind: CityKind,
    pub from: Date,
    pub until: Date,
    pub budget: Fen,
    pub min_sme_share: BasisPoints,
    /// Codes of the catalogue's segments.
    pub segments: Vec<String>,
    pub batches: Vec<Batch>,
    pub rules: RuleSet,
}

/// A version of the rules, and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub version: u32,
    pub rules: RuleSet,
    /// Name of the person, and of the organisation.
    pub by: String,
    pub at: Instant,
}

/// A programme in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ProgrammeRow {
    pub id: ProgrammeId,
    /// Slug and name.
    pub authority: String,
    pub authority_name: String,
    pub name: String,
    pub document: String,
    pub city_kind: CityKind,
    #[sqlx(rename = "from_day")]
    pub from: String,
    #[sqlx(rename = "until_day")]
    pub until: String,
    #[sqlx(rename = "budget_fen")]
    pub budget: Fen,
    #[sqlx(rename = "min_sme_share_bp", try_from = "i64")]
    pub min_sme_share: BasisPoints,
    pub created_us: i64,
}

/// A programme.
#[derive(Clone, Debug)]
pub struct Programme {
    pub row: ProgrammeRow,
    pub segments: Vec<String>,
    pub batches: Vec<Batch>,
    /// The version in force.
    pub rules: Version,
    pub funds: Funds,
}

macro_rules! rows {
    ($condition:literal) => {
        concat!(
            "SELECT p.id, o.slug AS authority, o.name AS authority_name, p.name, p.document, p.city_kind, p.from_day,
                 p.until_day, p.budget_fen, p.min_sme_share_bp, p.created_us
             FROM programme p JOIN org o ON o.id = p.authority WHERE ",
            $condition
        )
    };
}

/// Programmes of all, and of an authority (`$2`, slug), before an id (`$1`).
const LISTS: [&str; 2] = [
    rows!("p.id < $1 ORDER BY p.id DESC LIMIT $3"),
    rows!("p.authority = (SELECT id FROM org WHERE slug = $2) AND p.id < $1 ORDER BY p.id DESC LIMIT $3"),
];

/// Every list of this file, for whoever asks what they cost.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    LISTS.into_iter()
}

impl NewProgramme {
    /// # Errors
    /// Everything that is wrong.
    fn check(&self) -> Result<()> {
        let mut check = Check::default();
        check.name("/name", &self.name);
        check.name("/document", &self.document);
        check.expect(self.from <= self.until, "/until", "not before the first day");
        let cap = self.city_kind.cap();
        let fits = self.budget > Fen::ZERO && self.budget <= cap;
        check.expect(fits, "/budget_fen", format!("above nought, at most the central cap of {cap} yuan"));
        let share = self.min_sme_share.get() >= SHARE_MIN;
        check.expect(share, "/min_sme_share_bp", format!("{SHARE_MIN} to {BASIS}"));
        let mut segments = self.segments.clone();
        segments.sort();
        segments.dedup();
        let several = (1..=PROGRAMME_SEGMENTS).contains(&segments.len()) && segments.len() == self.segments.len();
        check.expect(several, "/segments", format!("1 to {PROGRAMME_SEGMENTS} codes, each once"));
        let count = (1..=BATCHES).contains(&self.batches.len());
        check.expect(count, "/batches", format!("1 to {BATCHES} batches"));
        let mut after = self.from.plus_days(-1);
        for (nth, batch) in self.batches.iter().enumerate() {
            let at = |field: &str| format!("/batches/{nth}/{field}");
            check.expect(usize::try_from(batch.batch) == Ok(nth + 1), &at("batch"), "1, 2, 3, … in their order");
            check.expect(batch.from > after, &at("from"), "in the window, after the batch before");
            let ends = batch.from <= batch.until && batch.until <= self.until;
            check.expect(ends, &at("until"), "in the window, not before the first day");
            let fits = batch.budget > Fen::ZERO && batch.budget <= self.budget;
            check.expect(fits, &at("budget_fen"), "above nought, at most the programme's budget");
            after = batch.until;
        }
        check.done()?;
        Ok(self.rules.check("/rules")?)
    }
}

impl Programmes {
    /// Makes a programme with its first version of rules, and books its grant.
    ///
    /// # Errors
    /// Fields that are wrong; an unknown authority or segment; the authority has a programme by this document.
    pub async fn add(
        &self,
        new: &NewProgramme,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<ProgrammeId> {
        new.check()?;
        let mut writing = self.catalog.writing(now).await?;
        let id = ProgrammeId::generate(now, chance);
        let authority = sqlx::query_as("SELECT id FROM org WHERE slug = $1 AND city IS NOT NULL").bind(&new.authority);
        let authority: Option<(String,)> = authority.fetch_optional(writing.connection()).await?;
        let (authority,) = authority.ok_or(CatalogError::NotFound("authority"))?;
        let added = sqlx::query(
            "INSERT INTO programme (id, authority, name, document, city_kind, from_day, until_day, budget_fen,
                 min_sme_share_bp, created_by, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&id)
        .bind(authority)
        .bind(&new.name)
        .bind(&new.document)
        .bind(new.city_kind)
        .bind(new.from.to_string())
        .bind(new.until.to_string())
        .bind(new.budget)
        .bind(i64::from(new.min_sme_share.get()))
        .bind(by)
        .bind(now.0)
        .execute(writing.connection())
        .await;
        added.map_err(|error| {
            let taken = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
            let what = format!("a programme by `{}` exists", new.document);
            if taken { CatalogError::NotUnique { pointer: "/document", what } } else { error.into() }
        })?;
        self.add_parts(writing.connection(), &id, new).await?;
        add_version(writing.connection(), &id, 1, &new.rules, by, now).await?;
        let mut funds = Funds::new(new.budget, new.min_sme_share);
        let booking = funds.grant();
        let entry = Entry { act: "grant", booked_on: today(now), project: None, about: &new.name, memo: &new.document };
        ledger::append(writing.connection(), &id, &mut funds, &booking, &entry, by, now).await?;
        let detail = json!({"name": new.name, "document": new.document, "budget_fen": new.budget});
        writing.commit(Line { actor: by.as_str(), act: "programme.add", subject: id.as_str(), detail }).await?;
        Ok(id)
    }

    async fn add_parts(&self, db: &mut AnyConnection, id: &ProgrammeId, new: &NewProgramme) -> Result<()> {
        for (nth, segment) in new.segments.iter().enumerate() {
            let known = sqlx::query("INSERT INTO programme_segment SELECT $1, code FROM segment WHERE code = $2");
            if known.bind(id).bind(segment).execute(&mut *db).await?.rows_affected() == 0 {
                return Err(ProgrammeError::input(format!("/segments/{nth}"), "there is no such segment"));
            }
        }
        for batch in &new.batches {
            let insert = sqlx::query(
                "INSERT INTO programme_batch (programme, batch, from_day, until_day, budget_fen)
                     VALUES ($1, $2, $3, $4, $5)",
            );
            let insert =
                insert.bind(id).bind(i64::from(batch.batch)).bind(batch.from.to_string()).bind(batch.until.to_string());
            insert.bind(batch.budget).execute(&mut *db).await?;
        }
        Ok(())
    }

    /// The next version of a programme's rules. What is filed keeps its own.
    ///
    /// # Errors
    /// Rules that are wrong; [`VERSIONS`] exist.
    pub async fn add_rules(&self, id: &ProgrammeId, rules: &RuleSet, by: &PersonId, now: Instant) -> Result<u32> {
        rules.check("")?;
        let mut writing = self.catalog.writing(now).await?;
        let version = version_in_force(writing.connection(), id).await? + 1;
        if version > VERSIONS {
            return Err(CatalogError::Limit(format!("a programme has at most {VERSIONS} versions of rules")).into());
        }
        add_version(writing.connection(), id, version, rules, by, now).await?;
        let detail = json!({"version": version, "document": rules.document});
        writing.commit(Line { actor: by.as_str(), act: "programme.rules", subject: id.as_str(), detail }).await?;
        Ok(version)
    }

    /// Every version, the newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn versions(&self, id: &ProgrammeId) -> Result<Vec<Version>> {
        let query = sqlx::query_as(concat!(
            "SELECT r.version, r.rules, ",
            signer!("p"),
            " AS signer, r.at_us FROM programme_rules r JOIN person p ON p.id = r.by
             WHERE r.programme = $1 ORDER BY r.version DESC LIMIT $2"
        ));
        let rows: Vec<(Whole, String, String, i64)> =
            query.bind(id).bind(i64::from(VERSIONS)).fetch_all(self.catalog.reading()).await?;
        let read = |(Whole(version), rules, by, at): (Whole, String, String, i64)| {
            Ok(Version { version, rules: read_rules(&rules)?, by, at: Instant(at) })
        };
        rows.into_iter().map(read).collect()
    }

    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn programme(&self, id: &ProgrammeId) -> Result<Programme> {
        let mut read = self.catalog.reading().begin().await.map_err(CatalogError::from)?;
        let row: Option<ProgrammeRow> = sqlx::query_as(rows!("p.id = $1")).bind(id).fetch_optional(&mut *read).await?;
        let row = row.ok_or_else(|| ProgrammeError::not_found("programme"))?;
        let segments = sqlx::query_as("SELECT segment FROM programme_segment WHERE programme = $1 ORDER BY segment");
        let segments: Vec<(String,)> = segments.bind(id).fetch_all(&mut *read).await?;
        let batches = batches(&mut read, id).await?;
        let funds = ledger::funds(&mut read, id, &[], None).await?;
        drop(read);
        let rules = self.versions(id).await?.into_iter().next();
        let rules = rules.ok_or_else(|| ProgrammeError::damaged("a programme", &"it has no rules"))?;
        Ok(Programme { row, segments: segments.into_iter().map(|(code,)| code).collect(), batches, rules, funds })
    }

    /// Programmes of an authority (slug) or of all, newest first, after an id of the page before, at most
    /// [`PROGRAMMES_PAGE`].
    ///
    /// # Errors
    /// The database.
    pub async fn programmes(&self, authority: Option<&str>, after: Option<&ProgrammeId>) -> Result<Vec<ProgrammeRow>> {
        let after = after.map_or("~", ProgrammeId::as_str);
        let query = sqlx::query_as(LISTS[usize::from(authority.is_some())]);
        Ok(query.bind(after).bind(authority).bind(PROGRAMMES_PAGE).fetch_all(self.catalog.reading()).await?)
    }

    /// Slug of the authority that runs a programme.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn authority_of(&self, id: &ProgrammeId) -> Result<String> {
        let query = sqlx::query_as("SELECT o.slug FROM programme p JOIN org o ON o.id = p.authority WHERE p.id = $1");
        let row: Option<(String,)> = query.bind(id).fetch_optional(self.catalog.reading()).await?;
        row.map(|(slug,)| slug).ok_or_else(|| ProgrammeError::not_found("programme"))
    }
}

async fn add_version(
    db: &mut AnyConnection,
    id: &ProgrammeId,
    version: u32,
    rules: &RuleSet,
    by: &PersonId,
    now: Instant,
) -> Result<()> {
    let text = serde_json::to_string(rules).expect("rules are plain data");
    let insert =
        sqlx::query("INSERT INTO programme_rules (programme, version, rules, by, at_us) VALUES ($1, $2, $3, $4, $5)");
    insert.bind(id).bind(i64::from(version)).bind(text).bind(by).bind(now.0).execute(db).await?;
    Ok(())
}

/// The number of the newest version.
pub(crate) async fn version_in_force(db: &mut AnyConnection, id: &ProgrammeId) -> Result<u32> {
    let query =
        sqlx::query_as("SELECT version FROM programme_rules WHERE programme = $1 ORDER BY version DESC LIMIT 1");
    let row: Option<(Whole,)> = query.bind(id).fetch_optional(db).await?;
    row.map(|(Whole(version),)| version).ok_or_else(|| ProgrammeError::not_found("programme"))
}

/// What a version says.
pub(crate) async fn rules(db: &mut AnyConnection, id: &ProgrammeId, version: u32) -> Result<RuleSet> {
    let query = sqlx::query_as("SELECT rules FROM programme_rules WHERE programme = $1 AND version = $2");
    let (text,): (String,) = query.bind(id).bind(i64::from(version)).fetch_one(db).await?;
    read_rules(&text)
}

fn read_rules(text: &str) -> Result<RuleSet> {
    serde_json::from_str(text).map_err(|error| ProgrammeError::damaged("a version of rules", &error))
}

/// A programme's batches, in their order.
pub(crate) async fn batches(db: &mut AnyConnection, id: &ProgrammeId) -> Result<Vec<Batch>> {
    let query = sqlx::query_as(
        "SELECT batch, from_day, until_day, budget_fen FROM programme_batch WHERE programme = $1 ORDER BY batch",
    );
    let rows: Vec<(Whole, String, String, Fen)> = query.bind(id).fetch_all(db).await?;
    let read = |(Whole(batch), from, until, budget): (Whole, String, String, Fen)| {
        Ok(Batch { batch, from: days::stored(&from)?, until: days::stored(&until)?, budget })
    };
    rows.into_iter().map(read).collect()
}
