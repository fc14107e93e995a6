//! How long readings are kept: whole months leave by removing files, first the readings, years later their sums.

use super::file::MonthFile;
use super::files::Files;
use super::month::{Kept, Month, months};
use super::query::newest_minute;
use super::rollup::{self, Level};
use super::{Place, Readings};
use crate::connection;
use crate::error::{Result, StoreError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

const DAY_US: i64 = 86_400_000_000;

/// How long a tenant's readings are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Days after the end of a month until its readings and minutes go; more than [`limits::READING_HISTORY_DAYS`].
    pub raw_days: u32,
    /// Months after a month until its hours and days go, too.
    pub sum_months: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self { raw_days: 92, sum_months: 36 }
    }
}

/// How far back there is something of a tenant's readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The first moment of the oldest month that has any.
    pub from: Option<Instant>,
    /// The same of the oldest month that has single ones.
    pub whole_from: Option<Instant>,
}

/// What [`Readings::retain`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Months whose readings went; their hours and days are there.
    pub folded: u32,
    /// Months that went.
    pub removed: u32,
    /// Signals of which nothing is kept any more; their names are free.
    pub forgotten: u32,
}

impl Readings {
    /// How far back there is something.
    ///
    /// # Errors
    /// The disk; [`StoreError::Unavailable`].
    pub fn reach(&mut self) -> Result<Reach> {
        let months = self.asked(Self::present)?;
        let whole = months.iter().find(|(_, kept)| *kept == Kept::Whole);
        Ok(Reach { from: months.first().map(|(month, _)| month.from), whole_from: whole.map(|(month, _)| month.from) })
    }

    /// Removes what is older than it has to be kept. Outside a group.
    ///
    /// # Errors
    /// The disk; [`StoreError::Unavailable`]; what was done until then stays, and the rest is done the next time.
    pub fn retain(&mut self, keep: Keep, now: Instant) -> Result<Retained> {
        match &mut self.0 {
            Place::Files(files) => files.retain(keep, now),
            Place::Rows(rows) => rows.retain(keep, now),
        }
    }
}

/// The end of the months whose readings may go. A month that readings may still come for stays, whatever is asked for.
pub(super) fn whole_from(keep: Keep, now: Instant) -> Instant {
    now.plus_us(-i64::from(keep.raw_days).max(limits::READING_HISTORY_DAYS + 1) * DAY_US)
}

impl Files {
    pub(super) fn retain(&mut self, keep: Keep, now: Instant) -> Result<Retained> {
        let mut retained = Retained::default();
        let whole_from = whole_from(keep, now);
        let this_month = Month::of(now)?.index();
        for (month, kept) in months(&self.tenant)? {
            if this_month - month.index() > i64::from(keep.sum_months) && month.until <= whole_from {
                self.months.remove(&month);
                remove(&month.file(&self.tenant, Kept::Whole))?;
                remove(&month.file(&self.tenant, Kept::Sums))?;
                retained.removed += 1;
            } else if kept == Kept::Whole && month.until <= whole_from {
                self.fold(month)?;
                retained.folded += 1;
            }
        }
        if retained.removed > 0 {
            sync(&self.tenant.join(super::month::FOLDER))?;
            retained.forgotten = self.forget_unused()?;
        }
        Ok(retained)
    }

    /// Of a month, hours and days alone stay. The readings go when those are on the disk.
    fn fold(&mut self, month: Month) -> Result<()> {
        self.months.remove(&month);
        let whole = MonthFile::open(&self.tenant, month, Kept::Whole, &self.options)?;
        let sums = month.file(&self.tenant, Kept::Sums);
        let new = sums.with_extension("new");
        remove(&new)?;
        let mut to = connection::open(&new, &self.options)?;
        connection::migrate(&mut to, &new, crate::schema::MONTH)?;
        let transaction = to.transaction()?;
        let series = {
            let mut series = BTreeSet::new();
            let mut stats = whole.db.prepare("SELECT series,device,readings,last_us FROM stat")?;
            let mut rows = stats.query([])?;
            while let Some(row) = rows.next()? {
                let mut insert = transaction.prepare_cached("INSERT INTO stat VALUES(?1,?2,?3,?4)")?;
                let (id, device): (i64, String) = (row.get(0)?, row.get(1)?);
                insert.execute(rusqlite::params![id, device, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?])?;
                series.insert(id);
            }
            series
        };
        super::Tally::copy(&whole.db, &transaction)?;
        for series in series {
            for level in [Level::Hour, Level::Day] {
                for (minute, sum) in super::query::sums(&whole.part(), level, series, i64::MIN, i64::MAX)? {
                    rollup::add(&transaction, level, series, minute, &sum)?;
                }
                if let Some(minute) = newest_minute(&whole.part(), series)?
                    && let Some(sum) = rollup::one(&whole.part(), Level::Minute, series, minute)?
                {
                    rollup::add(&transaction, level, series, level.start(minute), &sum)?;
                }
            }
        }
        transaction.commit()?;
        to.close().map_err(|(_, error)| StoreError::from(error))?;
        drop(whole);
        let failed = |error: std::io::Error| StoreError::Io(format!("`{}`: {error}", sums.display()));
        std::fs::File::open(&new).and_then(|file| file.sync_all()).map_err(failed)?;
        std::fs::rename(&new, &sums).map_err(failed)?;
        sync(&self.tenant.join(super::month::FOLDER))?;
        remove(&month.file(&self.tenant, Kept::Whole))
    }

    /// Forgets the names of signals that no month knows.
    fn forget_unused(&mut self) -> Result<u32> {
        let mut used = BTreeSet::new();
        for (month, kept) in months(&self.tenant)? {
            let file = MonthFile::open(&self.tenant, month, kept, &self.options)?;
            let mut select = file.db.prepare("SELECT series FROM stat")?;
            for series in select.query_map([], |row| row.get::<_, i64>(0))? {
                used.insert(series?);
            }
        }
        let all = self.names.after("", u32::MAX)?;
        let unused: Vec<_> = all.iter().map(|(series, _)| *series).filter(|series| !used.contains(series)).collect();
        self.known.clear();
        self.names.forget(&unused)?;
        Ok(unused.len() as u32)
    }
}

/// Removes a database with its log. Nothing happens when it is not there.
pub(crate) fn remove(file: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Io(format!("`{}`: {error}", file.display())));
            }
            _ => {}
        }
    }
    Ok(())
}

pub(crate) fn sync(dir: &Path) -> Result<()> {
    let synced = std::fs::File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|error| StoreError::Io(format!("`{}`: {error}", dir.display())))
}
