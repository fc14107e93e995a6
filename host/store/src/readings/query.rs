//! Readings as they are asked for: by signal and time.

use super::Readings;
use super::file::Stat;
use super::month::{Kept, Month};
use super::part::Part;
use super::rollup::{COLUMNS, Level, Sum};
use crate::engine::{Row, Value, values};
use crate::error::{Result, StoreError};
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
        self.asked(|all| {
            let (mut stored, limit) = (Vec::new(), limit.min(limits::READINGS as u32));
            let Some(series) = all.find(signal)? else { return Ok(stored) };
            for (month, kept) in all.whole_months(from, until)? {
                let left = limit as usize - stored.len();
                let Some(part) = all.month(month, kept)?.filter(|_| left > 0) else { continue };
                let sql = "SELECT at_us,kind,value/*+v*/ FROM reading WHERE /*r*/series=?1 AND at_us>=?2 AND at_us<?3
                    ORDER BY at_us LIMIT ?4";
                stored.extend(part.rows(sql, values![series, from, until, left as i64], read)?);
            }
            Ok(stored)
        })
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
        self.asked(|all| {
            let Some(series) = all.find(signal)? else { return Ok(()) };
            let (mut left, mut more) = (i64::from(limit), true);
            for (month, kept) in all.whole_months(from, until)? {
                let Some(part) = all.month(month, kept)?.filter(|_| more && left > 0) else { continue };
                let sql = "SELECT at_us,kind,value/*+v*/ FROM reading
                    WHERE /*r*/series=?1 AND at_us>=?2 AND at_us<?3 AND kind<8 ORDER BY at_us LIMIT ?4";
                part.each(sql, values![series, from, until, left], |row| {
                    let Stored { at, value, quality } = read(row)?;
                    left -= 1;
                    more = take(at, value, quality);
                    Ok(more)
                })?;
            }
            Ok(())
        })
    }

    /// Months with all their readings that overlap `from..until`, the oldest first.
    pub(super) fn whole_months(&mut self, from: Instant, until: Instant) -> Result<Vec<(Month, Kept)>> {
        let present = self.present()?.into_iter();
        Ok(present.filter(|(month, kept)| *kept == Kept::Whole && month.overlaps(from, until)).collect())
    }

    /// The newest usable reading of a signal.
    pub fn latest(&mut self, signal: &str) -> Result<Option<Stored>> {
        self.asked(|all| {
            let Some(series) = all.find(signal)? else { return Ok(None) };
            for (month, kept) in all.whole_months(Instant::MIN, Instant::MAX)?.into_iter().rev() {
                let Some(part) = all.month(month, kept)? else { continue };
                let sql = "SELECT at_us,kind,value/*+v*/ FROM reading WHERE /*r*/series=?1 AND kind<8
                    ORDER BY at_us DESC LIMIT 1";
                if let Some(latest) = part.row(sql, values![series], read)? {
                    return Ok(Some(latest));
                }
            }
            Ok(None)
        })
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
        self.asked(|all| {
            let names = all.names_after(after, limit.min(limits::SIGNALS as u32))?;
            let wanted: HashMap<i64, &String> = names.iter().map(|(series, name)| (*series, name)).collect();
            let mut known: HashMap<i64, SignalInfo> = HashMap::with_capacity(names.len());
            // The newest month that has a signal says what it said last.
            for (month, kept) in all.present()?.into_iter().rev() {
                let Some(part) = all.month(month, kept)? else { continue };
                for (series, stat, last_value) in lasts(&part)? {
                    let Some(name) = wanted.get(&series) else { continue };
                    if let Some(info) = known.get_mut(&series) {
                        info.count += stat.readings as u64;
                    } else if let Some(last_value) = last_value {
                        let (name, last_at, count) = ((*name).clone(), Instant(stat.last_us), stat.readings as u64);
                        known.insert(series, SignalInfo { name, device: stat.device, last_at, last_value, count });
                    }
                }
            }
            Ok(names.iter().filter_map(|(series, _)| known.remove(series)).collect())
        })
    }

    /// The usable counter values of a signal in `from..until` and the one before; other kinds of values are passed over.
    pub fn window(&mut self, signal: &str, from: Instant, until: Instant) -> Result<Counts> {
        self.asked(|all| {
            let Some(series) = all.find(signal)? else { return Ok(Counts::default()) };
            let mut counts = Counts::default();
            let months = all.whole_months(Instant::MIN, until)?;
            for (month, kept) in months.iter().filter(|(month, _)| month.until > from) {
                let Some(part) = all.month(*month, *kept)? else { continue };
                let sql = "SELECT value FROM reading WHERE /*r*/series=?1 AND at_us>=?2 AND at_us<?3 AND kind IN (1,5)
                    ORDER BY at_us LIMIT ?4";
                counts.inside.extend(part.rows(sql, values![series, from, until, WINDOW_READINGS], |row| row.int(0))?);
            }
            for (month, kept) in months.iter().rev().filter(|(month, _)| month.from < from) {
                let Some(part) = all.month(*month, *kept)? else { continue };
                let sql = "SELECT value FROM reading WHERE /*r*/series=?1 AND at_us<?2 AND kind IN (1,5)
                    ORDER BY at_us DESC LIMIT 1";
                counts.before = part.row(sql, values![series, from], |row| row.int(0))?;
                if counts.before.is_some() {
                    break;
                }
            }
            Ok(counts)
        })
    }
}

/// From columns `at_us,kind,value`.
fn read(row: &Row<'_>) -> Result<Stored> {
    Ok(Stored { at: row.time(0)?, value: sample(row, 1)?, quality: quality(row, 1)? })
}

/// What every series of a month said last: the reading itself, or what its sums know.
fn lasts(part: &Part<'_>) -> Result<Vec<(i64, Stat, Option<Sample>)>> {
    let stats = stats(part)?;
    let mut last: HashMap<i64, Sample> = HashMap::new();
    if let Some(session) = part.session().filter(|_| part.kept == Kept::Whole) {
        let (series, moments) = stats.iter().map(|(series, stat)| (*series, stat.last_us)).unzip();
        let there = super::rows::there(session, series, moments)?;
        last.extend(there.into_iter().map(|((series, _), (value, _))| (series, value)));
        return Ok(with(stats, last));
    }
    let sql = match part.kept {
        Kept::Whole => {
            "SELECT o.series,o.kind,o.value FROM stat s JOIN reading o ON o.series=s.series AND o.at_us=s.last_us"
        }
        Kept::Sums => {
            "SELECT series,last_kind,last/*+l*/ FROM rollup WHERE /*n*/level=2 AND last_us>=0 ORDER BY minute"
        }
    };
    part.each(sql, &[], |row| {
        last.insert(row.int(0)?, sample(row, 1)?);
        Ok(true)
    })?;
    Ok(with(stats, last))
}

fn with(stats: BTreeMap<i64, Stat>, mut last: HashMap<i64, Sample>) -> Vec<(i64, Stat, Option<Sample>)> {
    let valued = stats.into_iter().map(|(series, stat)| {
        let value = last.remove(&series);
        (series, stat, value)
    });
    valued.collect()
}

/// What is known of every series of a month, in their order.
pub(crate) fn stats(part: &Part<'_>) -> Result<BTreeMap<i64, Stat>> {
    let sql = "SELECT series,device,readings,last_us FROM stat WHERE /*m*/true";
    let all = part.rows(sql, &[], |row| {
        Ok((row.int(0)?, Stat { device: row.text(1)?, readings: row.int(2)?, last_us: row.int(3)? }))
    })?;
    Ok(all.into_iter().collect())
}

/// The newest minute of a series, of which hours and days know nothing yet; none in a month of which sums alone are kept.
pub(crate) fn newest_minute(part: &Part<'_>, series: i64) -> Result<Option<i64>> {
    if part.kept == Kept::Sums {
        return Ok(None);
    }
    let sql = "SELECT max(minute) FROM rollup WHERE /*n*/level=0 AND series=?1";
    Ok(part.row(sql, values![series], |row| row.maybe_int(0))?.flatten())
}

/// Sums of a series whose first minute lies in `from..until`, in order, with what hours and days do not know yet.
pub(super) fn sums(part: &Part<'_>, level: Level, series: i64, from: i64, until: i64) -> Result<BTreeMap<i64, Sum>> {
    let sql = format!(
        "SELECT minute,{COLUMNS} FROM rollup
            WHERE /*n*/level=?1 AND series=?2 AND minute>=?3 AND minute<?4 ORDER BY minute"
    );
    let all =
        part.rows(&sql, values![level as i64, series, from, until], |row| Ok((row.int(0)?, Sum::read(row, 1)?)))?;
    Ok(all.into_iter().collect())
}

/// The same with each signal's newest minute in its hour and day.
pub(super) fn whole_sums(
    part: &Part<'_>,
    level: Level,
    series: i64,
    from: i64,
    until: i64,
) -> Result<BTreeMap<i64, Sum>> {
    let mut found = sums(part, level, series, from, until)?;
    if level > Level::Minute
        && let Some(newest) = newest_minute(part, series)?
        && (from..until).contains(&level.start(newest))
        && let Some(sum) = super::rollup::one(part, Level::Minute, series, newest)?
    {
        found.entry(level.start(newest)).or_default().merge(&sum);
    }
    Ok(found)
}

/// The value whose kind and content stand at `at` and behind it. In PostgreSQL that are three columns, of which one has it.
pub(crate) fn sample(row: &Row<'_>, at: usize) -> Result<Sample> {
    let kind = row.int(at)? & 3;
    let content = match (row, kind) {
        (Row::Postgres(_), 2) => row.value(at + 2)?,
        (Row::Postgres(_), 3) => row.value(at + 3)?,
        _ => row.value(at + 1)?,
    };
    match (kind, content) {
        (0, Value::Integer(value)) => Ok(Sample::Flag { value: value != 0 }),
        (1, Value::Integer(value)) => Ok(Sample::Count { value }),
        (2, Value::Real(value)) => Ok(Sample::Number { value }),
        (3, Value::Text(text)) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Sample::Word { value: text.to_owned() }),
            Err(_) => Err(StoreError::Io("a stored word is not UTF-8".to_owned())),
        },
        _ => Err(StoreError::Io(format!("a stored value is not of its kind, {kind}"))),
    }
}

/// The quality whose kind stands at `at`.
pub(crate) fn quality(row: &Row<'_>, at: usize) -> Result<Quality> {
    Ok(match row.int(at)? >> 2 {
        0 => Quality::Good,
        1 => Quality::Uncertain,
        _ => Quality::Bad,
    })
}
