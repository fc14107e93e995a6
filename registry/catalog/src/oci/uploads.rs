//! Uploads: bytes are gathered in a file while they are hashed, and become content when their digest is right.
//!
//! A chunk counts once it has arrived whole ([`Writer::commit`]): what broke off is cut away by the next writer.

use crate::change::Change;
use crate::ids::{PersonId, UploadId as Id};
use crate::oci::blobs::Blob;
use crate::oci::error::OciError;
use crate::oci::repository::Repository;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::sync::OwnedMutexGuard;
use toolcrib_contract::limits::{COMPONENT_BYTES, OCI_STAGED, OCI_STAGED_BYTES, OCI_UPLOAD_MINUTES, OCI_UPLOADS};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::content::{ContentDigest, Hashing};

pub use crate::ids::UploadId;

const MINUTE_US: i64 = 60_000_000;

/// What this process knows of an upload: how far it is, and the hash so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    hashing: Hashing,
    bytes: u64,
}

/// An upload that is not finished.
#[derive(Clone, Debug)]
pub struct Upload {
    pub id: Id,
    /// What has arrived.
    pub bytes: u64,
}

/// The one writer of an upload. What it wrote counts when it is committed or finished, and not when it is dropped.
pub struct Writer {
    repository: Repository,
    id: Id,
    shared: OwnedMutexGuard<Progress>,
    file: File,
    hashing: Hashing,
    bytes: u64,
}

impl Repository {
    /// Begins an upload.
    ///
    /// # Errors
    /// Not a member; [`OciError::TooMany`] uploads, or too much that belongs to no version.
    pub async fn begin_upload(&self, now: Instant, chance: &dyn Chance) -> Result<Upload, OciError> {
        let by = self.pusher()?;
        let mut change = self.catalog.change(now).await?;
        change.drop_old_uploads().await?;
        let query = sqlx::query_as("SELECT count(*) FROM oci_upload WHERE person = $1").bind(by);
        let (open,): (i64,) = query.fetch_one(change.connection()).await?;
        if open.cast_unsigned() >= OCI_UPLOADS as u64 {
            return Err(OciError::TooMany(format!(
                "you have {open} open uploads, the most there may be; finish or cancel some, or wait {OCI_UPLOAD_MINUTES} \
                 minutes"
            )));
        }
        change.check_staged(by).await?;
        let id = Id::generate(now, chance);
        sqlx::query("INSERT INTO oci_upload (id, module, person, size_bytes, touched_us) VALUES ($1, $2, $3, 0, $4)")
            .bind(&id)
            .bind(&self.module)
            .bind(by)
            .bind(now.0)
            .execute(change.connection())
            .await?;
        change.commit_quietly().await?;
        Ok(Upload { id, bytes: 0 })
    }

    /// How far an upload is. Everybody has only their own.
    ///
    /// # Errors
    /// [`OciError::UploadUnknown`].
    pub async fn upload(&self, id: &Id) -> Result<Upload, OciError> {
        let query = "SELECT size_bytes FROM oci_upload WHERE id = $1 AND module = $2 AND person = $3";
        let query = sqlx::query_as(query).bind(id).bind(&self.module).bind(self.pusher()?);
        let row: Option<(i64,)> = query.fetch_optional(&self.catalog.readers).await?;
        let (bytes,) = row.ok_or(OciError::UploadUnknown)?;
        Ok(Upload { id: id.clone(), bytes: bytes.cast_unsigned() })
    }

    /// Opens an upload for writing, at its end.
    ///
    /// # Errors
    /// [`OciError::UploadUnknown`]; [`OciError::UploadInvalid`] while another request writes it.
    pub async fn write_upload(&self, id: &Id) -> Result<Writer, OciError> {
        let known = self.upload(id).await?;
        let files = &self.catalog.oci;
        let shared = files.progress(id.as_str()).try_lock_owned();
        let mut shared = shared.map_err(|_| {
            OciError::UploadInvalid("another request is writing to this upload; send one chunk after the other".into())
        })?;
        // Read again under the lock: a chunk may have been committed meanwhile.
        let Upload { bytes, .. } = self.upload(&known.id).await?;
        let path = files.upload(id.as_str());
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).await;
        let mut file = open.map_err(|error| files.failed(error))?;
        if shared.bytes != bytes {
            *shared = recover(&mut file, bytes).await?;
        }
        // What broke off before is not part of it.
        file.set_len(bytes).await.map_err(|error| files.failed(error))?;
        file.seek(std::io::SeekFrom::End(0)).await.map_err(|error| files.failed(error))?;
        let hashing = shared.hashing.clone();
        Ok(Writer { repository: self.clone(), id: known.id, shared, file, hashing, bytes })
    }

    /// Cancels an upload.
    ///
    /// # Errors
    /// [`OciError::UploadUnknown`].
    pub async fn cancel_upload(&self, id: &Id, now: Instant) -> Result<(), OciError> {
        self.upload(id).await?;
        let mut change = self.catalog.change(now).await?;
        let delete = sqlx::query("DELETE FROM oci_upload WHERE id = $1").bind(id);
        delete.execute(change.connection()).await?;
        change.commit_quietly().await?;
        Ok(self.catalog.oci.forget(id.as_str()).await?)
    }
}

/// Reads and hashes what an upload's file holds: this process does not know it yet.
async fn recover(file: &mut File, bytes: u64) -> Result<Progress, OciError> {
    let mut content = Vec::new();
    let read = file.take(bytes).read_to_end(&mut content).await;
    if read.unwrap_or(0) as u64 != bytes {
        // It was acknowledged, but a crash came before it was on disk.
        return Err(OciError::UploadUnknown);
    }
    let mut hashing = Hashing::default();
    hashing.update(&content);
    Ok(Progress { hashing, bytes })
}

impl Writer {
    /// What had arrived before this writer.
    pub fn offset(&self) -> u64 {
        self.shared.bytes
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`OciError::TooLarge`]: nothing of this writer counts then.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), OciError> {
        let total = self.bytes + bytes.len() as u64;
        if total > COMPONENT_BYTES as u64 {
            return Err(OciError::TooLarge { max: COMPONENT_BYTES });
        }
        let written = self.file.write_all(bytes).await;
        written.map_err(|error| self.repository.catalog.oci.failed(error))?;
        self.hashing.update(bytes);
        self.bytes = total;
        Ok(())
    }

    /// What was written counts.
    ///
    /// # Errors
    /// [`OciError::UploadUnknown`] when it was swept or cancelled meanwhile.
    pub async fn commit(mut self, now: Instant) -> Result<Upload, OciError> {
        let flushed = self.file.flush().await;
        flushed.map_err(|error| self.repository.catalog.oci.failed(error))?;
        let mut change = self.repository.catalog.change(now).await?;
        let update = sqlx::query("UPDATE oci_upload SET size_bytes = $1, touched_us = $2 WHERE id = $3")
            .bind(self.bytes.cast_signed())
            .bind(now.0)
            .bind(&self.id);
        if update.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(OciError::UploadUnknown);
        }
        change.commit_quietly().await?;
        *self.shared = Progress { hashing: self.hashing, bytes: self.bytes };
        Ok(Upload { id: self.id, bytes: self.bytes })
    }

    /// Makes the whole upload content of the repository. It is over afterwards, also when its digest is another one.
    ///
    /// # Errors
    /// [`OciError::DigestInvalid`]; [`OciError::TooMany`] bytes that belong to no version.
    pub async fn finish(mut self, digest: &ContentDigest, now: Instant) -> Result<Blob, OciError> {
        let catalog = self.repository.catalog.clone();
        let flushed = self.file.flush().await;
        flushed.map_err(|error| catalog.oci.failed(error))?;
        let digests = self.hashing.finish();
        if !digests.has(digest) {
            let found = digests.like(digest).to_string();
            drop(self.shared);
            self.repository.cancel_upload(&self.id, now).await?;
            return Err(OciError::DigestInvalid { found });
        }
        let by = self.repository.pusher()?;
        let _keeping = catalog.oci.keeping.lock().await;
        let mut change = catalog.change(now).await?;
        let delete = sqlx::query("DELETE FROM oci_upload WHERE id = $1").bind(&self.id);
        if delete.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(OciError::UploadUnknown);
        }
        let blob = Blob { digests, bytes: self.bytes };
        change.insert_blob(&self.repository.module, &blob, Some(by)).await?;
        change.check_staged(by).await?;
        catalog.oci.adopt(self.id.as_str(), &blob.digests.sha256).await?;
        change.commit_quietly().await?;
        Ok(blob)
    }
}

impl Change {
    /// Uploads that nobody continued are over.
    pub(super) async fn drop_old_uploads(&mut self) -> Result<u64, OciError> {
        let old = self.now.0 - OCI_UPLOAD_MINUTES * MINUTE_US;
        let delete = sqlx::query("DELETE FROM oci_upload WHERE touched_us <= $1").bind(old);
        Ok(delete.execute(self.connection()).await?.rows_affected())
    }

    /// Whether a person pushed no more than may wait for a version to belong to.
    pub(super) async fn check_staged(&mut self, person: &PersonId) -> Result<(), OciError> {
        let (count, bytes): (i64, i64) = sqlx::query_as(
            "SELECT count(*), CAST(coalesce(sum(size_bytes), 0) AS BIGINT) FROM (
                 SELECT b.size_bytes FROM oci_blob b WHERE b.person = $1 AND NOT EXISTS
                     (SELECT 1 FROM oci_link l JOIN oci_part p ON p.module = l.module AND p.manifest = l.manifest
                      WHERE l.module = b.module AND l.blob = b.sha256)
                 UNION ALL
                 SELECT length(m.content) FROM oci_manifest m WHERE m.person = $1 AND NOT EXISTS
                     (SELECT 1 FROM oci_part p WHERE p.module = m.module AND p.manifest = m.sha256)) staged",
        )
        .bind(person)
        .fetch_one(self.connection())
        .await?;
        if count.cast_unsigned() > OCI_STAGED as u64 || bytes.cast_unsigned() > OCI_STAGED_BYTES as u64 {
            return Err(OciError::TooMany(format!(
                "you pushed {count} things with {bytes} bytes that belong to no submitted version; {OCI_STAGED} and \
                 {OCI_STAGED_BYTES} are the most. Sign your drafts or delete them"
            )));
        }
        Ok(())
    }
}
