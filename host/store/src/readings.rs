//! What machines said: a tenant's `readings.db`. The first value of a signal at a moment stands; repetitions are no-ops.

use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::error::{Result, StoreError};
use crate::{schema, writer};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use toolcrib_contract::limits;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;

pub(crate) mod query;
#[cfg(test)]
mod tests;

pub use query::{Counts, FedReading, SignalInfo};

/// The file in a tenant's directory.
pub(crate) const FILE: &str = "readings.db";
/// Bytes of a signal's name.
const NAME_BYTES: usize = 160;
/// Bytes of a word.
const WORD_BYTES: usize = 1_000;
/// Quarantined readings kept; the oldest go first.
const QUARANTINED: u32 = 10_000;
const DAY_US: i64 = 86_400_000_000;

/// A reading about to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewReading<'a> {
    /// `<equipment>.<signal>`, at most 160 bytes.
    pub signal: &'a str,
    pub at: Instant,
    pub value: &'a Sample,
}

/// What became of a batch. Every reading counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// New.
    pub accepted: u64,
    /// Known already, with the same value.
    pub duplicates: u64,
    /// Known already with another value, which stands.
    pub conflicts: u64,
    /// Too far from the host's clock ([`limits::READING_SKEW_DAYS`]): put aside, not counted as accepted.
    pub quarantined: u64,
    /// Of the accepted: older than the signal's newest.
    pub late: u64,
}

/// Owns a connection to a tenant's `readings.db`.
pub struct Readings {
    db: Connection,
    file: PathBuf,
    /// What is known of signals written to. Forgotten at a rollback.
    known: HashMap<String, Known>,
    /// Number of the next reading; 0 when not known.
    next_arrival: i64,
}

#[derive(Clone, Copy)]
struct Known {
    series: i64,
    last_us: i64,
}

impl Readings {
    /// Whether a tenant's directory has such a file: most tenants' machines never sent anything.
    pub fn exist(dir: &Path) -> bool {
        dir.join(FILE).exists()
    }

    /// Opens `dir/readings.db`, creating directory, file and tables when they are missing.
    ///
    /// # Errors
    /// As [`crate::Writer::open`].
    pub fn open(dir: &Path, options: &TenantOptions) -> Result<Self> {
        writer::create_dir(dir)?;
        let file = dir.join(FILE);
        let mut db = connection::open(&file, options)?;
        connection::migrate(&mut db, &file, schema::READINGS)?;
        Ok(Self { db, file, known: HashMap::new(), next_arrival: 0 })
    }

    /// Keeps a batch; when this returns, it is on disk.
    ///
    /// # Errors
    /// As [`Readings::append_in`]; nothing of the batch is kept then.
    pub fn append(&mut self, device: &str, batch: &[NewReading<'_>], received: Instant) -> Result<Appended> {
        self.begin()?;
        match self.append_in(device, batch, received) {
            Ok(appended) => self.commit().map(|()| appended),
            Err(error) => {
                self.rollback()?;
                Err(error)
            }
        }
    }

    /// Starts a group of batches that share one commit.
    pub fn begin(&mut self) -> Result<()> {
        self.run("BEGIN IMMEDIATE")?;
        // Only now nobody else writes.
        let last: Option<i64> =
            self.db.prepare_cached("SELECT max(arrival) FROM reading")?.query_row([], |row| row.get(0))?;
        self.next_arrival = last.unwrap_or(0) + 1;
        Ok(())
    }

    /// Ends the group; when this returns, it is on disk.
    pub fn commit(&mut self) -> Result<()> {
        self.run("COMMIT")
    }

    /// Leaves nothing of the group. Nothing happens without one.
    pub fn rollback(&mut self) -> Result<()> {
        self.known.clear();
        if self.db.is_autocommit() { Ok(()) } else { self.run("ROLLBACK") }
    }

    /// Adds a batch to the group.
    ///
    /// # Errors
    /// [`StoreError::TooManySignals`] and [`StoreError::Malformed`]: nothing of this batch is kept, the group goes on.
    /// [`StoreError::Full`] and [`StoreError::Io`]: the group is lost.
    pub fn append_in(&mut self, device: &str, batch: &[NewReading<'_>], received: Instant) -> Result<Appended> {
        if batch.len() > limits::READINGS {
            return Err(StoreError::Malformed(format!("more than {} readings in one batch", limits::READINGS)));
        }
        batch.iter().try_for_each(check)?;
        self.run("SAVEPOINT batch")?;
        let before = self.next_arrival;
        let result = self.add(device, batch, received);
        match &result {
            Ok(_) => self.run("RELEASE batch")?,
            Err(_) if !self.db.is_autocommit() => {
                self.known.clear();
                self.next_arrival = before;
                self.db.execute_batch("ROLLBACK TO batch; RELEASE batch")?;
            }
            Err(_) => self.known.clear(),
        }
        result
    }

    fn add(&mut self, device: &str, batch: &[NewReading<'_>], received: Instant) -> Result<Appended> {
        let mut appended = Appended::default();
        let mut touched: HashMap<&str, i64> = HashMap::new();
        for reading in batch {
            if received.since_us(reading.at).abs() > limits::READING_SKEW_DAYS * DAY_US {
                self.quarantine(device, reading, received)?;
                appended.quarantined += 1;
                continue;
            }
            let known = self.series(reading.signal, device, reading.at)?;
            if self.insert(known.series, reading)? {
                appended.accepted += 1;
                appended.late += u64::from(reading.at.0 < known.last_us);
                *touched.entry(reading.signal).or_default() += 1;
                if let Some(known) = self.known.get_mut(reading.signal) {
                    known.last_us = known.last_us.max(reading.at.0);
                }
            } else if self.at(known.series, reading.at)?.as_ref() == Some(reading.value) {
                appended.duplicates += 1;
            } else {
                appended.conflicts += 1;
            }
        }
        let sql = "UPDATE signal SET device=?2, readings=readings+?3, last_us=?4 WHERE id=?1";
        let mut update = self.db.prepare_cached(sql)?;
        for (signal, count) in touched {
            let Some(known) = self.known.get(signal) else { continue };
            update.execute(params![known.series, device, count, known.last_us])?;
        }
        Ok(appended)
    }

    /// Whether the reading is new.
    fn insert(&mut self, series: i64, reading: &NewReading<'_>) -> Result<bool> {
        let mut insert = self.db.prepare_cached("INSERT OR IGNORE INTO reading VALUES(?1,?2,?3,?4,?5)")?;
        let (kind, value) = stored(reading.value);
        insert.raw_bind_parameter(1, series)?;
        insert.raw_bind_parameter(2, reading.at.0)?;
        insert.raw_bind_parameter(3, self.next_arrival)?;
        insert.raw_bind_parameter(4, kind)?;
        insert.raw_bind_parameter(5, ToSqlOutput::Borrowed(value))?;
        let new = insert.raw_execute()? == 1;
        self.next_arrival += i64::from(new);
        Ok(new)
    }

    fn series(&mut self, signal: &str, device: &str, at: Instant) -> Result<Known> {
        if let Some(known) = self.known.get(signal) {
            return Ok(*known);
        }
        let known = match find(&self.db, signal)? {
            Some(known) => known,
            None => {
                let count: i64 =
                    self.db.prepare_cached("SELECT count(*) FROM signal")?.query_row([], |row| row.get(0))?;
                if count >= limits::SIGNALS as i64 {
                    return Err(StoreError::TooManySignals);
                }
                let sql = "INSERT INTO signal(name,device,readings,last_us) VALUES(?1,?2,0,?3)";
                let series = self.db.prepare_cached(sql)?.insert(params![signal, device, at.0])?;
                Known { series, last_us: at.0 }
            }
        };
        self.known.insert(signal.to_owned(), known);
        Ok(known)
    }

    fn at(&self, series: i64, at: Instant) -> Result<Option<Sample>> {
        let mut select = self.db.prepare_cached("SELECT kind,value FROM reading WHERE series=?1 AND at_us=?2")?;
        Ok(select.query_row(params![series, at.0], |row| query::sample(row, 0)).optional()?)
    }

    fn quarantine(&self, device: &str, reading: &NewReading<'_>, received: Instant) -> Result<()> {
        let sql = "INSERT INTO quarantine(device,signal,at_us,kind,value,received_us) VALUES(?1,?2,?3,?4,?5,?6)";
        let (kind, value) = stored(reading.value);
        let value = ToSqlOutput::Borrowed(value);
        let mut insert = self.db.prepare_cached(sql)?;
        let id = insert.insert(params![device, reading.signal, reading.at.0, kind, value, received.0])?;
        let mut prune = self.db.prepare_cached("DELETE FROM quarantine WHERE id<=?1")?;
        prune.execute([id - i64::from(QUARANTINED)])?;
        Ok(())
    }

    fn run(&mut self, sql: &str) -> Result<()> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Moves the write-ahead log into the file. Outside a group only.
    pub fn checkpoint(&mut self) -> Result<CheckpointReport> {
        connection::checkpoint(&self.db, &self.file)
    }

    /// Checks the file's structure. Reads all of it.
    pub fn integrity(&mut self) -> Result<()> {
        connection::integrity(&self.db)
    }
}

fn find(db: &Connection, signal: &str) -> Result<Option<Known>> {
    let mut select = db.prepare_cached("SELECT id,last_us FROM signal WHERE name=?1")?;
    let known = select.query_row([signal], |row| Ok(Known { series: row.get(0)?, last_us: row.get(1)? }));
    Ok(known.optional()?)
}

fn check(reading: &NewReading<'_>) -> Result<()> {
    let malformed = |why: &str| Err(StoreError::Malformed(format!("a reading's {why}")));
    if reading.signal.is_empty() || reading.signal.len() > NAME_BYTES || reading.signal.contains('\0') {
        return malformed("signal needs a name of at most 160 bytes");
    }
    if !(Instant::MIN..=Instant::MAX).contains(&reading.at) {
        return malformed("time lies outside 1970 to 2199");
    }
    match reading.value {
        Sample::Number { value } if !value.is_finite() => malformed("number is not finite"),
        Sample::Word { value } if value.len() > WORD_BYTES || value.contains('\0') => {
            malformed("word is longer than 1000 bytes or contains U+0000")
        }
        _ => Ok(()),
    }
}

fn stored(value: &Sample) -> (i64, ValueRef<'_>) {
    match value {
        Sample::Flag { value } => (0, ValueRef::Integer(i64::from(*value))),
        Sample::Count { value } => (1, ValueRef::Integer(*value)),
        Sample::Number { value } => (2, ValueRef::Real(*value)),
        Sample::Word { value } => (3, ValueRef::Text(value.as_bytes())),
    }
}
