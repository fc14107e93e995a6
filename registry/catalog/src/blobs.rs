//! Components and papers, named by their digest: files of a folder, or objects of a bucket. What has its name is complete
//! and stored, and what comes back is checked against its name.

use crate::error::CatalogError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use toolcrib_objects::{Bucket, ObjectsError};
use toolcrib_trust::digest;

/// Ending of files that are being written.
const PARTIAL: &str = "partial";
/// The most bytes of one that is read back from a bucket: more than anybody may hand in.
const BLOB_BYTES: u64 = 64 << 20;

/// A folder of them.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    folder: PathBuf,
    /// Where new ones go, if not into the folder. What lies there from before is still read.
    bucket: Option<Bucket>,
}

impl Blobs {
    /// Creates the folder of this name in another one, removes what a crash left half-written, and looks whether the
    /// bucket can be used.
    pub async fn open(folder: &Path, name: &str, bucket: Option<&Bucket>) -> Result<Self, CatalogError> {
        let bucket = bucket.map(|bucket| bucket.below(name)).transpose()?;
        if let Some(bucket) = &bucket {
            match bucket.check().await {
                // It may be back before anybody asks.
                Err(error @ ObjectsError::Unreachable { .. }) => tracing::error!("{error}"),
                checked => checked?,
            }
        }
        let blobs = Self { folder: folder.join(name), bucket };
        blobs
            .blocking(|folder| {
                fs::create_dir_all(&folder)?;
                for entry in fs::read_dir(&folder)? {
                    let path = entry?.path();
                    if path.extension().is_some_and(|ending| ending == PARTIAL) {
                        fs::remove_file(path)?;
                    }
                }
                Ok(())
            })
            .await?;
        Ok(blobs)
    }

    /// Keeps these bytes. `unique` tells writers of the same bytes apart.
    pub async fn put(&self, bytes: Vec<u8>, unique: String) -> Result<(), CatalogError> {
        if let Some(bucket) = &self.bucket {
            return Ok(bucket.put(&name(&digest::of(&bytes)), bytes).await?);
        }
        self.blocking(move |folder| {
            let path = folder.join(name(&digest::of(&bytes)));
            if path.try_exists()? {
                return Ok(());
            }
            let partial = folder.join(format!("{unique}.{PARTIAL}"));
            let mut file = File::create_new(&partial)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&partial, &path)?;
            // The name itself is on disk only after the folder is.
            File::open(&folder)?.sync_all()
        })
        .await
    }

    /// The bytes of this digest, checked against it.
    pub async fn get(&self, wanted: &str) -> Result<Option<Vec<u8>>, CatalogError> {
        if !digest::is_digest(wanted) {
            return Ok(None);
        }
        let mut read = None;
        if let Some(bucket) = &self.bucket {
            read = bucket.get(&name(wanted), BLOB_BYTES).await?;
        }
        if read.is_none() {
            read = self.file(name(wanted)).await?;
        }
        let Some(bytes) = read else { return Ok(None) };
        let found = digest::of(&bytes);
        if found != wanted {
            return Err(CatalogError::Damaged(format!("the file {wanted} has the digest {found}")));
        }
        Ok(Some(bytes))
    }

    async fn file(&self, name: String) -> Result<Option<Vec<u8>>, CatalogError> {
        self.blocking(move |folder| match fs::read(folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// Forgets these bytes.
    pub async fn remove(&self, digest: &str) -> Result<(), CatalogError> {
        let file = name(digest);
        if let Some(bucket) = &self.bucket {
            bucket.remove(&file).await?;
        }
        self.blocking(move |folder| match fs::remove_file(folder.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(PathBuf) -> io::Result<T> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let folder = self.folder.clone();
        let done = tokio::task::spawn_blocking(move || work(folder)).await;
        let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
        done.map_err(|source| error(&self.folder, source))
    }
}

fn error(folder: &Path, source: io::Error) -> CatalogError {
    if source.kind() == io::ErrorKind::StorageFull {
        return CatalogError::Full;
    }
    CatalogError::Files { path: folder.display().to_string(), source }
}

/// `sha256:ab…` as a file name.
fn name(digest: &str) -> String {
    format!("{}.wasm", digest.replace(':', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_comes_back_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), "components", None).await.unwrap();
        blobs.put(b"one".to_vec(), "a".into()).await.unwrap();
        blobs.put(b"one".to_vec(), "a".into()).await.unwrap();
        assert_eq!(blobs.get(&digest::of(b"one")).await.unwrap(), Some(b"one".to_vec()));
        assert_eq!(blobs.get(&digest::of(b"two")).await.unwrap(), None);
        assert_eq!(blobs.get("sha256:../../catalog.db").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_half_written_file_is_gone_after_a_restart_and_an_altered_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), "papers", None).await.unwrap();
        let papers = folder.path().join("papers");
        let partial = papers.join("x.partial");
        fs::write(&partial, b"hal").unwrap();
        fs::write(papers.join(name(&digest::of(b"one"))), b"other").unwrap();
        Blobs::open(folder.path(), "papers", None).await.unwrap();
        assert!(!partial.exists());
        assert!(matches!(blobs.get(&digest::of(b"one")).await, Err(CatalogError::Damaged(_))));
    }
}
