//! What machines said, as lines: signals, their readings month by month, and the sums of months whose readings went.

use super::{To, count, each, hold, text, time};
use crate::connection::TenantOptions;
use crate::error::Result;
use crate::readings::month::{Kept, months};
use crate::readings::query::{quality, sample};
use crate::readings::rollup::{COLUMNS, Level, MINUTE_US, Sum};
use crate::readings::{Readings, Tally, names};
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
    months: Vec<(Kept, Connection)>,
}

impl Machines {
    /// None when no machine ever sent anything.
    pub fn hold(dir: &Path) -> Result<Option<Self>> {
        if !Readings::exist(dir) {
            return Ok(None);
        }
        // What an earlier version left in one file moves to its months first.
        drop(Readings::open(dir, &TenantOptions::default())?);
        let names = hold(&dir.join(names::FILE))?;
        let held = months(dir)?.into_iter().map(|(month, kept)| Ok((kept, hold(&month.file(dir, kept))?)));
        Ok(Some(Self { names, months: held.collect::<Result<_>>()? }))
    }

    pub fn lines(&self) -> Result<u64> {
        let mut lines = count(&self.names, "signal")? + count(&self.names, "quarantine")?;
        for (kept, month) in &self.months {
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
            for (_, month) in &self.months {
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
            for (_, month) in self.months.iter().filter(|(kept, _)| *kept == Kept::Whole) {
                let sql = format!("SELECT at_us,kind,value FROM reading WHERE series={series} ORDER BY at_us");
                each(month, &sql, |row| to.line("reading", reading(name, row)?))?;
            }
        }
        for (series, name) in &signals {
            for (_, month) in self.months.iter().filter(|(kept, _)| *kept == Kept::Sums) {
                let sql =
                    format!("SELECT {COLUMNS},level,minute FROM {SUMS} AND series={series} ORDER BY level,minute");
                each(month, &sql, |row| to.line("readings_sum", sum(name, row)?))?;
            }
        }
        each(&self.names, "SELECT device,signal,at_us,received_us,kind,value FROM quarantine ORDER BY id", |row| {
            to.line(
                "quarantined",
                json!({"device": text(row, 0)?, "signal": text(row, 1)?, "at": time(row, 2)?,
                "received": time(row, 3)?, "value": plain(sample(row, 4)?)}),
            )
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
        for db in self.months.iter().map(|(_, month)| month).chain([&self.names]) {
            for (day, tally) in Tally::read(db, i64::MIN, i64::MAX)? {
                days.entry(day).or_default().merge(&tally);
            }
        }
        Ok(days)
    }
}

fn reading(signal: &str, row: &Row<'_>) -> Result<Json> {
    let mut line = json!({"signal": signal, "at": time(row, 0)?, "value": plain(sample(row, 1)?)});
    let quality = quality(row, 1)?;
    if quality != Quality::Good {
        line["quality"] = json!(quality);
    }
    Ok(line)
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
