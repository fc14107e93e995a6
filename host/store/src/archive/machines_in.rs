//! What machines said, from an archive that comes in: signals, readings into their months, sums of older months.
//!
//! Sums of a month whose readings come are made anew from them, in the order of time.

use super::state_in::{text, time, whole};
use crate::connection::{self, TenantOptions};
use crate::error::{Result, StoreError};
use crate::readings::file::MonthFile;
use crate::readings::month::{FOLDER, Kept, Month};
use crate::readings::names::Names;
use crate::readings::rollup::{self, Level, Sum};
use crate::readings::{NewReading, Tally, check};
use crate::schema;
use rusqlite::{Connection, params};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::{Date, Instant};

/// Month files that are open at once.
const OPEN_MONTHS: usize = 8;

/// The files that come to be.
pub(super) struct MachinesIn {
    dir: PathBuf,
    options: TenantOptions,
    names: Names,
    series: HashMap<String, i64>,
    /// Who sent a signal's readings of a month.
    devices: HashMap<(i64, Month), String>,
    whole: BTreeMap<Month, MonthFile>,
    sums: BTreeMap<Month, Connection>,
}

impl MachinesIn {
    pub fn new(dir: &Path, options: &TenantOptions) -> Result<Self> {
        let folder = dir.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|source| StoreError::NotWritable { path: folder, source })?;
        Ok(Self {
            dir: dir.to_owned(),
            options: options.clone(),
            names: Names::open(dir, options)?,
            series: HashMap::new(),
            devices: HashMap::new(),
            whole: BTreeMap::new(),
            sums: BTreeMap::new(),
        })
    }

    pub fn take(&mut self, part: &str, line: &Json) -> Result<()> {
        match part {
            "signal" => self.signal(line),
            "signal_month" => self.signal_month(line),
            "reading" => self.reading(line),
            "readings_sum" => self.sum(line),
            "quarantined" => {
                let (value, quality) = (sample(&line["value"])?, quality(line)?);
                let (signal, at) = (text(line, "signal")?, Instant(time(line, "at")?));
                let reading = NewReading { signal, at, value: &value, quality };
                check(&reading)?;
                self.names.quarantine(text(line, "device")?, &reading, Instant(time(line, "received")?))
            }
            _ => self.day(line),
        }
    }

    fn signal(&mut self, line: &Json) -> Result<()> {
        let name = text(line, "signal")?;
        check(&NewReading {
            signal: name,
            at: Instant(0),
            value: &Sample::Flag { value: true },
            quality: Quality::Good,
        })?;
        self.names.add(&BTreeSet::from([name]))?;
        let series = self.names.find(name)?.ok_or(StoreError::NotFound)?;
        if self.series.insert(name.to_owned(), series).is_some() {
            return Err(bad(format!("the signal `{name}` was named before")));
        }
        Ok(())
    }

    fn series(&self, line: &Json) -> Result<i64> {
        let name = text(line, "signal")?;
        self.series.get(name).copied().ok_or_else(|| bad(format!("the signal `{name}` was not named before")))
    }

    fn signal_month(&mut self, line: &Json) -> Result<()> {
        let (series, name) = (self.series(line)?, text(line, "month")?);
        let month = Month::named(name).ok_or_else(|| bad(format!("`{name}` is no month")))?;
        let (device, readings, last) = (text(line, "device")?, whole(line, "readings")?, time(line, "last")?);
        if text(line, "kept")? == "whole" {
            self.devices.insert((series, month), device.to_owned());
            return Ok(());
        }
        let mut insert = self.sums_of(month)?.prepare_cached("INSERT INTO stat VALUES(?1,?2,?3,?4)")?;
        insert.execute(params![series, device, readings, last])?;
        Ok(())
    }

    fn reading(&mut self, line: &Json) -> Result<()> {
        let (series, at) = (self.series(line)?, Instant(time(line, "at")?));
        let (value, quality, arrival) = (sample(&line["value"])?, quality(line)?, whole(line, "n")?);
        check(&NewReading { signal: text(line, "signal")?, at, value: &value, quality })?;
        let month = Month::of(at)?;
        let unnamed = || bad("its signal says nothing of this month");
        let device = self.devices.get(&(series, month)).cloned().ok_or_else(unnamed)?;
        let file = self.whole_of(month)?;
        file.begin()?;
        if arrival < 1 || !file.insert_as(arrival, series, &device, at, &value, quality)? {
            return Err(bad("it was said before, or has the number of another one"));
        }
        Ok(())
    }

    fn sum(&mut self, line: &Json) -> Result<()> {
        let series = self.series(line)?;
        let level = match whole(line, "seconds")? {
            3_600 => Level::Hour,
            86_400 => Level::Day,
            _ => return Err(bad("sums are of an hour or of a day")),
        };
        let from = Instant(time(line, "from")?);
        let number = |name: &str| line[name].as_f64();
        let last = match line["last_at"].is_null() {
            true => None,
            false => Some((Instant(time(line, "last_at")?), sample(&line["last"])?)),
        };
        let sum = Sum {
            readings: whole(line, "readings")?,
            numbers: whole(line, "numbers")?,
            bad: whole(line, "bad")?,
            least: number("least"),
            most: number("most"),
            sum: number("sum").unwrap_or(f64::NAN),
            last,
        };
        rollup::add(self.sums_of(Month::of(from)?)?, level, series, rollup::minute(from), &sum)
    }

    /// With the month of the day, so that it leaves with it.
    fn day(&mut self, line: &Json) -> Result<()> {
        let day = text(line, "day")?.parse::<Date>().map_err(|_| bad("its day is none"))?;
        let count = |name: &str| line[name].as_u64().ok_or_else(|| bad(format!("its `{name}` is no count")));
        let tally = Tally {
            accepted: count("accepted")?,
            duplicates: count("duplicates")?,
            conflicts: count("conflicts")?,
            late: count("late")?,
            quarantined: count("quarantined")?,
            refused: count("refused")?,
        };
        let month = Month::of(Instant(day.0.saturating_mul(86_400_000_000)))?;
        if month.file(&self.dir, Kept::Whole).exists() {
            let file = self.whole_of(month)?;
            file.begin()?;
            tally.write(&file.db, day.0)
        } else if month.file(&self.dir, Kept::Sums).exists() {
            tally.write(self.sums_of(month)?, day.0)
        } else {
            self.names.tally(day.0, &tally)
        }
    }

    fn whole_of(&mut self, month: Month) -> Result<&mut MonthFile> {
        if !self.whole.contains_key(&month) {
            if self.whole.len() >= OPEN_MONTHS {
                self.commit()?;
                self.whole.clear();
            }
            self.whole.insert(month, MonthFile::create(&self.dir, month, &self.options, 1)?);
        }
        self.whole.get_mut(&month).ok_or(StoreError::NotFound)
    }

    /// The file of a month of which sums alone are kept, in a transaction.
    fn sums_of(&mut self, month: Month) -> Result<&Connection> {
        if !self.sums.contains_key(&month) {
            if self.sums.len() >= OPEN_MONTHS {
                self.commit()?;
                self.sums.clear();
            }
            let file = month.file(&self.dir, Kept::Sums);
            let mut db = connection::open(&file, &self.options)?;
            connection::migrate(&mut db, &file, schema::MONTH)?;
            self.sums.insert(month, db);
        }
        let db = self.sums.get(&month).ok_or(StoreError::NotFound)?;
        if db.is_autocommit() {
            db.execute_batch("BEGIN IMMEDIATE")?;
        }
        Ok(db)
    }

    /// Keeps what came so far.
    ///
    /// # Errors
    /// [`StoreError::Full`] when all months together are more than the tenant may have.
    pub fn commit(&mut self) -> Result<()> {
        self.names.commit()?;
        self.whole.values_mut().try_for_each(MonthFile::commit)?;
        for db in self.sums.values().filter(|db| !db.is_autocommit()) {
            db.execute_batch("COMMIT")?;
        }
        if crate::size(&self.dir.join(FOLDER)) > self.options.quota_bytes { Err(StoreError::Full) } else { Ok(()) }
    }

    /// Closes the files.
    pub fn finish(mut self) -> Result<()> {
        self.commit()
    }
}

fn bad(why: impl Into<String>) -> StoreError {
    StoreError::BadArchive(why.into())
}

fn sample(value: &Json) -> Result<Sample> {
    Ok(match value {
        Json::Bool(value) => Sample::Flag { value: *value },
        Json::String(value) => Sample::Word { value: value.clone() },
        Json::Number(number) => match number.as_i64() {
            Some(value) => Sample::Count { value },
            None => Sample::Number { value: number.as_f64().ok_or_else(|| bad("its value is too large"))? },
        },
        _ => return Err(bad("its value is none that a machine can say")),
    })
}

fn quality(line: &Json) -> Result<Quality> {
    if line["quality"].is_null() {
        return Ok(Quality::Good);
    }
    serde_json::from_value(line["quality"].clone()).map_err(|_| bad("its quality is none"))
}
