//! Content of a repository. It is stored once, and seen only through a manifest that one may see, or by members.

use crate::change::Change;
use crate::error::CatalogError;
use crate::ids::PersonId;
use crate::oci::error::OciError;
use crate::oci::repository::{Repository, seen};
use toolcrib_contract::types::Instant;
use toolcrib_trust::content::{ContentDigest, Digests};

/// Content of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub digests: Digests,
    pub bytes: u64,
}

type Row = (String, String, i64);

impl Repository {
    /// The content of this digest.
    ///
    /// # Errors
    /// [`OciError::BlobUnknown`], also when no manifest that the viewer may see names it.
    pub async fn blob(&self, digest: &ContentDigest) -> Result<Blob, OciError> {
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT b.sha256, b.sha512, b.size_bytes FROM oci_blob b
             WHERE b.module = $3 AND (b.sha256 = $4 OR b.sha512 = $4) AND ($1 OR EXISTS
                 (SELECT 1 FROM oci_link l JOIN oci_manifest m ON m.module = l.module AND m.sha256 = l.manifest
                  WHERE l.module = b.module AND l.blob = b.sha256 AND ",
            seen!(),
            "))"
        ))
        .bind(self.member)
        .bind(self.marketplace)
        .bind(&self.module)
        .bind(digest.as_str())
        .fetch_optional(&self.catalog.readers)
        .await?;
        read(row.ok_or(OciError::BlobUnknown)?)
    }

    /// The bytes of a blob, checked against its digest.
    ///
    /// # Errors
    /// What is stored is damaged or cannot be read.
    pub async fn read(&self, blob: &Blob) -> Result<Vec<u8>, OciError> {
        let wanted = blob.digests.sha256.as_str();
        let bytes = match self.catalog.oci.get(wanted).await? {
            Some(bytes) if toolcrib_trust::digest::of(&bytes) == wanted => Some(bytes),
            Some(_) => return Err(CatalogError::Damaged(format!("the content {wanted} has another digest")).into()),
            // What became a version's component lies there.
            None => self.catalog.component(wanted).await?,
        };
        bytes.ok_or_else(|| CatalogError::Damaged(format!("the content {wanted} is not on disk")).into())
    }

    /// Takes content over from another repository, if the viewer sees it there. None otherwise, whatever the reason.
    ///
    /// # Errors
    /// Not a member here; too much that belongs to no version.
    pub async fn mount(&self, from: &Self, digest: &ContentDigest, now: Instant) -> Result<Option<Blob>, OciError> {
        let by = self.pusher()?;
        let blob = match from.blob(digest).await {
            Ok(blob) => blob,
            Err(OciError::BlobUnknown) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut change = self.catalog.change(now).await?;
        // Still there, inside the transaction: otherwise its file may be swept.
        let there = sqlx::query_as("SELECT 1 FROM oci_blob WHERE module = $1 AND sha256 = $2");
        let there = there.bind(&from.module).bind(blob.digests.sha256.as_str());
        let there: Option<(i64,)> = there.fetch_optional(change.connection()).await?;
        if there.is_none() {
            return Ok(None);
        }
        change.insert_blob(&self.module, &blob, Some(by)).await?;
        change.check_staged(by).await?;
        change.commit_quietly().await?;
        Ok(Some(blob))
    }

    /// Removes content that no manifest names. Its file is swept when nobody else has it.
    ///
    /// # Errors
    /// [`OciError::BlobUnknown`]; [`OciError::Unsupported`] once a manifest names it.
    pub async fn delete_blob(&self, digest: &ContentDigest, now: Instant) -> Result<(), OciError> {
        let blob = self.blob(digest).await?;
        self.pusher()?;
        let mut change = self.catalog.change(now).await?;
        let delete = sqlx::query(
            "DELETE FROM oci_blob WHERE module = $1 AND sha256 = $2
                 AND NOT EXISTS (SELECT 1 FROM oci_link l WHERE l.module = $1 AND l.blob = $2)",
        );
        let delete = delete.bind(&self.module).bind(blob.digests.sha256.as_str());
        if delete.execute(change.connection()).await?.rows_affected() == 0 {
            let message = "a manifest names this content; content of a version is never deleted";
            return Err(OciError::Unsupported(message.to_owned()));
        }
        Ok(change.commit_quietly().await?)
    }
}

/// A row of the database.
pub(super) fn read((sha256, sha512, bytes): Row) -> Result<Blob, OciError> {
    Ok(Blob { digests: digests(&sha256, &sha512)?, bytes: bytes.cast_unsigned() })
}

/// Stored digests.
pub(super) fn digests(sha256: &str, sha512: &str) -> Result<Digests, OciError> {
    let digest = |text: &str| {
        text.parse::<ContentDigest>().map_err(|error| CatalogError::Damaged(format!("a digest, `{text}`: {error}")))
    };
    Ok(Digests { sha256: digest(sha256)?, sha512: digest(sha512)? })
}

impl Change {
    /// Records content whose bytes are on disk. Pushed again, it waits anew for a manifest.
    pub(super) async fn insert_blob(
        &mut self,
        module: &str,
        blob: &Blob,
        by: Option<&PersonId>,
    ) -> Result<(), OciError> {
        sqlx::query(
            "INSERT INTO oci_blob (module, sha256, sha512, size_bytes, person, since_us) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (module, sha256) DO UPDATE SET since_us = excluded.since_us",
        )
        .bind(module)
        .bind(blob.digests.sha256.as_str())
        .bind(blob.digests.sha512.as_str())
        .bind(blob.bytes.cast_signed())
        .bind(by)
        .bind(self.now.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
