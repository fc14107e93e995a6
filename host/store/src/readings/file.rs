//! The file of one month: readings by signal and time, their sums, and who sent how many.

use super::month::{Kept, Month};
use super::part::Part;
use super::query::{newest_minute, quality, sample};
use super::rollup::{self, Sum};
use super::stored;
use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::engine::values;
use crate::error::Result;
use crate::schema;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;

/// A month's file, open.
pub(crate) struct MonthFile {
    pub db: Connection,
    pub kept: Kept,
    file: PathBuf,
    /// Number of the next reading; 0 outside a group.
    next_arrival: i64,
    /// What the group adds to signals, by series.
    added: HashMap<i64, Added>,
    /// The newest minute of series that were written to. Forgotten at a rollback.
    newest: HashMap<i64, Option<i64>>,
}

/// What a group adds to one signal of a month.
pub(super) struct Added {
    pub device: String,
    pub readings: i64,
    pub last_us: i64,
    pub minutes: BTreeMap<i64, Sum>,
}

impl Added {
    pub fn new(at: Instant) -> Self {
        Self { device: String::new(), readings: 0, last_us: at.0, minutes: BTreeMap::new() }
    }

    pub fn add(&mut self, device: &str, at: Instant, value: &Sample, quality: Quality) {
        if self.device != device {
            device.clone_into(&mut self.device);
        }
        self.readings += 1;
        self.last_us = self.last_us.max(at.0);
        self.minutes.entry(rollup::minute(at)).or_default().add(at, value, quality);
    }
}

/// What is known of a signal in one month.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stat {
    pub device: String,
    pub readings: i64,
    pub last_us: i64,
}

impl MonthFile {
    /// Opens a month for writing, and creates it. `first` is the number of its first reading when it is new.
    pub fn create(tenant: &Path, month: Month, options: &TenantOptions, first: i64) -> Result<Self> {
        let file = month.file(tenant, Kept::Whole);
        let mut db = connection::open(&file, options)?;
        connection::migrate(&mut db, &file, schema::MONTH)?;
        let sql = "INSERT OR IGNORE INTO beginning VALUES(1,?1)";
        db.execute(sql, [first])?;
        Ok(Self::new(db, Kept::Whole, file))
    }

    /// Opens a month that is there.
    pub fn open(tenant: &Path, month: Month, kept: Kept, options: &TenantOptions) -> Result<Self> {
        let file = month.file(tenant, kept);
        let mut db = connection::open_existing(&file, options)?;
        connection::migrate(&mut db, &file, schema::MONTH)?;
        Ok(Self::new(db, kept, file))
    }

    fn new(db: Connection, kept: Kept, file: PathBuf) -> Self {
        Self { db, kept, file, next_arrival: 0, added: HashMap::new(), newest: HashMap::new() }
    }

    /// Begins the month's part of a group. Nothing happens when it has begun.
    pub fn begin(&mut self) -> Result<()> {
        if self.next_arrival > 0 {
            return Ok(());
        }
        self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        // Only now nobody else writes.
        self.next_arrival = self.last_arrival()? + 1;
        Ok(())
    }

    pub fn is_in_group(&self) -> bool {
        self.next_arrival > 0
    }

    /// The number of the newest reading; one less than that of the first one without any.
    pub fn last_arrival(&self) -> Result<i64> {
        let last = "SELECT coalesce((SELECT max(arrival) FROM reading),(SELECT first-1 FROM beginning),0)";
        Ok(self.db.prepare_cached(last)?.query_row([], |row| row.get(0))?)
    }

    /// Keeps a reading; whether it is new. In a group.
    pub fn insert(&mut self, series: i64, device: &str, at: Instant, value: &Sample, quality: Quality) -> Result<bool> {
        let arrival = self.next_arrival;
        let new = self.insert_as(arrival, series, device, at, value, quality)?;
        self.next_arrival += i64::from(new);
        Ok(new)
    }

    /// The same with a number that was given before, which no other reading of the month has.
    pub fn insert_as(
        &mut self,
        arrival: i64,
        series: i64,
        device: &str,
        at: Instant,
        value: &Sample,
        quality: Quality,
    ) -> Result<bool> {
        let mut insert = self.db.prepare_cached("INSERT OR IGNORE INTO reading VALUES(?1,?2,?3,?4,?5)")?;
        let (kind, content) = stored(value, quality);
        insert.raw_bind_parameter(1, series)?;
        insert.raw_bind_parameter(2, at.0)?;
        insert.raw_bind_parameter(3, arrival)?;
        insert.raw_bind_parameter(4, kind)?;
        insert.raw_bind_parameter(5, ToSqlOutput::Borrowed(content))?;
        let new = insert.raw_execute()? == 1;
        drop(insert);
        if new {
            self.note(series, device, at, value, quality);
        }
        Ok(new)
    }

    fn note(&mut self, series: i64, device: &str, at: Instant, value: &Sample, quality: Quality) {
        self.added.entry(series).or_insert_with(|| Added::new(at)).add(device, at, value, quality);
    }

    /// Its rows.
    pub fn part(&self) -> Part<'_> {
        Part::file(&self.db, self.kept)
    }

    /// What is kept of a series at a moment.
    pub fn at(&self, series: i64, at: Instant) -> Result<Option<(Sample, Quality)>> {
        let sql = "SELECT kind,value FROM reading WHERE series=?1 AND at_us=?2";
        self.part().row(sql, values![series, at], |row| Ok((sample(row, 0)?, quality(row, 0)?)))
    }

    /// Writes what the group added to sums: the last thing before its commit.
    pub fn flush(&mut self) -> Result<()> {
        for (series, added) in self.added.drain() {
            let newest = match self.newest.get(&series) {
                Some(newest) => *newest,
                None => newest_minute(&Part::file(&self.db, self.kept), series)?,
            };
            let newest = rollup::add_minutes(&self.db, series, newest, &added.minutes)?;
            self.newest.insert(series, newest);
            let sql = "INSERT INTO stat VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE SET
                device=?2, readings=readings+?3, last_us=max(last_us,?4)";
            let mut upsert = self.db.prepare_cached(sql)?;
            upsert.execute(params![series, added.device, added.readings, added.last_us])?;
        }
        Ok(())
    }

    /// Ends the month's part of a group; when this returns, it is on disk. Nothing happens without one.
    pub fn commit(&mut self) -> Result<()> {
        if self.next_arrival > 0 {
            self.flush()?;
            self.db.prepare_cached("COMMIT")?.execute([])?;
            self.next_arrival = 0;
        }
        Ok(())
    }

    /// Leaves nothing of the month's part of a group.
    pub fn rollback(&mut self) -> Result<()> {
        self.added.clear();
        self.newest.clear();
        self.next_arrival = 0;
        if !self.db.is_autocommit() {
            self.db.prepare_cached("ROLLBACK")?.execute([])?;
        }
        Ok(())
    }

    /// What is known of a series here.
    pub fn stat(&self, series: i64) -> Result<Option<Stat>> {
        let mut select = self.db.prepare_cached("SELECT device,readings,last_us FROM stat WHERE series=?1")?;
        let stat = select
            .query_row([series], |row| Ok(Stat { device: row.get(0)?, readings: row.get(1)?, last_us: row.get(2)? }));
        Ok(stat.optional()?)
    }

    pub fn checkpoint(&self) -> Result<CheckpointReport> {
        connection::checkpoint(&self.db, &self.file)
    }

    /// Whether its file is still there: months leave by removing it.
    pub fn is_there(&self) -> bool {
        self.file.exists()
    }
}
