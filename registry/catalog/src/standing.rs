//! How approved versions stand: deprecated, yanked, revoked, and back as long as not revoked.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use crate::review::REASON_CHARS;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_trust::record::Record;
use toolcrib_trust::{Notary, Standing};

/// What becomes of an approved version, and why.
#[derive(Clone, Copy, Debug)]
pub struct NewStanding<'a> {
    pub module: &'a str,
    pub version: &'a str,
    pub standing: Standing,
    pub reason: &'a str,
}

type Row = (SubmissionId, String, Option<String>);

impl Change {
    /// Hosts need a new revocation list.
    pub async fn raise_revocations(&mut self) -> Result<(), CatalogError> {
        self.concerns_hosts();
        sqlx::query("UPDATE revocation_head SET seq = seq + 1").execute(self.connection()).await?;
        Ok(())
    }
}

impl Catalog {
    /// Changes how an approved version stands: in the table, the audit, the log and the next revocation list at once.
    /// The same standing again is no change. Who may do what is the caller's business. Returns the snapshot number that
    /// hosts confirm once they have it in force.
    ///
    /// # Errors
    /// No such approved version; it is revoked, which is for ever; no reason given.
    pub async fn set_standing(
        &self,
        new: NewStanding<'_>,
        by: &PersonId,
        now: Instant,
        notary: &Notary,
    ) -> Result<u64, CatalogError> {
        let NewStanding { module, version, standing, reason } = new;
        let chars = reason.chars().count();
        if chars > REASON_CHARS || reason.trim().is_empty() {
            return Err(CatalogError::input(
                "/reason",
                format!("tenants need to know why: 1 to {REASON_CHARS} characters"),
            ));
        }
        let mut change = self.change(now).await?;
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, digest, standing FROM submission
             WHERE module = $1 AND version = $2 AND state = 'approved' AND superseded_us IS NULL",
        )
        .bind(module)
        .bind(version)
        .fetch_optional(change.connection())
        .await?;
        let (id, component, before) = row.ok_or(CatalogError::NotFound("approved version"))?;
        let before = before.as_deref().and_then(Standing::parse).unwrap_or(Standing::Approved);
        if before == standing {
            return Ok(*self.seq.borrow());
        }
        if before == Standing::Revoked {
            return Err(CatalogError::WrongState(format!("{module} {version} is revoked, which is for ever")));
        }
        let record = Record::Standing {
            module: module.to_owned(),
            version: version.to_owned(),
            component,
            standing,
            at: now,
            reason: reason.to_owned(),
        };
        let logged = change.notarize(notary, &record).await?;
        let column = Some(standing.as_str()).filter(|_| standing != Standing::Approved);
        let update = sqlx::query("UPDATE submission SET standing = $1 WHERE id = $2").bind(column).bind(&id);
        update.execute(change.connection()).await?;
        sqlx::query(
            "INSERT INTO standing_change (submission, person, at_us, standing, reason, log_index)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id)
        .bind(by)
        .bind(now.0)
        .bind(standing.as_str())
        .bind(reason)
        .bind(logged.index.cast_signed())
        .execute(change.connection())
        .await?;
        change.raise_revocations().await?;
        let detail = json!({"version": version, "before": before.as_str(), "standing": standing.as_str(),
            "reason": reason, "log_index": logged.index});
        change.commit(Line { actor: by.as_str(), act: "version.standing", subject: module, detail }).await
    }
}
