//! Tokens of hosts that administrators give out: each for one host, until a day, one after the other.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{self, PersonId};
use crate::input::Check;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::secret;

/// Hosts, and tokens of one host that can be used.
pub const HOSTS: i64 = 1_000;
pub const HOST_TOKENS: i64 = 5;
/// The longest life of a host's token.
pub const HOST_TOKEN_DAYS: u32 = 366;
/// A token that was exchanged for the next one is good for so long, so that nothing is lost in between.
pub const HOST_TOKEN_OVERLAP_S: i64 = 3_600;

/// What is kept of a reason.
const REASON_CHARS: usize = 200;
const DAY_US: i64 = 86_400_000_000;

/// A host as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHost {
    pub name: String,
    /// The snapshot it has in force.
    pub confirmed: u64,
    pub polled: Option<Instant>,
    /// Those that can be used; the one of the configuration is not among them.
    pub tokens: Vec<HostToken>,
}

/// A token of a host, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostToken {
    pub id: String,
    pub made: Instant,
    pub expires: Instant,
}

impl Catalog {
    /// Hosts with their tokens, by name.
    ///
    /// # Errors
    /// The database.
    pub async fn hosts(&self, now: Instant) -> Result<Vec<KnownHost>, CatalogError> {
        let mut read = self.readers.begin().await?;
        let hosts: Vec<(String, i64, Option<i64>)> =
            sqlx::query_as("SELECT name, confirmed_seq, polled_us FROM host ORDER BY name")
                .fetch_all(&mut *read)
                .await?;
        let tokens = sqlx::query_as(
            "SELECT host, id, made_us, expires_us FROM host_token WHERE revoked_us IS NULL AND expires_us > $1
             ORDER BY made_us, id",
        );
        let tokens: Vec<(String, String, i64, i64)> = tokens.bind(now.0).fetch_all(&mut *read).await?;
        let host = |(name, confirmed, polled): (String, i64, Option<i64>)| KnownHost {
            confirmed: confirmed.cast_unsigned(),
            polled: polled.map(Instant),
            tokens: tokens
                .iter()
                .filter(|token| token.0 == name)
                .map(|(_, id, made, expires)| HostToken {
                    id: id.clone(),
                    made: Instant(*made),
                    expires: Instant(*expires),
                })
                .collect(),
            name,
        };
        Ok(hosts.into_iter().map(host).collect())
    }

    /// Gives a host a token; a host that is not known yet is let in. Returns it and its text, which is kept nowhere.
    ///
    /// # Errors
    /// A name or a life that is not acceptable; more than [`HOSTS`] or [`HOST_TOKENS`].
    pub async fn add_host_token(
        &self,
        host: &str,
        days: u32,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(HostToken, String), CatalogError> {
        let mut check = Check::default();
        check.name("/host", host);
        check.expect((1..=HOST_TOKEN_DAYS).contains(&days), "/days", format!("1 to {HOST_TOKEN_DAYS}"));
        check.done()?;
        let mut change = self.change(now).await?;
        // No hash: a host that has only tokens of this kind has none in the configuration.
        let insert =
            sqlx::query("INSERT INTO host (name, token_sha256) VALUES ($1, 'none ' || $1) ON CONFLICT DO NOTHING");
        insert.bind(host).execute(change.connection()).await?;
        let expires = now.plus_us(i64::from(days) * DAY_US);
        let made = change.host_token(host, expires, Some(by), chance).await?;
        let detail = json!({"token": made.0.id, "days": days});
        change.commit(Line { actor: by.as_str(), act: "host.token", subject: host, detail }).await?;
        Ok(made)
    }

    /// The token is void at once.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn revoke_host_token(
        &self,
        host: &str,
        id: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let revoke =
            sqlx::query("UPDATE host_token SET revoked_us = $1 WHERE id = $2 AND host = $3 AND revoked_us IS NULL");
        let revoke = revoke.bind(now.0).bind(id).bind(host);
        if revoke.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("token of this host"));
        }
        let detail = json!({"token": id});
        change.commit(Line { actor: by.as_str(), act: "host.token-revoke", subject: host, detail }).await.map(drop)
    }

    /// A host exchanges its token for the next one with the same length of life. The old one ends after
    /// [`HOST_TOKEN_OVERLAP_S`].
    ///
    /// # Errors
    /// [`CatalogError::WrongState`]: the token of the configuration is changed in the configuration.
    pub async fn rotate_host_token(
        &self,
        token_sha256: &str,
        reason: &str,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(HostToken, String), CatalogError> {
        let reason: String = reason.chars().take(REASON_CHARS).collect();
        let mut change = self.change(now).await?;
        let old = sqlx::query_as(
            "SELECT id, host, made_us, expires_us FROM host_token
             WHERE token_sha256 = $1 AND revoked_us IS NULL AND expires_us > $2",
        );
        let old: Option<(String, String, i64, i64)> =
            old.bind(token_sha256).bind(now.0).fetch_optional(change.connection()).await?;
        let Some((id, host, made_us, expires_us)) = old else {
            return Err(CatalogError::WrongState("this token stands in the configuration; change it there".to_owned()));
        };
        let end = sqlx::query("UPDATE host_token SET expires_us = $1 WHERE id = $2 AND expires_us > $1");
        end.bind(now.0 + HOST_TOKEN_OVERLAP_S * 1_000_000).bind(&id).execute(change.connection()).await?;
        let made = change.host_token(&host, now.plus_us(expires_us - made_us), None, chance).await?;
        let detail = json!({"token": made.0.id, "before": id, "reason": reason});
        change.commit(Line { actor: &host, act: "host.token-rotate", subject: &host, detail }).await?;
        Ok(made)
    }
}

impl Change {
    async fn host_token(
        &mut self,
        host: &str,
        expires: Instant,
        by: Option<&PersonId>,
        chance: &dyn Chance,
    ) -> Result<(HostToken, String), CatalogError> {
        let now = self.now;
        let (id, text) = (ids::generate(now, chance), secret::generate(secret::HOST, chance));
        sqlx::query(
            "INSERT INTO host_token (id, host, token_sha256, made_by, made_us, expires_us)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id)
        .bind(host)
        .bind(secret::hash(&text))
        .bind(by)
        .bind(now.0)
        .bind(expires.0)
        .execute(self.connection())
        .await?;
        let (hosts, tokens): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM host), (SELECT count(*) FROM host_token
                 WHERE host = $1 AND revoked_us IS NULL AND expires_us > $2)",
        )
        .bind(host)
        .bind(now.0)
        .fetch_one(self.connection())
        .await?;
        if hosts > HOSTS || tokens > HOST_TOKENS {
            let message = format!("at most {HOSTS} hosts with {HOST_TOKENS} tokens each; revoke one");
            return Err(CatalogError::Limit(message));
        }
        Ok((HostToken { id, made: now, expires }, text))
    }
}
