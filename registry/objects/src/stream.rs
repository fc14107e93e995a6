//! Objects that no memory holds: read in pieces, written in parts.

use crate::bucket::Bucket;
use crate::error::ObjectsError;
use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt};

/// Bytes of a part. An object has 10,000 of them at most, and all but the last have at least 5 MiB.
const PART: usize = 16 << 20;
/// The most parts of an object, by S3.
const PARTS: u64 = 10_000;
/// The most bytes of an object.
pub const OBJECT_BYTES: u64 = PART as u64 * PARTS;

/// An object that is being read.
pub struct Reading {
    bucket: Bucket,
    pieces: BoxStream<'static, object_store::Result<Bytes>>,
}

impl Reading {
    pub(crate) fn new(bucket: Bucket, pieces: BoxStream<'static, object_store::Result<Bytes>>) -> Self {
        Self { bucket, pieces }
    }

    /// What comes next; none at the end.
    ///
    /// # Errors
    /// The store.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ObjectsError> {
        self.pieces.try_next().await.map_err(|error| self.bucket.failed(error))
    }
}

/// An object that is being written. Until [`Self::finish`] nobody sees anything of it.
pub struct Writing {
    bucket: Bucket,
    path: Path,
    /// What waits for a part to be full.
    waiting: Vec<u8>,
    sent: u64,
    /// Begun with the first full part.
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Writing {
    pub(crate) fn new(bucket: Bucket, path: Path) -> Self {
        Self { bucket, path, waiting: Vec::new(), sent: 0, upload: None }
    }

    /// Appends.
    ///
    /// # Errors
    /// The store; [`ObjectsError::TooLarge`] past [`OBJECT_BYTES`]. What follows is [`Self::abandon`].
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), ObjectsError> {
        while !bytes.is_empty() {
            if self.waiting.len() == PART {
                self.send().await?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Makes all of it the object.
    ///
    /// # Errors
    /// The store. The object is not there then, unless the store's answer was lost.
    pub async fn finish(mut self) -> Result<(), ObjectsError> {
        if self.upload.is_none() {
            let put = self.bucket.store.put(&self.path, std::mem::take(&mut self.waiting).into());
            return put.await.map(drop).map_err(|error| self.bucket.failed(error));
        }
        let mut finished = self.send().await;
        if let (Ok(()), Some(upload)) = (&finished, &mut self.upload) {
            finished = upload.complete().await.map(drop).map_err(|error| self.bucket.failed(error));
        }
        if finished.is_err() {
            self.abandon().await;
        }
        finished
    }

    /// Forgets it. Should the store not hear of it, its parts are seen by nobody, and a rule of the bucket for uploads that
    /// were never finished removes them.
    pub async fn abandon(mut self) {
        if let Some(mut upload) = self.upload.take() {
            let _ = upload.abort().await;
        }
    }

    async fn send(&mut self) -> Result<(), ObjectsError> {
        self.sent += self.waiting.len() as u64;
        if self.sent > OBJECT_BYTES {
            let (place, name) = (self.bucket.place.clone(), self.path.to_string());
            return Err(ObjectsError::TooLarge { place, name, most: OBJECT_BYTES });
        }
        let failed = |error| self.bucket.failed(error);
        if self.upload.is_none() {
            self.upload = Some(self.bucket.store.put_multipart(&self.path).await.map_err(failed)?);
        }
        let part = std::mem::take(&mut self.waiting);
        match &mut self.upload {
            Some(upload) => upload.put_part(part.into()).await.map_err(failed),
            None => Ok(()),
        }
    }
}
