//! Leaving nothing of a tenant on the disk.

use crate::error::{Result, StoreError};
use std::path::{Path, PathBuf};

/// The ending of a directory that is being removed.
const GONE: &str = "erased";
/// Somebody may just be making a file in a directory that is being removed.
const ATTEMPTS: usize = 3;

/// Removes a tenant's directory with everything in it. Nobody has its files open any more. From the first step on the
/// data cannot be found under its name; what a power failure leaves is removed by [`sweep`].
///
/// # Errors
/// The disk.
pub fn erase(dir: &Path) -> Result<()> {
    let gone = dir.with_extension(GONE);
    match std::fs::rename(dir, &gone) {
        Ok(()) => {}
        // Nothing was ever kept.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(dir, &error)),
    }
    remove(&gone)?;
    let parent = dir.parent().unwrap_or(dir);
    std::fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(|error| failed(parent, &error))
}

/// Finishes what [`erase`] had begun, below `tenants`; how many there were.
///
/// # Errors
/// The disk.
pub fn sweep(tenants: &Path) -> Result<usize> {
    let below = |dir: &Path| -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(dir).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
        entries.map_err(|error| failed(dir, &error))
    };
    let mut swept = 0;
    for shelf in below(tenants)?.iter().filter(|path| path.is_dir()) {
        for gone in below(shelf)?.iter().filter(|path| path.extension().is_some_and(|ending| ending == GONE)) {
            remove(gone)?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Bytes of all files of a tenant's directory; 0 when there is none.
pub fn size(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let bytes = files.filter_map(|file| {
        let data = file.metadata().ok()?;
        Some(if data.is_dir() { size(&file.path()) } else { data.len() })
    });
    bytes.sum()
}

fn remove(gone: &Path) -> Result<()> {
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        match std::fs::remove_dir_all(gone) {
            Ok(()) => return Ok(()),
            Err(_) if left > 0 => {}
            Err(error) => return Err(failed(gone, &error)),
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Io(format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Readings, TenantOptions, Writer};

    #[test]
    fn an_erased_tenant_leaves_nothing_and_a_half_done_one_is_finished() {
        let root = tempfile::tempdir().unwrap();
        let (dir, other) = (root.path().join("ab/tenant"), root.path().join("ab/other"));
        for dir in [&dir, &other] {
            drop(Writer::open(dir, &TenantOptions::default()).unwrap());
            drop(Readings::open(dir, &TenantOptions::default()).unwrap());
        }
        assert!(size(&dir) > 0);
        erase(&dir).unwrap();
        erase(&dir).unwrap();
        assert_eq!((size(&dir), std::fs::read_dir(root.path().join("ab")).unwrap().count()), (0, 1));
        // A power failure between the two steps.
        std::fs::rename(&other, other.with_extension(GONE)).unwrap();
        assert_eq!(sweep(root.path()).unwrap(), 1);
        assert_eq!(std::fs::read_dir(root.path().join("ab")).unwrap().count(), 0);
    }
}
