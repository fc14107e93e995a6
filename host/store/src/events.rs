//! The tenant's event log: gapless, in commit order.

use crate::error::Result;
use crate::writer::Writer;
use rusqlite::{Connection, params};
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// An event about to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub body_json: &'a str,
    /// Seq of the event that led to this one.
    pub cause: Option<u64>,
    pub at: Instant,
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// 1 for the first event of the tenant; no number is ever missing.
    pub seq: u64,
    pub module: String,
    pub name: String,
    /// JSON text.
    pub body: String,
    pub cause: Option<u64>,
    pub at: Instant,
}

impl Writer {
    /// Adds an event; returns its seq. A rollback gives the number back.
    ///
    /// # Errors
    /// [`crate::StoreError::Full`] over the quota.
    pub fn append(&mut self, event: &NewEvent<'_>) -> Result<u64> {
        self.take_room(event.body_json.len())?;
        // The key is left out: SQLite takes the largest one plus one, which a rollback undoes with the row itself.
        let mut insert =
            self.db.prepare_cached("INSERT INTO event(module,name,body,cause,at_us) VALUES(?1,?2,?3,?4,?5)")?;
        let cause = event.cause.map(|seq| seq as i64);
        let seq = insert.insert(params![event.module, event.name, event.body_json, cause, event.at.0])? as u64;
        drop(insert);
        self.known.seq = Some(seq);
        Ok(seq)
    }

    /// Events after `seq`, oldest first, at most `limit` and at most [`limits::PAGE_ROWS`].
    pub fn events_after(&mut self, seq: u64, limit: u32) -> Result<Vec<EventRow>> {
        after(&self.db, seq, limit)
    }

    /// How many events led to one another up to this one, itself included; at most `most`.
    pub fn causes(&mut self, seq: u64, most: u32) -> Result<u32> {
        let sql = "WITH RECURSIVE chain(seq,length) AS (SELECT ?1,1 UNION ALL
            SELECT event.cause,length+1 FROM chain JOIN event ON event.seq=chain.seq
            WHERE event.cause IS NOT NULL AND length<?2) SELECT max(length) FROM chain";
        Ok(self.db.prepare_cached(sql)?.query_row(params![number(seq), most], |row| row.get(0))?)
    }

    /// Seq of the newest event; 0 without any.
    pub fn last_seq(&mut self) -> Result<u64> {
        if let Some(seq) = self.known.seq {
            return Ok(seq);
        }
        let seq = last_seq(&self.db)?;
        self.known.seq = Some(seq);
        Ok(seq)
    }
}

pub(crate) fn after(db: &Connection, seq: u64, limit: u32) -> Result<Vec<EventRow>> {
    let sql = "SELECT seq,module,name,body,cause,at_us FROM event WHERE seq>?1 ORDER BY seq LIMIT ?2";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(params![number(seq), limit.min(limits::PAGE_ROWS)], |row| {
        Ok(EventRow {
            seq: row.get::<_, i64>(0)? as u64,
            module: row.get(1)?,
            name: row.get(2)?,
            body: row.get(3)?,
            cause: row.get::<_, Option<i64>>(4)?.map(|seq| seq as u64),
            at: Instant(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn last_seq(db: &Connection) -> Result<u64> {
    let mut select = db.prepare_cached("SELECT max(seq) FROM event")?;
    let seq: Option<i64> = select.query_row([], |row| row.get(0))?;
    Ok(seq.unwrap_or(0) as u64)
}

/// As SQLite counts; numbers beyond its range are larger than every row's.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
