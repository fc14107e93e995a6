//! A tenant as a whole: leaving nothing of it, on the disk and in tables.

use crate::engine::{Purpose, READING_TABLES, TABLES};
use crate::error::{Result, StoreError};
use crate::readings::month::newest;
use crate::readings::rows::head;
use crate::{Home, Postgres, Readings};
use std::path::{Path, PathBuf};

/// The ending of a directory that is being removed.
const GONE: &str = "erased";
/// The ending of a directory that comes to be.
pub(crate) const COMING: &str = "coming";
/// Somebody may just be making a file in a directory that is being removed.
const ATTEMPTS: usize = 3;

impl Home {
    /// Removes everything: rows, then files. Nobody has them open any more. What stays in PostgreSQL is that the tenant was
    /// erased, and when. Gives back why deleted rows could not be freed at once, if they could not: the server does it by
    /// and by.
    ///
    /// # Errors
    /// The disk; [`StoreError::Unavailable`], and then nothing or all of the rows are gone.
    pub fn erase(&self) -> Result<Option<StoreError>> {
        let held = self.server().map(|server| self.erase_rows(server)).transpose()?;
        erase(self.dir())?;
        Ok(held.flatten())
    }

    fn erase_rows(&self, server: &Postgres) -> Result<Option<StoreError>> {
        let Some(session) = self.session(Purpose::Commands) else { return Ok(None) };
        let records = server.record_tables()?;
        session.begin_turn(&[])?;
        session.take_time()?;
        let mut touched = Vec::new();
        // Whoever is just keeping readings ends first, and nobody begins.
        if session.row("SELECT 1::bigint FROM reading_head/*W*/", &[], |_| Ok(()))?.is_some() {
            head::lock_in(&session)?;
        }
        for table in records.iter().map(String::as_str).chain(READING_TABLES).chain(TABLES) {
            touched.extend(session.parts_of(table)?.into_iter().map(|part| (part, table)));
            session.execute(&format!("DELETE FROM {table}/*W*/"), &[])?;
        }
        let sql =
            "INSERT INTO erased(/*c*/at_us) VALUES(/*v*/CAST(extract(epoch FROM clock_timestamp())*1e6 AS BIGINT))";
        session.execute(sql, &[])?;
        // Codes of its terminals, which are nobody's in particular.
        for table in ["pairing_code", "screen_code"] {
            session.execute(&format!("DELETE FROM {table} WHERE tenant=CAST($1 AS uuid)"), &[])?;
        }
        session.commit()?;
        Ok(server.vacuum(&touched).err())
    }

    /// When the tenant was erased last, by whichever host, in microseconds since 1970; none for files, whose host has the
    /// receipt.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn erased_us(&self) -> Result<Option<i64>> {
        let Some(session) = self.session(Purpose::Queries) else { return Ok(None) };
        Ok(session.row("SELECT max(at_us) FROM erased/*W*/", &[], |row| row.maybe_int(0))?.flatten())
    }
}

impl Home {
    /// Removes what an earlier version of this host kept in files of what machines said before another host erased the
    /// tenant; whether there was something. Before anybody opens it, and before [`Home::bring_in`]: of what came since,
    /// nothing goes. Of business in files nothing is to be done.
    ///
    /// # Errors
    /// The disk; [`StoreError::Unavailable`].
    pub fn end_life(&self) -> Result<bool> {
        if !self.is_remote() || !Readings::exist(self.dir()) {
            return Ok(false);
        }
        let Some(erased) = self.erased_us()? else { return Ok(false) };
        if newest(self.dir())?.is_some_and(|newest| newest >= erased) {
            return Ok(false);
        }
        erase(self.dir())?;
        Ok(true)
    }
}

/// Removes a tenant's directory with everything in it. Nobody has its files open any more. From the first step on the
/// data cannot be found under its name; what a power failure leaves is removed by [`sweep`].
///
/// # Errors
/// The disk.
pub(crate) fn erase(dir: &Path) -> Result<()> {
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

pub(crate) fn failed(path: &Path, error: &std::io::Error) -> StoreError {
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
        std::fs::create_dir_all(dir.with_extension(COMING).join("tel")).unwrap();
        assert_eq!(sweep(root.path()).unwrap(), 2);
        assert_eq!(std::fs::read_dir(root.path().join("ab")).unwrap().count(), 0);
    }
}
