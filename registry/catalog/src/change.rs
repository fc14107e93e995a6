//! A change: one transaction that ends with an audit line, and raises the snapshot number when hosts are concerned.
//!
//! Nothing is written outside of one, except what is no change for anybody: attempts, token rotation, hosts' polls.

use crate::audit;
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::ids::PersonId;
use serde_json::Value as Json;
use sqlx::{Any, AnyConnection, Transaction};
use toolcrib_contract::types::Instant;

/// An open change. Dropping it leaves nothing.
pub(crate) struct Change {
    catalog: Catalog,
    transaction: Transaction<'static, Any>,
    pub now: Instant,
    raised: bool,
    submitted: bool,
}

/// What was done, to what. The actor is a person's id or the name of a part of the server.
pub struct Line<'a> {
    pub actor: &'a str,
    /// Noun and verb, for example `module.take`.
    pub act: &'static str,
    pub subject: &'a str,
    pub detail: Json,
}

impl Catalog {
    pub(crate) async fn change(&self, now: Instant) -> Result<Change, CatalogError> {
        let transaction = self.engine.begin(&self.writer).await?;
        Ok(Change { catalog: self.clone(), transaction, now, raised: false, submitted: false })
    }
}

impl Change {
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Hosts must hear of this change.
    pub fn concerns_hosts(&mut self) {
        self.raised = true;
    }

    /// There is something to check.
    pub fn has_submission(&mut self) {
        self.submitted = true;
    }

    /// Voids every access token this person has now: signed out everywhere, or a role changed.
    pub async fn void_tokens(&mut self, person: &PersonId) -> Result<(), CatalogError> {
        self.concerns_hosts();
        // From the next second on, because `iat` counts whole seconds and a token of this one may be older than this.
        let before_s = self.now.0.div_euclid(1_000_000) + 1;
        sqlx::query("UPDATE person SET void_before_s = $1 WHERE id = $2 AND void_before_s < $1")
            .bind(before_s)
            .bind(person)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Writes an audit line besides the one that the change ends with.
    pub async fn note(&mut self, line: &Line<'_>) -> Result<(), CatalogError> {
        let now = self.now;
        audit::append(self.connection(), now, line).await
    }

    /// Commits everything with its audit line. Returns the snapshot number that contains the change.
    pub async fn commit(mut self, line: Line<'_>) -> Result<u64, CatalogError> {
        let now = self.now;
        audit::append(self.connection(), now, &line).await?;
        let raise = if self.raised { "UPDATE head SET seq = seq + 1 RETURNING seq" } else { "SELECT seq FROM head" };
        let (seq,): (i64,) = sqlx::query_as(raise).fetch_one(self.connection()).await?;
        let (seq, Self { catalog, transaction, submitted, .. }) = (seq.cast_unsigned(), self);
        // On a task of its own: a caller that goes away now must not leave hosts and checker untold of what is committed.
        let committed = tokio::spawn(async move {
            transaction.commit().await?;
            catalog.seq.send_if_modified(|known| {
                let newer = seq > *known;
                *known = seq.max(*known);
                newer
            });
            if submitted {
                catalog.submitted.notify_one();
            }
            Ok::<_, sqlx::Error>(())
        });
        committed.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
        tracing::debug!(actor = line.actor, act = line.act, subject = line.subject, seq, "Changed");
        Ok(seq)
    }

    /// Commits what nobody needs to read about later.
    pub async fn commit_quietly(self) -> Result<(), CatalogError> {
        debug_assert!(!self.raised, "what concerns hosts has an audit line");
        Ok(self.transaction.commit().await?)
    }
}
