//! `readings.db`: the tenant's signals by name, readings put aside, and how many came when no month took part.

use super::{NewReading, QUARANTINED, Tally, stored};
use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::error::{Result, StoreError};
use crate::schema;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, params};
use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// The file in a tenant's directory.
pub(crate) const FILE: &str = "readings.db";
/// How long whoever opens the file may wait for another who just moves its readings to months.
const MIGRATION: std::time::Duration = std::time::Duration::from_secs(600);
/// Free pages of a file that are worth giving back.
const FREE_PAGES: i64 = 1_000;
/// Commits that had no use for the file, after which it is closed: machines say the same signals again and again, and
/// memory knows those.
pub(crate) const QUIET_COMMITS: u32 = 8;

/// The file, open while it is used.
pub(crate) struct Names {
    db: OnceCell<Connection>,
    pub file: PathBuf,
    options: TenantOptions,
    /// Commits since it was used.
    quiet: Cell<u32>,
    in_group: bool,
    /// How many signals there are; none when not known.
    count: Option<usize>,
}

impl Names {
    pub fn open(tenant: &Path, options: &TenantOptions) -> Result<Self> {
        let file = tenant.join(FILE);
        let mut db = connection::open(&file, options)?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != schema::READINGS.len() as i64 {
            db.busy_timeout(MIGRATION)?;
            connection::migrate(&mut db, &file, schema::READINGS)?;
            db.busy_timeout(connection::BUSY)?;
            // What moved to months leaves its place.
            if db.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0))? > FREE_PAGES {
                db.execute_batch("VACUUM")?;
            }
        }
        let options = options.clone();
        Ok(Self { db: OnceCell::from(db), file, options, quiet: Cell::new(0), in_group: false, count: None })
    }

    /// The connection; opened again when it was closed.
    pub fn db(&self) -> Result<&Connection> {
        self.quiet.set(0);
        match self.db.get() {
            Some(db) => Ok(db),
            None => {
                let db = connection::open_existing(&self.file, &self.options)?;
                Ok(self.db.get_or_init(|| db))
            }
        }
    }

    /// The series of a signal.
    pub fn find(&self, signal: &str) -> Result<Option<i64>> {
        let mut select = self.db()?.prepare_cached("SELECT id FROM signal WHERE name=?1")?;
        Ok(select.query_row([signal], |row| row.get(0)).optional()?)
    }

    /// The signal of a series.
    pub fn name(&self, series: i64) -> Result<Option<String>> {
        let mut select = self.db()?.prepare_cached("SELECT name FROM signal WHERE id=?1")?;
        Ok(select.query_row([series], |row| row.get(0)).optional()?)
    }

    /// Signals with names after `after`, by name.
    pub fn after(&self, after: &str, limit: u32) -> Result<Vec<(i64, String)>> {
        let mut select =
            self.db()?.prepare_cached("SELECT id,name FROM signal WHERE name>?1 ORDER BY name LIMIT ?2")?;
        let rows = select.query_map(params![after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Gives signals that are new a number, all or none.
    ///
    /// # Errors
    /// [`StoreError::TooManySignals`].
    pub fn add(&mut self, new: &BTreeSet<&str>) -> Result<()> {
        let count = match self.count {
            Some(count) => count,
            None => self.db()?.query_row("SELECT count(*) FROM signal", [], |row| row.get::<_, i64>(0))? as usize,
        };
        self.count = Some(count);
        if count + new.len() > limits::SIGNALS {
            return Err(StoreError::TooManySignals);
        }
        self.begin()?;
        let mut insert = self.db()?.prepare_cached("INSERT INTO signal(name) VALUES(?1)")?;
        for signal in new {
            insert.execute([signal])?;
        }
        drop(insert);
        self.count = Some(count + new.len());
        Ok(())
    }

    pub fn quarantine(&mut self, device: &str, reading: &NewReading<'_>, received: Instant) -> Result<()> {
        self.begin()?;
        let sql = "INSERT INTO quarantine(device,signal,at_us,kind,value,received_us) VALUES(?1,?2,?3,?4,?5,?6)";
        let (kind, value) = stored(reading.value, reading.quality);
        let value = ToSqlOutput::Borrowed(value);
        let mut insert = self.db()?.prepare_cached(sql)?;
        let id = insert.insert(params![device, reading.signal, reading.at.0, kind, value, received.0])?;
        let mut prune = self.db()?.prepare_cached("DELETE FROM quarantine WHERE id<=?1")?;
        prune.execute([id - i64::from(QUARANTINED)])?;
        Ok(())
    }

    /// Counts what came, when no month does.
    pub fn tally(&mut self, day: i64, tally: &Tally) -> Result<()> {
        self.begin()?;
        tally.write(self.db()?, day)
    }

    /// Forgets signals of which nothing is kept any more.
    pub fn forget(&mut self, series: &[i64]) -> Result<()> {
        self.begin()?;
        let mut delete = self.db()?.prepare_cached("DELETE FROM signal WHERE id=?1")?;
        for series in series {
            delete.execute([series])?;
        }
        drop(delete);
        self.count = None;
        self.commit()
    }

    fn begin(&mut self) -> Result<()> {
        if !self.in_group {
            self.db()?.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            self.in_group = true;
        }
        Ok(())
    }

    /// Nothing happens without a group; after some commits that had no use for the file it is closed.
    pub fn commit(&mut self) -> Result<()> {
        if std::mem::take(&mut self.in_group) {
            self.db()?.prepare_cached("COMMIT")?.execute([])?;
        }
        self.quiet.set(self.quiet.get() + 1);
        if self.quiet.get() > QUIET_COMMITS
            && let Some(mut db) = self.db.take()
        {
            // What cannot be moved now stays in the log for the next time.
            let _ = connection::empty_log(&mut db);
        }
        Ok(())
    }

    /// Moves the log into the file. Closed, it has nothing in it.
    pub fn checkpoint(&self) -> Result<CheckpointReport> {
        self.db.get().map_or(Ok(CheckpointReport::default()), |db| connection::checkpoint(db, &self.file))
    }

    /// Whether the file is open at all.
    pub fn is_open(&self) -> bool {
        self.db.get().is_some()
    }

    pub fn rollback(&mut self) -> Result<()> {
        self.count = None;
        self.in_group = false;
        if let Some(db) = self.db.get().filter(|db| !db.is_autocommit()) {
            db.prepare_cached("ROLLBACK")?.execute([])?;
        }
        Ok(())
    }
}
