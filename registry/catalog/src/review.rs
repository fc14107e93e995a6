//! What the checks say, and what people decide.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use crate::state::State;
use crate::submit::newest_approved;
use crate::transition::Act;
use crate::values::Flag;
use semver::Version;
use serde_json::json;
use toolcrib_contract::finding::{Report, Severity};
use toolcrib_contract::second::second_because;
use toolcrib_contract::types::Instant;
use toolcrib_trust::Notary;
use toolcrib_trust::publication::manifest_text;

/// The most characters of a reason.
pub const REASON_CHARS: usize = 4_000;

/// The part of the server that checks, as the records name it.
pub(crate) const CHECKER: &str = "vetting";

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

#[derive(sqlx::FromRow)]
struct Row {
    module: String,
    version: String,
    state: State,
    rules: Option<String>,
    second_because: String,
}

impl Catalog {
    /// Records what the checks found: on to a reviewer, or back to the provider. A report that is about something else
    /// than the submission counts as a failure.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`] when it is not being checked.
    pub async fn record_report(&self, id: &SubmissionId, report: &Report, now: Instant) -> Result<State, CatalogError> {
        let mut change = self.change(now).await?;
        let row: Option<(String, String, String, State)> =
            sqlx::query_as("SELECT module, version, digest, state FROM submission WHERE id = $1")
                .bind(id)
                .fetch_optional(change.connection())
                .await?;
        let (module, version, digest, state) = row
            .filter(|(.., state)| state.is_unchecked())
            .ok_or_else(|| CatalogError::WrongState("this submission is not being checked".to_owned()))?;
        if state == State::Submitted {
            change.take(id).await?;
        }
        let described = report.manifest.as_ref().is_some_and(|own| own.module == module && own.version == version);
        let passed = report.passed() && described && report.digest == digest;
        let act = if passed { Act::Pass } else { Act::Fail };
        let state = change.step(id, Some(State::Checking), act, CHECKER, &summary(report)).await?;
        let first = newest_approved(change.connection(), &module).await?.is_none();
        let because = report.manifest.as_ref().map(|manifest| second_because(manifest, first)).unwrap_or_default();
        let listing = report.package.as_ref().map(|package| json!(package.listing).to_string());
        let manifest = report.manifest.as_ref().filter(|_| passed).map(manifest_text);
        sqlx::query(
            "UPDATE submission SET state = $1, report = $2, rules = $3, listing = coalesce($4, listing),
                 manifest = coalesce($5, manifest), second_because = $6 WHERE id = $7",
        )
        .bind(state)
        .bind(json!(report).to_string())
        .bind(&report.rules)
        .bind(listing)
        .bind(manifest)
        .bind(json!(because).to_string())
        .bind(id)
        .execute(change.connection())
        .await?;
        let detail =
            json!({"submission": id.as_str(), "version": version, "state": state.as_str(), "rules": report.rules});
        change.commit(Line { actor: CHECKER, act: "version.check", subject: &module, detail }).await?;
        Ok(state)
    }

    /// Records a decision. Returns where the submission stands now: still in review after the first of two approvals. The one
    /// that counts is signed, naming everybody who approved, and logged in the same transaction.
    ///
    /// # Errors
    /// Not in review; the person may not decide on it, or approved it already; somebody else works on it; a higher version
    /// was approved meanwhile; no reason given.
    pub async fn decide(
        &self,
        id: &SubmissionId,
        verdict: &Verdict,
        reason: &str,
        by: &PersonId,
        now: Instant,
        notary: &Notary,
    ) -> Result<State, CatalogError> {
        check_reason(verdict, reason)?;
        let mut change = self.change(now).await?;
        let row: Option<Row> =
            sqlx::query_as("SELECT module, version, state, rules, second_because FROM submission WHERE id = $1")
                .bind(id)
                .fetch_optional(change.connection())
                .await?;
        let Row { module, version, state, rules, second_because } = row.ok_or(CatalogError::NotFound("submission"))?;
        change.may_decide(id, by).await?;
        if state != State::Review {
            return Err(CatalogError::WrongState(format!(
                "{module} {version} is in `{}`, not in review",
                state.as_str()
            )));
        }
        change.is_free_for(id, by).await?;
        let endorsed = match verdict {
            Verdict::Approve { .. } => change.endorsements(id, by).await?,
            Verdict::RequestChanges | Verdict::Reject => Vec::new(),
        };
        let act = match verdict {
            Verdict::Approve { .. } if second_because != "[]" && endorsed.is_empty() => Act::Endorse,
            Verdict::Approve { .. } => Act::Approve,
            Verdict::RequestChanges => Act::RequestChanges,
            Verdict::Reject => Act::Reject,
        };
        let after = change.step(id, Some(state), act, by.as_str(), reason).await?;
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
        }
        if after == State::Approved {
            let reviewers: Vec<_> = endorsed.iter().chain([by]).collect();
            change.approve(id, &reviewers, notary).await?;
        }
        sqlx::query("UPDATE submission SET state = $1, claimed_by = NULL, claimed_us = NULL WHERE id = $2")
            .bind(after)
            .bind(id)
            .execute(change.connection())
            .await?;
        if after == State::Approved {
            change.begin_planned_rollout(&module, &version).await?;
            change.take_up(&module).await?;
        }
        let detail = json!({"submission": id.as_str(), "version": version, "act": act.as_str(),
            "state": after.as_str(), "reason": reason});
        change.commit(Line { actor: by.as_str(), act: "version.decide", subject: &module, detail }).await?;
        Ok(after)
    }
}

fn check_reason(verdict: &Verdict, reason: &str) -> Result<(), CatalogError> {
    if reason.chars().count() > REASON_CHARS {
        return Err(CatalogError::input("/reason", format!("at most {REASON_CHARS} characters")));
    }
    if reason.trim().is_empty() && !matches!(verdict, Verdict::Approve { .. }) {
        return Err(CatalogError::input("/reason", "the provider needs to know why"));
    }
    Ok(())
}

/// What the checks say, for the record of the step.
fn summary(report: &Report) -> String {
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    format!("#vetted rules={} errors={} warnings={}", report.rules, count(Severity::Error), count(Severity::Warning))
}

impl Change {
    /// The checks of a submission begin.
    pub(crate) async fn take(&mut self, id: &SubmissionId) -> Result<(), CatalogError> {
        let state = self.step(id, Some(State::Submitted), Act::Take, CHECKER, "").await?;
        let update = sqlx::query("UPDATE submission SET state = $1 WHERE id = $2").bind(state).bind(id);
        update.execute(self.connection()).await?;
        Ok(())
    }

    /// Nobody decides on a version of an organisation that they belong to, nor on one that they submitted, whatever else
    /// they are.
    pub(crate) async fn may_decide(&mut self, id: &SubmissionId, person: &PersonId) -> Result<(), CatalogError> {
        let (Flag(own), Flag(submitted)): (Flag, Flag) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM module m JOIN org_member x ON x.org = m.org
                 WHERE m.name = s.module AND x.person = $2), s.submitted_by = $2 FROM submission s WHERE s.id = $1",
        )
        .bind(id)
        .bind(person)
        .fetch_optional(self.connection())
        .await?
        .ok_or(CatalogError::NotFound("submission"))?;
        match (own, submitted) {
            (true, _) => Err(CatalogError::OwnOrganisation),
            (false, true) => Err(CatalogError::OwnSubmission),
            (false, false) => Ok(()),
        }
    }

    /// Who approved so far.
    ///
    /// # Errors
    /// This person is among them: a second approval must be somebody else's.
    async fn endorsements(&mut self, id: &SubmissionId, by: &PersonId) -> Result<Vec<PersonId>, CatalogError> {
        let query =
            sqlx::query_as("SELECT actor FROM transition WHERE submission = $1 AND act = 'endorse' ORDER BY number");
        let all: Vec<(PersonId,)> = query.bind(id).fetch_all(self.connection()).await?;
        if all.iter().any(|(person,)| person == by) {
            let message = "you approved it already; the second approval is somebody else's";
            return Err(CatalogError::WrongState(message.to_owned()));
        }
        Ok(all.into_iter().map(|(person,)| person).collect())
    }
}
