//! What the checks say, and what people decide.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use crate::state::State;
use crate::submit::newest_approved;
use semver::Version;
use serde_json::json;
use toolcrib_contract::finding::Report;
use toolcrib_contract::types::Instant;
use toolcrib_trust::Notary;
use toolcrib_trust::publication::manifest_text;

/// The most characters of a reason.
pub const REASON_CHARS: usize = 4_000;

/// A person's decision.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// What the checks said under these rules is what the person saw.
    Approve {
        rules: String,
    },
    RequestChanges,
    Reject,
}

impl Verdict {
    fn state(&self) -> State {
        match self {
            Self::Approve { .. } => State::Approved,
            Self::RequestChanges => State::ChangesRequested,
            Self::Reject => State::Rejected,
        }
    }
}

type Row = (String, String, State, Option<String>);

impl Catalog {
    /// Records what the checks found: on to a reviewer, or back to the provider. A report that is about something else
    /// than the submission counts as a failure.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`] when it is not being checked.
    pub async fn record_report(&self, id: &SubmissionId, report: &Report, now: Instant) -> Result<State, CatalogError> {
        let mut change = self.change(now).await?;
        let row: Option<(String, String, String)> =
            sqlx::query_as("SELECT module, version, digest FROM submission WHERE id = ? AND state = 'checking'")
                .bind(id)
                .fetch_optional(change.connection())
                .await?;
        let (module, version, digest) =
            row.ok_or_else(|| CatalogError::WrongState("this submission is not being checked".to_owned()))?;
        let described = report.manifest.as_ref().is_some_and(|own| own.module == module && own.version == version);
        let passed = report.passed() && described && report.digest == digest;
        let state = if passed { State::Review } else { State::Failed };
        let listing = report.package.as_ref().map(|package| json!(package.listing).to_string());
        let manifest = report.manifest.as_ref().filter(|_| passed).map(manifest_text);
        sqlx::query(
            "UPDATE submission SET state = ?, report = ?, rules = ?, listing = coalesce(?, listing),
                 manifest = coalesce(?, manifest) WHERE id = ?",
        )
        .bind(state)
        .bind(json!(report).to_string())
        .bind(&report.rules)
        .bind(listing)
        .bind(manifest)
        .bind(id)
        .execute(change.connection())
        .await?;
        let detail =
            json!({"submission": id.as_str(), "version": version, "state": state.as_str(), "rules": report.rules});
        change.commit(Line { actor: "vetting", act: "version.check", subject: &module, detail }).await?;
        Ok(state)
    }

    /// Records a decision. An approval is signed and logged in the same transaction.
    ///
    /// # Errors
    /// Not in review; the person belongs to the provider; a higher version was approved meanwhile; no reason given.
    pub async fn decide(
        &self,
        id: &SubmissionId,
        verdict: &Verdict,
        reason: &str,
        by: &PersonId,
        now: Instant,
        notary: &Notary,
    ) -> Result<(), CatalogError> {
        let chars = reason.chars().count();
        if chars > REASON_CHARS {
            return Err(CatalogError::input("/reason", format!("at most {REASON_CHARS} characters")));
        }
        if reason.trim().is_empty() && verdict.state() != State::Approved {
            return Err(CatalogError::input("/reason", "the provider needs to know why"));
        }
        let mut change = self.change(now).await?;
        let row: Option<Row> = sqlx::query_as("SELECT module, version, state, rules FROM submission WHERE id = ?")
            .bind(id)
            .fetch_optional(change.connection())
            .await?;
        let (module, version, state, rules) = row.ok_or(CatalogError::NotFound("submission"))?;
        let own: Option<(i64,)> = sqlx::query_as(
            "SELECT 1 FROM module m JOIN org_member x ON x.org = m.org WHERE m.name = ? AND x.person = ?",
        )
        .bind(&module)
        .bind(by)
        .fetch_optional(change.connection())
        .await?;
        if own.is_some() {
            return Err(CatalogError::OwnOrganisation);
        }
        if state != State::Review {
            return Err(CatalogError::WrongState(format!(
                "{module} {version} is in `{}`, not in review",
                state.as_str()
            )));
        }
        if let Verdict::Approve { rules: seen } = verdict {
            if rules.as_ref() != Some(seen) {
                return Err(CatalogError::WrongState("it was checked again under other rules meanwhile".to_owned()));
            }
            let newest = newest_approved(change.connection(), &module).await?;
            if newest.is_some_and(|newest| Version::parse(&version).is_ok_and(|version| version <= newest)) {
                return Err(CatalogError::WrongState(
                    "a higher version was approved meanwhile; reject this one".to_owned(),
                ));
            }
            change.approve(id, &[by], notary).await?;
        } else {
            let update = sqlx::query("UPDATE submission SET state = ? WHERE id = ?").bind(verdict.state()).bind(id);
            update.execute(change.connection()).await?;
        }
        sqlx::query("INSERT INTO decision (submission, person, at_us, state, reason) VALUES (?, ?, ?, ?, ?)")
            .bind(id)
            .bind(by)
            .bind(now.0)
            .bind(verdict.state())
            .bind(reason)
            .execute(change.connection())
            .await?;
        let detail =
            json!({"submission": id.as_str(), "version": version, "state": verdict.state().as_str(), "reason": reason});
        change.commit(Line { actor: by.as_str(), act: "version.decide", subject: &module, detail }).await?;
        Ok(())
    }
}
