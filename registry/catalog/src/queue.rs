//! The reviewers' queue: what waits, how long, who works on it.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use crate::state::State;
use serde_json::json;
use toolcrib_contract::evidence::{Consent, Task};
use toolcrib_contract::types::Instant;

/// The marketplace answers within so many hours.
pub const REVIEW_HOURS: i64 = 72;
/// A claim lapses after so many hours: somebody who fell ill keeps nothing from being decided.
pub const CLAIM_HOURS: i64 = 24;
/// Entries of one page.
pub const QUEUE_PAGE: i64 = 100;

const HOUR_US: i64 = 3_600 * 1_000_000;

/// When the marketplace should have answered what was submitted at this moment.
pub fn due(submitted: Instant) -> Instant {
    submitted.plus_us(REVIEW_HOURS * HOUR_US)
}

/// Who works on a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody, or a claim that lapsed.
    Nobody,
    By(PersonId),
}

/// Which submissions.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// In review when absent.
    pub state: Option<State>,
    pub module: Option<String>,
    /// Slug of the provider.
    pub org: Option<String>,
    pub claimed: Option<Claimed>,
    /// Only what is past its due time.
    pub overdue: bool,
    /// After the entry with this cursor.
    pub after: Option<(i64, String)>,
    /// At most [`QUEUE_PAGE`].
    pub limit: Option<i64>,
}

/// One submission in the queue.
#[derive(Clone, Debug)]
pub struct QueueEntry {
    pub id: SubmissionId,
    pub module: String,
    pub version: String,
    pub org: String,
    pub org_name: String,
    pub state: State,
    /// Name of the person.
    pub submitted_by: String,
    pub submitted_at: Instant,
    pub due_at: Instant,
    /// Name of the reviewer who works on it, and since when.
    pub claimed: Option<(String, Instant)>,
    pub second_because: Vec<String>,
    /// Approvals so far.
    pub endorsed: u32,
    /// Findings that are warnings.
    pub warnings: u32,
    /// What tenants will be asked, by the report.
    pub consent: Consent,
    /// What the report asks a person to look at.
    pub topics: Vec<String>,
}

/// How many submissions are in review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    pub all: u64,
    /// Nobody works on them.
    pub free: u64,
    /// This person works on them.
    pub mine: u64,
    /// Past their due time.
    pub overdue: u64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: SubmissionId,
    module: String,
    version: String,
    org: String,
    org_name: String,
    state: State,
    submitted_by: String,
    submitted_us: i64,
    claimed_by: Option<String>,
    claimed_us: Option<i64>,
    second_because: String,
    endorsed: i64,
    warnings: i64,
    consent: Option<String>,
    checklist: Option<String>,
}

const QUEUE: &str = "
    SELECT s.id, s.module, s.version, o.slug AS org, o.name AS org_name, s.state, p.name AS submitted_by,
        s.submitted_us, CASE WHEN s.claimed_us > $6 THEN c.name END AS claimed_by,
        CASE WHEN s.claimed_us > $6 THEN s.claimed_us END AS claimed_us, s.second_because,
        (SELECT count(*) FROM transition t WHERE t.submission = s.id AND t.act = 'endorse') AS endorsed,
        (SELECT count(*) FROM json_each(s.report, '$.findings') f
            WHERE json_extract(f.value, '$.severity') = 'warning') AS warnings,
        json_extract(s.report, '$.evidence.consent') AS consent,
        json_extract(s.report, '$.evidence.checklist') AS checklist
    FROM submission s JOIN module m ON m.name = s.module JOIN org o ON o.id = m.org
        JOIN person p ON p.id = s.submitted_by LEFT JOIN person c ON c.id = s.claimed_by
    WHERE s.superseded_us IS NULL AND s.state = $1 AND s.state <> 'draft'
        AND ($2 IS NULL OR s.module = $2) AND ($3 IS NULL OR o.slug = $3)
        AND ($4 = 'any' OR ($4 = 'nobody' AND (s.claimed_us IS NULL OR s.claimed_us <= $6))
            OR ($4 = 'by' AND s.claimed_by = $5 AND s.claimed_us > $6))
        AND s.submitted_us <= $7 AND (s.submitted_us, s.id) > ($8, $9)
    ORDER BY s.submitted_us, s.id LIMIT $10";

impl Catalog {
    /// A page of the queue, the longest waiting first, and the cursor of the next one. For people of the marketplace: the
    /// caller decides who that is.
    ///
    /// # Errors
    /// The database.
    pub async fn queue(
        &self,
        filter: &QueueFilter,
        now: Instant,
    ) -> Result<(Vec<QueueEntry>, Option<(i64, String)>), CatalogError> {
        let limit = filter.limit.unwrap_or(QUEUE_PAGE).clamp(1, QUEUE_PAGE);
        let (claimed, by) = match &filter.claimed {
            None => ("any", None),
            Some(Claimed::Nobody) => ("nobody", None),
            Some(Claimed::By(person)) => ("by", Some(person)),
        };
        let before = if filter.overdue { now.0 - REVIEW_HOURS * HOUR_US } else { i64::MAX };
        let (after_us, after_id) = filter.after.clone().unwrap_or((i64::MIN, String::new()));
        let rows: Vec<Row> = sqlx::query_as(QUEUE)
            .bind(filter.state.unwrap_or(State::Review))
            .bind(&filter.module)
            .bind(&filter.org)
            .bind(claimed)
            .bind(by)
            .bind(now.0 - CLAIM_HOURS * HOUR_US)
            .bind(before)
            .bind(after_us)
            .bind(after_id)
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
        let mut entries = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
        let more = entries.len() as i64 > limit;
        entries.truncate(limit as usize);
        let next = entries.last().filter(|_| more).map(|last| (last.submitted_at.0, last.id.to_string()));
        Ok((entries, next))
    }

    /// How many are in review, in the eyes of this person.
    ///
    /// # Errors
    /// The database.
    pub async fn queue_counts(&self, person: &PersonId, now: Instant) -> Result<QueueCounts, CatalogError> {
        let query = sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE coalesce(claimed_us, $1) <= $1),
                 count(*) FILTER (WHERE claimed_us > $1 AND claimed_by = $2), count(*) FILTER (WHERE submitted_us <= $3)
             FROM submission WHERE state = 'review' AND superseded_us IS NULL",
        );
        let query = query.bind(now.0 - CLAIM_HOURS * HOUR_US).bind(person).bind(now.0 - REVIEW_HOURS * HOUR_US);
        let (all, free, mine, overdue): (i64, i64, i64, i64) = query.fetch_one(&self.readers).await?;
        let count = i64::cast_unsigned;
        Ok(QueueCounts { all: count(all), free: count(free), mine: count(mine), overdue: count(overdue) })
    }

    /// Takes a submission in review for a reviewer, who may be another person than the one who asks. Again is no change.
    ///
    /// # Errors
    /// Not in review; they may not decide on it; somebody else has it.
    pub async fn claim(
        &self,
        id: &SubmissionId,
        reviewer: &PersonId,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let (module, state) = change.in_queue(id).await?;
        if state != State::Review {
            return Err(CatalogError::WrongState(format!("it is in `{}`, not in review", state.as_str())));
        }
        let reviews: Option<(i64,)> = sqlx::query_as(
            "SELECT 1 FROM org_member x JOIN org o ON o.id = x.org WHERE o.kind = 'marketplace' AND x.person = $1
                 AND x.role IN ('admin', 'reviewer')",
        )
        .bind(reviewer)
        .fetch_optional(change.connection())
        .await?;
        reviews.ok_or_else(|| CatalogError::input("/person", "this person does not review for the marketplace"))?;
        change.may_decide(id, reviewer).await?;
        change.is_free_for(id, reviewer).await?;
        sqlx::query("UPDATE submission SET claimed_by = $1, claimed_us = $2 WHERE id = $3")
            .bind(reviewer)
            .bind(now.0)
            .bind(id)
            .execute(change.connection())
            .await?;
        let detail = json!({"submission": id.as_str(), "reviewer": reviewer.as_str()});
        change.commit(Line { actor: by.as_str(), act: "version.claim", subject: &module, detail }).await?;
        Ok(())
    }

    /// Gives a submission back to the queue. `any`: also another person's.
    ///
    /// # Errors
    /// Nobody has it, or somebody else.
    pub async fn release(&self, id: &SubmissionId, any: bool, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let (module, _) = change.in_queue(id).await?;
        let release = sqlx::query(
            "UPDATE submission SET claimed_by = NULL, claimed_us = NULL
             WHERE id = $1 AND claimed_by IS NOT NULL AND ($2 OR claimed_by = $3)",
        );
        let released = release.bind(id).bind(any).bind(by).execute(change.connection()).await?;
        if released.rows_affected() == 0 {
            return Err(CatalogError::WrongState("you have not claimed this submission".to_owned()));
        }
        let detail = json!({"submission": id.as_str()});
        change.commit(Line { actor: by.as_str(), act: "version.release", subject: &module, detail }).await?;
        Ok(())
    }
}

impl Row {
    fn read(self) -> Result<QueueEntry, CatalogError> {
        let second_because = serde_json::from_str(&self.second_because);
        let damaged = |error: serde_json::Error| CatalogError::damaged("a report", &error);
        let consent = self.consent.as_deref().map(serde_json::from_str::<Consent>).transpose().map_err(damaged)?;
        let tasks = self.checklist.as_deref().map(serde_json::from_str::<Vec<Task>>).transpose().map_err(damaged)?;
        Ok(QueueEntry {
            warnings: u32::try_from(self.warnings).unwrap_or(u32::MAX),
            consent: consent.unwrap_or_default(),
            topics: tasks.unwrap_or_default().into_iter().map(|task| task.topic).collect(),
            id: self.id,
            module: self.module,
            version: self.version,
            org: self.org,
            org_name: self.org_name,
            state: self.state,
            submitted_by: self.submitted_by,
            submitted_at: Instant(self.submitted_us),
            due_at: due(Instant(self.submitted_us)),
            claimed: self.claimed_by.zip(self.claimed_us.map(Instant)),
            second_because: second_because.map_err(|error| CatalogError::damaged("a submission", &error))?,
            endorsed: u32::try_from(self.endorsed).unwrap_or(u32::MAX),
        })
    }
}

impl Change {
    async fn in_queue(&mut self, id: &SubmissionId) -> Result<(String, State), CatalogError> {
        let query = sqlx::query_as(
            "SELECT module, state FROM submission WHERE id = $1 AND state NOT IN ('draft', 'discarded')",
        );
        query.bind(id).fetch_optional(self.connection()).await?.ok_or(CatalogError::NotFound("submission"))
    }

    /// Nobody else works on it, or their claim has lapsed.
    pub(crate) async fn is_free_for(&mut self, id: &SubmissionId, person: &PersonId) -> Result<(), CatalogError> {
        let lapsed = self.now.0 - CLAIM_HOURS * HOUR_US;
        let other: Option<(String,)> = sqlx::query_as(
            "SELECT p.name FROM submission s JOIN person p ON p.id = s.claimed_by
             WHERE s.id = $1 AND s.claimed_by <> $2 AND s.claimed_us > $3",
        )
        .bind(id)
        .bind(person)
        .bind(lapsed)
        .fetch_optional(self.connection())
        .await?;
        match other {
            Some((name,)) => Err(CatalogError::WrongState(format!("{name} works on this submission"))),
            None => Ok(()),
        }
    }
}
