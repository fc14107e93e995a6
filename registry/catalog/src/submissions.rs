//! Submissions as their provider and the reviewers see them, and as the checker takes them.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::SubmissionId;
use crate::listing::Viewer;
use crate::queue::due;
use crate::review::CHECKER;
use crate::state::State;
use crate::transition::Transition;
use crate::values::Flag;
use semver::Version;
use serde_json::json;
use toolcrib_contract::Manifest;
use toolcrib_contract::evidence::CardLine;
use toolcrib_contract::finding::Report;
use toolcrib_contract::package::{Listing, Package};
use toolcrib_contract::types::Instant;

/// Submissions of one list.
pub const SUBMISSIONS_LISTED: i64 = 200;

/// A version on its way.
#[derive(Clone, Debug)]
pub struct Submission {
    pub id: SubmissionId,
    pub module: String,
    pub version: String,
    /// Slug and name of the provider.
    pub org: String,
    pub org_name: String,
    pub digest: String,
    pub size_bytes: u64,
    pub state: State,
    /// Another build of the same version took its place.
    pub superseded: bool,
    /// Name of the person.
    pub submitted_by: String,
    pub submitted_at: Instant,
    /// When the marketplace should have answered.
    pub due_at: Instant,
    /// Until when a draft is kept.
    pub expires_at: Option<Instant>,
    /// Why two people must approve it; empty when one is enough.
    pub second_because: Vec<String>,
    /// The reviewer who works on it.
    pub claimed_by: Option<String>,
    /// The highest approved version below this one.
    pub previous: Option<String>,
    /// On every build of this version, then on how it stands since; newest last.
    pub decisions: Vec<Decision>,
    /// Every step of this build, oldest first; absent in lists.
    pub history: Vec<Transition>,
    /// Absent in lists, and while the checks run.
    pub report: Option<Box<Report>>,
}

/// Who decided what, when and why.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Name of the person.
    pub by: String,
    pub at: Instant,
    /// A reviewer's act, or `stand`: how an approved version stands was changed.
    pub act: String,
    /// Where it led.
    pub state: State,
    pub reason: String,
}

/// A submission beside the last approved version below it.
#[derive(Clone, Debug)]
pub struct Compared {
    pub before: Option<Side>,
    pub after: Side,
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub struct Side {
    pub version: String,
    pub manifest: Manifest,
    pub listing: Listing,
    pub digest: String,
}

/// A submission to check.
#[derive(Clone, Debug)]
pub struct Checking {
    pub id: SubmissionId,
    pub module: String,
    pub version: String,
    pub digest: String,
    /// The highest approved version below this one.
    pub previous: Option<Manifest>,
    /// What travelled with it, by its report.
    pub previous_package: Option<Package>,
    /// What that version's calls cost.
    pub previous_card: Vec<CardLine>,
    /// The newest approved version of every other module.
    pub others: Vec<Manifest>,
    /// Slugs of the other providers.
    pub providers: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: SubmissionId,
    module: String,
    version: String,
    org: String,
    org_name: String,
    digest: String,
    size_bytes: i64,
    state: State,
    #[sqlx(try_from = "crate::Flag")]
    superseded: bool,
    submitted_by: String,
    submitted_us: i64,
    expires_us: Option<i64>,
    second_because: String,
    claimed_by: Option<String>,
    report: Option<String>,
}

/// Submissions that a viewer (`$1` works for the marketplace, `$2` organisations) may see and that fulfil a condition; the
/// report as this expression. Drafts are their provider's alone.
macro_rules! submissions {
    ($report:literal, $condition:literal) => {
        concat!(
            "SELECT s.id, s.module, s.version, o.slug AS org, o.name AS org_name, s.digest, s.size_bytes,
                 coalesce(s.standing, s.state) AS state, s.superseded_us IS NOT NULL AS superseded, p.name AS submitted_by, s.submitted_us, s.expires_us,
                 s.second_because, c.name AS claimed_by, ",
            $report,
            " AS report
             FROM submission s JOIN module m ON m.name = s.module JOIN org o ON o.id = m.org
                 JOIN person p ON p.id = s.submitted_by LEFT JOIN person c ON c.id = s.claimed_by
             WHERE (($1 AND s.state NOT IN ('draft', 'discarded'))
                 OR o.slug IN (SELECT value FROM json_each($2))) AND ",
            $condition
        )
    };
}

impl Catalog {
    /// Submissions that this viewer may see, newest first, without reports.
    ///
    /// # Errors
    /// The database.
    pub async fn submissions(&self, viewer: &Viewer, state: Option<State>) -> Result<Vec<Submission>, CatalogError> {
        let rows: Vec<Row> = sqlx::query_as(submissions!(
            "NULL",
            "($3 IS NULL OR coalesce(s.standing, s.state) = $3) AND s.superseded_us IS NULL
             ORDER BY s.submitted_us DESC, s.id DESC LIMIT $4"
        ))
        .bind(viewer.marketplace)
        .bind(viewer.orgs())
        .bind(state)
        .bind(SUBMISSIONS_LISTED)
        .fetch_all(&self.readers)
        .await?;
        let mut submissions = Vec::with_capacity(rows.len());
        for row in rows {
            submissions.push(self.complete(row).await?);
        }
        Ok(submissions)
    }

    /// # Errors
    /// [`CatalogError::NotFound`], also when the viewer may not see it.
    pub async fn submission(&self, viewer: &Viewer, id: &SubmissionId) -> Result<Submission, CatalogError> {
        let row: Option<Row> = sqlx::query_as(submissions!("s.report", "s.id = $3"))
            .bind(viewer.marketplace)
            .bind(viewer.orgs())
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        let submission = self.complete(row.ok_or(CatalogError::NotFound("submission"))?).await?;
        Ok(Submission { history: self.transitions(id).await?, ..submission })
    }

    async fn complete(&self, row: Row) -> Result<Submission, CatalogError> {
        let decisions: Vec<(String, i64, String, State, String)> = sqlx::query_as(
            "SELECT p.name, d.at_us, d.act, d.state, d.reason FROM (
                 SELECT 0 AS later, number, submission, actor, at_us, act, after AS state, reason FROM transition
                     WHERE act IN ('endorse', 'approve', 'request_changes', 'reject') UNION ALL
                 SELECT 1, number, submission, person, at_us, 'stand', standing, reason FROM standing_change) d
             JOIN submission s ON s.id = d.submission JOIN person p ON p.id = d.actor
             WHERE s.module = $1 AND s.version = $2 ORDER BY d.later, d.number",
        )
        .bind(&row.module)
        .bind(&row.version)
        .fetch_all(&self.readers)
        .await?;
        let report = row.report.as_deref().map(serde_json::from_str).transpose();
        let report = report.map_err(|error| CatalogError::damaged("a report", &error))?;
        let previous = self.below(&row.module, &row.version).await?.map(|(version, _)| version);
        let decision = |(by, at, act, state, reason)| Decision { by, at: Instant(at), act, state, reason };
        let second_because = serde_json::from_str(&row.second_because);
        let second_because = second_because.map_err(|error| CatalogError::damaged("a submission", &error))?;
        Ok(Submission {
            id: row.id,
            module: row.module,
            version: row.version,
            org: row.org,
            org_name: row.org_name,
            digest: row.digest,
            size_bytes: row.size_bytes.cast_unsigned(),
            state: row.state,
            superseded: row.superseded,
            submitted_by: row.submitted_by,
            submitted_at: Instant(row.submitted_us),
            due_at: due(Instant(row.submitted_us)),
            expires_at: row.expires_us.map(Instant),
            second_because,
            claimed_by: row.claimed_by,
            previous,
            decisions: decisions.into_iter().map(decision).collect(),
            history: Vec::new(),
            report,
        })
    }

    /// The highest approved version below this one, and its submission.
    pub(crate) async fn below(
        &self,
        module: &str,
        version: &str,
    ) -> Result<Option<(String, SubmissionId)>, CatalogError> {
        let query = sqlx::query_as("SELECT version, id FROM submission WHERE module = $1 AND state = 'approved'");
        let rows: Vec<(String, SubmissionId)> = query.bind(module).fetch_all(&self.readers).await?;
        let Ok(bound) = Version::parse(version) else { return Ok(None) };
        let parsed = rows.into_iter().filter_map(|(text, id)| Some((Version::parse(&text).ok()?, text, id)));
        let below = parsed.filter(|(found, _, _)| *found < bound).max_by(|a, b| a.0.cmp(&b.0));
        Ok(below.map(|(_, text, id)| (text, id)))
    }

    /// The submission that has waited longest for its checks. The queue is the database: what a crash interrupted is
    /// simply still there.
    ///
    /// # Errors
    /// The database.
    pub async fn next_to_check(&self, now: Instant) -> Result<Option<Checking>, CatalogError> {
        let row: Option<(SubmissionId, String, String, String, State)> = sqlx::query_as(
            "SELECT id, module, version, digest, state FROM submission WHERE state IN ('submitted', 'checking')
             ORDER BY submitted_us, id LIMIT 1",
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some((id, module, version, digest, state)) = row else { return Ok(None) };
        if state == State::Submitted {
            let mut change = self.change(now).await?;
            change.take(&id).await?;
            let detail = json!({"submission": id.as_str(), "version": version});
            change.commit(Line { actor: CHECKER, act: "version.take", subject: &module, detail }).await?;
        }
        Ok(Some(self.checking(id, module, version, digest).await?))
    }

    /// Whether a submission waits for its checks.
    ///
    /// # Errors
    /// The database.
    pub async fn is_checking(&self) -> Result<bool, CatalogError> {
        let query = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM submission WHERE state IN ('submitted', 'checking'))");
        let (Flag(waits),): (Flag,) = query.fetch_one(&self.readers).await?;
        Ok(waits)
    }

    /// Both sides of a submission. Whether the viewer may see it is the caller's to ask first.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn compared(&self, id: &SubmissionId) -> Result<Compared, CatalogError> {
        let (module, after) = self.side(id).await?;
        let before = match self.below(&module, &after.version).await? {
            Some((_, before)) => Some(self.side(&before).await?.1),
            None => None,
        };
        Ok(Compared { before, after })
    }

    async fn side(&self, id: &SubmissionId) -> Result<(String, Side), CatalogError> {
        let query =
            sqlx::query_as("SELECT module, version, manifest, listing, digest FROM submission WHERE id = $1").bind(id);
        let row: Option<(String, String, String, String, String)> = query.fetch_optional(&self.readers).await?;
        let (module, version, manifest, listing, digest) = row.ok_or(CatalogError::NotFound("submission"))?;
        let damaged = |error: serde_json::Error| CatalogError::damaged("a version", &error);
        let manifest = serde_json::from_str(&manifest).map_err(damaged)?;
        let listing = serde_json::from_str(&listing).map_err(damaged)?;
        Ok((module, Side { version, manifest, listing, digest }))
    }

    /// Returns when something was submitted since the last time.
    pub async fn submitted(&self) {
        self.submitted.notified().await;
    }

    pub(crate) async fn manifest(&self, id: &SubmissionId) -> Result<Manifest, CatalogError> {
        let query = sqlx::query_as("SELECT manifest FROM submission WHERE id = $1").bind(id);
        let (text,): (String,) = query.fetch_one(&self.readers).await?;
        serde_json::from_str(&text).map_err(|error| CatalogError::damaged("a manifest", &error))
    }

    pub(crate) async fn newest_manifests(&self, except: &str) -> Result<Vec<Manifest>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT module, version, id FROM submission WHERE state = 'approved' AND module <> $1 ORDER BY module",
        );
        let rows: Vec<(String, String, SubmissionId)> = query.bind(except).fetch_all(&self.readers).await?;
        let mut manifests = Vec::new();
        for same in rows.chunk_by(|a, b| a.0 == b.0) {
            let newest = same.iter().max_by_key(|(_, version, _)| Version::parse(version).ok());
            if let Some((_, _, id)) = newest {
                manifests.push(self.manifest(id).await?);
            }
        }
        Ok(manifests)
    }
}
