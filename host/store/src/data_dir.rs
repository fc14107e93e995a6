//! The host's data directory: where everything lies, and the lock that keeps a second host out.

use crate::error::{Result, StoreError};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use toolcrib_contract::types::RawId;

/// A data directory that this process holds alone, until it drops this.
#[derive(Debug)]
pub struct DataDir {
    root: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the directory when it is missing and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::NotWritable`]; [`StoreError::InUse`] when another process holds it.
    pub fn lock(root: &Path) -> Result<Self> {
        let not_writable = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::NotWritable { path, source }
        };
        for dir in ["tenants", "artifacts", "native", "receipts"] {
            let dir = root.join(dir);
            std::fs::create_dir_all(&dir).map_err(not_writable(&dir))?;
        }
        let file = root.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&file).map_err(not_writable(&file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(StoreError::NotWritable { path: file, source }),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All tenants' directories.
    pub fn tenants(&self) -> PathBuf {
        self.root.join("tenants")
    }

    /// One tenant's directory, which [`crate::Writer::open`] creates. Spread by the id's last two digits: those of a
    /// UUIDv7 are random, its first ones are the time.
    pub fn tenant(&self, id: RawId) -> PathBuf {
        let name = id.to_string();
        self.tenants().join(&name[name.len() - 2..]).join(name)
    }

    /// What is kept of erased tenants: the receipts, nothing else.
    pub fn receipts(&self) -> PathBuf {
        self.root.join("receipts")
    }

    /// Components by digest.
    pub fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    /// Compiled components.
    pub fn native(&self) -> PathBuf {
        self.root.join("native")
    }

    /// The registry's database.
    pub fn registry_db(&self) -> PathBuf {
        self.root.join("registry.db")
    }

    /// The host's own [`crate::Directory`].
    pub fn directory_db(&self) -> PathBuf {
        self.root.join("directory.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_host_is_kept_out_until_the_first_ends() {
        let root = tempfile::tempdir().unwrap();
        let first = DataDir::lock(root.path()).unwrap();
        let second = DataDir::lock(root.path()).unwrap_err();
        assert!(matches!(second, StoreError::InUse { .. }), "{second}");
        drop(first);
        DataDir::lock(root.path()).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("a-file");
        std::fs::write(&file, "").unwrap();
        let error = DataDir::lock(&file).unwrap_err();
        assert!(matches!(&error, StoreError::NotWritable { .. }) && error.to_string().contains("a-file"), "{error}");
    }

    #[test]
    fn tenants_born_at_the_same_time_lie_apart() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::lock(root.path()).unwrap();
        let id = |last| RawId([1, 143, 14, 110, 123, 28, 124, 195, 161, 178, 1, 2, 3, 4, 5, last]);
        assert_ne!(data.tenant(id(1)).parent(), data.tenant(id(2)).parent());
    }
}
