//! The host's data directory: where everything lies, and the lock that keeps a second host out.

use crate::error::{Result, StoreError};
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use toolcrib_contract::types::RawId;

/// A data directory, which this process holds alone until it drops this, unless it only looks ([`DataDir::beside`]).
#[derive(Debug)]
pub struct DataDir {
    root: PathBuf,
    _lock: Option<File>,
}

/// In a directory that everything is being restored into.
const RESTORING: &str = "restoring";

impl DataDir {
    /// Creates the directory when it is missing and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::NotWritable`]; [`StoreError::InUse`] when another process holds it; [`StoreError::HalfRestored`].
    pub fn lock(root: &Path) -> Result<Self> {
        if root.join(RESTORING).exists() {
            return Err(StoreError::HalfRestored { path: root.to_owned() });
        }
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
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(StoreError::NotWritable { path: file, source }),
        }
    }

    /// A directory for everything to be restored into: new, empty, or left by a restore that was interrupted, whose files
    /// go. Until [`DataDir::restored`] no server takes it.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], the disk.
    pub fn to_restore(root: &Path) -> Result<Self> {
        let failed = |source| StoreError::NotWritable { path: root.to_owned(), source };
        std::fs::create_dir_all(root).map_err(failed)?;
        let marker = root.join(RESTORING);
        if !marker.exists() {
            // What a file system itself has at its top is nobody's data.
            let is_data = |name: &std::ffi::OsStr| name != "lost+found";
            let mut entries = std::fs::read_dir(root).map_err(failed)?.flatten();
            if entries.any(|entry| is_data(&entry.file_name())) {
                return Err(StoreError::NotEmpty(format!("`{}` holds some", root.display())));
            }
            File::create(&marker).and_then(|file| file.sync_all()).map_err(failed)?;
        }
        let data = Self::beside(root);
        data.clear().map_err(failed)?;
        Ok(data)
    }

    /// Removes everything that was restored so far.
    ///
    /// # Errors
    /// The disk.
    pub fn clear(&self) -> std::io::Result<()> {
        for entry in std::fs::read_dir(&self.root)? {
            let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
            if path.is_dir() && name != "lost+found" {
                std::fs::remove_dir_all(path)?;
            } else if path.is_file() && name != RESTORING {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Notes that a tenant is about to be restored into the database, which nothing else undoes when it is interrupted.
    ///
    /// # Errors
    /// The disk.
    pub fn note_restored(&self, id: RawId) -> Result<()> {
        let file = self.root.join(RESTORING);
        let failed = |source| StoreError::NotWritable { path: file.clone(), source };
        let mut open = File::options().append(true).open(&file).map_err(failed)?;
        writeln!(open, "{id}").and_then(|()| open.sync_all()).map_err(failed)
    }

    /// Tenants that were noted so.
    ///
    /// # Errors
    /// The disk.
    pub fn noted_restored(&self) -> Result<Vec<RawId>> {
        let file = self.root.join(RESTORING);
        let text = std::fs::read_to_string(&file).map_err(|source| StoreError::NotWritable { path: file, source })?;
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Everything is there and on the disk: a server may take the directory.
    ///
    /// # Errors
    /// The disk.
    pub fn restored(self) -> Result<()> {
        crate::erase::sync_all(&self.root)?;
        let failed = |source| StoreError::NotWritable { path: self.root.clone(), source };
        std::fs::remove_file(self.root.join(RESTORING)).map_err(failed)?;
        File::open(&self.root).and_then(|root| root.sync_all()).map_err(failed)
    }

    /// For whoever only reads what is committed, beside the process that holds the directory, if any does. Makes nothing.
    pub fn beside(root: &Path) -> Self {
        Self { root: root.to_owned(), _lock: None }
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

    /// Keys that backups are sealed with, which no backup holds.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// By what a tenant's backups and the key to them are called.
    pub fn unit(id: RawId) -> String {
        format!("tenant-{id}")
    }

    /// The key to a tenant's backups; there is none before the first one.
    pub fn backup_key(&self, id: RawId) -> PathBuf {
        self.keys().join(format!("{}.key", Self::unit(id)))
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

    #[test]
    fn a_half_restored_directory_is_taken_by_no_server_and_begun_anew() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("data");
        let data = DataDir::to_restore(&place).unwrap();
        std::fs::create_dir_all(data.tenants().join("ab")).unwrap();
        std::fs::write(data.directory_db(), "half").unwrap();
        assert!(matches!(DataDir::lock(&place), Err(StoreError::HalfRestored { .. })));
        let again = DataDir::to_restore(&place).unwrap();
        assert!(!again.tenants().exists() && !again.directory_db().exists());
        again.restored().unwrap();
        drop(DataDir::lock(&place).unwrap());
        assert!(matches!(DataDir::to_restore(&place), Err(StoreError::NotEmpty(_))));
    }
}
