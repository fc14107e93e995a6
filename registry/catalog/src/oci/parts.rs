//! What belongs to a submitted version: its manifest, and what refers to that.

use crate::change::Change;
use crate::error::CatalogError;
use crate::ids::SubmissionId;
use crate::oci::blobs::Blob;
use crate::oci::error::OciError;
use crate::oci::manifests::NewManifest;
use crate::oci::repository::{Repository, visible};
use crate::values::Flag;
use toolcrib_contract::types::Instant;
use toolcrib_trust::content::{ContentDigest, Digests};

/// A version that the viewer may see and that has no manifest yet: it came in through the API.
#[derive(Clone, Debug)]
pub struct Unrecorded {
    pub submission: SubmissionId,
    pub version: String,
    pub submitted_at: Instant,
}

/// A manifest that the registry made for a version, with the content that it names.
#[derive(Clone, Debug)]
pub struct Made {
    /// The version's own; otherwise one that refers to it.
    pub is_version: bool,
    pub manifest: NewManifest,
    pub blobs: Vec<Vec<u8>>,
}

impl Repository {
    /// All versions that have no manifest yet.
    ///
    /// # Errors
    /// The database.
    pub async fn unrecorded(&self) -> Result<Vec<Unrecorded>, OciError> {
        let rows: Vec<(SubmissionId, String, i64)> = sqlx::query_as(concat!(
            "SELECT s.id, s.version, s.submitted_us FROM submission s WHERE s.module = $3
                 AND NOT EXISTS (SELECT 1 FROM oci_part p WHERE p.submission = s.id AND p.is_version = 1) AND ",
            visible!(),
            " ORDER BY s.submitted_us, s.id"
        ))
        .bind(self.member)
        .bind(self.marketplace)
        .bind(&self.module)
        .fetch_all(&self.catalog.readers)
        .await?;
        let read = |(submission, version, at)| Unrecorded { submission, version, submitted_at: Instant(at) };
        Ok(rows.into_iter().map(read).collect())
    }

    /// The versions whose manifest has this digest: submission, version.
    ///
    /// # Errors
    /// The database.
    pub async fn versions_of(&self, digest: &ContentDigest) -> Result<Vec<(SubmissionId, String)>, OciError> {
        let query = sqlx::query_as(concat!(
            "SELECT s.id, s.version FROM oci_manifest m
                 JOIN oci_part q ON q.module = m.module AND q.manifest = m.sha256 AND q.is_version = 1
                 JOIN submission s ON s.id = q.submission
             WHERE m.module = $3 AND (m.sha256 = $4 OR m.sha512 = $4) AND ",
            visible!()
        ));
        let query = query.bind(self.member).bind(self.marketplace).bind(&self.module).bind(digest.as_str());
        Ok(query.fetch_all(&self.catalog.readers).await?)
    }

    /// Why one should not take what has this digest any more: version, standing, reason. None when it stands as approved.
    ///
    /// # Errors
    /// The database.
    pub async fn withdrawn(&self, sha256: &ContentDigest) -> Result<Option<(String, String, String)>, OciError> {
        let query = sqlx::query_as(
            "SELECT s.version, s.standing, coalesce((SELECT c.reason FROM standing_change c WHERE c.submission = s.id
                 ORDER BY c.number DESC LIMIT 1), '') FROM oci_part p JOIN submission s ON s.id = p.submission
             WHERE p.module = $1 AND p.manifest = $2 AND s.standing IS NOT NULL AND s.superseded_us IS NULL LIMIT 1",
        );
        Ok(query.bind(&self.module).bind(sha256.as_str()).fetch_optional(&self.catalog.readers).await?)
    }

    /// What belongs to a version already: SHA-256 and artifact type of each manifest.
    ///
    /// # Errors
    /// The database.
    pub async fn recorded(&self, submission: &SubmissionId) -> Result<Vec<(String, String)>, OciError> {
        let query = sqlx::query_as(
            "SELECT m.sha256, m.artifact_type FROM oci_part p
                 JOIN oci_manifest m ON m.module = p.module AND m.sha256 = p.manifest WHERE p.submission = $1",
        );
        Ok(query.bind(submission).fetch_all(&self.catalog.readers).await?)
    }

    /// Records manifests that the registry made for a version. What is there already stays; the first manifest of a
    /// version is its manifest for ever.
    ///
    /// # Errors
    /// The disk or the database.
    pub async fn record(&self, submission: &SubmissionId, made: &[Made], now: Instant) -> Result<(), OciError> {
        let files = &self.catalog.oci;
        let _keeping = files.keeping.lock().await;
        let mut change = self.catalog.change(now).await?;
        for Made { is_version, manifest, blobs } in made {
            for bytes in blobs {
                let blob = Blob { digests: Digests::of(bytes), bytes: bytes.len() as u64 };
                if !change.is_component(&blob.digests.sha256).await? {
                    files.put(&blob.digests.sha256, bytes.clone()).await?;
                }
                change.insert_blob(&self.module, &blob, None).await?;
            }
            let digests = Digests::of(&manifest.content);
            change.insert_manifest(&self.module, manifest, &digests, None).await?;
            change.insert_part(submission, &self.module, digests.sha256.as_str(), *is_version).await?;
        }
        Ok(change.commit_quietly().await?)
    }
}

/// Called where a submission is recorded: the draft of this version with exactly this component becomes its manifest,
/// with everything that refers to it.
pub(crate) async fn adopt_draft(
    change: &mut Change,
    submission: &SubmissionId,
    (module, version): (&str, &str),
    component: &str,
) -> Result<(), CatalogError> {
    let draft: Option<(String, String)> = sqlx::query_as(
        "SELECT m.sha256, m.sha512 FROM oci_draft d JOIN oci_manifest m ON m.module = d.module AND m.sha256 = d.manifest
             JOIN oci_link l ON l.module = d.module AND l.manifest = d.manifest
         WHERE d.module = $1 AND d.tag = $2 AND l.blob = $3",
    )
    .bind(module)
    .bind(version)
    .bind(component)
    .fetch_optional(change.connection())
    .await?;
    let Some((sha256, sha512)) = draft else { return Ok(()) };
    change.insert_part(submission, module, &sha256, true).await?;
    sqlx::query(
        "INSERT INTO oci_part (submission, module, manifest, is_version)
         SELECT $1, module, sha256, 0 FROM oci_manifest WHERE module = $2 AND subject IN ($3, $4)",
    )
    .bind(submission)
    .bind(module)
    .bind(&sha256)
    .bind(&sha512)
    .execute(change.connection())
    .await?;
    sqlx::query("DELETE FROM oci_draft WHERE module = $1 AND tag = $2")
        .bind(module)
        .bind(version)
        .execute(change.connection())
        .await?;
    Ok(())
}

impl Change {
    async fn insert_part(
        &mut self,
        submission: &SubmissionId,
        module: &str,
        manifest: &str,
        is_version: bool,
    ) -> Result<(), CatalogError> {
        // Two who record the same version at once say the same.
        sqlx::query(
            "INSERT INTO oci_part (submission, module, manifest, is_version) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(submission)
        .bind(module)
        .bind(manifest)
        .bind(i64::from(is_version))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Whether the bytes are kept as the component of a submission.
    pub(super) async fn is_component(&mut self, sha256: &ContentDigest) -> Result<bool, OciError> {
        let query = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM submission WHERE digest = $1)").bind(sha256.as_str());
        let (Flag(is_component),): (Flag,) = query.fetch_one(self.connection()).await?;
        Ok(is_component)
    }
}
