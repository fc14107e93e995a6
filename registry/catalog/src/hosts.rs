//! Hosts: what they have in force, and whether they are there.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::input::Check;
use serde_json::json;
use tokio::sync::watch;
use toolcrib_contract::types::Instant;

/// A host that asked within so many seconds is connected: a little more than one long poll.
pub const CONNECTED_S: i64 = 40;

/// How hosts stand to a snapshot number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    pub known: u64,
    pub connected: u64,
    /// Connected hosts that have not confirmed it.
    pub behind: u64,
}

impl Behind {
    /// Whether it is in force wherever it can be: every connected host confirmed it, and some host is connected, unless
    /// there is none at all.
    pub fn in_force(self) -> bool {
        self.behind == 0 && (self.connected > 0 || self.known == 0)
    }
}

impl Catalog {
    /// Lets a host in with this token (hex SHA-256 of its text), or changes its token.
    ///
    /// # Errors
    /// A name that is not acceptable; another host's token.
    pub async fn ensure_host(&self, name: &str, token_sha256: &str, now: Instant) -> Result<(), CatalogError> {
        let mut check = Check::default();
        check.name("/name", name);
        check.expect(token_sha256.len() == 64, "/token_sha256", "64 hex digits");
        check.done()?;
        let mut change = self.change(now).await?;
        let known = sqlx::query_as("SELECT token_sha256 FROM host WHERE name = $1").bind(name);
        let known: Option<(String,)> = known.fetch_optional(change.connection()).await?;
        if known.is_some_and(|(known,)| known == token_sha256) {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO host (name, token_sha256) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET token_sha256 = excluded.token_sha256",
        )
        .bind(name)
        .bind(token_sha256)
        .execute(change.connection())
        .await
        .map_err(|error| CatalogError::unique(error, "/token_sha256", || "another host has this token".to_owned()))?;
        change.commit(Line { actor: "server", act: "host.let-in", subject: name, detail: json!({}) }).await.map(drop)
    }

    /// Name of the host with this token, from the configuration or from an administrator.
    ///
    /// # Errors
    /// The database.
    pub async fn host(&self, token_sha256: &str, now: Instant) -> Result<Option<String>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT name FROM host WHERE token_sha256 = $1 UNION ALL SELECT host FROM host_token
             WHERE token_sha256 = $1 AND revoked_us IS NULL AND expires_us > $2",
        );
        let row: Option<(String,)> = query.bind(token_sha256).bind(now.0).fetch_optional(&self.readers).await?;
        Ok(row.map(|(name,)| name))
    }

    /// A host asks for what comes after `after`, and so confirms `after` as in force.
    ///
    /// # Errors
    /// [`CatalogError::WrongState`] when the host has seen a number that was never given: this database is older than
    /// the host's, probably restored from a backup.
    pub async fn polled(&self, host: &str, after: u64, now: Instant) -> Result<(), CatalogError> {
        let mut newest = *self.seq.borrow();
        if after > newest {
            // A change may be committed and not yet announced.
            let (seq,): (i64,) = sqlx::query_as("SELECT seq FROM head").fetch_one(&self.readers).await?;
            newest = seq.cast_unsigned();
        }
        if after > newest {
            return Err(CatalogError::WrongState(format!(
                "the host has snapshot {after} in force, the registry's newest is {newest}; was the registry restored from a backup?"
            )));
        }
        let mut change = self.change(now).await?;
        sqlx::query(
            "UPDATE host SET confirmed_seq = CASE WHEN confirmed_seq > $1 THEN confirmed_seq ELSE $1 END, polled_us = $2
             WHERE name = $3",
        )
        .bind(after.cast_signed())
        .bind(now.0)
        .bind(host)
        .execute(change.connection())
        .await?;
        change.commit_quietly().await?;
        self.polls.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Takes note that this database is an older state than hosts have seen, a backup that was brought back: the numbers
    /// of entitlements and of revocations become the milliseconds of `now`, which changes one by one do not reach, so that
    /// hosts take what it says for newer than what they know. A number that is higher already rises by one. Returns the
    /// number of the entitlements.
    ///
    /// # Errors
    /// The database.
    pub async fn came_back(&self, now: Instant) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let number = now.0.div_euclid(1_000);
        let of_entitlements = "UPDATE head SET seq = $1 WHERE seq < $1";
        let of_revocations = "UPDATE revocation_head SET seq = CASE WHEN $1 > seq + 1 THEN $1 ELSE seq + 1 END";
        for raise in [of_entitlements, of_revocations] {
            sqlx::query(raise).bind(number).execute(change.connection()).await?;
        }
        // Which is one more.
        change.concerns_hosts();
        let detail = json!({"at_least": number});
        change.commit(Line { actor: "server", act: "registry.restore", subject: "registry", detail }).await
    }

    /// How hosts stand to this number at `now`.
    ///
    /// # Errors
    /// The database.
    pub async fn behind(&self, seq: u64, now: Instant) -> Result<Behind, CatalogError> {
        let (known, connected, behind): (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE polled_us > $1),
                 count(*) FILTER (WHERE polled_us > $1 AND confirmed_seq < $2) FROM host",
        )
        .bind(now.0 - CONNECTED_S * 1_000_000)
        .bind(seq.cast_signed())
        .fetch_one(&self.readers)
        .await?;
        let [known, connected, behind] = [known, connected, behind].map(i64::cast_unsigned);
        Ok(Behind { known, connected, behind })
    }

    /// The newest snapshot number, and its changes.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.seq.subscribe()
    }

    /// Moves whenever a host has polled.
    pub fn polls(&self) -> watch::Receiver<u64> {
        self.polls.subscribe()
    }
}
