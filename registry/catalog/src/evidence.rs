//! Everything that proves a version, and what was withdrawn since.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::listing::Version;
use toolcrib_contract::types::Instant;
use toolcrib_trust::revocations::{Revocations, RevokedKey, Withdrawn};
use toolcrib_trust::{Evidence, Standing};

type EvidenceRow = (String, String, Option<String>, Option<String>, Option<String>, Option<String>);
type WithdrawnRow = (String, String, String, String, Option<i64>, Option<String>, i64);

impl Catalog {
    /// The texts that prove this version. Who may see it is decided by whoever looked it up.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] while it is not approved.
    pub async fn evidence(&self, version: &Version) -> Result<Evidence, CatalogError> {
        let row: Option<EvidenceRow> = sqlx::query_as(
            "SELECT s.manifest, s.signature, s.approval, k.statement, k.proof, s.proof
             FROM submission s JOIN publishing_key k ON k.key_id = s.key_id
             WHERE s.module = $1 AND s.version = $2 AND s.superseded_us IS NULL",
        )
        .bind(&version.module)
        .bind(&version.version)
        .fetch_optional(&self.readers)
        .await?;
        let Some((manifest, publisher, Some(approval), Some(key), Some(key_proof), Some(proof))) = row else {
            return Err(CatalogError::NotFound("evidence of this version"));
        };
        Ok(Evidence { manifest, publisher, approval, key, key_proof, proof })
    }

    /// The number of the newest revocation list.
    ///
    /// # Errors
    /// The database.
    pub async fn revocation_seq(&self) -> Result<u64, CatalogError> {
        let (seq,): (i64,) = sqlx::query_as("SELECT seq FROM revocation_head").fetch_one(&self.readers).await?;
        Ok(seq.cast_unsigned())
    }

    /// The newest revocation list, to be signed.
    ///
    /// # Errors
    /// The database.
    pub async fn revocations(&self, issued_at: Instant, max_age_s: u64) -> Result<Revocations, CatalogError> {
        // One transaction: number and content belong together.
        let mut read = self.readers.begin().await?;
        let (seq,): (i64,) = sqlx::query_as("SELECT seq FROM revocation_head").fetch_one(&mut *read).await?;
        let versions: Vec<WithdrawnRow> = sqlx::query_as(
            "SELECT s.module, s.version, s.digest, s.standing, c.at_us, c.reason, s.submitted_us
             FROM submission s LEFT JOIN standing_change c
                 ON c.number = (SELECT max(number) FROM standing_change x WHERE x.submission = s.id)
             WHERE s.standing IS NOT NULL ORDER BY s.module, s.submitted_us, s.id",
        )
        .fetch_all(&mut *read)
        .await?;
        let keys: Vec<(String, String, i64, i64)> = sqlx::query_as(
            "SELECT o.slug, k.key_id, k.revoked_us, k.revoked_index FROM publishing_key k JOIN org o ON o.id = k.org
             WHERE k.revoked_index IS NOT NULL ORDER BY k.revoked_index",
        )
        .fetch_all(&mut *read)
        .await?;
        drop(read);
        let key = |(org, key_id, at, index): (String, String, i64, i64)| RevokedKey {
            org,
            key_id,
            at: Instant(at),
            index: index.cast_unsigned(),
        };
        let versions = versions.into_iter().map(withdrawn).collect::<Result<_, _>>()?;
        let keys = keys.into_iter().map(key).collect();
        Ok(Revocations { seq: seq.cast_unsigned(), issued_at, max_age_s, versions, keys })
    }
}

fn withdrawn(
    (module, version, digest, standing, at, reason, submitted): WithdrawnRow,
) -> Result<Withdrawn, CatalogError> {
    let standing = Standing::parse(&standing).ok_or_else(|| CatalogError::Damaged("a standing".to_owned()))?;
    let reason = reason.unwrap_or_else(|| "approved before the registry kept a log; it cannot be proven".to_owned());
    Ok(Withdrawn { module, version, digest, standing, at: Instant(at.unwrap_or(submitted)), reason })
}
