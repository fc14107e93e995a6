//! Drafts: tags that wait for their signature, and what may still be taken back.

use crate::change::Line;
use crate::oci::blobs::digests;
use crate::oci::error::OciError;
use crate::oci::manifests::Reference;
use crate::oci::repository::Repository;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_trust::content::{ContentDigest, Digests};

/// A manifest that was tagged and waits for its signature.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Mostly one. The component says which of them it is.
    pub tags: Vec<String>,
    pub digests: Digests,
    /// Its manifest.
    pub content: Vec<u8>,
}

type Row = (String, String, String, Vec<u8>);

impl Repository {
    /// The draft whose manifest has this digest; none for everybody but members.
    ///
    /// # Errors
    /// The database.
    pub async fn draft(&self, digest: &ContentDigest) -> Result<Option<Draft>, OciError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT d.tag, m.sha256, m.sha512, m.content FROM oci_draft d
                 JOIN oci_manifest m ON m.module = d.module AND m.sha256 = d.manifest
             WHERE $1 AND d.module = $2 AND (m.sha256 = $3 OR m.sha512 = $3) ORDER BY d.tag",
        )
        .bind(self.member)
        .bind(&self.module)
        .bind(digest.as_str())
        .fetch_all(&self.catalog.readers)
        .await?;
        let tags = rows.iter().map(|(tag, ..)| tag.clone()).collect();
        let Some((_, sha256, sha512, content)) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(Draft { tags, digests: digests(&sha256, &sha512)?, content }))
    }

    /// Takes back what belongs to no submitted version: a draft with its manifest, or a manifest without a tag.
    ///
    /// # Errors
    /// [`OciError::ManifestUnknown`]; [`OciError::Unsupported`] for what was submitted.
    pub async fn delete_manifest(&self, reference: &Reference, now: Instant) -> Result<(), OciError> {
        let manifest = match reference {
            Reference::Digest(digest) => Some(self.manifest(digest).await?),
            Reference::Tag(tag) => self.tagged(tag).await?.ok(),
        };
        let submitted = || OciError::Unsupported("a submitted version is never deleted".to_owned());
        let sha256 = manifest.ok_or_else(submitted)?.digests.sha256;
        let by = self.pusher().map_err(|_| submitted())?;
        let mut change = self.catalog.change(now).await?;
        let part = sqlx::query_as("SELECT 1 FROM oci_part WHERE module = $1 AND manifest = $2");
        let part: Option<(i64,)> =
            part.bind(&self.module).bind(sha256.as_str()).fetch_optional(change.connection()).await?;
        if part.is_some() {
            return Err(submitted());
        }
        let drafts = sqlx::query("DELETE FROM oci_draft WHERE module = $1 AND manifest = $2");
        drafts.bind(&self.module).bind(sha256.as_str()).execute(change.connection()).await?;
        let manifests = sqlx::query("DELETE FROM oci_manifest WHERE module = $1 AND sha256 = $2");
        manifests.bind(&self.module).bind(sha256.as_str()).execute(change.connection()).await?;
        let detail = json!({"digest": sha256.as_str()});
        change.commit(Line { actor: by.as_str(), act: "oci.delete", subject: &self.module, detail }).await?;
        Ok(())
    }
}
