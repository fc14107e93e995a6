//! Manifests: kept byte for byte, found by tag or digest.

use crate::change::{Change, Line};
use crate::ids::PersonId;
use crate::oci::blobs::digests;
use crate::oci::error::OciError;
use crate::oci::parts::Unrecorded;
use crate::oci::repository::{Repository, offered, seen};
use crate::state::State;
use serde_json::json;
use toolcrib_contract::limits::OCI_REFERRERS;
use toolcrib_contract::types::Instant;
use toolcrib_trust::content::{ContentDigest, Digests};

/// A tag or a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    Tag(String),
    Digest(ContentDigest),
}

/// Content that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    pub digest: ContentDigest,
    pub size: u64,
}

/// A manifest to keep.
#[derive(Clone, Debug)]
pub struct NewManifest {
    pub media_type: String,
    pub artifact_type: String,
    /// A JSON object of texts.
    pub annotations: serde_json::Value,
    /// What it is about; need not exist.
    pub subject: Option<ContentDigest>,
    /// Everything else that it names; must exist in the repository.
    pub blobs: Vec<Descriptor>,
    pub content: Vec<u8>,
}

/// A manifest that is kept.
#[derive(Clone, Debug)]
pub struct StoredManifest {
    pub digests: Digests,
    pub media_type: String,
    pub content: Vec<u8>,
}

type Row = (String, String, String, Vec<u8>);

/// A visible submission of a tag: its id, state, time, and manifest when it has one.
type Submitted = (crate::ids::SubmissionId, State, i64, Option<String>);

impl Repository {
    /// The manifest of this digest.
    ///
    /// # Errors
    /// [`OciError::ManifestUnknown`], also when the viewer may not see it.
    pub async fn manifest(&self, digest: &ContentDigest) -> Result<StoredManifest, OciError> {
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT m.sha256, m.sha512, m.media_type, m.content FROM oci_manifest m
             WHERE m.module = $3 AND (m.sha256 = $4 OR m.sha512 = $4) AND ",
            seen!()
        ))
        .bind(self.member)
        .bind(self.marketplace)
        .bind(&self.module)
        .bind(digest.as_str())
        .fetch_optional(&self.catalog.readers)
        .await?;
        let (sha256, sha512, media_type, content) = row.ok_or(OciError::ManifestUnknown)?;
        Ok(StoredManifest { digests: digests(&sha256, &sha512)?, media_type, content })
    }

    /// The manifest of a tag, or the version that has none yet. A member's draft counts while another build of the
    /// version may come.
    ///
    /// # Errors
    /// [`OciError::ManifestUnknown`], also when the viewer may not see it.
    pub async fn tagged(&self, tag: &str) -> Result<Result<StoredManifest, Unrecorded>, OciError> {
        let submitted: Option<Submitted> = sqlx::query_as(concat!(
            "SELECT s.id, s.state, s.submitted_us, p.manifest FROM submission s
                 LEFT JOIN oci_part p ON p.submission = s.id AND p.is_version = 1
             WHERE s.module = $3 AND s.version = $4 AND ",
            offered!()
        ))
        .bind(self.member)
        .bind(self.marketplace)
        .bind(&self.module)
        .bind(tag)
        .fetch_optional(&self.catalog.readers)
        .await?;
        let draft = sqlx::query_as("SELECT manifest FROM oci_draft WHERE $1 AND module = $2 AND tag = $3");
        let draft = draft.bind(self.member).bind(&self.module).bind(tag);
        let draft: Option<(String,)> = draft.fetch_optional(&self.catalog.readers).await?;
        let manifest = match (submitted, draft) {
            (Some((_, state, ..)), Some((draft,))) if state.is_open_to_another_build() => draft,
            (Some((submission, _, at, None)), _) => {
                return Ok(Err(Unrecorded { submission, version: tag.to_owned(), submitted_at: Instant(at) }));
            }
            (Some((.., Some(manifest))), _) | (None, Some((manifest,))) => manifest,
            (None, None) => return Err(OciError::ManifestUnknown),
        };
        let digest = manifest.parse().map_err(|_| OciError::ManifestUnknown)?;
        self.manifest(&digest).await.map(Ok)
    }

    /// Keeps a manifest, under a tag if one is given. The same again is no change.
    ///
    /// # Errors
    /// [`OciError::BlobsUnknown`], [`OciError::SizeInvalid`]; [`OciError::Denied`] for a tag that stands for something
    /// else: a version never changes, and of two drafts the first stays.
    pub async fn put_manifest(&self, new: &NewManifest, tag: Option<&str>, now: Instant) -> Result<Digests, OciError> {
        let by = self.pusher()?;
        let digests = Digests::of(&new.content);
        let mut change = self.catalog.change(now).await?;
        if let Some(tag) = tag
            && self.may_tag(&mut change, tag, &digests.sha256).await? == Tagging::Done
        {
            return Ok(digests);
        }
        let is_new = change.insert_manifest(&self.module, new, &digests, Some(by)).await?;
        if let Some(tag) = tag {
            sqlx::query("INSERT INTO oci_draft (module, tag, manifest, since_us) VALUES ($1, $2, $3, $4)")
                .bind(&self.module)
                .bind(tag)
                .bind(digests.sha256.as_str())
                .bind(now.0)
                .execute(change.connection())
                .await?;
        } else if !is_new {
            return Ok(digests);
        }
        change.check_staged(by).await?;
        let subject = new.subject.as_ref().map(ContentDigest::as_str);
        let detail = json!({"tag": tag, "digest": digests.sha256.as_str(), "subject": subject});
        change.commit(Line { actor: by.as_str(), act: "oci.push", subject: &self.module, detail }).await?;
        Ok(digests)
    }

    async fn may_tag(&self, change: &mut Change, tag: &str, sha256: &ContentDigest) -> Result<Tagging, OciError> {
        let submitted: Option<(State, Option<String>)> = sqlx::query_as(
            "SELECT s.state, p.manifest FROM submission s LEFT JOIN oci_part p ON p.submission = s.id AND p.is_version = 1
             WHERE s.module = $1 AND s.version = $2 AND s.superseded_us IS NULL",
        )
        .bind(&self.module)
        .bind(tag)
        .fetch_optional(change.connection())
        .await?;
        if let Some((state, manifest)) = submitted.filter(|(state, _)| !state.is_open_to_another_build()) {
            if manifest.as_deref() == Some(sha256.as_str()) {
                return Ok(Tagging::Done);
            }
            let name = self.name();
            return Err(OciError::Denied(format!(
                "{name}:{tag} is in `{}`; a submitted version never changes. Raise the version",
                state.as_str()
            )));
        }
        let draft = sqlx::query_as("SELECT manifest FROM oci_draft WHERE module = $1 AND tag = $2");
        let draft = draft.bind(&self.module).bind(tag);
        let draft: Option<(String,)> = draft.fetch_optional(change.connection()).await?;
        match draft {
            None => Ok(Tagging::Free),
            Some((other,)) if other == sha256.as_str() => Ok(Tagging::Done),
            Some((other,)) => Err(OciError::Denied(format!(
                "{tag} was pushed as {other} and is not signed yet; sign that one, or delete it first"
            ))),
        }
    }
}

#[derive(PartialEq)]
enum Tagging {
    Free,
    /// It stands for this manifest already.
    Done,
}

impl Change {
    /// Keeps a manifest whose content is there. False when it was kept before.
    pub(super) async fn insert_manifest(
        &mut self,
        module: &str,
        new: &NewManifest,
        digests: &Digests,
        by: Option<&PersonId>,
    ) -> Result<bool, OciError> {
        let blobs = self.resolve(module, &new.blobs).await?;
        let now = self.now;
        let insert = sqlx::query(
            "INSERT INTO oci_manifest (module, sha256, sha512, media_type, artifact_type, annotations, content, subject,
                 person, since_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                     ON CONFLICT (module, sha256) DO NOTHING",
        )
        .bind(module)
        .bind(digests.sha256.as_str())
        .bind(digests.sha512.as_str())
        .bind(&new.media_type)
        .bind(&new.artifact_type)
        .bind(new.annotations.to_string())
        .bind(&new.content)
        .bind(new.subject.as_ref().map(ContentDigest::as_str))
        .bind(by)
        .bind(now.0);
        if insert.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(false);
        }
        // What the registry says about a version always finds a place.
        if let Some(subject) = new.subject.as_ref().filter(|_| by.is_some()) {
            self.check_referrers(module, subject).await?;
        }
        for blob in blobs {
            sqlx::query("INSERT INTO oci_link (module, manifest, blob) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(module)
                .bind(digests.sha256.as_str())
                .bind(blob)
                .execute(self.connection())
                .await?;
        }
        Ok(true)
    }

    /// SHA-256 of everything that is named; all that is missing is told at once.
    async fn resolve(&mut self, module: &str, named: &[Descriptor]) -> Result<Vec<String>, OciError> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for Descriptor { digest, size } in named {
            let query = "SELECT sha256, size_bytes FROM oci_blob WHERE module = $1 AND (sha256 = $2 OR sha512 = $2)";
            let query = sqlx::query_as(query).bind(module).bind(digest.as_str());
            let row: Option<(String, i64)> = query.fetch_optional(self.connection()).await?;
            match row {
                None => missing.push(digest.to_string()),
                Some((_, bytes)) if bytes.cast_unsigned() != *size => {
                    return Err(OciError::SizeInvalid(format!("{digest} has {bytes} bytes, the manifest says {size}")));
                }
                Some((sha256, _)) => found.push(sha256),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(OciError::BlobsUnknown(missing)) }
    }

    async fn check_referrers(&mut self, module: &str, subject: &ContentDigest) -> Result<(), OciError> {
        let query = sqlx::query_as("SELECT count(*) FROM oci_manifest WHERE module = $1 AND subject = $2");
        let (count,): (i64,) = query.bind(module).bind(subject.as_str()).fetch_one(self.connection()).await?;
        if count.cast_unsigned() > OCI_REFERRERS as u64 {
            return Err(OciError::Denied(format!(
                "{OCI_REFERRERS} manifests refer to {subject}, the most there may be"
            )));
        }
        Ok(())
    }
}
