//! What machines said, as lines: signals, their readings month by month, and the sums of months whose readings went.

use super::{To, count, hold};
use crate::connection::TenantOptions;
use crate::error::Result;
use crate::readings::month::{Kept, Month, months};
use crate::readings::query::{quality, sample};
use crate::readings::rollup::{COLUMNS, Level, MINUTE_US, Sum};
use crate::readings::{Readings, Tally, names};
use crate::schema;
use rusqlite::{Connection, Row};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::{Date, Instant};

/// Rows of a month's sums that are kept when its readings are not.
const SUMS: &str = "rollup WHERE level>0";

/// The files, held at what is committed.
pub(super) struct Machines {
    names: Connection,
    /// The oldest first.
    months: Vec<(Month, Kept, Connection)>,
}

/// A month may just be folded, or leave.
const ATTEMPTS: usize = 5;

/// Holds the months that are there, the oldest first.
fn hold_months(dir: &Path) -> Result<Vec<(Month, Kept, Connection)>> {
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        let present = months(dir)?;
        let held = present.iter().map(|(month, kept)| Ok((*month, *kept, hold(&month.file(dir, *kept))?)));
        match held.collect::<Result<Vec<_>>>() {
            Err(_) if left > 0 && months(dir)? != present => {}
            held => return held,
        }
    }
}

impl Machines {
    /// None when no machine ever sent anything.
    pub fn hold(dir: &Path) -> Result<Option<Self>> {
        if !Readings::exist(dir) {
            return Ok(None);
        }
        let file = dir.join(names::FILE);
        let version: i64 = hold(&file)?.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version < schema::READINGS.len() as i64 {
            // What an earlier version left in one file moves to its months first.
            drop(Readings::open(dir, &TenantOptions::default())?);
        }
        // The names last: a month never speaks of signals that nobody knows.
        let months = hold_months(dir)?;
        Ok(Some(Self { names: hold(&file)?, months }))
    }

    pub fn lines(&self) -> Result<u64> {
        let mut lines = count(&self.names, "signal")? + count(&self.names, "quarantine")?;
        for (_, kept, month) in &self.months {
            lines += count(month, "stat")?;
            lines += count(month, if *kept == Kept::Whole { "reading" } else { SUMS })?;
        }
        Ok(lines + self.days()?.len() as u64)
    }

    pub fn write(&self, to: &mut To<'_>) -> Result<()> {
        let mut signals: Vec<(i64, String)> = Vec::new();
        each(&self.names, "SELECT id,name FROM signal ORDER BY name", |row| {
            signals.push((row.get(0)?, text(row, 1)?));
            Ok(())
        })?;
        for (series, name) in &signals {
            let (mut device, mut readings) = (String::new(), 0);
            for (_, _, month) in &self.months {
                // The number is our own.
                each(month, &format!("SELECT device,readings FROM stat WHERE series={series}"), |row| {
                    device = text(row, 0)?;
                    readings += row.get::<_, i64>(1)?;
                    Ok(())
                })?;
            }
            to.line("signal", json!({"signal": name, "device": device, "readings": readings}))?;
        }
        for (series, name) in &signals {
            for (month, kept, db) in &self.months {
                let kept = if *kept == Kept::Whole { "whole" } else { "sums" };
                let sql = format!("SELECT device,readings,last_us FROM stat WHERE series={series}");
                each(db, &sql, |row| {
                    to.line(
                        "signal_month",
                        json!({"signal": name, "month": month.name(), "kept": kept, "device": text(row, 0)?,
                        "readings": row.get::<_, i64>(1)?, "last": time(row, 2)?}),
                    )
                })?;
            }
        }
        for (series, name) in &signals {
            for (_, _, month) in self.months.iter().filter(|(_, kept, _)| *kept == Kept::Whole) {
                let sql = format!("SELECT at_us,kind,value,arrival FROM reading WHERE series={series} ORDER BY at_us");
                each(month, &sql, |row| to.line("reading", reading(name, row)?))?;
            }
        }
        for (series, name) in &signals {
            for (_, _, month) in self.months.iter().filter(|(_, kept, _)| *kept == Kept::Sums) {
                let sql =
                    format!("SELECT {COLUMNS},level,minute FROM {SUMS} AND series={series} ORDER BY level,minute");
                each(month, &sql, |row| to.line("readings_sum", sum(name, row)?))?;
            }
        }
        each(&self.names, "SELECT device,signal,at_us,received_us,kind,value FROM quarantine ORDER BY id", |row| {
            let mut line = json!({"device": text(row, 0)?, "signal": text(row, 1)?, "at": time(row, 2)?,
                "received": time(row, 3)?, "value": plain(sample(row, 4)?)});
            put_quality(&mut line, quality(row, 4)?);
            to.line("quarantined", line)
        })?;
        for (day, tally) in self.days()? {
            let Tally { accepted, duplicates, conflicts, late, quarantined, refused } = tally;
            to.line(
                "readings_day",
                json!({"day": day.to_string(), "accepted": accepted, "duplicates": duplicates,
                "conflicts": conflicts, "late": late, "quarantined": quarantined, "refused": refused}),
            )?;
        }
        Ok(())
    }

    fn days(&self) -> Result<BTreeMap<Date, Tally>> {
        let mut days = BTreeMap::<Date, Tally>::new();
        for db in self.months.iter().map(|(_, _, month)| month).chain([&self.names]) {
            for (day, tally) in Tally::read(db, i64::MIN, i64::MAX)? {
                days.entry(day).or_default().merge(&tally);
            }
        }
        Ok(days)
    }
}

fn each(db: &Connection, sql: &str, mut line: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
    let mut select = db.prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        line(row)?;
    }
    Ok(())
}

fn text(row: &Row<'_>, at: usize) -> Result<String> {
    Ok(row.get(at)?)
}

fn time(row: &Row<'_>, at: usize) -> Result<String> {
    Ok(Instant(row.get(at)?).to_string())
}

fn reading(signal: &str, row: &Row<'_>) -> Result<Json> {
    // The number in the order of arrival, from which on consumers go on.
    let mut line = json!({"signal": signal, "at": time(row, 0)?, "value": plain(sample(row, 1)?),
        "n": row.get::<_, i64>(3)?});
    put_quality(&mut line, quality(row, 1)?);
    Ok(line)
}

fn put_quality(line: &mut Json, quality: Quality) {
    if quality != Quality::Good {
        line["quality"] = json!(quality);
    }
}

fn sum(signal: &str, row: &Row<'_>) -> Result<Json> {
    let level = if row.get::<_, i64>(9)? == 1 { Level::Hour } else { Level::Day };
    let (from, sum) = (Instant(row.get::<_, i64>(10)? * MINUTE_US), Sum::read(row, 0)?);
    let (last_at, last) = sum.last.map(|(at, value)| (at.to_string(), plain(value))).unzip();
    Ok(json!({"signal": signal, "from": from.to_string(), "seconds": level.seconds(), "readings": sum.readings,
        "numbers": sum.numbers, "bad": sum.bad, "least": sum.least, "most": sum.most, "sum": sum.sum, "last_at": last_at,
        "last": last}))
}

fn plain(value: Sample) -> Json {
    match value {
        Sample::Flag { value } => value.into(),
        Sample::Count { value } => value.into(),
        Sample::Number { value } => value.into(),
        Sample::Word { value } => value.into(),
    }
}
