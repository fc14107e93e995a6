//! Drafts: builds that only their provider sees, until they are submitted, discarded, or too old.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use crate::state::State;
use crate::submit::{Admitted, Build, NewSubmission, admit};
use crate::transition::Act;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// Drafts of one provider.
pub const DRAFTS: i64 = 50;
/// A draft is kept so many days.
pub const DRAFT_DAYS: i64 = 30;
/// Drafts that one sweep looks at.
const SWEEP: i64 = 200;

/// Until when a draft of this moment is kept.
pub(crate) fn expiry(now: Instant) -> Instant {
    now.plus_us(DRAFT_DAYS * 86_400 * 1_000_000)
}

type Row = (String, String, String, String, State);

impl Catalog {
    /// Keeps a build as a draft. The same build again is the same draft; another build of the version replaces it.
    ///
    /// # Errors
    /// As [`Catalog::submit`]; more than [`DRAFTS`].
    pub async fn keep_draft(
        &self,
        new: NewSubmission,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<SubmissionId, CatalogError> {
        self.take_in(new, Act::Keep, now, chance).await
    }

    /// Hands a draft in: its checks are queued. Whether the person may is the caller's to decide.
    ///
    /// # Errors
    /// No draft; what forbids to submit it now ([`Catalog::submit`]).
    pub async fn submit_draft(&self, id: &SubmissionId, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let (module, version, key_id, digest, state) = change.build(id).await?;
        if state != State::Draft {
            return Err(CatalogError::WrongState(format!("{module} {version} is in `{}`, no draft", state.as_str())));
        }
        let build = Build { module: &module, version: &version, key_id: &key_id, digest: &digest };
        let Admitted::Draft(id) = admit(change.connection(), &build, Act::Submit, now).await? else {
            return Err(CatalogError::WrongState(format!("another build of {module} {version} took its place")));
        };
        change.hand_in(&id, &build, by).await?;
        let detail = json!({"submission": id.as_str(), "version": version, "digest": digest});
        change.commit(Line { actor: by.as_str(), act: "version.submit", subject: &module, detail }).await?;
        Ok(())
    }

    /// Gives a draft up. Its record stays, its component goes with the next sweep.
    ///
    /// # Errors
    /// No draft.
    pub async fn discard_draft(&self, id: &SubmissionId, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let (module, version, _, _, state) = change.build(id).await?;
        change.end_draft(id, state, Act::Discard, by.as_str()).await?;
        let detail = json!({"submission": id.as_str(), "version": version});
        change.commit(Line { actor: by.as_str(), act: "version.discard", subject: &module, detail }).await?;
        Ok(())
    }

    /// Ends drafts whose time is over, and removes the components of ended drafts that nothing else needs. Returns how
    /// many drafts ended.
    ///
    /// # Errors
    /// The database or the disk.
    pub async fn sweep_drafts(&self, now: Instant) -> Result<usize, CatalogError> {
        let due = sqlx::query_as(
            "SELECT id, module, version FROM submission WHERE state = 'draft' AND expires_us <= $1 LIMIT $2",
        );
        let due: Vec<(SubmissionId, String, String)> = due.bind(now.0).bind(SWEEP).fetch_all(&self.readers).await?;
        for (id, module, version) in &due {
            let mut change = self.change(now).await?;
            let (.., state) = change.build(id).await?;
            // It was submitted in this moment.
            if state != State::Draft {
                continue;
            }
            change.end_draft(id, state, Act::Expire, CLOCK).await?;
            let detail = json!({"submission": id.as_str(), "version": version});
            change.commit(Line { actor: CLOCK, act: "version.expire", subject: module, detail }).await?;
        }
        self.remove_unneeded().await?;
        Ok(due.len())
    }

    async fn remove_unneeded(&self) -> Result<(), CatalogError> {
        let _alone = self.keeping.write().await;
        let unneeded: Vec<(String,)> = sqlx::query_as(
            "SELECT DISTINCT d.digest FROM submission d WHERE d.state = 'discarded' AND d.expires_us IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM submission s WHERE s.digest = d.digest AND s.state <> 'discarded') LIMIT $1",
        )
        .bind(SWEEP)
        .fetch_all(&self.readers)
        .await?;
        for (digest,) in unneeded {
            self.blobs.remove(&digest).await?;
            // So that the next sweep looks at others.
            let done = sqlx::query("UPDATE submission SET expires_us = NULL WHERE state = 'discarded' AND digest = $1");
            done.bind(&digest).execute(&self.writer).await?;
        }
        Ok(())
    }
}

/// Time, as the records name it.
pub(crate) const CLOCK: &str = "clock";

impl Change {
    async fn build(&mut self, id: &SubmissionId) -> Result<Row, CatalogError> {
        let query = sqlx::query_as("SELECT module, version, key_id, digest, state FROM submission WHERE id = $1");
        let row: Option<Row> = query.bind(id).fetch_optional(self.connection()).await?;
        row.ok_or(CatalogError::NotFound("submission"))
    }

    /// From draft to the queue of checks. Its time counts from now. What was pushed for it meanwhile goes with it.
    pub(crate) async fn hand_in(
        &mut self,
        id: &SubmissionId,
        build: &Build<'_>,
        by: &PersonId,
    ) -> Result<(), CatalogError> {
        let state = self.step(id, Some(State::Draft), Act::Submit, by.as_str(), "").await?;
        let now = self.now.0;
        sqlx::query(
            "UPDATE submission SET state = $1, submitted_us = $2, submitted_by = $3, expires_us = NULL WHERE id = $4",
        )
        .bind(state)
        .bind(now)
        .bind(by)
        .bind(id)
        .execute(self.connection())
        .await?;
        crate::oci::adopt_draft(self, id, (build.module, build.version), build.digest).await?;
        self.has_submission();
        Ok(())
    }

    async fn end_draft(&mut self, id: &SubmissionId, from: State, act: Act, actor: &str) -> Result<(), CatalogError> {
        let (state, now) = (self.step(id, Some(from), act, actor, "").await?, self.now.0);
        let update = sqlx::query("UPDATE submission SET state = $1, superseded_us = $2 WHERE id = $3");
        update.bind(state).bind(now).bind(id).execute(self.connection()).await?;
        Ok(())
    }
}
