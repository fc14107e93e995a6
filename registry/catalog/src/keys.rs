//! Publishing keys of providers.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::PersonId;
use crate::state::OrgKind;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_trust::PublicKey;

/// Keys of one organisation that are not revoked.
pub const KEYS: i64 = 20;

/// A publishing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishingKey {
    pub key_id: String,
    /// Base64.
    pub public_key: String,
    pub since: Instant,
}

type Row = (String, String, i64);

fn key((key_id, public_key, since): Row) -> PublishingKey {
    PublishingKey { key_id, public_key, since: Instant(since) }
}

impl Catalog {
    /// Registers a key whose possession was proven. The same key again is no change.
    ///
    /// # Errors
    /// A key of another organisation, or one that was revoked; more than [`KEYS`]; no provider.
    pub async fn add_key(
        &self,
        org: &str,
        public: &PublicKey,
        by: &PersonId,
        now: Instant,
    ) -> Result<PublishingKey, CatalogError> {
        let mut change = self.change(now).await?;
        let (id, kind) = change.open_org(org).await?;
        if kind != OrgKind::Provider {
            return Err(CatalogError::WrongState("only providers publish".to_owned()));
        }
        let (key_id, public_key) = (public.key_id(), public.to_base64());
        let known: Option<(String, i64)> = sqlx::query_as(
            "SELECT public_key, added_us FROM publishing_key WHERE key_id = ? AND org = ? AND revoked_us IS NULL",
        )
        .bind(&key_id)
        .bind(&id)
        .fetch_optional(change.connection())
        .await?;
        if let Some((public_key, since)) = known {
            return Ok(key((key_id, public_key, since)));
        }
        let count =
            sqlx::query_as("SELECT count(*) FROM publishing_key WHERE org = ? AND revoked_us IS NULL").bind(&id);
        let (count,): (i64,) = count.fetch_one(change.connection()).await?;
        if count >= KEYS {
            return Err(CatalogError::Limit(format!("an organisation has at most {KEYS} keys; revoke one")));
        }
        sqlx::query("INSERT INTO publishing_key (key_id, org, public_key, added_by, added_us) VALUES (?, ?, ?, ?, ?)")
            .bind(&key_id)
            .bind(&id)
            .bind(&public_key)
            .bind(by)
            .bind(now.0)
            .execute(change.connection())
            .await
            .map_err(|error| {
                CatalogError::unique(error, "/public_key", || "this key was registered before".to_owned())
            })?;
        let detail = json!({"key_id": key_id});
        change.commit(Line { actor: by.as_str(), act: "key.add", subject: org, detail }).await?;
        Ok(key((key_id, public_key, now.0)))
    }

    /// Keys of an organisation that are not revoked, oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn keys(&self, org: &str) -> Result<Vec<PublishingKey>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT k.key_id, k.public_key, k.added_us FROM publishing_key k JOIN org o ON o.id = k.org
             WHERE o.slug = ? AND k.revoked_us IS NULL ORDER BY k.added_us, k.key_id",
        );
        let rows: Vec<Row> = query.bind(org).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(key).collect())
    }

    /// Nothing more is published with this key. What was published with it stays.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn revoke_key(&self, org: &str, key_id: &str, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let (id, _) = change.org(org).await?;
        let revoke =
            sqlx::query("UPDATE publishing_key SET revoked_us = ? WHERE key_id = ? AND org = ? AND revoked_us IS NULL");
        let revoke = revoke.bind(now.0).bind(key_id).bind(id);
        if revoke.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("key"));
        }
        let detail = json!({"key_id": key_id});
        change.commit(Line { actor: by.as_str(), act: "key.revoke", subject: org, detail }).await?;
        Ok(())
    }
}
