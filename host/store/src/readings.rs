//! What machines said: a tenant's `readings.db`. The first value of a signal at a moment stands; repetitions are no-ops.

use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::error::{Result, StoreError};
use crate::events::number;
use crate::{schema, writer};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Sample, Samples};
use toolcrib_contract::types::Instant;

/// The file in a tenant's directory.
pub(crate) const FILE: &str = "readings.db";
/// Bytes of a signal's name.
const NAME_BYTES: usize = 160;
/// Bytes of a word.
const WORD_BYTES: usize = 1_000;
/// Quarantined readings kept; the oldest go first.
const QUARANTINED: u32 = 10_000;
/// Readings of one window.
const WINDOW_READINGS: u32 = 100_000;
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

/// A signal and its newest reading.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalInfo {
    pub name: String,
    /// The device that reported it last.
    pub device: String,
    pub last_at: Instant,
    pub last_value: Sample,
    pub count: u64,
}

/// A reading in the order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct FedReading {
    /// Where to go on; increases by one from reading to reading.
    pub position: u64,
    pub signal: String,
    pub at: Instant,
    pub value: Sample,
}

/// The counter values of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The last one before the window.
    pub before: Option<i64>,
    /// Those inside, oldest first.
    pub inside: Vec<i64>,
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
        Ok(select.query_row(params![series, at.0], |row| sample(row, 0)).optional()?)
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

/// Queries.
impl Readings {
    /// Samples of a signal in `from..until`, oldest first, at most `limit` and at most [`limits::READINGS`].
    pub fn samples(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Result<Samples> {
        let Some(known) = find(&self.db, signal)? else { return Ok(Samples::default()) };
        let sql = "SELECT kind,value,at_us FROM reading WHERE series=?1 AND at_us>=?2 AND at_us<?3
            ORDER BY at_us LIMIT ?4";
        let limit = limit.min(limits::READINGS as u32);
        let mut samples = Samples::default();
        let mut select = self.db.prepare_cached(sql)?;
        let mut rows = select.query(params![known.series, from.0, until.0, limit])?;
        while let Some(row) = rows.next()? {
            samples.times.push(row.get(2)?);
            samples.values.push(sample(row, 0)?);
        }
        Ok(samples)
    }

    /// The newest reading of a signal.
    pub fn latest(&mut self, signal: &str) -> Result<Option<(Instant, Sample)>> {
        let Some(known) = find(&self.db, signal)? else { return Ok(None) };
        let sql = "SELECT kind,value,at_us FROM reading WHERE series=?1 ORDER BY at_us DESC LIMIT 1";
        let mut select = self.db.prepare_cached(sql)?;
        let latest = select.query_row([known.series], |row| Ok((Instant(row.get(2)?), sample(row, 0)?)));
        Ok(latest.optional()?)
    }

    /// Time of the first reading of a signal at or after `from`.
    pub fn next_after(&mut self, signal: &str, from: Instant) -> Result<Option<Instant>> {
        let Some(known) = find(&self.db, signal)? else { return Ok(None) };
        let sql = "SELECT min(at_us) FROM reading WHERE series=?1 AND at_us>=?2";
        let at: Option<i64> =
            self.db.prepare_cached(sql)?.query_row(params![known.series, from.0], |row| row.get(0))?;
        Ok(at.map(Instant))
    }

    /// Signals with names after `after`, by name, at most `limit` and at most [`limits::SIGNALS`].
    pub fn signals(&mut self, after: &str, limit: u32) -> Result<Vec<SignalInfo>> {
        let sql = "SELECT kind,value,name,device,last_us,readings FROM signal
            JOIN reading ON series=id AND at_us=last_us WHERE name>?1 ORDER BY name LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![after, limit.min(limits::SIGNALS as u32)], |row| {
            Ok(SignalInfo {
                name: row.get(2)?,
                device: row.get(3)?,
                last_at: Instant(row.get(4)?),
                last_value: sample(row, 0)?,
                count: row.get::<_, i64>(5)? as u64,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Readings that arrived after `position`, in the order of arrival, at most `limit` and at most
    /// [`limits::READINGS`].
    pub fn feed_after(&mut self, position: u64, limit: u32) -> Result<Vec<FedReading>> {
        let sql = "SELECT kind,value,arrival,name,at_us FROM reading JOIN signal ON id=series
            WHERE arrival>?1 ORDER BY arrival LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![number(position), limit.min(limits::READINGS as u32)], |row| {
            let position = row.get::<_, i64>(2)? as u64;
            Ok(FedReading { position, signal: row.get(3)?, at: Instant(row.get(4)?), value: sample(row, 0)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Position of the newest reading; 0 without any.
    pub fn last_position(&mut self) -> Result<u64> {
        let mut select = self.db.prepare_cached("SELECT max(arrival) FROM reading")?;
        let position: Option<i64> = select.query_row([], |row| row.get(0))?;
        Ok(position.unwrap_or(0) as u64)
    }

    /// The counter values of a signal in `from..until` and the one before; other kinds of values are passed over.
    pub fn window(&mut self, signal: &str, from: Instant, until: Instant) -> Result<Counts> {
        let Some(known) = find(&self.db, signal)? else { return Ok(Counts::default()) };
        let sql = "SELECT value FROM reading WHERE series=?1 AND at_us<?2 AND kind=1 ORDER BY at_us DESC LIMIT 1";
        let mut select = self.db.prepare_cached(sql)?;
        let before = select.query_row(params![known.series, from.0], |row| row.get(0)).optional()?;
        let sql = "SELECT value FROM reading WHERE series=?1 AND at_us>=?2 AND at_us<?3 AND kind=1
            ORDER BY at_us LIMIT ?4";
        let mut select: CachedStatement<'_> = self.db.prepare_cached(sql)?;
        let inside = select.query_map(params![known.series, from.0, until.0, WINDOW_READINGS], |row| row.get(0))?;
        Ok(Counts { before, inside: inside.collect::<rusqlite::Result<_>>()? })
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

/// The value whose kind and content stand at `at` and behind it.
fn sample(row: &Row<'_>, at: usize) -> rusqlite::Result<Sample> {
    let value = row.get_ref(at + 1)?;
    Ok(match row.get::<_, i64>(at)? {
        0 => Sample::Flag { value: value.as_i64()? != 0 },
        1 => Sample::Count { value: value.as_i64()? },
        2 => Sample::Number { value: value.as_f64()? },
        _ => Sample::Word { value: value.as_str()?.to_owned() },
    })
}
