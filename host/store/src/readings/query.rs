//! Readings as they are asked for: by signal and time.

use super::Readings;
use super::file::newest_minute;
use super::month::{Kept, Month};
use super::rollup::{COLUMNS, Level, Sum};
use crate::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, HashMap};
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Quality, Sample, Samples};
use toolcrib_contract::types::Instant;

/// Readings of one window.
const WINDOW_READINGS: u32 = 100_000;

/// A signal and its newest reading.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalInfo {
    pub name: String,
    /// The device that reported it last.
    pub device: String,
    pub last_at: Instant,
    pub last_value: Sample,
    /// Readings, those included of which only sums are kept.
    pub count: u64,
}

/// A reading as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub at: Instant,
    pub value: Sample,
    pub quality: Quality,
}

/// The counter values of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The last one before the window.
    pub before: Option<i64>,
    /// Those inside, oldest first.
    pub inside: Vec<i64>,
}

impl Readings {
    /// Samples of a signal in `from..until` without bad ones, oldest first, at most `limit` and at most
    /// [`limits::READINGS`].
    pub fn samples(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Result<Samples> {
        let mut samples = Samples::default();
        let limit = limit.min(limits::READINGS as u32);
        self.each(signal, from, until, limit, |at, value, _| {
            samples.times.push(at.0);
            samples.values.push(value);
            true
        })?;
        Ok(samples)
    }

    /// Readings of a signal in `from..until`, the bad ones, too, oldest first, at most `limit` and at most
    /// [`limits::READINGS`].
    pub fn stored(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Result<Vec<Stored>> {
        let (mut stored, limit) = (Vec::new(), limit.min(limits::READINGS as u32));
        let Some(series) = self.names.find(signal)? else { return Ok(stored) };
        for (month, _) in self.whole_months(from, until)? {
            let left = limit as usize - stored.len();
            let Some(file) = self.month(month, Kept::Whole)?.filter(|_| left > 0) else { continue };
            let sql = "SELECT kind,value,at_us FROM reading WHERE series=?1 AND at_us>=?2 AND at_us<?3
                ORDER BY at_us LIMIT ?4";
            let mut select = file.db.prepare_cached(sql)?;
            let rows = select.query_map(params![series, from.0, until.0, left as i64], |row| {
                Ok(Stored { at: Instant(row.get(2)?), value: sample(row, 0)?, quality: quality(row, 0)? })
            })?;
            for row in rows {
                stored.push(row?);
            }
        }
        Ok(stored)
    }

    /// Gives usable readings of a signal in `from..until`, oldest first, at most `limit`, until `take` says no.
    pub(super) fn each(
        &mut self,
        signal: &str,
        from: Instant,
        until: Instant,
        limit: u32,
        mut take: impl FnMut(Instant, Sample, Quality) -> bool,
    ) -> Result<()> {
        let Some(series) = self.names.find(signal)? else { return Ok(()) };
        let mut left = i64::from(limit);
        for (month, _) in self.whole_months(from, until)? {
            let Some(file) = self.month(month, Kept::Whole)? else { continue };
            let sql = "SELECT kind,value,at_us FROM reading WHERE series=?1 AND at_us>=?2 AND at_us<?3 AND kind<8
                ORDER BY at_us LIMIT ?4";
            let mut select = file.db.prepare_cached(sql)?;
            let mut rows = select.query(params![series, from.0, until.0, left])?;
            while let Some(row) = rows.next()? {
                left -= 1;
                if !take(Instant(row.get(2)?), sample(row, 0)?, quality(row, 0)?) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Months with all their readings that overlap `from..until`, the oldest first.
    pub(super) fn whole_months(&mut self, from: Instant, until: Instant) -> Result<Vec<(Month, Kept)>> {
        let present = self.present()?.into_iter();
        Ok(present.filter(|(month, kept)| *kept == Kept::Whole && month.overlaps(from, until)).collect())
    }

    /// The newest usable reading of a signal.
    pub fn latest(&mut self, signal: &str) -> Result<Option<Stored>> {
        let Some(series) = self.names.find(signal)? else { return Ok(None) };
        for (month, _) in self.whole_months(Instant::MIN, Instant::MAX)?.into_iter().rev() {
            let Some(file) = self.month(month, Kept::Whole)? else { continue };
            let sql = "SELECT kind,value,at_us FROM reading WHERE series=?1 AND kind<8 ORDER BY at_us DESC LIMIT 1";
            let mut select = file.db.prepare_cached(sql)?;
            let latest = select.query_row([series], |row| {
                Ok(Stored { at: Instant(row.get(2)?), value: sample(row, 0)?, quality: quality(row, 0)? })
            });
            if let Some(latest) = latest.optional()? {
                return Ok(Some(latest));
            }
        }
        Ok(None)
    }

    /// Time of the first usable reading of a signal at or after `from`.
    pub fn next_after(&mut self, signal: &str, from: Instant) -> Result<Option<Instant>> {
        let mut next = None;
        self.each(signal, from, Instant(Instant::MAX.0 + 1), 1, |at, _, _| {
            next = Some(at);
            false
        })?;
        Ok(next)
    }

    /// Signals with names after `after`, by name, at most `limit` and at most [`limits::SIGNALS`]; without those of which
    /// nothing is kept any more.
    pub fn signals(&mut self, after: &str, limit: u32) -> Result<Vec<SignalInfo>> {
        let names = self.names.after(after, limit.min(limits::SIGNALS as u32))?;
        let mut known: HashMap<i64, SignalInfo> = HashMap::with_capacity(names.len());
        // The newest month that has a signal says what it said last.
        for (month, kept) in self.present()?.into_iter().rev() {
            let Some(file) = self.month(month, kept)? else { continue };
            for (series, name) in &names {
                let Some(stat) = file.stat(*series)? else { continue };
                if let Some(info) = known.get_mut(series) {
                    info.count += stat.readings as u64;
                    continue;
                }
                let last_at = Instant(stat.last_us);
                let Some(last_value) = last_value(&file.db, *series, last_at)? else { continue };
                let (name, count) = (name.clone(), stat.readings as u64);
                known.insert(*series, SignalInfo { name, device: stat.device, last_at, last_value, count });
            }
        }
        Ok(names.iter().filter_map(|(series, _)| known.remove(series)).collect())
    }

    /// The usable counter values of a signal in `from..until` and the one before; other kinds of values are passed over.
    pub fn window(&mut self, signal: &str, from: Instant, until: Instant) -> Result<Counts> {
        let Some(series) = self.names.find(signal)? else { return Ok(Counts::default()) };
        let mut counts = Counts::default();
        let months = self.whole_months(Instant::MIN, until)?;
        for (month, _) in &months {
            if month.until <= from {
                continue;
            }
            let Some(file) = self.month(*month, Kept::Whole)? else { continue };
            let sql = "SELECT value FROM reading WHERE series=?1 AND at_us>=?2 AND at_us<?3 AND kind IN (1,5)
                ORDER BY at_us LIMIT ?4";
            let mut select = file.db.prepare_cached(sql)?;
            let inside = select.query_map(params![series, from.0, until.0, WINDOW_READINGS], |row| row.get(0))?;
            for count in inside {
                counts.inside.push(count?);
            }
        }
        for (month, _) in months.iter().rev().filter(|(month, _)| month.from < from) {
            let Some(file) = self.month(*month, Kept::Whole)? else { continue };
            let sql = "SELECT value FROM reading WHERE series=?1 AND at_us<?2 AND kind IN (1,5)
                ORDER BY at_us DESC LIMIT 1";
            let mut select = file.db.prepare_cached(sql)?;
            counts.before = select.query_row(params![series, from.0], |row| row.get(0)).optional()?;
            if counts.before.is_some() {
                break;
            }
        }
        Ok(counts)
    }
}

/// What a series said last in a month: the reading itself, or what its sums know.
fn last_value(db: &Connection, series: i64, at: Instant) -> Result<Option<Sample>> {
    let mut select = db.prepare_cached("SELECT kind,value FROM reading WHERE series=?1 AND at_us=?2")?;
    if let Some(value) = select.query_row(params![series, at.0], |row| sample(row, 0)).optional()? {
        return Ok(Some(value));
    }
    let sql =
        "SELECT last_kind,last FROM rollup WHERE level=2 AND series=?1 AND last_us>=0 ORDER BY minute DESC LIMIT 1";
    let mut select = db.prepare_cached(sql)?;
    Ok(select.query_row([series], |row| sample(row, 0)).optional()?)
}

/// Sums of a series whose first minute lies in `from..until`, in order, with what hours and days do not know yet.
pub(super) fn sums(db: &Connection, level: Level, series: i64, from: i64, until: i64) -> Result<BTreeMap<i64, Sum>> {
    let sql = format!(
        "SELECT {COLUMNS},minute FROM rollup WHERE level=?1 AND series=?2 AND minute>=?3 AND minute<?4 ORDER BY minute"
    );
    let mut select = db.prepare_cached(&sql)?;
    let rows = select
        .query_map(params![level as i64, series, from, until], |row| Ok((row.get::<_, i64>(9)?, Sum::read(row, 0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The same with each signal's newest minute in its hour and day.
pub(super) fn whole_sums(
    db: &Connection,
    level: Level,
    series: i64,
    from: i64,
    until: i64,
) -> Result<BTreeMap<i64, Sum>> {
    let mut found = sums(db, level, series, from, until)?;
    if level > Level::Minute
        && let Some(newest) = newest_minute(db, series)?
        && (from..until).contains(&level.start(newest))
        && let Some(sum) = super::rollup::one(db, Level::Minute, series, newest)?
    {
        found.entry(level.start(newest)).or_default().merge(&sum);
    }
    Ok(found)
}

/// The value whose kind and content stand at `at` and behind it.
pub(crate) fn sample(row: &Row<'_>, at: usize) -> rusqlite::Result<Sample> {
    let value = row.get_ref(at + 1)?;
    Ok(match row.get::<_, i64>(at)? & 3 {
        0 => Sample::Flag { value: value.as_i64()? != 0 },
        1 => Sample::Count { value: value.as_i64()? },
        2 => Sample::Number { value: value.as_f64()? },
        _ => Sample::Word { value: value.as_str()?.to_owned() },
    })
}

/// The quality whose kind stands at `at`.
pub(crate) fn quality(row: &Row<'_>, at: usize) -> rusqlite::Result<Quality> {
    Ok(match row.get::<_, i64>(at)? >> 2 {
        0 => Quality::Good,
        1 => Quality::Uncertain,
        _ => Quality::Bad,
    })
}
