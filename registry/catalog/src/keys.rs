//! Publishing keys of providers: registered with proof, valid for a while, followed by newer ones, revoked.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{OrgId, PersonId};
use crate::state::OrgKind;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_trust::publisher_key::PublisherKey;
use toolcrib_trust::record::Record;
use toolcrib_trust::{Notary, PublicKey};

/// Keys of one organisation that are not revoked.
pub const KEYS: i64 = 20;

/// A publishing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishingKey {
    pub key_id: String,
    /// Base64.
    pub public_key: String,
    pub since: Instant,
    /// Nothing is published with it before, nor from `not_after` on.
    pub not_before: Instant,
    pub not_after: Option<Instant>,
    /// The older key that signed for it; none: an owner.
    pub introduced_by: Option<String>,
}

impl PublishingKey {
    /// Whether something may be published with it at this moment.
    pub fn is_valid_at(&self, at: Instant) -> bool {
        self.not_before <= at && self.not_after.is_none_or(|end| at < end)
    }
}

/// A key to register, whose possession was proven.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub public: PublicKey,
    /// Now when absent or past.
    pub not_before: Option<Instant>,
    pub not_after: Option<Instant>,
    /// A valid key of the same organisation that signed for this one.
    pub introduced_by: Option<String>,
    /// Nothing more is published with that older key.
    pub retires: bool,
}

impl NewKey {
    /// Valid from now on, introduced by an owner.
    pub fn plain(public: PublicKey) -> Self {
        Self { public, not_before: None, not_after: None, introduced_by: None, retires: false }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    key_id: String,
    public_key: String,
    added_us: i64,
    not_before_us: i64,
    not_after_us: Option<i64>,
    introduced_by: Option<String>,
}

impl Row {
    fn read(self) -> PublishingKey {
        PublishingKey {
            key_id: self.key_id,
            public_key: self.public_key,
            since: Instant(self.added_us),
            not_before: Instant(self.not_before_us),
            not_after: self.not_after_us.map(Instant),
            introduced_by: self.introduced_by,
        }
    }
}

impl Catalog {
    /// Registers a key whose possession was proven: in the log, with the registry's signed record of it. The same key
    /// again is no change.
    ///
    /// # Errors
    /// A key of another organisation, or one that was revoked; an older key that is none or not valid; an interval that
    /// is empty; more than [`KEYS`]; no provider.
    pub async fn add_key(
        &self,
        org: &str,
        new: &NewKey,
        by: &PersonId,
        now: Instant,
        notary: &Notary,
    ) -> Result<PublishingKey, CatalogError> {
        let mut change = self.change(now).await?;
        let (id, kind) = change.open_org(org).await?;
        if kind != OrgKind::Provider {
            return Err(CatalogError::WrongState("only providers publish".to_owned()));
        }
        let key_id = new.public.key_id();
        if let Some(known) = change.logged_key(&id, &key_id).await? {
            return Ok(known);
        }
        if let Some(older) = &new.introduced_by {
            let older = change.logged_key(&id, older).await?.filter(|older| older.is_valid_at(now));
            older.ok_or_else(|| CatalogError::input("/introduced_by", "no valid key of this organisation"))?;
        }
        let not_before = new.not_before.map_or(now, |given| given.max(now));
        if new.not_after.is_some_and(|end| end <= not_before) {
            return Err(CatalogError::input("/not_after", "a key is valid for a while"));
        }
        change.insert_key(&id, new, not_before, by).await?;
        let (key, org_slug) = (new.public, org.to_owned());
        let said = PublisherKey {
            key,
            org: org_slug,
            not_before,
            not_after: new.not_after,
            introduced_by: new.introduced_by.clone(),
        };
        let statement = said.seal(notary.signer());
        let logged = change.notarize(notary, &Record::key_added(org, &key_id, &statement)).await?;
        let update =
            sqlx::query("UPDATE publishing_key SET statement = $1, log_index = $2, proof = $3 WHERE key_id = $4");
        let update = update.bind(statement).bind(logged.index.cast_signed()).bind(logged.proof).bind(&key_id);
        update.execute(change.connection()).await?;
        if let Some(older) = new.introduced_by.as_ref().filter(|_| new.retires) {
            let retire = sqlx::query(
                "UPDATE publishing_key SET not_after_us = CASE WHEN not_after_us < $1 THEN not_after_us ELSE $1 END
                 WHERE key_id = $2",
            );
            retire.bind(now.0).bind(older).execute(change.connection()).await?;
        }
        let made = change.logged_key(&id, &key_id).await?.expect("it was just inserted");
        let detail = json!({"key_id": key_id, "log_index": logged.index, "introduced_by": new.introduced_by,
            "retires": new.retires, "not_after": new.not_after.map(|end| end.to_string())});
        change.commit(Line { actor: by.as_str(), act: "key.add", subject: org, detail }).await?;
        Ok(made)
    }

    /// Keys of an organisation that are not revoked, oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn keys(&self, org: &str) -> Result<Vec<PublishingKey>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT k.key_id, k.public_key, k.added_us, k.not_before_us, k.not_after_us, k.introduced_by
             FROM publishing_key k JOIN org o ON o.id = k.org
             WHERE o.slug = $1 AND k.revoked_us IS NULL AND k.proof IS NOT NULL ORDER BY k.added_us, k.key_id",
        );
        let rows: Vec<Row> = query.bind(org).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(Row::read).collect())
    }

    /// Nothing that is logged from now on counts when this key published it; what was logged before stays valid.
    /// Returns the snapshot number from which hosts know.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn revoke_key(
        &self,
        org: &str,
        key_id: &str,
        by: &PersonId,
        now: Instant,
        notary: &Notary,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let (id, _) = change.org(org).await?;
        if change.logged_key(&id, key_id).await?.is_none() {
            return Err(CatalogError::NotFound("key"));
        }
        let record = Record::KeyRevoked { org: org.to_owned(), key_id: key_id.to_owned(), at: now };
        let logged = change.notarize(notary, &record).await?;
        let revoke = sqlx::query("UPDATE publishing_key SET revoked_us = $1, revoked_index = $2 WHERE key_id = $3");
        let revoke = revoke.bind(now.0).bind(logged.index.cast_signed()).bind(key_id);
        revoke.execute(change.connection()).await?;
        change.raise_revocations().await?;
        let detail = json!({"key_id": key_id, "log_index": logged.index});
        change.commit(Line { actor: by.as_str(), act: "key.revoke", subject: org, detail }).await
    }
}

impl Change {
    /// A key of this organisation that is in the log and not revoked.
    async fn logged_key(&mut self, org: &OrgId, key_id: &str) -> Result<Option<PublishingKey>, CatalogError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT key_id, public_key, added_us, not_before_us, not_after_us, introduced_by FROM publishing_key
             WHERE key_id = $1 AND org = $2 AND revoked_us IS NULL AND proof IS NOT NULL",
        )
        .bind(key_id)
        .bind(org)
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(Row::read))
    }

    async fn insert_key(
        &mut self,
        org: &OrgId,
        new: &NewKey,
        not_before: Instant,
        by: &PersonId,
    ) -> Result<(), CatalogError> {
        let count =
            sqlx::query_as("SELECT count(*) FROM publishing_key WHERE org = $1 AND revoked_us IS NULL").bind(org);
        let (count,): (i64,) = count.fetch_one(self.connection()).await?;
        if count >= KEYS {
            return Err(CatalogError::Limit(format!("an organisation has at most {KEYS} keys; revoke one")));
        }
        let now = self.now.0;
        // One from before the log, of the same organisation, is completed.
        sqlx::query(
            "INSERT INTO publishing_key (key_id, org, public_key, added_by, added_us, not_before_us, not_after_us, introduced_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key_id) DO UPDATE
             SET not_before_us = $6, not_after_us = $7, introduced_by = $8
             WHERE publishing_key.org = $2 AND publishing_key.proof IS NULL
                 AND publishing_key.revoked_us IS NULL",
        )
        .bind(new.public.key_id())
        .bind(org)
        .bind(new.public.to_base64())
        .bind(by)
        .bind(now)
        .bind(not_before.0)
        .bind(new.not_after.map(|end| end.0))
        .bind(&new.introduced_by)
        .execute(self.connection())
        .await
        .map_err(CatalogError::from)
        .and_then(|done| {
            let taken = || CatalogError::NotUnique {
                pointer: "/public_key",
                what: "this key was registered before".to_owned(),
            };
            if done.rows_affected() == 1 { Ok(()) } else { Err(taken()) }
        })
    }
}
