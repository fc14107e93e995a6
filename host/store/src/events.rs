//! The tenant's event log: gapless, in commit order.

use crate::engine::{Db, values};
use crate::error::Result;
use crate::writer::Writer;
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
        // A rollback makes the number unknown again, which undoes it.
        let seq = self.last_seq()? + 1;
        match &self.db {
            Db::Sqlite(_) => {
                let sql = "INSERT INTO event(seq,module,name,body,cause,at_us) VALUES(?1,?2,?3,?4,?5,?6)";
                let NewEvent { module, name, body_json, cause, at } = *event;
                self.db.execute(sql, values![number(seq), module, name, body_json, cause.map(number), at])?;
            }
            Db::Postgres(session) => session.write_event(seq, event)?,
        }
        self.known.seq = Some(seq);
        Ok(seq)
    }

    /// Events after `seq`, oldest first, at most `limit` and at most [`limits::PAGE_ROWS`].
    pub fn events_after(&mut self, seq: u64, limit: u32) -> Result<Vec<EventRow>> {
        after(&self.db, seq, limit)
    }

    /// How many events led to one another up to this one, itself included; at most `most`.
    pub fn causes(&mut self, seq: u64, most: u32) -> Result<u32> {
        let sql = "WITH RECURSIVE chain(seq,length) AS (SELECT ?1,CAST(1 AS BIGINT) UNION ALL
            SELECT event.cause,length+1 FROM chain JOIN event ON /*w*/event.seq=chain.seq
            WHERE event.cause IS NOT NULL AND length<?2) SELECT max(length) FROM chain";
        self.db.one(sql, values![number(seq), most], |row| row.small(0))
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

pub(crate) fn after(db: &Db, seq: u64, limit: u32) -> Result<Vec<EventRow>> {
    let sql = "SELECT seq,module,name,body,cause,at_us FROM event WHERE /*w*/seq>?1 ORDER BY seq LIMIT ?2";
    db.rows(sql, values![number(seq), limit.min(limits::PAGE_ROWS)], |row| {
        Ok(EventRow {
            seq: row.count(0)?,
            module: row.text(1)?,
            name: row.text(2)?,
            body: row.text(3)?,
            cause: row.maybe_int(4)?.map(|seq| seq as u64),
            at: row.time(5)?,
        })
    })
}

pub(crate) fn last_seq(db: &Db) -> Result<u64> {
    let seq = db.one("SELECT max(seq) FROM event/*W*/", &[], |row| row.maybe_int(0))?;
    Ok(seq.unwrap_or(0) as u64)
}

/// As the engines count; numbers beyond their range are larger than every row's.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
