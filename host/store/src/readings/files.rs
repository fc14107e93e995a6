//! Readings in files: `readings.db` and a file for each month.

use super::file::MonthFile;
use super::month::{FOLDER, Kept, Month, months};
use super::names::Names;
use super::{Appended, DAY_US, Known, NewReading, OPEN_MONTHS, Tally, is_far, keep};
use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::error::{Result, StoreError};
use crate::writer;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use toolcrib_contract::types::Instant;

/// The connections to a tenant's files of readings.
pub(super) struct Files {
    pub(super) tenant: PathBuf,
    pub(super) options: TenantOptions,
    pub(super) names: Names,
    pub(super) months: BTreeMap<Month, MonthFile>,
    /// The month that was written to last.
    current: Option<Month>,
    /// What is known of signals written to. Forgotten at a rollback.
    pub(super) known: HashMap<String, Known>,
    /// What the group counts, and the day that it came.
    tally: Tally,
    day: i64,
}

impl Files {
    /// Opens the readings of a tenant, creating directory, file and tables when they are missing.
    ///
    /// # Errors
    /// As [`crate::Writer::open`].
    pub(super) fn open(dir: &Path, options: &TenantOptions) -> Result<Self> {
        writer::create_dir(dir)?;
        Ok(Self {
            tenant: dir.to_owned(),
            options: options.clone(),
            names: Names::open(dir, options)?,
            months: BTreeMap::new(),
            current: None,
            known: HashMap::new(),
            tally: Tally::default(),
            day: 0,
        })
    }

    /// Databases that are open: that of the names, and months.
    pub(super) fn databases(&self) -> usize {
        usize::from(self.names.is_open()) + self.months.len()
    }

    /// Ends the group; when this returns, it is on disk.
    ///
    /// # Errors
    /// [`StoreError::Full`] and [`StoreError::Io`]: nobody may be told that his batch is kept. Of a group of several months
    /// the newer ones may be missing; whoever sends it again changes nothing else.
    pub(super) fn commit(&mut self) -> Result<()> {
        let tally = std::mem::take(&mut self.tally);
        if !tally.is_empty() {
            match self.months.values_mut().rev().find(|month| month.is_in_group()) {
                Some(month) => tally.write(&month.db, self.day)?,
                None => self.names.tally(self.day, &tally)?,
            }
        }
        // A month never speaks of signals that nobody knows.
        self.names.commit()?;
        self.months.values_mut().try_for_each(MonthFile::commit)?;
        while self.months.len() > OPEN_MONTHS {
            self.months.pop_first();
        }
        Ok(())
    }

    /// Leaves nothing of the group. Nothing happens without one.
    pub(super) fn rollback(&mut self) -> Result<()> {
        self.known.clear();
        self.tally = Tally::default();
        self.names.rollback()?;
        self.months.values_mut().try_for_each(MonthFile::rollback)
    }

    /// Adds a batch to the group that shares the next commit.
    ///
    /// # Errors
    /// [`StoreError::TooManySignals`] and [`StoreError::Malformed`]: nothing of this batch is kept, the group goes on.
    /// [`StoreError::Full`] and [`StoreError::Io`]: the group is lost.
    pub(super) fn append_in(&mut self, device: &str, batch: &[NewReading<'_>], received: Instant) -> Result<Appended> {
        self.day = received.0.div_euclid(DAY_US);
        let is_far = |reading: &NewReading<'_>| is_far(reading, received);
        if let Err(error) = self.learn(batch.iter().filter(|reading| !is_far(reading))) {
            if matches!(error, StoreError::TooManySignals) {
                self.tally.refused += batch.len() as u64;
            }
            return Err(error);
        }
        let mut appended = Appended::default();
        for reading in batch {
            if is_far(reading) {
                self.names.quarantine(device, reading, received)?;
                appended.quarantined += 1;
            } else {
                self.add(device, reading, &mut appended)?;
            }
        }
        self.tally.add(&appended);
        Ok(appended)
    }

    fn add(&mut self, device: &str, reading: &NewReading<'_>, appended: &mut Appended) -> Result<()> {
        let NewReading { signal, at, value, quality } = *reading;
        let known = self.known.get(signal).copied().ok_or(StoreError::NotFound)?;
        let month = self.month_to_write(at)?;
        if month.insert(known.series, device, at, value, quality)? {
            appended.accepted += 1;
            appended.late += u64::from(at.0 < known.last_us);
            if at.0 > known.last_us
                && let Some(known) = self.known.get_mut(signal)
            {
                known.last_us = at.0;
            }
        } else if month.at(known.series, at)?.is_some_and(|(there, as_good)| there == *value && as_good == quality) {
            appended.duplicates += 1;
        } else {
            appended.conflicts += 1;
        }
        Ok(())
    }

    /// Looks up the signals of a batch, and gives new ones a number.
    fn learn<'a>(&mut self, batch: impl Iterator<Item = &'a NewReading<'a>>) -> Result<()> {
        let mut new = BTreeMap::new();
        for reading in batch {
            if self.known.contains_key(reading.signal) || new.contains_key(reading.signal) {
                continue;
            }
            match self.names.find(reading.signal)? {
                Some(series) => {
                    let last_us = self.newest_from(series, reading.at)?;
                    self.known.insert(reading.signal.to_owned(), Known { series, last_us });
                }
                None => drop(new.insert(reading.signal, reading.at)),
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        self.names.add(&new.keys().copied().collect::<BTreeSet<_>>())?;
        for signal in new.into_keys() {
            let series = self.names.find(signal)?.ok_or(StoreError::NotFound)?;
            self.known.insert(signal.to_owned(), Known { series, last_us: i64::MIN });
        }
        Ok(())
    }

    /// The time of a series' newest reading, as far as it lies in the month of `at` or later.
    fn newest_from(&mut self, series: i64, at: Instant) -> Result<i64> {
        let mut newest = i64::MIN;
        for (month, kept) in months(&self.tenant)?.into_iter().rev().take_while(|(month, _)| month.until > at) {
            let stat = match self.month(month, kept)? {
                Some(file) => file.stat(series)?,
                None => None,
            };
            newest = newest.max(stat.map_or(i64::MIN, |stat| stat.last_us));
        }
        Ok(newest)
    }

    /// The month of a moment, in this group.
    fn month_to_write(&mut self, at: Instant) -> Result<&mut MonthFile> {
        let month = match self.current.filter(|month| month.holds(at)) {
            Some(month) => month,
            None => Month::of(at)?,
        };
        self.current = Some(month);
        if self.months.get(&month).is_none_or(|open| open.kept != Kept::Whole) {
            create_folder(&self.tenant)?;
            let (room, first) = (self.room(month)?, self.first_arrival()?);
            let options = TenantOptions { quota_bytes: room, ..self.options.clone() };
            self.make_room();
            self.months.insert(month, MonthFile::create(&self.tenant, month, &options, first)?);
        }
        let file = self.months.get_mut(&month).ok_or(StoreError::NotFound)?;
        file.begin()?;
        Ok(file)
    }

    /// Bytes that a month may take beside all the others.
    fn room(&self, month: Month) -> Result<u64> {
        let own = [Kept::Whole, Kept::Sums].map(|kept| month.file(&self.tenant, kept));
        let files = months(&self.tenant)?.into_iter().map(|(month, kept)| month.file(&self.tenant, kept));
        let others = files.chain([self.names.file.clone()]).filter(|file| !own.contains(file));
        let taken: u64 = others.filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum();
        Ok(self.options.quota_bytes.saturating_sub(taken))
    }

    /// The number of the first reading of a new month: higher than every one so far, so that a place in the feed which
    /// was kept when all readings were numbered together is before it.
    fn first_arrival(&mut self) -> Result<i64> {
        let mut last = 0;
        for (month, kept) in months(&self.tenant)? {
            if kept == Kept::Whole
                && let Some(file) = self.month(month, kept)?
            {
                last = last.max(file.last_arrival()?);
            }
        }
        Ok(last + 1)
    }

    /// A month that was there just now; none when it has been removed since.
    pub(super) fn month(&mut self, month: Month, kept: Kept) -> Result<Option<&mut MonthFile>> {
        if self.months.get(&month).is_none_or(|open| open.kept != kept) {
            let options = TenantOptions { quota_bytes: self.room(month)?, ..self.options.clone() };
            self.make_room();
            match MonthFile::open(&self.tenant, month, kept, &options) {
                Ok(file) => drop(self.months.insert(month, file)),
                Err(_) if !month.file(&self.tenant, kept).exists() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(self.months.get_mut(&month))
    }

    /// The months that are there, the oldest first. What is open of months that went is closed.
    pub(super) fn present(&mut self) -> Result<Vec<(Month, Kept)>> {
        self.months.retain(|_, file| file.is_in_group() || file.is_there());
        months(&self.tenant)
    }

    /// Closes the oldest months that no group writes to, so that one more can be opened: a question about years never has
    /// all of them open.
    fn make_room(&mut self) {
        while self.months.len() >= OPEN_MONTHS {
            let idle = self.months.iter().find(|(_, file)| !file.is_in_group()).map(|(month, _)| *month);
            let Some(idle) = idle else { return };
            self.months.remove(&idle);
        }
    }

    /// Moves the write-ahead logs into the files. Outside a group only.
    pub(super) fn checkpoint(&mut self) -> Result<CheckpointReport> {
        let mut report = self.names.checkpoint()?;
        for month in self.months.values() {
            let more = month.checkpoint()?;
            report.log_pages += more.log_pages;
            report.moved_pages += more.moved_pages;
            report.truncated &= more.truncated;
        }
        Ok(report)
    }

    /// Checks the structure of all files. Reads all of them.
    pub(super) fn integrity(&mut self) -> Result<()> {
        connection::integrity(self.names.db()?)?;
        for (month, kept) in self.present()? {
            if let Some(file) = self.month(month, kept)? {
                connection::integrity(&file.db)?;
            }
        }
        Ok(())
    }
}

/// The folder of the months, so that it is there after a power failure.
pub(super) fn create_folder(tenant: &Path) -> Result<()> {
    let folder = tenant.join(FOLDER);
    if folder.exists() {
        return Ok(());
    }
    writer::create_dir(&folder)?;
    keep::sync(tenant)
}
