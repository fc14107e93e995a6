//! Readings as they are asked for: by signal and time, or in the order of arrival.

use super::{Readings, find};
use crate::error::Result;
use crate::events::number;
use rusqlite::{OptionalExtension, Row, params};
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Sample, Samples};
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
    pub count: u64,
}

/// A reading in the order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct FedReading {
    /// Where to go on; increases by one from reading to reading.
    pub position: u64,
    pub signal: String,
    pub at: Instant,
    pub value: Sample,
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
    /// Samples of a signal in `from..until`, oldest first, at most `limit` and at most [`limits::READINGS`].
    pub fn samples(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Result<Samples> {
        let Some(known) = find(&self.db, signal)? else { return Ok(Samples::default()) };
        let sql = "SELECT kind,value,at_us FROM reading WHERE series=?1 AND at_us>=?2 AND at_us<?3
            ORDER BY at_us LIMIT ?4";
        let limit = limit.min(limits::READINGS as u32);
        let mut samples = Samples::default();
        let mut select = self.db.prepare_cached(sql)?;
        let mut rows = select.query(params![known.series, from.0, until.0, limit])?;
        while let Some(row) = rows.next()? {
            samples.times.push(row.get(2)?);
            samples.values.push(sample(row, 0)?);
        }
        Ok(samples)
    }

    /// The newest reading of a signal.
    pub fn latest(&mut self, signal: &str) -> Result<Option<(Instant, Sample)>> {
        let Some(known) = find(&self.db, signal)? else { return Ok(None) };
        let sql = "SELECT kind,value,at_us FROM reading WHERE series=?1 ORDER BY at_us DESC LIMIT 1";
        let mut select = self.db.prepare_cached(sql)?;
        let latest = select.query_row([known.series], |row| Ok((Instant(row.get(2)?), sample(row, 0)?)));
        Ok(latest.optional()?)
    }

    /// Time of the first reading of a signal at or after `from`.
    pub fn next_after(&mut self, signal: &str, from: Instant) -> Result<Option<Instant>> {
        let Some(known) = find(&self.db, signal)? else { return Ok(None) };
        let sql = "SELECT min(at_us) FROM reading WHERE series=?1 AND at_us>=?2";
        let at: Option<i64> =
            self.db.prepare_cached(sql)?.query_row(params![known.series, from.0], |row| row.get(0))?;
        Ok(at.map(Instant))
    }

    /// Signals with names after `after`, by name, at most `limit` and at most [`limits::SIGNALS`].
    pub fn signals(&mut self, after: &str, limit: u32) -> Result<Vec<SignalInfo>> {
        let sql = "SELECT kind,value,name,device,last_us,readings FROM signal
            JOIN reading ON series=id AND at_us=last_us WHERE name>?1 ORDER BY name LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![after, limit.min(limits::SIGNALS as u32)], |row| {
            Ok(SignalInfo {
                name: row.get(2)?,
                device: row.get(3)?,
                last_at: Instant(row.get(4)?),
                last_value: sample(row, 0)?,
                count: row.get::<_, i64>(5)? as u64,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Readings that arrived after `position`, in the order of arrival, at most `limit` and at most
    /// [`limits::READINGS`].
    pub fn feed_after(&mut self, position: u64, limit: u32) -> Result<Vec<FedReading>> {
        let sql = "SELECT kind,value,arrival,name,at_us FROM reading JOIN signal ON id=series
            WHERE arrival>?1 ORDER BY arrival LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![number(position), limit.min(limits::READINGS as u32)], |row| {
            let position = row.get::<_, i64>(2)? as u64;
            Ok(FedReading { position, signal: row.get(3)?, at: Instant(row.get(4)?), value: sample(row, 0)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Position of the newest reading; 0 without any.
    pub fn last_position(&mut self) -> Result<u64> {
        let mut select = self.db.prepare_cached("SELECT max(arrival) FROM reading")?;
        let position: Option<i64> = select.query_row([], |row| row.get(0))?;
        Ok(position.unwrap_or(0) as u64)
    }

    /// The counter values of a signal in `from..until` and the one before; other kinds of values are passed over.
    pub fn window(&mut self, signal: &str, from: Instant, until: Instant) -> Result<Counts> {
        let Some(known) = find(&self.db, signal)? else { return Ok(Counts::default()) };
        let sql = "SELECT value FROM reading WHERE series=?1 AND at_us<?2 AND kind=1 ORDER BY at_us DESC LIMIT 1";
        let mut select = self.db.prepare_cached(sql)?;
        let before = select.query_row(params![known.series, from.0], |row| row.get(0)).optional()?;
        let sql = "SELECT value FROM reading WHERE series=?1 AND at_us>=?2 AND at_us<?3 AND kind=1
            ORDER BY at_us LIMIT ?4";
        let mut select = self.db.prepare_cached(sql)?;
        let inside = select.query_map(params![known.series, from.0, until.0, WINDOW_READINGS], |row| row.get(0))?;
        Ok(Counts { before, inside: inside.collect::<rusqlite::Result<_>>()? })
    }
}

/// The value whose kind and content stand at `at` and behind it.
pub(crate) fn sample(row: &Row<'_>, at: usize) -> rusqlite::Result<Sample> {
    let value = row.get_ref(at + 1)?;
    Ok(match row.get::<_, i64>(at)? {
        0 => Sample::Flag { value: value.as_i64()? != 0 },
        1 => Sample::Count { value: value.as_i64()? },
        2 => Sample::Number { value: value.as_f64()? },
        _ => Sample::Word { value: value.as_str()?.to_owned() },
    })
}
