//! A project as it is read: the whole file, and who its parties are.

use crate::acceptance::Verdict;
use crate::award::Outcome;
use crate::case::{self, Row};
use crate::enrolment::Firm;
use crate::filing::FiledContract;
use crate::ids::{ProgrammeId, ProjectId};
use crate::invoice::{self, Invoice};
use crate::level::Measured;
use crate::life::{Act, State};
use crate::money::Fen;
use crate::payment::{self, Payment, Refund};
use crate::programmes::Programmes;
use crate::publicity::Objection;
use crate::refusal::{ProgrammeError, Result};
use crate::tranche::{self, ClawBack, Tranche};
use sqlx::AnyConnection;
use std::collections::BTreeMap;
use toolcrib_catalog::{Whole, signer};
use toolcrib_contract::types::Instant;

/// Who the parties of a project are: slugs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    pub authority: String,
    pub firm: Option<String>,
    pub providers: Vec<String>,
}

/// What was filed.
#[derive(Clone, Debug)]
pub struct Filed {
    pub track: String,
    pub rules_version: u32,
    pub batch: u32,
    pub on: String,
    pub due: String,
    pub contracts: Vec<FiledContract>,
    pub sha256: String,
    pub plan: String,
}

/// An assessment as it was kept.
#[derive(Clone, Debug)]
pub struct Assessment {
    pub number: i64,
    pub kind: crate::assessment::AssessmentKind,
    pub measured: Measured,
    pub snapshot_sha256: String,
    pub level: u8,
    pub at: Instant,
    /// Name of the person, and of the organisation.
    pub by: String,
}

/// A verdict as it was kept.
#[derive(Clone, Debug)]
pub struct Acceptance {
    pub verdict: Verdict,
    pub level_before: u8,
    pub level_after: u8,
    pub at: Instant,
    /// Name of the person, and of the organisation.
    pub by: String,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Step {
    pub number: i64,
    pub act: Act,
    pub before: Option<State>,
    pub after: State,
    pub at_us: i64,
    /// Name of the person, and of the organisation.
    pub by: String,
    pub why: String,
}

/// The whole file of a project.
#[derive(Clone, Debug)]
pub struct Project {
    pub id: ProjectId,
    pub programme: ProgrammeId,
    pub programme_name: String,
    pub parties: Parties,
    /// Names of the providers of its contracts, by their slugs.
    pub provider_names: BTreeMap<String, String>,
    pub firm: Firm,
    pub state: State,
    pub filed: Option<Filed>,
    pub committed: Fen,
    pub assessments: Vec<Assessment>,
    pub invoices: Vec<Invoice>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    /// The last one.
    pub acceptance: Option<Acceptance>,
    /// First and last day.
    pub publicity: Option<(String, String)>,
    pub objections: Vec<Objection>,
    pub award: Option<Outcome>,
    pub tranches: Vec<Tranche>,
    pub claw_backs: Vec<ClawBack>,
    pub steps: Vec<Step>,
}

fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| ProgrammeError::damaged(what, &error))
}

impl Programmes {
    /// Who the parties of a project are.
    ///
    /// # Errors
    /// [`toolcrib_catalog::CatalogError::NotFound`].
    pub async fn parties(&self, id: &ProjectId) -> Result<Parties> {
        let mut read = self.catalog.reading().acquire().await?;
        parties(&mut read, id).await
    }

    /// The whole file of a project, as it is at one moment.
    ///
    /// # Errors
    /// [`toolcrib_catalog::CatalogError::NotFound`].
    pub async fn project(&self, id: &ProjectId) -> Result<Project> {
        let mut db = self.catalog.reading().begin().await?;
        let row = case::row(&mut db, id).await?;
        let parties = parties(&mut db, id).await?;
        let name = sqlx::query_as("SELECT name FROM programme WHERE id = $1").bind(&row.programme);
        let (programme_name,): (String,) = name.fetch_one(&mut *db).await?;
        let contracts = case::contracts(&row)?;
        let provider_names = provider_names(&mut db, id).await?;
        let publicity = row.publicity_from.clone().zip(row.publicity_until.clone());
        let award = row.award.as_deref().map(|text| self::read("an award", text)).transpose()?;
        Ok(Project {
            programme: row.programme.clone(),
            programme_name,
            provider_names,
            firm: firm(&row, &parties)?,
            state: row.state,
            committed: row.committed_fen,
            assessments: assessments(&mut db, id).await?,
            invoices: invoice::of_project(&mut db, id).await?,
            payments: payment::of_project(&mut db, id).await?,
            refunds: refunds(&mut db, id).await?,
            acceptance: acceptance(&mut db, id).await?,
            publicity,
            objections: objections(&mut db, id).await?,
            award,
            tranches: tranche::tranches(&mut db, id).await?,
            claw_backs: claw_backs(&mut db, id).await?,
            steps: steps(&mut db, id).await?,
            parties,
            filed: filed(row, contracts),
            id: id.clone(),
        })
    }
}

fn filed(row: Row, contracts: Vec<FiledContract>) -> Option<Filed> {
    Some(Filed {
        track: row.track?,
        rules_version: row.rules_version?,
        batch: row.batch?,
        on: row.filed_on?,
        due: row.due_on?,
        contracts,
        sha256: row.contracts_sha256?,
        plan: row.plan?,
    })
}

fn firm(row: &Row, parties: &Parties) -> Result<Firm> {
    Ok(Firm {
        uscc: row.uscc.parse().map_err(|error| ProgrammeError::damaged("a firm's code", &error))?,
        name: row.name.clone(),
        district: row.district.clone(),
        segment: row.segment.clone(),
        above_scale: row.above_scale,
        class: row.class,
        dishonest: row.dishonest,
        funded_by: read("a firm's earlier funding", &row.funded_by)?,
        org: parties.firm.clone(),
    })
}

async fn parties(db: &mut AnyConnection, id: &ProjectId) -> Result<Parties> {
    let query = sqlx::query_as(
        "SELECT a.slug, f.slug FROM project p JOIN programme g ON g.id = p.programme JOIN org a ON a.id = g.authority
             LEFT JOIN org f ON f.id = p.org
         WHERE p.id = $1",
    );
    let row: Option<(String, Option<String>)> = query.bind(id).fetch_optional(&mut *db).await?;
    let (authority, firm) = row.ok_or_else(|| ProgrammeError::not_found("project"))?;
    let query =
        sqlx::query_as("SELECT o.slug FROM project_provider x JOIN org o ON o.id = x.provider WHERE x.project = $1");
    let providers: Vec<(String,)> = query.bind(id).fetch_all(db).await?;
    Ok(Parties { authority, firm, providers: providers.into_iter().map(|(slug,)| slug).collect() })
}

async fn provider_names(db: &mut AnyConnection, id: &ProjectId) -> Result<BTreeMap<String, String>> {
    let query = sqlx::query_as(
        "SELECT o.slug, o.name FROM project_provider x JOIN org o ON o.id = x.provider WHERE x.project = $1",
    );
    let named: Vec<(String, String)> = query.bind(id).fetch_all(db).await?;
    Ok(named.into_iter().collect())
}

async fn assessments(db: &mut AnyConnection, id: &ProjectId) -> Result<Vec<Assessment>> {
    type Row = (i64, crate::assessment::AssessmentKind, String, String, Whole<u8>, i64, String);
    let query = sqlx::query_as(concat!(
        "SELECT a.number, a.kind, a.measured, a.snapshot_sha256, a.level, a.at_us, ",
        signer!("p"),
        " AS signer FROM project_assessment a
             JOIN person p ON p.id = a.by WHERE a.project = $1 ORDER BY a.number"
    ));
    let rows: Vec<Row> = query.bind(id).fetch_all(db).await?;
    let one = |(number, kind, measured, snapshot_sha256, Whole(level), at, by): Row| {
        let measured = read("an assessment", &measured)?;
        Ok(Assessment { number, kind, measured, snapshot_sha256, level, at: Instant(at), by })
    };
    rows.into_iter().map(one).collect()
}

async fn refunds(db: &mut AnyConnection, id: &ProjectId) -> Result<Vec<Refund>> {
    let query = sqlx::query_as(concat!(
        "SELECT r.contract, r.line, r.why, r.at_us, ",
        signer!("p"),
        " AS by FROM project_refund r JOIN person p ON p.id = r.by
         WHERE r.project = $1 ORDER BY r.contract, r.line"
    ));
    Ok(query.bind(id).fetch_all(db).await?)
}

async fn acceptance(db: &mut AnyConnection, id: &ProjectId) -> Result<Option<Acceptance>> {
    type Row = (String, Whole<u8>, Whole<u8>, i64, String);
    let query = sqlx::query_as(concat!(
        "SELECT a.verdict, a.level_before, a.level_after, a.at_us, ",
        signer!("p"),
        " AS signer FROM project_acceptance a
             JOIN person p ON p.id = a.by WHERE a.project = $1 ORDER BY a.number DESC LIMIT 1"
    ));
    let row: Option<Row> = query.bind(id).fetch_optional(db).await?;
    let one = |(verdict, Whole(level_before), Whole(level_after), at, by): Row| {
        Ok(Acceptance { verdict: read("a verdict", &verdict)?, level_before, level_after, at: Instant(at), by })
    };
    row.map(one).transpose()
}

async fn objections(db: &mut AnyConnection, id: &ProjectId) -> Result<Vec<Objection>> {
    let query = sqlx::query_as(concat!(
        "SELECT o.number, o.text, o.at_us, ",
        signer!("p"),
        " AS by, o.upheld, o.answer FROM project_objection o
             JOIN person p ON p.id = o.by WHERE o.project = $1 ORDER BY o.number"
    ));
    Ok(query.bind(id).fetch_all(db).await?)
}

async fn claw_backs(db: &mut AnyConnection, id: &ProjectId) -> Result<Vec<ClawBack>> {
    let query = sqlx::query_as(concat!(
        "SELECT c.number, c.amount_fen, c.document, c.why, c.at_us, ",
        signer!("p"),
        " AS by, c.recovered_on FROM project_claw_back c
             JOIN person p ON p.id = c.by WHERE c.project = $1 ORDER BY c.number"
    ));
    Ok(query.bind(id).fetch_all(db).await?)
}

async fn steps(db: &mut AnyConnection, id: &ProjectId) -> Result<Vec<Step>> {
    let query = sqlx::query_as(concat!(
        "SELECT s.number, s.act, s.before, s.after, s.at_us, ",
        signer!("p"),
        " AS by, s.why FROM project_step s
             JOIN person p ON p.id = s.by WHERE s.project = $1 ORDER BY s.number"
    ));
    Ok(query.bind(id).fetch_all(db).await?)
}
