//! Keys that hosts sign with: what they say of a tenant counts with the registry's word for the key.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_trust::hosted::HostKeyRecord;
use toolcrib_trust::{Notary, PublicKey, statement};

/// Keys of one host, all that it ever had: what an old one signed counts on.
pub const HOST_KEYS: i64 = 20;

/// A key that a host signs with.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HostKey {
    pub key_id: String,
    pub host: String,
    pub public_key: String,
    pub added_us: i64,
    /// The registry's signed record of it.
    pub record: String,
}

impl Catalog {
    /// Takes a host's key in. The same key again changes nothing.
    ///
    /// # Errors
    /// No key, or a proof that is none; another host's key; more than [`HOST_KEYS`].
    pub async fn add_host_key(
        &self,
        host: &str,
        token_sha256: &str,
        (public_key, proof): (&str, &str),
        now: Instant,
        notary: &Notary,
    ) -> Result<HostKey, CatalogError> {
        let key =
            PublicKey::parse(public_key).map_err(|error| CatalogError::input("/public_key", error.to_string()))?;
        let (context, message) = statement::host_key(token_sha256, &key);
        if key.verify(context, &message, proof).is_err() {
            return Err(CatalogError::input(
                "/proof",
                "the key's signature over the hash of the host's token is needed",
            ));
        }
        let mut change = self.change(now).await?;
        let known = sqlx::query_as("SELECT key_id, host, public_key, added_us, record FROM host_key WHERE key_id = $1");
        let known: Option<HostKey> = known.bind(key.key_id()).fetch_optional(change.connection()).await?;
        if let Some(known) = known {
            return if known.host == host && known.public_key == key.to_base64() {
                Ok(known)
            } else {
                let what = "another host signs with this key; every host has its own".to_owned();
                Err(CatalogError::NotUnique { pointer: "/public_key", what })
            };
        }
        let count = sqlx::query_as("SELECT count(*) FROM host_key WHERE host = $1").bind(host);
        let (count,): (i64,) = count.fetch_one(change.connection()).await?;
        if count >= HOST_KEYS {
            return Err(CatalogError::Limit(format!("a host has at most {HOST_KEYS} keys in its life")));
        }
        let record = HostKeyRecord {
            host: host.to_owned(),
            key_id: key.key_id(),
            public_key: key.to_base64(),
            added_at: now.to_string(),
        };
        let kept = HostKey {
            key_id: record.key_id.clone(),
            host: record.host.clone(),
            public_key: record.public_key.clone(),
            added_us: now.0,
            record: record.seal(notary.signer()),
        };
        sqlx::query("INSERT INTO host_key (key_id, host, public_key, added_us, record) VALUES ($1, $2, $3, $4, $5)")
            .bind(&kept.key_id)
            .bind(&kept.host)
            .bind(&kept.public_key)
            .bind(kept.added_us)
            .bind(&kept.record)
            .execute(change.connection())
            .await?;
        let detail = json!({"key": kept.key_id});
        change.commit(Line { actor: host, act: "host.key", subject: host, detail }).await?;
        Ok(kept)
    }

    /// The key of this id.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn host_key(&self, key_id: &str) -> Result<HostKey, CatalogError> {
        let key = sqlx::query_as("SELECT key_id, host, public_key, added_us, record FROM host_key WHERE key_id = $1");
        let key: Option<HostKey> = key.bind(key_id).fetch_optional(&self.readers).await?;
        key.ok_or(CatalogError::NotFound("key of a host"))
    }
}
