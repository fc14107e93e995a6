//! Approved versions under newer rules: which are due, what was found, and the marks that reviewers look at.
//!
//! A later report never changes the version: it runs on where it runs. A reviewer decides what comes of a mark.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use crate::review::REASON_CHARS;
use crate::submissions::Checking;
use serde_json::json;
use toolcrib_contract::finding::{Finding, Report, Severity};
use toolcrib_contract::types::Instant;

/// Open marks of one list.
pub const MARKS_LISTED: i64 = 200;
/// Findings of one mark.
const MARK_FINDINGS: usize = 50;

/// What a later check of an approved version found and the report before did not.
#[derive(Clone, Debug)]
pub struct Mark {
    pub number: i64,
    pub submission: SubmissionId,
    pub module: String,
    pub version: String,
    pub at: Instant,
    /// What the later report rests on.
    pub basis: String,
    pub findings: Vec<Finding>,
}

type Row = (SubmissionId, String, String, String);

impl Catalog {
    /// What a submission is checked against, as things stand now.
    pub(crate) async fn checking(
        &self,
        id: SubmissionId,
        module: String,
        version: String,
        digest: String,
    ) -> Result<Checking, CatalogError> {
        let (mut previous, mut report) = (None, Report::default());
        if let Some((_, id)) = self.below(&module, &version).await? {
            previous = Some(self.manifest(&id).await?);
            report = self.newest_report(&id).await?.unwrap_or_default();
        }
        let (previous_package, previous_card) = (report.package, report.evidence.card);
        let others = self.newest_manifests(&module).await?;
        let providers = self.other_providers(&module).await?;
        Ok(Checking { id, module, version, digest, previous, previous_package, previous_card, others, providers })
    }

    /// Slugs of all providers but the module's own.
    async fn other_providers(&self, module: &str) -> Result<Vec<String>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT slug FROM org WHERE kind = 'provider' AND id IS DISTINCT FROM
                 (SELECT org FROM module WHERE name = $1)
             ORDER BY slug",
        );
        let rows: Vec<(String,)> = query.bind(module).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|(slug,)| slug).collect())
    }

    /// The newest report of a version: of a later check, or the one it was approved with.
    ///
    /// # Errors
    /// The database.
    pub async fn newest_report(&self, id: &SubmissionId) -> Result<Option<Report>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT coalesce((SELECT r.report FROM recheck r WHERE r.submission = s.id ORDER BY r.number DESC LIMIT 1),
                 s.report) FROM submission s WHERE s.id = $1",
        );
        let row: Option<(Option<String>,)> = query.bind(id).fetch_optional(&self.readers).await?;
        let text = row.and_then(|(text,)| text);
        let report = text.as_deref().map(serde_json::from_str).transpose();
        report.map_err(|error| CatalogError::damaged("a report", &error))
    }

    /// An approved version whose newest report rests on something else; the one that was submitted first.
    ///
    /// # Errors
    /// The database.
    pub async fn next_to_recheck(&self, basis: &str) -> Result<Option<Checking>, CatalogError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT s.id, s.module, s.version, s.digest FROM submission s
             WHERE s.state = 'approved' AND $1 IS DISTINCT FROM
                 coalesce((SELECT r.basis FROM recheck r WHERE r.submission = s.id ORDER BY r.number DESC LIMIT 1),
                     json_extract(s.report, '$.evidence.basis'))
             ORDER BY s.submitted_us, s.id LIMIT 1",
        )
        .bind(basis)
        .fetch_optional(&self.readers)
        .await?;
        let Some((id, module, version, digest)) = row else { return Ok(None) };
        Ok(Some(self.checking(id, module, version, digest).await?))
    }

    /// Stores a later report beside the others. What is new in it becomes a mark; whether there is one. `basis`: what
    /// was asked for, so that a report that could not be made is not asked for again at once.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`] when the version is not approved.
    pub async fn record_recheck(
        &self,
        id: &SubmissionId,
        basis: &str,
        report: &Report,
        now: Instant,
    ) -> Result<bool, CatalogError> {
        let before = self.newest_report(id).await?.unwrap_or_default();
        let mark = new_findings(&before, report);
        let mut change = self.change(now).await?;
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT module, version FROM submission WHERE id = $1 AND state = 'approved'")
                .bind(id)
                .fetch_optional(change.connection())
                .await?;
        let (module, version) =
            row.ok_or_else(|| CatalogError::WrongState("this version is not approved".to_owned()))?;
        sqlx::query(
            "INSERT INTO recheck (submission, at_us, rules, basis, report, mark) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(now.0)
        .bind(&report.rules)
        .bind(basis)
        .bind(json!(report).to_string())
        .bind(json!(mark).to_string())
        .execute(change.connection())
        .await?;
        let detail = json!({"submission": id.as_str(), "version": version, "basis": basis, "new_findings": mark.len()});
        change.commit(Line { actor: "vetting", act: "version.recheck", subject: &module, detail }).await?;
        Ok(!mark.is_empty())
    }

    /// Marks that nobody has settled, newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn open_marks(&self) -> Result<Vec<Mark>, CatalogError> {
        let rows: Vec<(i64, SubmissionId, String, String, i64, String, String)> = sqlx::query_as(
            "SELECT r.number, s.id, s.module, s.version, r.at_us, r.basis, r.mark
             FROM recheck r JOIN submission s ON s.id = r.submission
             WHERE r.settled_us IS NULL AND r.mark <> '[]' ORDER BY r.number DESC LIMIT $1",
        )
        .bind(MARKS_LISTED)
        .fetch_all(&self.readers)
        .await?;
        let mark = |(number, submission, module, version, at, basis, mark): (_, _, _, _, i64, _, String)| {
            let findings = serde_json::from_str(&mark).map_err(|error| CatalogError::damaged("a mark", &error))?;
            Ok(Mark { number, submission, module, version, at: Instant(at), basis, findings })
        };
        rows.into_iter().map(mark).collect()
    }

    /// Notes that a reviewer looked at a mark, and what came of it.
    ///
    /// # Errors
    /// There is no such mark, it is settled already, or no reason is given.
    pub async fn settle_mark(
        &self,
        number: i64,
        reason: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS {
            return Err(CatalogError::input(
                "/reason",
                format!("say in 1 to {REASON_CHARS} characters what came of it"),
            ));
        }
        let mut change = self.change(now).await?;
        let row: Option<(String, String)> = sqlx::query_as(
            "UPDATE recheck SET settled_by = $1, settled_us = $2, settled_reason = $3
             WHERE number = $4 AND settled_us IS NULL AND mark <> '[]'
             RETURNING submission, (SELECT module FROM submission s WHERE s.id = recheck.submission)",
        )
        .bind(by)
        .bind(now.0)
        .bind(reason)
        .bind(number)
        .fetch_optional(change.connection())
        .await?;
        let (submission, module) = row.ok_or(CatalogError::NotFound("open mark"))?;
        let detail = json!({"submission": submission, "mark": number, "reason": reason});
        change.commit(Line { actor: by.as_str(), act: "version.settle", subject: &module, detail }).await?;
        Ok(())
    }
}

/// Errors and warnings that the report before did not have.
fn new_findings(before: &Report, now: &Report) -> Vec<Finding> {
    let known = |finding: &&Finding| {
        before.findings.iter().any(|old| {
            (&old.check, &old.place, &old.what, old.severity)
                == (&finding.check, &finding.place, &finding.what, finding.severity)
        })
    };
    let weighty = now.findings.iter().filter(|finding| finding.severity != Severity::Note);
    weighty.filter(|finding| !known(finding)).take(MARK_FINDINGS).cloned().collect()
}
