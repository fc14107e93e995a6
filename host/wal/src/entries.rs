//! Logs whose entry in their folder is on disk: this process synced it, and it is the same file still.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Names kept; with more, all are forgotten, and their next first sync takes their folder along again.
pub(crate) const ENTRIES: usize = 32_768;

/// Tells a file from another that took its name: numbers are given again, with another time.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    number: u64,
    created: SystemTime,
}

impl Identity {
    /// None where there is no such file, or the system does not say when it was made.
    fn of(name: &[u8]) -> Option<Self> {
        let file = std::fs::metadata(OsStr::from_bytes(name)).ok()?;
        Some(Self { device: file.dev(), number: file.ino(), created: file.created().ok()? })
    }
}

static SYNCED: Mutex<Option<HashMap<Box<[u8]>, Identity>>> = Mutex::new(None);

fn synced() -> MutexGuard<'static, Option<HashMap<Box<[u8]>, Identity>>> {
    SYNCED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the log of this name is one whose entry was synced.
pub(crate) fn is_durable(name: &[u8]) -> bool {
    let known = synced().as_ref().and_then(|synced| synced.get(name).copied());
    known.is_some() && known == Identity::of(name)
}

/// The log of this name was synced, and its folder with it.
pub(crate) fn keep(name: &[u8]) {
    let identity = Identity::of(name);
    let mut synced = synced();
    let synced = synced.get_or_insert_default();
    if synced.len() >= ENTRIES {
        synced.clear();
    }
    match identity {
        Some(identity) => drop(synced.insert(name.into(), identity)),
        None => drop(synced.remove(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_took_the_name_of_another_is_not_taken_for_it_and_no_more_are_kept_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a-wal");
        let name = file.as_os_str().as_bytes();
        std::fs::write(&file, []).unwrap();
        assert!(!is_durable(name), "nobody synced it");
        keep(name);
        assert!(is_durable(name));
        std::fs::remove_file(&file).unwrap();
        assert!(!is_durable(name), "it is gone");
        std::fs::write(&file, []).unwrap();
        assert!(!is_durable(name), "another one, perhaps of the same number");
        // No more names are kept than the limit.
        let identity = Identity::of(name).expect("this system says when files were made");
        let full = || (0..ENTRIES).map(|nth| (nth.to_be_bytes().as_slice().into(), identity)).collect();
        *synced() = Some(full());
        keep(name);
        assert!(synced().as_ref().is_some_and(|synced| synced.len() < ENTRIES));
    }
}
