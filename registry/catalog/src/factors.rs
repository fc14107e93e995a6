//! Second factors of people, the marketplace's policy about them, and what is noted of its keys. The codes themselves are `toolcrib_trust::totp`'s.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::PersonId;
use crate::values::Flag;
use serde_json::json;
use toolcrib_contract::types::Instant;

/// Somebody's second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// What the secret is derived from, with the person's id.
    pub nonce: String,
    /// Somebody has shown a code of it: it is asked for at every sign-in.
    pub confirmed: bool,
}

impl Catalog {
    /// # Errors
    /// The database.
    pub async fn factor(&self, person: &PersonId) -> Result<Option<Factor>, CatalogError> {
        let query = sqlx::query_as("SELECT nonce, confirmed_us IS NOT NULL FROM second_factor WHERE person = $1");
        let row: Option<(String, Flag)> = query.bind(person).fetch_optional(&self.readers).await?;
        Ok(row.map(|(nonce, Flag(confirmed))| Factor { nonce, confirmed }))
    }

    /// Begins to set up a second factor. One that was begun and not confirmed is replaced.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`]: there is one already.
    pub async fn begin_factor(&self, person: &PersonId, nonce: &str, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let begun = sqlx::query(
            "INSERT INTO second_factor (person, nonce, added_us) VALUES ($1, $2, $3) ON CONFLICT (person)
             DO UPDATE SET nonce = excluded.nonce, added_us = excluded.added_us
                 WHERE second_factor.confirmed_us IS NULL",
        );
        let begun = begun.bind(person).bind(nonce).bind(now.0).execute(change.connection()).await?;
        if begun.rows_affected() == 0 {
            return Err(CatalogError::WrongState("there is a second factor already; disable it first".to_owned()));
        }
        let line = Line { actor: person.as_str(), act: "factor.begin", subject: person.as_str(), detail: json!({}) };
        change.commit(line).await.map(drop)
    }

    /// A code of this step was shown for the factor with this nonce: it is in force. Keeps the hashes of the recovery
    /// codes in place of older ones.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`]: nothing was begun, or it was begun anew meanwhile.
    pub async fn confirm_factor(
        &self,
        person: &PersonId,
        nonce: &str,
        step: u64,
        recovery: &[String],
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let confirm = sqlx::query(
            "UPDATE second_factor SET confirmed_us = $1, last_step = $2
             WHERE person = $3 AND nonce = $4 AND confirmed_us IS NULL",
        );
        let confirm = confirm.bind(now.0).bind(step.cast_signed()).bind(person).bind(nonce);
        if confirm.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::WrongState("no second factor waits for its first code; begin again".to_owned()));
        }
        change.forget_recovery(person).await?;
        for hash in recovery {
            let insert =
                sqlx::query("INSERT INTO recovery_code (person, hash) VALUES ($1, $2)").bind(person).bind(hash);
            insert.execute(change.connection()).await?;
        }
        let line = Line { actor: person.as_str(), act: "factor.confirm", subject: person.as_str(), detail: json!({}) };
        change.commit(line).await.map(drop)
    }

    /// Uses up the code of a step. False when it, or a later one, was used before.
    ///
    /// # Errors
    /// The database.
    pub async fn use_step(&self, person: &PersonId, step: u64, now: Instant) -> Result<bool, CatalogError> {
        let mut change = self.change(now).await?;
        let step = step.cast_signed();
        let used = sqlx::query("UPDATE second_factor SET last_step = $1 WHERE person = $2 AND last_step < $3");
        let used = used.bind(step).bind(person).bind(step).execute(change.connection()).await?;
        change.commit_quietly().await?;
        Ok(used.rows_affected() > 0)
    }

    /// Uses up a recovery code. False when there is no such unused one.
    ///
    /// # Errors
    /// The database.
    pub async fn use_recovery(&self, person: &PersonId, hash: &str, now: Instant) -> Result<bool, CatalogError> {
        let mut change = self.change(now).await?;
        let used =
            sqlx::query("UPDATE recovery_code SET used_us = $1 WHERE person = $2 AND hash = $3 AND used_us IS NULL");
        let used = used.bind(now.0).bind(person).bind(hash).execute(change.connection()).await?;
        if used.rows_affected() == 0 {
            return Ok(false);
        }
        let line = Line { actor: person.as_str(), act: "factor.recover", subject: person.as_str(), detail: json!({}) };
        change.commit(line).await?;
        Ok(true)
    }

    /// Signing in takes the password alone again.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn end_factor(&self, person: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let end = sqlx::query("DELETE FROM second_factor WHERE person = $1").bind(person);
        if end.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("second factor"));
        }
        change.forget_recovery(person).await?;
        let line = Line { actor: person.as_str(), act: "factor.end", subject: person.as_str(), detail: json!({}) };
        change.commit(line).await.map(drop)
    }

    /// Whether reviewers, administrators and owners need a second factor.
    ///
    /// # Errors
    /// The database.
    pub async fn needs_factors(&self) -> Result<bool, CatalogError> {
        let (Flag(needed),): (Flag,) =
            sqlx::query_as("SELECT second_factor FROM policy").fetch_one(&self.readers).await?;
        Ok(needed)
    }

    /// # Errors
    /// The database.
    pub async fn set_needs_factors(&self, needed: bool, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        sqlx::query("UPDATE policy SET second_factor = $1")
            .bind(i64::from(needed))
            .execute(change.connection())
            .await?;
        let detail = json!({"second_factor": needed});
        let line = Line { actor: by.as_str(), act: "policy.set", subject: "marketplace", detail };
        change.commit(line).await.map(drop)
    }
}

impl Catalog {
    /// Another key signs access tokens; who made it so, and why.
    ///
    /// # Errors
    /// The database.
    pub async fn note_key_rotation(
        &self,
        key_id: &str,
        reason: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let change = self.change(now).await?;
        let detail = json!({"reason": reason});
        change.commit(Line { actor: by.as_str(), act: "token-keys.rotate", subject: key_id, detail }).await.map(drop)
    }
}

impl Change {
    async fn forget_recovery(&mut self, person: &PersonId) -> Result<(), CatalogError> {
        let delete = sqlx::query("DELETE FROM recovery_code WHERE person = $1").bind(person);
        delete.execute(self.connection()).await?;
        Ok(())
    }
}
