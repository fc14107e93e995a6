//! Staying signed in: families of refresh tokens, each token good for one use. A second use means that somebody else
//! has it, and ends the family and every access token of the person.
//!
//! Ending a session voids every access token of the person, also those of sessions that go on: they refresh.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{self, PersonId};
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::secret;

/// A refresh token that is not used for so long is void.
pub const REFRESH_DAYS: i64 = 30;
/// After so long one signs in again.
pub const SESSION_DAYS: i64 = 90;
/// Sessions of one person; the oldest ends when there is one more.
pub const SESSIONS: i64 = 50;

const DAY_US: i64 = 86_400_000_000;

/// The most characters of a session's label.
pub const DEVICE_CHARS: usize = 100;

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    /// Where somebody signed in, as the client says. Empty when it says nothing.
    pub device: String,
    pub started: Instant,
    pub used: Instant,
    /// At the latest.
    pub expires: Instant,
}

/// A person who is signed in.
#[derive(Clone, Debug)]
pub struct Opened {
    pub person: PersonId,
    pub session: String,
    /// Shown once.
    pub refresh_token: String,
}

/// A refresh token as it is kept, with its session.
type Kept = (String, PersonId, i64, Option<i64>, i64, Option<i64>);

impl Catalog {
    /// Signs somebody in whose password was right.
    ///
    /// # Errors
    /// The database.
    pub async fn open_session(
        &self,
        person: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<Opened, CatalogError> {
        self.open_session_on(person, "", now, chance).await
    }

    /// The same, with a label of the device; of a longer one the beginning is kept.
    ///
    /// # Errors
    /// The database.
    pub async fn open_session_on(
        &self,
        person: &PersonId,
        device: &str,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<Opened, CatalogError> {
        let device: String = device.chars().filter(|c| !c.is_control()).take(DEVICE_CHARS).collect();
        let mut change = self.change(now).await?;
        sqlx::query("DELETE FROM attempt WHERE email = (SELECT email FROM person WHERE id = $1)")
            .bind(person)
            .execute(change.connection())
            .await?;
        change.forget_old_sessions(person).await?;
        let session = ids::generate(now, chance);
        sqlx::query(
            "INSERT INTO session (id, person, device, started_us, used_us, expires_us) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&session)
        .bind(person)
        .bind(device.trim())
        .bind(now.0)
        .bind(now.0)
        .bind(now.0 + SESSION_DAYS * DAY_US)
        .execute(change.connection())
        .await?;
        let refresh_token = change.refresh_token(&session, chance).await?;
        let line = Line { actor: person.as_str(), act: "session.open", subject: &session, detail: json!({}) };
        change.commit(line).await?;
        Ok(Opened { person: person.clone(), session, refresh_token })
    }

    /// Exchanges a refresh token for the next one.
    ///
    /// # Errors
    /// [`CatalogError::SignedOut`]. When the token was used before, its family has ended when this returns.
    pub async fn rotate(&self, token: &str, now: Instant, chance: &dyn Chance) -> Result<Opened, CatalogError> {
        let mut change = self.change(now).await?;
        let hash = secret::hash(token);
        let Some((session, person, token_expires, used, session_expires, ended)) = change.kept(&hash).await? else {
            return Err(CatalogError::SignedOut);
        };
        if ended.is_some() || token_expires <= now.0 || session_expires <= now.0 {
            return Err(CatalogError::SignedOut);
        }
        if used.is_some() {
            tracing::warn!(person.id = %person, session, "A refresh token was used twice; its session ends");
            change.end_session(&session, &person, "session.reuse").await?;
            return Err(CatalogError::SignedOut);
        }
        let mark = sqlx::query("UPDATE refresh_token SET used_us = $1 WHERE hash = $2").bind(now.0).bind(&hash);
        mark.execute(change.connection()).await?;
        let used = sqlx::query("UPDATE session SET used_us = $1 WHERE id = $2").bind(now.0).bind(&session);
        used.execute(change.connection()).await?;
        let refresh_token = change.refresh_token(&session, chance).await?;
        change.commit_quietly().await?;
        Ok(Opened { person, session, refresh_token })
    }

    /// Ends the session of this token and voids the person's access tokens. An unknown token is no error: there is
    /// nothing left to end. Returns the snapshot number from which hosts refuse them, when there was something.
    ///
    /// # Errors
    /// The database.
    pub async fn sign_out(&self, token: &str, now: Instant) -> Result<Option<u64>, CatalogError> {
        let mut change = self.change(now).await?;
        match change.kept(&secret::hash(token)).await? {
            Some((session, person, _, _, _, None)) => {
                change.end_session(&session, &person, "session.close").await.map(Some)
            }
            _ => Ok(None),
        }
    }
}

impl Catalog {
    /// Sessions of a person that go on, the one used last first.
    ///
    /// # Errors
    /// The database.
    pub async fn sessions(&self, person: &PersonId, now: Instant) -> Result<Vec<Session>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT id, device, started_us, CASE WHEN used_us > started_us THEN used_us ELSE started_us END, expires_us
             FROM session WHERE person = $1 AND ended_us IS NULL AND expires_us > $2 ORDER BY 4 DESC, id",
        );
        let rows: Vec<(String, String, i64, i64, i64)> =
            query.bind(person).bind(now.0).fetch_all(&self.readers).await?;
        let session = |(id, device, started, used, expires)| Session {
            id,
            device,
            started: Instant(started),
            used: Instant(used),
            expires: Instant(expires),
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// Ends one session. Returns the snapshot number from which hosts refuse its access tokens.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`]: the person has no such session.
    pub async fn end_session(&self, id: &str, person: &PersonId, now: Instant) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let known = sqlx::query_as("SELECT 1 FROM session WHERE id = $1 AND person = $2 AND ended_us IS NULL");
        let known: Option<(i64,)> = known.bind(id).bind(person).fetch_optional(change.connection()).await?;
        known.ok_or(CatalogError::NotFound("session"))?;
        change.end_session(id, person, "session.end").await
    }

    /// Ends every session but this one; none: all. Returns the snapshot number.
    ///
    /// # Errors
    /// The database.
    pub async fn end_sessions(
        &self,
        person: &PersonId,
        except: Option<&str>,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        change.end_sessions(person, except).await?;
        let line = Line { actor: person.as_str(), act: "session.end-all", subject: person.as_str(), detail: json!({}) };
        change.commit(line).await
    }

    /// Changes a password and ends every session.
    ///
    /// # Errors
    /// The database.
    pub async fn set_password(&self, person: &PersonId, hash: &str, now: Instant) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let set = sqlx::query("UPDATE person SET password = $1 WHERE id = $2").bind(hash).bind(person);
        set.execute(change.connection()).await?;
        change.end_sessions(person, None).await?;
        let line = Line { actor: person.as_str(), act: "person.password", subject: person.as_str(), detail: json!({}) };
        change.commit(line).await
    }
}

impl Change {
    async fn end_sessions(&mut self, person: &PersonId, except: Option<&str>) -> Result<(), CatalogError> {
        let end = sqlx::query(
            "UPDATE session SET ended_us = $1 WHERE person = $2 AND ended_us IS NULL AND id IS DISTINCT FROM $3",
        );
        end.bind(self.now.0).bind(person).bind(except).execute(self.connection()).await?;
        self.void_tokens(person).await
    }

    async fn kept(&mut self, hash: &str) -> Result<Option<Kept>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT s.id, s.person, r.expires_us, r.used_us, s.expires_us, s.ended_us
             FROM refresh_token r JOIN session s ON s.id = r.session WHERE r.hash = $1",
        );
        Ok(query.bind(hash).fetch_optional(self.connection()).await?)
    }

    async fn refresh_token(&mut self, session: &str, chance: &dyn Chance) -> Result<String, CatalogError> {
        let token = secret::generate(secret::REFRESH, chance);
        let expires = self.now.0 + REFRESH_DAYS * DAY_US;
        sqlx::query("INSERT INTO refresh_token (hash, session, expires_us) VALUES ($1, $2, $3)")
            .bind(secret::hash(&token))
            .bind(session)
            .bind(expires)
            .execute(self.connection())
            .await?;
        Ok(token)
    }

    async fn end_session(mut self, session: &str, person: &PersonId, act: &'static str) -> Result<u64, CatalogError> {
        let end = sqlx::query("UPDATE session SET ended_us = $1 WHERE id = $2").bind(self.now.0).bind(session);
        end.execute(self.connection()).await?;
        self.void_tokens(person).await?;
        self.commit(Line { actor: person.as_str(), act, subject: session, detail: json!({}) }).await
    }

    /// Sessions that are over, and those beyond the limit, with the one to come.
    async fn forget_old_sessions(&mut self, person: &PersonId) -> Result<(), CatalogError> {
        let now = self.now.0;
        sqlx::query(
            "DELETE FROM session WHERE person = $1 AND (expires_us <= $2 OR ended_us IS NOT NULL OR id IN
                 (SELECT id FROM session WHERE person = $1 ORDER BY started_us DESC, id DESC LIMIT 1000000 OFFSET $3))",
        )
        .bind(person)
        .bind(now)
        .bind(SESSIONS - 1)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
