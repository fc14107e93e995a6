//! Files of OCI content: one per digest, and one per open upload. A file that has its digest as name is complete and on
//! disk.

use crate::error::CatalogError;
use crate::oci::uploads::Progress;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use toolcrib_trust::content::ContentDigest;

/// The folder of OCI content.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    /// Held while content and the record of it come or go together, so that nothing is swept between the two.
    pub keeping: tokio::sync::Mutex<()>,
    /// What is known of uploads in this process; after a restart it is read from their files again.
    open: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Progress>>>>,
}

impl Files {
    /// Creates the folders.
    pub async fn open(folder: PathBuf) -> Result<Self, CatalogError> {
        let files = Self { folder, keeping: tokio::sync::Mutex::default(), open: Mutex::default() };
        files
            .blocking(|folder| {
                fs::create_dir_all(folder.join("uploads"))?;
                fs::create_dir_all(folder.join("blobs"))
            })
            .await?;
        Ok(files)
    }

    /// Where the bytes of an upload are gathered.
    pub fn upload(&self, id: &str) -> PathBuf {
        self.folder.join("uploads").join(id)
    }

    /// What is known of an upload, shared by everybody who writes it.
    pub fn progress(&self, id: &str) -> Arc<tokio::sync::Mutex<Progress>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(open.entry(id.to_owned()).or_default())
    }

    /// Removes an upload's bytes. No error when there are none.
    pub async fn forget(&self, id: &str) -> Result<(), CatalogError> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        let path = self.upload(id);
        self.blocking(move |_| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// Makes the whole file of an upload the content of this digest.
    pub async fn adopt(&self, id: &str, sha256: &ContentDigest) -> Result<(), CatalogError> {
        let (from, to) = (self.upload(id), name(sha256));
        self.blocking(move |folder| {
            let blobs = folder.join("blobs");
            File::open(&from)?.sync_all()?;
            fs::rename(from, blobs.join(to))?;
            // The name itself is on disk only after the folder is.
            File::open(blobs)?.sync_all()
        })
        .await?;
        self.forget(id).await
    }

    /// Keeps these bytes under their digest.
    pub async fn put(&self, sha256: &ContentDigest, bytes: Vec<u8>) -> Result<(), CatalogError> {
        let to = name(sha256);
        self.blocking(move |folder| {
            let (blobs, partial) = (folder.join("blobs"), folder.join("uploads").join(format!("{to}.partial")));
            if blobs.join(&to).try_exists()? {
                return Ok(());
            }
            let mut file = File::create(&partial)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(partial, blobs.join(to))?;
            File::open(blobs)?.sync_all()
        })
        .await
    }

    /// The bytes of this digest; none when there is no such file.
    pub async fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>, CatalogError> {
        let name = sha256.replace(':', "-");
        self.blocking(move |folder| match fs::read(folder.join("blobs").join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// Digests of all files, and names of all uploads that lie there.
    pub async fn list(&self) -> Result<(Vec<String>, Vec<String>), CatalogError> {
        self.blocking(|folder| {
            let names = |part: &str| -> io::Result<Vec<String>> {
                let entries = fs::read_dir(folder.join(part))?;
                entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
            };
            let digests = names("blobs")?.into_iter().map(|name| name.replacen('-', ":", 1));
            Ok((digests.collect(), names("uploads")?))
        })
        .await
    }

    /// Removes the file of a digest.
    pub async fn remove(&self, sha256: &str) -> Result<(), CatalogError> {
        let name = sha256.replace(':', "-");
        self.blocking(move |folder| match fs::remove_file(folder.join("blobs").join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// The error of something that failed in this folder.
    pub fn failed(&self, source: io::Error) -> CatalogError {
        if source.kind() == io::ErrorKind::StorageFull {
            return CatalogError::Full;
        }
        CatalogError::Files { path: self.folder.display().to_string(), source }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(PathBuf) -> io::Result<T> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let folder = self.folder.clone();
        let done = tokio::task::spawn_blocking(move || work(folder)).await;
        let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
        done.map_err(|source| self.failed(source))
    }
}

/// `sha256:ab…` as a file name.
fn name(digest: &ContentDigest) -> String {
    digest.as_str().replace(':', "-")
}
