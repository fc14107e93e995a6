//! Sums of a signal by minute, hour and day, kept with the readings and in their transaction.
//!
//! A sum is added to, never made again: so the order of arrival changes nothing, and a late reading corrects its minute,
//! hour and day like any other. Counts, extremes and the last value are exact; the sum is as exact as adding floating-point
//! numbers is, which for whole numbers below 2^53 is exact too.
//!
//! Hours and days hold all minutes but each signal's newest one, which [`super::query`] adds: a signal that tells something
//! every second costs one row a second, not three.

use super::month::Kept;
use super::part::Part;
use super::stored;
use crate::engine::{Row, values};
use crate::error::Result;
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;

pub(crate) const MINUTE_US: i64 = 60_000_000;

/// How long the time of one sum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Minute = 0,
    Hour = 1,
    Day = 2,
}

impl Level {
    /// In minutes.
    pub(crate) fn minutes(self) -> i64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 1_440,
        }
    }

    pub fn seconds(self) -> i64 {
        self.minutes() * 60
    }

    /// The first minute of the time that this one is in.
    pub(crate) fn start(self, minute: i64) -> i64 {
        minute.div_euclid(self.minutes()) * self.minutes()
    }
}

pub(crate) fn minute(at: Instant) -> i64 {
    at.0.div_euclid(MINUTE_US)
}

/// What came of one signal in some time. Bad readings are counted and nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sum {
    /// Good and uncertain readings.
    pub readings: i64,
    /// Of those, numbers: counts, numbers, and flags as 0 and 1.
    pub numbers: i64,
    pub bad: i64,
    /// Of the numbers; none without any.
    pub least: Option<f64>,
    pub most: Option<f64>,
    pub sum: f64,
    /// The last one that is not bad, and its time.
    pub last: Option<(Instant, Sample)>,
}

impl Sum {
    /// One reading more.
    pub fn add(&mut self, at: Instant, value: &Sample, quality: Quality) {
        if quality == Quality::Bad {
            self.bad += 1;
            return;
        }
        self.readings += 1;
        if let Some(number) = number(value) {
            self.numbers += 1;
            self.sum += number;
            self.least = Some(self.least.map_or(number, |least| least.min(number)));
            self.most = Some(self.most.map_or(number, |most| most.max(number)));
        }
        if self.last.as_ref().is_none_or(|(last, _)| *last < at) {
            self.last = Some((at, value.clone()));
        }
    }

    /// What came in another part of the time, too.
    pub fn merge(&mut self, other: &Self) {
        self.readings += other.readings;
        self.numbers += other.numbers;
        self.bad += other.bad;
        self.sum += other.sum;
        self.least = [self.least, other.least].into_iter().flatten().reduce(f64::min);
        self.most = [self.most, other.most].into_iter().flatten().reduce(f64::max);
        if let Some((at, _)) = &other.last
            && self.last.as_ref().is_none_or(|(last, _)| last < at)
        {
            self.last.clone_from(&other.last);
        }
    }

    pub fn mean(&self) -> Option<f64> {
        (self.numbers > 0).then(|| self.sum / self.numbers as f64).filter(|mean| mean.is_finite())
    }

    /// From [`COLUMNS`], the last ones of a row.
    pub(crate) fn read(row: &Row<'_>, from: usize) -> Result<Self> {
        let last_us = row.int(from + 6)?;
        let last = if last_us < 0 { None } else { Some((Instant(last_us), super::query::sample(row, from + 7)?)) };
        Ok(Self {
            readings: row.int(from)?,
            numbers: row.int(from + 1)?,
            bad: row.int(from + 2)?,
            least: row.maybe_real(from + 3)?,
            most: row.maybe_real(from + 4)?,
            sum: row.maybe_real(from + 5)?.unwrap_or(f64::NAN),
            last,
        })
    }
}

/// The number in a value, if it is one.
pub(crate) fn number(value: &Sample) -> Option<f64> {
    match value {
        Sample::Flag { value } => Some(f64::from(u8::from(*value))),
        Sample::Count { value } => Some(*value as f64),
        Sample::Number { value } => Some(*value),
        Sample::Word { .. } => None,
    }
}

pub(crate) const COLUMNS: &str = "readings,numbers,bad,least,most,sum,last_us,last_kind,last/*+l*/";

const ADD: &str = "INSERT INTO rollup VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT DO UPDATE SET
    readings=readings+?4, numbers=numbers+?5, bad=bad+?6,
    least=min(coalesce(least,?7),coalesce(?7,least)), most=max(coalesce(most,?8),coalesce(?8,most)), sum=sum+?9,
    last_kind=iif(?10>last_us,?11,last_kind), last=iif(?10>last_us,?12,last), last_us=max(last_us,?10)";

/// Adds to one row.
pub(crate) fn add(db: &Connection, level: Level, series: i64, minute: i64, sum: &Sum) -> Result<()> {
    let (last_us, last_kind, last) = match &sum.last {
        Some((at, value)) => {
            let (kind, value) = stored(value, Quality::Good);
            (at.0, kind, ToSqlOutput::Borrowed(value))
        }
        None => (-1, 0, ToSqlOutput::Owned(Value::Integer(0))),
    };
    db.prepare_cached(ADD)?.execute(params![
        level as i64,
        series,
        minute,
        sum.readings,
        sum.numbers,
        sum.bad,
        sum.least,
        sum.most,
        sum.sum,
        last_us,
        last_kind,
        last
    ])?;
    Ok(())
}

/// Hours and days to which something is added, by their first minute.
pub(crate) type Carried = BTreeMap<(Level, i64), Sum>;

/// What minutes that are not the newest any more add to hours and days: `before` is what was kept of the newest minute so
/// far, where a newer one comes now.
pub(crate) fn carried(before: Option<(i64, Sum)>, now_newest: Option<i64>, minutes: &BTreeMap<i64, Sum>) -> Carried {
    let mut carried = Carried::new();
    let older = minutes.iter().filter(|(minute, _)| Some(**minute) != now_newest).map(|(minute, sum)| (*minute, sum));
    for (minute, sum) in before.iter().map(|(minute, sum)| (*minute, sum)).chain(older) {
        for level in [Level::Hour, Level::Day] {
            carried.entry((level, level.start(minute))).or_default().merge(sum);
        }
    }
    carried
}

/// Adds what came in some minutes of a signal. `newest` is its newest minute so far in this file, if any; returns what it
/// is now.
pub(crate) fn add_minutes(
    db: &Connection,
    series: i64,
    newest: Option<i64>,
    minutes: &BTreeMap<i64, Sum>,
) -> Result<Option<i64>> {
    let now_newest = newest.max(minutes.keys().next_back().copied());
    // What is not in the newest minute any more goes to hours and days.
    let before = match newest.filter(|_| newest < now_newest) {
        Some(before) => one(&Part::file(db, Kept::Whole), Level::Minute, series, before)?.map(|sum| (before, sum)),
        None => None,
    };
    for (minute, sum) in minutes {
        add(db, Level::Minute, series, *minute, sum)?;
    }
    for ((level, minute), sum) in &carried(before, now_newest, minutes) {
        add(db, *level, series, *minute, sum)?;
    }
    Ok(now_newest)
}

/// One row.
pub(crate) fn one(part: &Part<'_>, level: Level, series: i64, minute: i64) -> Result<Option<Sum>> {
    let sql = format!("SELECT {COLUMNS} FROM rollup WHERE /*w*/level=?1 AND series=?2 AND minute=?3");
    part.row(&sql, values![level as i64, series, minute], |row| Sum::read(row, 0))
}
