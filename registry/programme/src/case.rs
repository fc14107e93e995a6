//! A project inside a change: what it is now, the next step, what it books. Everything that happens to a project goes
//! through here, so that no step lacks who, when and why, and no figure its entry.

use crate::days::today;
use crate::filing::FiledContract;
use crate::funds::{Booking, Funds, PotKey};
use crate::ids::{ProgrammeId, ProjectId};
use crate::ledger::{self, Entry};
use crate::life::{Act, State, next};
use crate::maybe::Maybe;
use crate::money::Fen;
use crate::programme;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::rules::{RuleSet, Track};
use serde_json::Value as Json;
use sqlx::AnyConnection;
use toolcrib_catalog::{Flag, Line, PersonId, Writing};
use toolcrib_contract::problem::{RULE_STEP, RULE_WITHDRAWN};
use toolcrib_contract::types::{Date, Instant};

/// Characters of a reason.
pub const WHY_CHARS: usize = 500;

/// A project's row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Row {
    pub id: ProjectId,
    pub programme: ProgrammeId,
    pub uscc: String,
    pub name: String,
    pub district: String,
    pub segment: String,
    #[sqlx(try_from = "Flag")]
    pub above_scale: bool,
    pub class: crate::enrolment::Class,
    #[sqlx(try_from = "Flag")]
    pub dishonest: bool,
    pub funded_by: String,
    pub state: State,
    pub since_us: i64,
    pub step: i64,
    pub track: Option<String>,
    #[sqlx(try_from = "Maybe")]
    pub rules_version: Option<u32>,
    #[sqlx(try_from = "Maybe")]
    pub batch: Option<u32>,
    pub filed_on: Option<String>,
    pub due_on: Option<String>,
    pub contracts: Option<String>,
    pub contracts_sha256: Option<String>,
    pub plan: Option<String>,
    #[sqlx(try_from = "Maybe")]
    pub level_before: Option<u8>,
    #[sqlx(try_from = "Maybe")]
    pub level_after: Option<u8>,
    pub committed_fen: Fen,
    pub accepted_fen: Fen,
    pub paid_fen: Fen,
    pub clawed_back_fen: Fen,
    pub award: Option<String>,
    pub award_fen: Fen,
    pub publicity_from: Option<String>,
    pub publicity_until: Option<String>,
}

/// What is pinned at filing.
pub(crate) struct Pinned {
    pub rules: RuleSet,
    pub track: Track,
    pub batch: u32,
    pub contracts: Vec<FiledContract>,
    /// The caps that the project counts for.
    pub pots: Vec<PotKey>,
}

/// A project in an open change. Dropping it leaves nothing.
pub(crate) struct Case {
    writing: Writing,
    pub row: Row,
    pub by: PersonId,
    pub now: Instant,
}

/// Reads a project's row.
pub(crate) async fn row(db: &mut AnyConnection, id: &ProjectId) -> Result<Row> {
    let query = sqlx::query_as(
        "SELECT id, programme, uscc, name, district, segment, above_scale, class, dishonest, funded_by, state, since_us,
             step, track, rules_version, batch, filed_on, due_on, contracts, contracts_sha256, plan, level_before,
             level_after, committed_fen, accepted_fen, paid_fen, clawed_back_fen, award, award_fen, publicity_from,
             publicity_until
         FROM project WHERE id = $1",
    )
    .bind(id);
    query.fetch_optional(db).await?.ok_or_else(|| ProgrammeError::not_found("project"))
}

/// Reads what was pinned; `pots` is empty, `contracts` is none before filing.
pub(crate) fn contracts(row: &Row) -> Result<Vec<FiledContract>> {
    let text = row.contracts.as_deref().unwrap_or("[]");
    serde_json::from_str(text).map_err(|error| ProgrammeError::damaged("a filed contract", &error))
}

/// Checks a reason.
pub(crate) fn why(text: &str) -> Result<()> {
    let fits = (1..=WHY_CHARS).contains(&text.chars().count()) && !text.trim().is_empty();
    if fits && !text.chars().any(|letter| letter.is_control() && letter != '\n') {
        return Ok(());
    }
    Err(ProgrammeError::input("/why", format!("say why in 1 to {WHY_CHARS} characters")))
}

impl Programmes {
    pub(crate) async fn open(&self, id: &ProjectId, by: &PersonId, now: Instant) -> Result<Case> {
        let mut writing = self.catalog.writing(now).await?;
        let row = row(writing.connection(), id).await?;
        Ok(Case { writing, row, by: by.clone(), now })
    }
}

impl Case {
    pub fn db(&mut self) -> &mut AnyConnection {
        self.writing.connection()
    }

    /// The change itself, for statements of other subjects.
    pub fn writing(&mut self) -> &mut Writing {
        &mut self.writing
    }

    /// The day that people in the city call today.
    pub fn today(&self) -> Date {
        today(self.now)
    }

    /// Where an act leads from here.
    ///
    /// # Errors
    /// The firm has withdrawn; the act does not follow in this state.
    pub fn expect(&self, act: Act) -> Result<State> {
        let state = self.row.state;
        if state == State::Withdrawn {
            let detail = format!("{} withdrew at {}", self.row.name, Instant(self.row.since_us));
            return Err(ProgrammeError::refused(RULE_WITHDRAWN, detail));
        }
        next(state, act).ok_or_else(|| {
            let (is, since) = (state.as_str(), Instant(self.row.since_us));
            let detail = format!("the project is `{is}` since {since}; `{}` does not follow there", act.as_str());
            ProgrammeError::refused(RULE_STEP, detail)
        })
    }

    /// Takes a step and writes it down.
    pub async fn step(&mut self, act: Act, why: &str) -> Result<()> {
        let (before, after) = (self.row.state, self.expect(act)?);
        self.row.step += 1;
        let (id, number, by, now) = (self.row.id.clone(), self.row.step, self.by.clone(), self.now);
        append_step(self.db(), &id, number, act, Some(before), after, &by, now, why).await?;
        let since = if before == after { self.row.since_us } else { now.0 };
        sqlx::query("UPDATE project SET state = $1, since_us = $2, step = $3 WHERE id = $4")
            .bind(after)
            .bind(since)
            .bind(number)
            .bind(&id)
            .execute(self.db())
            .await?;
        (self.row.state, self.row.since_us) = (after, since);
        Ok(())
    }

    /// What was pinned at filing.
    pub async fn pinned(&mut self) -> Result<Pinned> {
        let row = &self.row;
        let (Some(version), Some(track), Some(batch)) = (row.rules_version, row.track.clone(), row.batch) else {
            return Err(ProgrammeError::refused(RULE_STEP, "nothing was filed yet"));
        };
        let (programme, contracts) = (row.programme.clone(), contracts(row)?);
        let rules = programme::rules(self.db(), &programme, version).await?;
        let track = rules.track(&track).cloned();
        let track = track.ok_or_else(|| ProgrammeError::damaged("a project", &"its rules have no such track"))?;
        let pots = self.pots(&rules, batch).await?;
        Ok(Pinned { rules, track, batch, contracts, pots })
    }

    /// The caps that a project filed under these rules counts for: its batch, and its provider where the rules have a cap.
    async fn pots(&mut self, rules: &RuleSet, batch: u32) -> Result<Vec<PotKey>> {
        let mut pots = vec![PotKey::Batch(batch)];
        if rules.provider_cap.is_some() {
            let id = self.row.id.clone();
            let query = sqlx::query_as("SELECT provider FROM project_provider WHERE project = $1").bind(id);
            let providers: Vec<(String,)> = query.fetch_all(self.db()).await?;
            pots.extend(providers.into_iter().map(|(provider,)| PotKey::Provider(provider)));
        }
        Ok(pots)
    }

    /// How the programme's money stands, with the caps that matter here.
    pub async fn funds(&mut self, pots: &[PotKey], rules: &RuleSet) -> Result<Funds> {
        let programme = self.row.programme.clone();
        ledger::funds(self.db(), &programme, pots, rules.provider_cap).await
    }

    /// Books, and keeps what the project holds after it: committed, accepted, paid, demanded back.
    pub async fn book(
        &mut self,
        act: Act,
        on: Date,
        memo: &str,
        funds: &mut Funds,
        booking: &Booking,
        holds: [Fen; 4],
    ) -> Result<()> {
        let (row, by, now) = (self.row.clone(), self.by.clone(), self.now);
        let project = Some(row.id.as_str());
        let entry = Entry { act: act.as_str(), booked_on: on, project, about: &row.name, memo };
        ledger::append(self.db(), &row.programme, funds, booking, &entry, &by, now).await?;
        sqlx::query(
            "UPDATE project SET committed_fen = $1, accepted_fen = $2, paid_fen = $3, clawed_back_fen = $4
                 WHERE id = $5",
        )
        .bind(holds[0])
        .bind(holds[1])
        .bind(holds[2])
        .bind(holds[3])
        .bind(&row.id)
        .execute(self.db())
        .await?;
        let row = &mut self.row;
        [row.committed_fen, row.accepted_fen, row.paid_fen, row.clawed_back_fen] = holds;
        Ok(())
    }

    /// Commits everything with its audit line.
    pub async fn commit(self, act: Act, detail: Json) -> Result<()> {
        let (by, id) = (self.by, self.row.id);
        let line = Line { actor: by.as_str(), act: act.line(), subject: id.as_str(), detail };
        Ok(self.writing.commit(line).await?)
    }
}

#[expect(clippy::too_many_arguments, reason = "one argument for each column of the row")]
pub(crate) async fn append_step(
    db: &mut AnyConnection,
    project: &ProjectId,
    number: i64,
    act: Act,
    before: Option<State>,
    after: State,
    by: &PersonId,
    now: Instant,
    why: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO project_step (project, number, act, before, after, at_us, by, why)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(project)
    .bind(number)
    .bind(act)
    .bind(before)
    .bind(after)
    .bind(now.0)
    .bind(by)
    .bind(why)
    .execute(db)
    .await?;
    Ok(())
}
