//! A tenant's directory as a whole: leaving nothing of it on the disk, and putting one that was made aside in its place.

use crate::archive;
use crate::error::{Result, StoreError};
use crate::{readings, writer};
use std::path::{Path, PathBuf};

/// The ending of a directory that is being removed.
const GONE: &str = "erased";
/// The ending of a directory that comes to be.
pub(crate) const COMING: &str = "coming";
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

/// Where the files of a tenant are made that will have this directory.
pub fn aside(dir: &Path) -> PathBuf {
    dir.with_extension(COMING)
}

/// Puts the files that were made [`aside`] in their place. When this returns, they are on the disk, all of them; after a
/// power failure before that, there is what was there before.
///
/// # Errors
/// [`StoreError::NotEmpty`] when there are files with more in them than what a registry decides; the disk.
pub fn settle(dir: &Path) -> Result<()> {
    let (new, parent) = (aside(dir), dir.parent().unwrap_or(dir));
    if dir.exists() {
        if let Some(what) = content(dir)? {
            return Err(StoreError::NotEmpty(what));
        }
        erase(dir)?;
    }
    sync_all(&new)?;
    std::fs::rename(&new, dir).map_err(|error| failed(dir, &error))?;
    std::fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(|error| failed(parent, &error))
}

/// What a tenant has of its own; none when all of it came from the registry.
///
/// # Errors
/// The disk.
pub fn content(dir: &Path) -> Result<Option<String>> {
    if readings::Readings::exist(dir) {
        let signals = archive::count(&archive::hold(&dir.join(readings::names::FILE))?, "signal")?;
        if signals > 0 {
            return Ok(Some(format!("readings of {signals} signals")));
        }
    }
    let file = dir.join(writer::FILE);
    if !file.exists() {
        return Ok(None);
    }
    let db = archive::hold(&file)?;
    for (table, what) in [
        ("event", "events"),
        ("audit WHERE actor<>'registry'", "audit lines"),
        ("timer", "timers"),
        ("effect", "requests to the outside"),
        ("terminal", "terminals"),
        ("operator", "people of the shop floor"),
        ("attached", "files"),
        ("meta WHERE key GLOB 'setting/*'", "settings"),
    ] {
        let found = archive::count(&db, table)?;
        if found > 0 {
            return Ok(Some(format!("{found} {what}")));
        }
    }
    let mut tables = db.prepare("SELECT physical,record FROM record_table ORDER BY physical")?;
    let mut rows = tables.query([])?;
    while let Some(row) = rows.next()? {
        let (table, record): (String, String) = (row.get(0)?, row.get(1)?);
        let found = archive::count(&db, &table)?;
        if found > 0 {
            return Ok(Some(format!("{found} rows of `{record}`")));
        }
    }
    Ok(None)
}

/// Every file and folder below, and the folder itself, on the disk.
pub(crate) fn sync_all(dir: &Path) -> Result<()> {
    let entries = std::fs::read_dir(dir).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    for entry in entries.map_err(|error| failed(dir, &error))? {
        let path = entry.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            std::fs::File::open(&path).and_then(|file| file.sync_all()).map_err(|error| failed(&path, &error))?;
        }
    }
    std::fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| failed(dir, &error))
}

/// Finishes what [`erase`] had begun below `tenants`, and removes what was to come when the power failed; how many there
/// were.
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
        let is_left = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == GONE || ending == COMING);
        for gone in below(shelf)?.iter().filter(is_left) {
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

/// Removes a directory, if it is there.
pub(crate) fn remove_if_there(dir: &Path) -> Result<()> {
    if dir.exists() { remove(dir) } else { Ok(()) }
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
        std::fs::create_dir_all(aside(&dir).join("tel")).unwrap();
        assert_eq!(sweep(root.path()).unwrap(), 2);
        assert_eq!(std::fs::read_dir(root.path().join("ab")).unwrap().count(), 0);
    }

    #[test]
    fn files_made_aside_take_the_place_of_an_empty_tenant_and_of_no_other() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("ab/tenant");
        let make = || {
            let mut writer = Writer::open(&aside(&dir), &TenantOptions::default()).unwrap();
            writer.begin().unwrap();
            let at = crate::fixture::NOW;
            writer.append(&crate::NewEvent { module: "m", name: "n", body_json: "{}", cause: None, at }).unwrap();
            writer.commit().unwrap();
        };
        let mut empty = Writer::open(&dir, &TenantOptions::default()).unwrap();
        empty.begin().unwrap();
        let (at, detail_json) = (crate::fixture::NOW, "{}");
        let line = crate::AuditLine { at, actor: "registry", action: "subscribed", module: "m", detail_json };
        empty.audit(&line).unwrap();
        empty.commit().unwrap();
        drop(empty);
        make();
        settle(&dir).unwrap();
        assert_eq!(crate::Reader::open(&dir).unwrap().last_seq().unwrap(), 1);
        make();
        let error = settle(&dir).unwrap_err();
        assert!(matches!(&error, StoreError::NotEmpty(what) if what == "1 events"), "{error}");
        assert_eq!(crate::check(&dir).unwrap().events, 1, "what was there stays");
    }
}
