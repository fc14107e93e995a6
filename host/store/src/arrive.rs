//! A tenant that comes: its files are made aside, and put in their place when they are whole; or all of them go into the
//! database.

use crate::archive::{self, hold};
use crate::connection::TenantOptions;
use crate::engine::{Db, Purpose, READING_TABLES, TABLES, values};
use crate::erase::{COMING, failed, remove_if_there, sync_all};
use crate::error::{Result, StoreError};
use crate::events::last_seq;
use crate::readings::rows::bring::bring;
use crate::readings::rows::signals;
use crate::{Home, Writer, erase, readings, writer};
use std::fs::File;
use std::path::{Path, PathBuf};

/// In a directory of readings that a version before this one put in its place while their business was being committed to the
/// database.
const ARRIVING: &str = "arriving";

/// Tables of a tenant's own, and what they hold; of the audit and the settings the part that no registry decides.
const CONTENT: [(&str, &str); 8] = [
    ("event/*W*/", "events"),
    ("audit WHERE /*w*/actor<>'registry'", "audit lines"),
    ("timer/*W*/", "timers"),
    ("effect/*W*/", "requests to the outside"),
    ("terminal/*W*/", "terminals"),
    ("operator/*W*/", "people of the shop floor"),
    ("attached/*W*/", "files"),
    ("meta WHERE /*w*/key>='setting/' AND key<'setting0'", "settings"),
];

impl Home {
    /// Where files are made that will be this tenant's.
    pub fn aside(&self) -> PathBuf {
        aside(self.dir())
    }

    /// What the tenant has of its own; none when all of it came from the registry.
    ///
    /// # Errors
    /// The disk; [`StoreError::Unavailable`].
    pub fn content(&self) -> Result<Option<String>> {
        self.end_arrival()?;
        if let Some(what) = machines(self.dir())? {
            return Ok(Some(what));
        }
        match self.session(Purpose::Queries) {
            Some(session) => {
                session.begin()?;
                match said(signals(&session)?) {
                    Some(what) => Ok(Some(what)),
                    None => business(&Db::Postgres(session)),
                }
            }
            None => {
                let file = self.dir().join(writer::FILE);
                if file.exists() { business(&Db::Sqlite(Box::new(hold(&file)?))) } else { Ok(None) }
            }
        }
    }

    /// Puts the files that were made [`Home::aside`] in their place, or all that they hold into the database. When this returns, all of it is on the disk; after a power failure before that, there is what was there
    /// before. What is refused is removed.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] when the tenant has more than what a registry decides; [`StoreError::Full`];
    /// [`StoreError::BadArchive`]: PostgreSQL cannot keep it; [`StoreError::Unavailable`]; the disk.
    pub fn settle(&self, options: &TenantOptions) -> Result<()> {
        let settled = match self.session(Purpose::Commands) {
            Some(session) => self.put_in_database(&Db::Postgres(session), options),
            None => self.put_in_files(),
        };
        if settled.is_err() {
            remove_if_there(&self.aside())?;
        }
        settled
    }

    fn put_in_files(&self) -> Result<()> {
        if let Some(what) = self.content()? {
            return Err(StoreError::NotEmpty(what));
        }
        place(&self.aside(), self.dir())
    }

    fn put_in_database(&self, db: &Db, options: &TenantOptions) -> Result<()> {
        let Db::Postgres(session) = db else { return Err(StoreError::Internal("no database is named".to_owned())) };
        self.end_arrival()?;
        let (new, main) = (self.aside(), self.aside().join(writer::FILE));
        // What an earlier version backed up is brought up to date first.
        drop(Writer::open(&new, options)?);
        let from = Db::Sqlite(Box::new(hold(&main)?));
        let records = archive::tables(&from)?;
        // Beside all turns, and so before this one.
        session.server().prepare(&records)?;
        session.begin_turn(&[])?;
        session.take_time()?;
        let said = match machines(self.dir())? {
            Some(what) => Some(what),
            None => said(signals(session)?),
        };
        if let Some(what) = said.map_or_else(|| business(db), |what| Ok(Some(what)))? {
            return Err(StoreError::NotEmpty(what));
        }
        clear(db)?;
        archive::transfer(&from, db)?;
        drop(from);
        let records: Vec<_> = records.iter().map(|table| table.physical().to_owned()).collect();
        let bytes = session.count_bytes(&records)?;
        if u64::try_from(bytes).is_ok_and(|bytes| bytes > options.quota_bytes) {
            return Err(StoreError::Full);
        }
        session.put_head(last_seq(db)? + 1, bytes)?;
        let bytes = bring(session, &new)?;
        if u64::try_from(bytes).is_ok_and(|bytes| bytes > options.quota_bytes) {
            return Err(StoreError::Full);
        }
        session.commit()?;
        remove_if_there(&new)
    }

    /// Decides about readings that were put in their place when nobody knows whether their business was committed.
    pub(crate) fn end_arrival(&self) -> Result<()> {
        if !self.dir().join(ARRIVING).exists() {
            return Ok(());
        }
        let Some(session) = self.session(Purpose::Queries) else { return self.arrived() };
        session.begin()?;
        match business(&Db::Postgres(session))? {
            Some(_) => self.arrived(),
            None => erase::erase(self.dir()),
        }
    }

    fn arrived(&self) -> Result<()> {
        let marker = self.dir().join(ARRIVING);
        std::fs::remove_file(&marker).map_err(|error| failed(&marker, &error))
    }
}

/// Where the files of a tenant are made that will have this directory.
pub(crate) fn aside(dir: &Path) -> PathBuf {
    dir.with_extension(COMING)
}

/// Puts a directory in the place of one that has nothing of its own.
fn place(new: &Path, dir: &Path) -> Result<()> {
    if dir.exists() {
        erase::erase(dir)?;
    }
    sync_all(new)?;
    std::fs::rename(new, dir).map_err(|error| failed(dir, &error))?;
    let parent = dir.parent().unwrap_or(dir);
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(|error| failed(parent, &error))
}

/// Readings that are there.
fn machines(dir: &Path) -> Result<Option<String>> {
    if !readings::Readings::exist(dir) {
        return Ok(None);
    }
    let signals = archive::count(&hold(&dir.join(readings::names::FILE))?, "signal")?;
    Ok(said(signals))
}

fn said(signals: u64) -> Option<String> {
    (signals > 0).then(|| format!("readings of {signals} signals"))
}

/// Business that is there.
fn business(db: &Db) -> Result<Option<String>> {
    let count = |of: &str| db.one(&format!("SELECT count(*) FROM {of}"), &[], |row| row.count(0));
    for (table, what) in CONTENT {
        let found = count(table)?;
        if found > 0 {
            return Ok(Some(format!("{found} {what}")));
        }
    }
    let sql = "SELECT physical,record FROM record_table/*W*/ ORDER BY physical";
    for (table, record) in db.rows(sql, &[], |row| Ok((row.text(0)?, row.text(1)?)))? {
        let found = count(&format!("{table}/*W*/"))?;
        if found > 0 {
            return Ok(Some(format!("{found} rows of `{record}`")));
        }
    }
    Ok(None)
}

/// Leaves nothing of what a registry decided, but the count of turns, by which other hosts notice.
fn clear(db: &Db) -> Result<()> {
    let all = TABLES.into_iter().chain(READING_TABLES);
    for table in all.filter(|table| !matches!(*table, "tenant_head" | "reading_head")) {
        db.execute(&format!("DELETE FROM {table}/*W*/"), &[])?;
    }
    db.execute("UPDATE tenant_head SET next_seq=?1,next_dead=?1/*W*/", values![1i64]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOW, new_id};
    use crate::{AuditLine, NewEvent};

    #[test]
    fn files_made_aside_take_the_place_of_an_empty_tenant_and_of_no_other() {
        let (root, options) = (tempfile::tempdir().unwrap(), TenantOptions::default());
        let home = Home::new(root.path().join("ab/tenant"), new_id(), &options);
        let make = || {
            let mut writer = Writer::open(&home.aside(), &options).unwrap();
            writer.begin().unwrap();
            writer.append(&NewEvent { module: "m", name: "n", body_json: "{}", cause: None, at: NOW }).unwrap();
            writer.commit().unwrap();
        };
        let mut empty = home.writer(&options).unwrap();
        empty.begin().unwrap();
        let line = AuditLine { at: NOW, actor: "registry", action: "subscribed", module: "m", detail_json: "{}" };
        empty.audit(&line).unwrap();
        empty.commit().unwrap();
        drop(empty);
        make();
        home.settle(&options).unwrap();
        assert_eq!(home.reader().unwrap().last_seq().unwrap(), 1);
        make();
        let error = home.settle(&options).unwrap_err();
        assert!(matches!(&error, StoreError::NotEmpty(what) if what == "1 events"), "{error}");
        assert_eq!(home.check().unwrap().events, 1, "what was there stays");
        assert!(!home.aside().exists(), "and nothing of the other");
    }
}
