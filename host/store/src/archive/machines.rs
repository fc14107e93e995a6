//! What machines said, as lines: signals, their readings month by month, and the sums of months whose readings went.

use super::{To, hold};
use crate::connection::TenantOptions;
use crate::engine::{Row, Session, values};
use crate::error::Result;
use crate::readings::month::{Kept, Month, months};
use crate::readings::part::Part;
use crate::readings::query::{quality, sample, stats};
use crate::readings::rollup::{COLUMNS, Level, MINUTE_US, Sum};
use crate::readings::rows::present;
use crate::readings::{Readings, Tally, names};
use crate::schema;
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::{Date, Instant};

/// The files, held at what is committed.
pub(crate) struct Machines {
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
    pub(crate) fn hold(dir: &Path) -> Result<Option<Self>> {
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

    pub(crate) fn held(&self) -> Held<'_> {
        let months = self.months.iter().map(|(month, kept, db)| (*month, Part::file(db, *kept)));
        Held { beside: Part::file(&self.names, Kept::Whole), months: months.collect() }
    }
}

/// A tenant's readings, at what was committed when somebody began to look.
pub(crate) struct Held<'a> {
    /// What is known besides months.
    pub beside: Part<'a>,
    /// The oldest first.
    pub months: Vec<(Month, Part<'a>)>,
}

impl<'a> Held<'a> {
    /// In PostgreSQL, in the transaction that is open.
    pub fn rows(session: &'a Session) -> Result<Self> {
        let months = present(session)?.into_iter().map(|(month, kept)| (month, Part::rows_of(session, month, kept)));
        Ok(Self { beside: Part::beside(session), months: months.collect() })
    }

    /// Whether any machine ever said anything that is still told of.
    pub fn has_any(&self) -> Result<bool> {
        Ok(self.lines()? > 0)
    }

    pub fn lines(&self) -> Result<u64> {
        let mut lines = self.beside.number("SELECT count(*) FROM signal/*W*/", &[])?;
        lines += self.beside.number("SELECT count(*) FROM quarantine/*W*/", &[])?;
        for (_, month) in &self.months {
            lines += month.number("SELECT count(*) FROM stat WHERE /*m*/true", &[])?;
            lines += match month.kept {
                Kept::Whole => month.number("SELECT count(*) FROM reading WHERE /*r*/true", &[])?,
                Kept::Sums => month.number("SELECT count(*) FROM rollup WHERE /*n*/level>0", &[])?,
            };
        }
        Ok(lines as u64 + self.days()?.len() as u64)
    }

    pub(super) fn write(&self, to: &mut To<'_>) -> Result<()> {
        let sql = "SELECT id,name FROM signal/*W*/ ORDER BY name";
        let signals = self.beside.rows(sql, &[], |row| Ok((row.int(0)?, row.text(1)?)))?;
        let stats = self.months.iter().map(|(_, month)| stats(month)).collect::<Result<Vec<_>>>()?;
        for (series, name) in &signals {
            let of_signal = || stats.iter().filter_map(|month| month.get(series));
            let device = of_signal().next_back().map_or("", |stat| stat.device.as_str());
            let readings: i64 = of_signal().map(|stat| stat.readings).sum();
            to.line("signal", json!({"signal": name, "device": device, "readings": readings}))?;
        }
        for (series, name) in &signals {
            for ((month, part), stats) in self.months.iter().zip(&stats) {
                let Some(stat) = stats.get(series) else { continue };
                let kept = if part.kept == Kept::Whole { "whole" } else { "sums" };
                to.line(
                    "signal_month",
                    json!({"signal": name, "month": month.name(), "kept": kept, "device": stat.device,
                        "readings": stat.readings, "last": Instant(stat.last_us).to_string()}),
                )?;
            }
        }
        // A signal that a month knows nothing of has nothing in it.
        let each = |kept: Kept, out: &mut dyn FnMut(i64, &str, &Part<'_>) -> Result<()>| {
            for (series, name) in &signals {
                for ((_, part), stats) in self.months.iter().zip(&stats) {
                    if part.kept == kept && stats.contains_key(series) {
                        out(*series, name, part)?;
                    }
                }
            }
            Result::Ok(())
        };
        each(Kept::Whole, &mut |series, name, part| {
            let sql = "SELECT at_us,arrival,kind,value/*+v*/ FROM reading WHERE /*r*/series=?1 ORDER BY at_us";
            part.each(sql, values![series], |row| to.line("reading", reading(name, row)?).map(|()| true))
        })?;
        each(Kept::Sums, &mut |series, name, part| {
            let sql = format!(
                "SELECT level,minute,{COLUMNS} FROM rollup WHERE /*n*/level>0 AND series=?1 ORDER BY level,minute"
            );
            part.each(&sql, values![series], |row| to.line("readings_sum", sum(name, row)?).map(|()| true))
        })?;
        self.rest(to)
    }

    /// Gives every line to `out`.
    pub fn each_line(&self, out: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        self.write(&mut To::new(out))
    }

    /// What was put aside, and what came each day.
    fn rest(&self, to: &mut To<'_>) -> Result<()> {
        let sql = "SELECT device,signal,at_us,received_us,kind,value/*+v*/ FROM quarantine/*W*/ ORDER BY id";
        self.beside.each(sql, &[], |row| {
            let mut line = json!({"device": row.text(0)?, "signal": row.text(1)?, "at": row.time(2)?.to_string(),
                "received": row.time(3)?.to_string(), "value": plain(sample(row, 4)?)});
            put_quality(&mut line, quality(row, 4)?);
            to.line("quarantined", line).map(|()| true)
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
        for part in self.months.iter().map(|(_, month)| month).chain([&self.beside]) {
            for (day, tally) in Tally::read(part, i64::MIN, i64::MAX)? {
                days.entry(day).or_default().merge(&tally);
            }
        }
        Ok(days)
    }
}

/// From columns `at_us,arrival,kind,value`.
fn reading(signal: &str, row: &Row<'_>) -> Result<Json> {
    // The number in the order of arrival, from which on consumers go on.
    let mut line = json!({"signal": signal, "at": row.time(0)?.to_string(), "value": plain(sample(row, 2)?),
        "n": row.int(1)?});
    put_quality(&mut line, quality(row, 2)?);
    Ok(line)
}

fn put_quality(line: &mut Json, quality: Quality) {
    if quality != Quality::Good {
        line["quality"] = json!(quality);
    }
}

fn sum(signal: &str, row: &Row<'_>) -> Result<Json> {
    let level = if row.int(0)? == 1 { Level::Hour } else { Level::Day };
    let (from, sum) = (Instant(row.int(1)? * MINUTE_US), Sum::read(row, 2)?);
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
