//! What machines said. The first value of a signal at a moment stands; repetitions are no-ops.
//!
//! In files, `readings.db` knows the signals; the readings lie in `tel/2026-11.db` and so on, one file for each month, by
//! signal and time, with their sums by minute, hour and day. One connection writes; a group of batches is one commit of each
//! month that it touches, and nobody hears of a batch before all of them are on the disk. Old months leave by removing files.
//!
//! In PostgreSQL the same lies in tables that all tenants share, and a group is one transaction ([`rows`]). What is asked is
//! asked in the same words of both ([`part`]).

use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::engine::{Session, values};
use crate::error::{Result, StoreError};
use rusqlite::types::ValueRef;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;

mod came;
mod chart;
mod feed;
pub(crate) mod file;
mod files;
mod keep;
pub(crate) mod month;
pub(crate) mod names;
pub(crate) mod part;
pub(crate) mod query;
pub(crate) mod rollup;
pub(crate) mod rows;
pub(crate) mod split;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use keep::{remove, sync};

pub use came::Came;
pub use chart::{Chart, Point};
pub use feed::{FedReading, Feed};
pub use keep::{Keep, Reach, Retained};
pub use query::{Counts, SignalInfo, Stored};
pub use rollup::{Level, Sum};
pub use tally::Tally;

use files::Files;
use month::{Kept, Month, months};
use part::Part;
use rows::Rows;

/// Bytes of a signal's name.
const NAME_BYTES: usize = 160;
/// Bytes of a word.
const WORD_BYTES: usize = 1_000;
/// Quarantined readings kept; the oldest go first.
const QUARANTINED: u32 = 10_000;
/// Months that are open at once; a group may open more.
const OPEN_MONTHS: usize = 4;
const DAY_US: i64 = 86_400_000_000;

/// A reading about to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewReading<'a> {
    /// `<equipment>.<signal>`, at most 160 bytes.
    pub signal: &'a str,
    pub at: Instant,
    pub value: &'a Sample,
    pub quality: Quality,
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
    /// Ahead of the host's clock by more than [`limits::READING_SKEW_DAYS`], or older than
    /// [`limits::READING_HISTORY_DAYS`]: put aside, not counted as accepted. What is too old without being historical its
    /// interpreter puts aside before.
    pub quarantined: u64,
    /// Of the accepted: older than the signal's newest.
    pub late: u64,
}

/// What is known of a signal that was written to.
#[derive(Clone, Copy)]
struct Known {
    series: i64,
    /// Time of the newest reading; less than every time when there is none that counts.
    last_us: i64,
}

/// A tenant's readings, in one engine or the other.
pub struct Readings(Place);

enum Place {
    Files(Box<Files>),
    Rows(Box<Rows>),
}

impl Readings {
    /// Whether a tenant's directory has such files: most tenants' machines never sent anything.
    pub fn exist(dir: &Path) -> bool {
        dir.join(names::FILE).exists()
    }

    /// Opens the readings of a tenant in files, creating directory, file and tables when they are missing.
    ///
    /// # Errors
    /// As [`crate::Writer::open`].
    pub fn open(dir: &Path, options: &TenantOptions) -> Result<Self> {
        Ok(Self(Place::Files(Box::new(Files::open(dir, options)?))))
    }

    /// Those in PostgreSQL, which is asked with the first question: `write` and `read` are of the same tenant.
    pub(crate) fn through(write: Session, read: Session, options: &TenantOptions) -> Self {
        Self(Place::Rows(Box::new(Rows::new(write, read, options.quota_bytes))))
    }

    /// Write-ahead logs of a tenant's readings that are there, each behind the file that it belongs to.
    pub fn logs(dir: &Path) -> Vec<(PathBuf, PathBuf)> {
        let months = months(dir).unwrap_or_default().into_iter().map(|(month, kept)| month.file(dir, kept));
        let files = std::iter::once(dir.join(names::FILE)).chain(months);
        files
            .map(|file| (connection::wal_of(&file), file))
            .filter(|(log, _)| log.exists())
            .map(|(l, f)| (f, l))
            .collect()
    }

    /// Databases that are open: that of the names, and months. None in PostgreSQL.
    pub fn databases(&self) -> usize {
        match &self.0 {
            Place::Files(files) => files.databases(),
            Place::Rows(_) => 0,
        }
    }

    /// Keeps a batch; when this returns, it is on disk.
    ///
    /// # Errors
    /// As [`Readings::append_in`] and [`Readings::commit`].
    pub fn append(&mut self, device: &str, batch: &[NewReading<'_>], received: Instant) -> Result<Appended> {
        match self.append_in(device, batch, received) {
            Ok(appended) => self.commit().map(|()| appended),
            Err(error) => {
                self.rollback()?;
                Err(error)
            }
        }
    }

    /// Adds a batch to the group that shares the next commit.
    ///
    /// # Errors
    /// [`StoreError::TooManySignals`] and [`StoreError::Malformed`]: nothing of this batch is kept, the group goes on.
    /// [`StoreError::Full`], [`StoreError::Io`] and [`StoreError::Unavailable`]: the group is lost.
    pub fn append_in(&mut self, device: &str, batch: &[NewReading<'_>], received: Instant) -> Result<Appended> {
        if batch.len() > limits::READINGS {
            return Err(StoreError::Malformed(format!("more than {} readings in one batch", limits::READINGS)));
        }
        batch.iter().try_for_each(check)?;
        match &mut self.0 {
            Place::Files(files) => files.append_in(device, batch, received),
            Place::Rows(rows) => rows.append_in(device, batch, received),
        }
    }

    /// Ends the group; when this returns, it is on disk.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Io`] and [`StoreError::Unavailable`]: nobody may be told that his batch is kept.
    /// In files, of a group of several months the newer ones may be missing; whoever sends it again changes nothing else.
    pub fn commit(&mut self) -> Result<()> {
        match &mut self.0 {
            Place::Files(files) => files.commit(),
            Place::Rows(rows) => rows.commit(),
        }
    }

    /// How often somebody has changed the readings, after a commit here; 0 for files, which nobody else writes to.
    pub fn turn(&self) -> i64 {
        match &self.0 {
            Place::Files(_) => 0,
            Place::Rows(rows) => rows.turn,
        }
    }

    /// Leaves nothing of the group. Nothing happens without one.
    pub fn rollback(&mut self) -> Result<()> {
        match &mut self.0 {
            Place::Files(files) => files.rollback(),
            Place::Rows(rows) => {
                rows.rollback();
                Ok(())
            }
        }
    }

    /// Moves the write-ahead logs into the files. Outside a group only.
    pub fn checkpoint(&mut self) -> Result<CheckpointReport> {
        match &mut self.0 {
            Place::Files(files) => files.checkpoint(),
            Place::Rows(_) => Ok(CheckpointReport::default()),
        }
    }

    /// Checks the structure of all files. Reads all of them. Of PostgreSQL's structures its own tools tell.
    pub fn integrity(&mut self) -> Result<()> {
        match &mut self.0 {
            Place::Files(files) => files.integrity(),
            Place::Rows(_) => Ok(()),
        }
    }

    /// Asks several things; in PostgreSQL, of one committed state.
    fn asked<T>(&mut self, ask: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let begun = match &self.0 {
            Place::Rows(rows) if !rows.read.has_begun() => {
                rows.read.begin()?;
                true
            }
            _ => false,
        };
        let answer = ask(self);
        if begun && let Place::Rows(rows) = &self.0 {
            rows.read.rollback();
        }
        answer
    }

    /// The months that are there, the oldest first.
    fn present(&mut self) -> Result<Vec<(Month, Kept)>> {
        match &mut self.0 {
            Place::Files(files) => files.present(),
            Place::Rows(rows) => rows::present(&rows.read),
        }
    }

    /// A month that was there just now; none when it has been removed since.
    fn month(&mut self, month: Month, kept: Kept) -> Result<Option<Part<'_>>> {
        match &mut self.0 {
            Place::Files(files) => Ok(files.month(month, kept)?.map(|file| file.part())),
            Place::Rows(rows) => Ok(Some(Part::rows_of(&rows.read, month, kept))),
        }
    }

    /// What is known besides months.
    fn beside(&self) -> Result<Part<'_>> {
        match &self.0 {
            Place::Files(files) => Ok(Part::file(files.names.db()?, Kept::Whole)),
            Place::Rows(rows) => Ok(Part::beside(&rows.read)),
        }
    }

    /// The number of the newest reading of a month with all its readings.
    fn last_arrival(&mut self, month: Month) -> Result<Option<i64>> {
        match &mut self.0 {
            Place::Files(files) => files.month(month, Kept::Whole)?.map(|file| file.last_arrival()).transpose(),
            Place::Rows(rows) => {
                let sql = "SELECT arrival FROM reading_month WHERE /*w*/month=?1";
                rows.read.row(sql, values![&month.name()], |row| row.int(0))
            }
        }
    }

    /// The series of a signal.
    fn find(&mut self, signal: &str) -> Result<Option<i64>> {
        self.beside()?.row("SELECT id FROM signal WHERE /*w*/name=?1", values![signal], |row| row.int(0))
    }

    /// Signals with names after `after`, by name.
    fn names_after(&mut self, after: &str, limit: u32) -> Result<Vec<(i64, String)>> {
        let sql = "SELECT id,name FROM signal WHERE /*w*/name>?1 ORDER BY name LIMIT ?2";
        self.beside()?.rows(sql, values![after, limit], |row| Ok((row.int(0)?, row.text(1)?)))
    }

    /// The signals of some series, as far as they are known.
    fn names_of(&mut self, series: BTreeSet<i64>) -> Result<HashMap<i64, String>> {
        match &mut self.0 {
            Place::Files(files) => {
                let named = |series| Ok(files.names.name(series)?.map(|name| (series, name)));
                series.into_iter().filter_map(|series| named(series).transpose()).collect()
            }
            Place::Rows(rows) => rows::names_of(&rows.read, series),
        }
    }
}

/// Whether its time is too far from the host's clock to be kept.
fn is_far(reading: &NewReading<'_>, received: Instant) -> bool {
    let kept = -limits::READING_SKEW_DAYS * DAY_US..=limits::READING_HISTORY_DAYS * DAY_US;
    !kept.contains(&received.since_us(reading.at))
}

pub(crate) fn check(reading: &NewReading<'_>) -> Result<()> {
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

/// Kind and content of a stored value: 0 flag, 1 count, 2 number, 3 word; 4 more when it is uncertain, 8 when it is bad.
fn stored(value: &Sample, quality: Quality) -> (i64, ValueRef<'_>) {
    let (kind, content) = match value {
        Sample::Flag { value } => (0, ValueRef::Integer(i64::from(*value))),
        Sample::Count { value } => (1, ValueRef::Integer(*value)),
        Sample::Number { value } => (2, ValueRef::Real(*value)),
        Sample::Word { value } => (3, ValueRef::Text(value.as_bytes())),
    };
    (kind + 4 * quality as i64, content)
}
