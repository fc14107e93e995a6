//! Copies of all that a tenant has, as files, each of one committed state, made beside whoever works with it: what a backup
//! keeps. What is in PostgreSQL becomes the files that it would be otherwise.
//!
//! The business first, then the months, then the names of signals: what the business knows of readings is never ahead of
//! the copied ones, and no month speaks of a signal that nobody knows.

use crate::archive::Held;
use crate::engine::{Db, Purpose, Session};
use crate::error::{Result, StoreError};
use crate::readings::month::{Month, months};
use crate::readings::rows::take;
use crate::readings::{Readings, names};
use crate::{Home, connection, schema, writer};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

/// The folder of copies that are being made, in the tenant's own: what erases the tenant erases them.
const FOLDER: &str = "copy";
/// A month may just be folded, or leave.
const ATTEMPTS: usize = 5;

/// A copied file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedFile {
    /// As it is named in the tenant's directory: `main.db`, `readings.db`, `tel/2026-11.db`, `tel/2026-08.sum.db`.
    pub name: String,
    /// Where the copy lies.
    pub at: PathBuf,
    /// Version of its tables.
    pub version: i64,
}

/// Copies of what a tenant has. They go when this is dropped.
#[derive(Debug)]
pub struct Copies {
    folder: PathBuf,
    pub files: Vec<CopiedFile>,
    /// Months that were not copied, because whoever asked has them.
    pub passed_over: Vec<String>,
    /// Number of the newest event in them.
    pub last_seq: u64,
    /// Lines of the audit in them.
    pub audit_lines: u64,
}

impl Drop for Copies {
    fn drop(&mut self) {
        // What is left here is removed by the next one.
        let _ = std::fs::remove_dir_all(&self.folder);
        // Of a tenant whose business is elsewhere there may be nothing more, and nothing else goes.
        let _ = self.folder.parent().map(std::fs::remove_dir);
    }
}

/// Says of a month's file, by name and place, whether it is there already.
pub type IsKnown<'a> = &'a mut dyn FnMut(&str, &Path) -> bool;

impl Home {
    /// Copies everything but months that `is_known` knows. A tenant that never did anything has nothing.
    ///
    /// # Errors
    /// The disk, or a damaged file: a copy reads all of it. [`StoreError::Unavailable`].
    pub fn copy(&self, is_known: IsKnown<'_>) -> Result<Copies> {
        self.is_all_here()?;
        let dir = self.dir();
        let folder = dir.join(FOLDER);
        crate::erase::remove_if_there(&folder)?;
        let (files, passed_over) = Default::default();
        let mut copies = Copies { folder: folder.clone(), files, passed_over, last_seq: 0, audit_lines: 0 };
        if !self.is_remote() && !dir.join(writer::FILE).exists() || !self.exists()? {
            return Ok(copies);
        }
        if self.is_remote() {
            // Where nothing of it is kept, there is no directory yet.
            std::fs::create_dir_all(dir).map_err(|source| not_writable(dir, source))?;
        }
        // Not what is above: a tenant that was erased just now does not come back.
        for made in [&folder, &folder.join(crate::readings::month::FOLDER)] {
            std::fs::create_dir(made).map_err(|source| not_writable(made, source))?;
        }
        match self.session(Purpose::Archives) {
            Some(session) => copies.write_rows(session, is_known)?,
            None => copies.add(dir, writer::FILE.to_owned())?,
        }
        copies.count()?;
        if !self.is_remote() && Readings::exist(dir) {
            copies.add_months(dir, is_known)?;
            copies.add(dir, names::FILE.to_owned())?;
        }
        Ok(copies)
    }
}

fn not_writable(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::NotWritable { path: path.to_owned(), source }
}

impl Copies {
    /// Makes files of the rows of one committed state.
    fn write_rows(&mut self, session: Session, is_known: IsKnown<'_>) -> Result<()> {
        session.begin()?;
        let db = Db::Postgres(session);
        crate::archive::into_file(&db, &self.folder)?;
        self.made(self.folder.join(writer::FILE), schema::MAIN);
        let Db::Postgres(session) = &db else { return Ok(()) };
        let held = Held::rows(session)?;
        if !held.has_any()? {
            return Ok(());
        }
        for (month, part) in &held.months {
            let at = take::month(*month, part, &self.folder)?;
            let name = at.strip_prefix(&self.folder).unwrap_or(&at).to_string_lossy().into_owned();
            if is_known(&name, &at) {
                crate::readings::remove(&at)?;
                self.passed_over.push(name);
            } else {
                self.made(at, schema::MONTH);
            }
        }
        let at = take::names(&held, &self.folder)?;
        self.made(at, schema::READINGS);
        Ok(())
    }

    fn made(&mut self, at: PathBuf, steps: &[schema::Step]) {
        let name = at.strip_prefix(&self.folder).unwrap_or(&at).to_string_lossy().into_owned();
        self.files.push(CopiedFile { name, at, version: steps.len() as i64 });
    }

    /// How far the copied business goes.
    fn count(&mut self) -> Result<()> {
        let main = connection::open_read_only(&self.files[0].at, 64)?;
        let newest = |sql: &str| main.query_row(sql, [], |row| row.get::<_, i64>(0));
        self.last_seq = newest("SELECT coalesce(max(seq),0) FROM event")? as u64;
        self.audit_lines = newest("SELECT coalesce(max(id),0) FROM audit")? as u64;
        Ok(())
    }

    fn add(&mut self, dir: &Path, name: String) -> Result<()> {
        let at = self.folder.join(&name);
        let version = copy_database(&dir.join(&name), &at)?;
        self.files.push(CopiedFile { name, at, version });
        Ok(())
    }

    fn add_months(&mut self, dir: &Path, is_known: IsKnown<'_>) -> Result<()> {
        let (mut left, before) = (ATTEMPTS, self.files.len());
        loop {
            left -= 1;
            let present = months(dir)?;
            let mut copied = Ok(());
            for (month, kept) in &present {
                let file = month.file(dir, *kept);
                let name = file.strip_prefix(dir).unwrap_or(&file).to_string_lossy().into_owned();
                if is_known(&name, &file) {
                    self.passed_over.push(name);
                    continue;
                }
                copied = self.add(dir, name);
                if copied.is_err() {
                    break;
                }
            }
            match copied {
                Err(_) if left > 0 && months(dir)? != present => {
                    self.passed_over.clear();
                    for file in self.files.drain(before..) {
                        let _ = std::fs::remove_file(file.at);
                    }
                }
                copied => return copied,
            }
        }
    }
}

/// Whether a tenant's directory can have a database of this name.
pub fn is_tenant_file(name: &str) -> bool {
    let is_month = || {
        let month = name.strip_prefix(crate::readings::month::FOLDER)?.strip_prefix('/')?.strip_suffix(".db")?;
        Month::named(month.strip_suffix(".sum").unwrap_or(month))
    };
    name == writer::FILE || name == names::FILE || is_month().is_some()
}

/// Copies the committed state of any of our databases into a file that is not there yet; the version of its tables.
///
/// # Errors
/// As [`Home::copy`].
pub fn copy_database(file: &Path, to: &Path) -> Result<i64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(connection::BUSY)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    let name = to.to_str().ok_or_else(|| StoreError::Internal("the name of a copy is no text".to_owned()))?;
    db.execute("VACUUM INTO ?1", [name])?;
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::fixture::{NOW, Tenant};
    use crate::{AuditLine, NewEvent, NewReading, TenantOptions};
    use toolcrib_contract::signal::{Quality, Sample};

    #[test]
    fn a_copy_is_whole_while_its_tenant_works_and_leaves_nothing_behind() {
        let mut tenant = Tenant::new();
        let of = |dir: &Path| Home::new(dir.to_owned(), tenant.id, &TenantOptions::default());
        assert_eq!(of(&tenant.dir.path().join("nobody")).copy(&mut |_, _| false).unwrap().files.len(), 0);
        let mut readings = Readings::open(tenant.dir.path(), &TenantOptions::default()).unwrap();
        let work = |tenant: &mut Tenant| {
            let event = NewEvent { module: "demo", name: "made", body_json: "{}", cause: None, at: NOW };
            tenant.writer.append(&event).unwrap();
            let line = AuditLine { at: NOW, actor: "user:1", action: "make", module: "demo", detail_json: "{}" };
            tenant.writer.audit(&line).unwrap();
        };
        tenant.writer.begin().unwrap();
        work(&mut tenant);
        tenant.writer.commit().unwrap();
        let value = Sample::Count { value: 1 };
        let reading = NewReading { signal: "m.x", at: NOW, value: &value, quality: Quality::Good };
        readings.append("gateway", &[reading], NOW).unwrap();
        // In the middle of a transaction.
        tenant.writer.begin().unwrap();
        work(&mut tenant);
        // What an interrupted copy left.
        std::fs::create_dir(tenant.dir.path().join(FOLDER)).unwrap();
        std::fs::write(tenant.dir.path().join(FOLDER).join("main.db"), "half").unwrap();
        let copies = tenant.home.copy(&mut |_, _| false).unwrap();
        assert_eq!((copies.last_seq, copies.audit_lines), (1, 1));
        let names: Vec<_> = copies.files.iter().map(|file| file.name.clone()).collect();
        assert!(names.len() == 3 && names[0] == "main.db" && names[1].starts_with("tel/") && names[2] == "readings.db");
        let found = check(&copies.folder).unwrap();
        assert_eq!((found.events, found.audit_lines, found.readings), (1, 1, 1));
        assert!(names.iter().all(|name| is_tenant_file(name)) && is_tenant_file("tel/2026-08.sum.db"));
        for name in ["tel/../main.db", "tel/2026-13.db", "/main.db", "main.db-wal", "tel/2026-11.db/x", ""] {
            assert!(!is_tenant_file(name), "{name}");
        }
        tenant.writer.commit().unwrap();
        let folder = copies.folder.clone();
        drop(copies);
        assert!(!folder.exists());
        let mut asked = Vec::new();
        let mut is_known = |name: &str, file: &Path| {
            asked.push((name.to_owned(), file.exists()));
            true
        };
        let copies = tenant.home.copy(&mut is_known).unwrap();
        assert_eq!((copies.last_seq, &copies.passed_over, copies.files.len()), (2, &vec![names[1].clone()], 2));
        assert_eq!(asked, [(names[1].clone(), true)], "of the rest nobody is asked");
    }
}
