//! Submissions as their provider and the reviewers see them, and as the checker takes them.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::ids::SubmissionId;
use crate::listing::Viewer;
use crate::state::State;
use semver::Version;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Report;
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
    /// The highest approved version below this one.
    pub previous: Option<String>,
    /// On every build of this version, newest last.
    pub decisions: Vec<Decision>,
    /// Absent in lists, and while the checks run.
    pub report: Option<Box<Report>>,
}

/// Who decided what, when and why.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Name of the person.
    pub by: String,
    pub at: Instant,
    pub state: State,
    pub reason: String,
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
    /// The newest approved version of every other module.
    pub others: Vec<Manifest>,
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
    superseded: bool,
    submitted_by: String,
    submitted_us: i64,
    report: Option<String>,
}

impl Catalog {
    /// Submissions that this viewer may see, newest first, without reports.
    ///
    /// # Errors
    /// The database.
    pub async fn submissions(&self, viewer: &Viewer, state: Option<State>) -> Result<Vec<Submission>, CatalogError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT s.id, s.module, s.version, o.slug AS org, o.name AS org_name, s.digest, s.size_bytes, s.state,
                 s.superseded_us IS NOT NULL AS superseded, p.name AS submitted_by, s.submitted_us, NULL AS report
             FROM submission s JOIN module m ON m.name = s.module JOIN org o ON o.id = m.org
                 JOIN person p ON p.id = s.submitted_by
             WHERE (?1 IS NULL OR s.state = ?1) AND s.superseded_us IS NULL
                 AND (?2 OR o.slug IN (SELECT value FROM json_each(?3)))
             ORDER BY s.submitted_us DESC, s.id DESC LIMIT ?4",
        )
        .bind(state)
        .bind(viewer.marketplace)
        .bind(viewer.orgs())
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
        let row: Option<Row> = sqlx::query_as(
            "SELECT s.id, s.module, s.version, o.slug AS org, o.name AS org_name, s.digest, s.size_bytes, s.state,
                 s.superseded_us IS NOT NULL AS superseded, p.name AS submitted_by, s.submitted_us, s.report
             FROM submission s JOIN module m ON m.name = s.module JOIN org o ON o.id = m.org
                 JOIN person p ON p.id = s.submitted_by
             WHERE s.id = ?1 AND (?2 OR o.slug IN (SELECT value FROM json_each(?3)))",
        )
        .bind(id)
        .bind(viewer.marketplace)
        .bind(viewer.orgs())
        .fetch_optional(&self.readers)
        .await?;
        self.complete(row.ok_or(CatalogError::NotFound("submission"))?).await
    }

    async fn complete(&self, row: Row) -> Result<Submission, CatalogError> {
        let decisions: Vec<(String, i64, State, String)> = sqlx::query_as(
            "SELECT p.name, d.at_us, d.state, d.reason FROM decision d JOIN submission s ON s.id = d.submission
                 JOIN person p ON p.id = d.person WHERE s.module = ? AND s.version = ? ORDER BY d.number",
        )
        .bind(&row.module)
        .bind(&row.version)
        .fetch_all(&self.readers)
        .await?;
        let report = row.report.as_deref().map(serde_json::from_str).transpose();
        let report = report.map_err(|error| CatalogError::damaged("a report", &error))?;
        let previous = self.below(&row.module, &row.version).await?.map(|(version, _)| version);
        let decision = |(by, at, state, reason)| Decision { by, at: Instant(at), state, reason };
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
            previous,
            decisions: decisions.into_iter().map(decision).collect(),
            report,
        })
    }

    /// The highest approved version below this one, and its submission.
    async fn below(&self, module: &str, version: &str) -> Result<Option<(String, SubmissionId)>, CatalogError> {
        let query = sqlx::query_as("SELECT version, id FROM submission WHERE module = ? AND state = 'approved'");
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
    pub async fn next_to_check(&self) -> Result<Option<Checking>, CatalogError> {
        let row: Option<(SubmissionId, String, String, String)> = sqlx::query_as(
            "SELECT id, module, version, digest FROM submission WHERE state = 'checking' ORDER BY submitted_us, id LIMIT 1",
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some((id, module, version, digest)) = row else { return Ok(None) };
        let previous = match self.below(&module, &version).await? {
            Some((_, id)) => Some(self.manifest(&id).await?),
            None => None,
        };
        let others = self.newest_manifests(&module).await?;
        Ok(Some(Checking { id, module, version, digest, previous, others }))
    }

    /// Returns when something was submitted since the last time.
    pub async fn submitted(&self) {
        self.submitted.notified().await;
    }

    async fn manifest(&self, id: &SubmissionId) -> Result<Manifest, CatalogError> {
        let query = sqlx::query_as("SELECT manifest FROM submission WHERE id = ?").bind(id);
        let (text,): (String,) = query.fetch_one(&self.readers).await?;
        serde_json::from_str(&text).map_err(|error| CatalogError::damaged("a manifest", &error))
    }

    async fn newest_manifests(&self, except: &str) -> Result<Vec<Manifest>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT module, version, id FROM submission WHERE state = 'approved' AND module <> ? ORDER BY module",
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
