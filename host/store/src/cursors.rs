//! How far each consumer of the event log came, and what it could not digest.

use crate::engine::{Db, Row, values};
use crate::error::{Result, StoreError};
use crate::events::number;
use crate::writer::Writer;
use std::collections::HashMap;
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// How far a consumer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Everything up to here is done.
    pub seq: u64,
    /// Failed attempts at the event after `seq`.
    pub attempts: u32,
    /// The next attempt is not due before this.
    pub not_before: Instant,
}

/// Something a consumer could not digest, about to be put aside.
#[derive(Clone, Copy, Debug)]
pub struct NewDead<'a> {
    pub consumer: &'a str,
    /// The event's; 0 for a timer.
    pub seq: u64,
    pub why: &'a str,
    /// What was to be delivered.
    pub body: &'a [u8],
    pub at: Instant,
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    pub id: u64,
    pub consumer: String,
    pub seq: u64,
    pub why: String,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Dead {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.count(0)?,
            consumer: row.text(1)?,
            seq: row.count(2)?,
            why: row.text(3)?,
            body: row.blob(4)?.to_vec(),
            at: row.time(5)?,
        })
    }
}

impl Writer {
    /// Where each consumer stands, by its name.
    pub fn cursors(&mut self) -> Result<HashMap<String, Cursor>> {
        let all = self.db.rows("SELECT seq,attempts,not_before_us,consumer FROM cursor/*W*/", &[], |row| {
            Ok((row.text(3)?, Cursor { seq: row.count(0)?, attempts: row.small(1)?, not_before: row.time(2)? }))
        })?;
        Ok(all.into_iter().collect())
    }

    /// Everything up to `seq` is done; starts the consumer when it is new.
    pub fn advance(&mut self, consumer: &str, seq: u64) -> Result<()> {
        self.delay(consumer, seq, 0, Instant::MIN)
    }

    /// Everything up to `seq` is done, and what follows failed `attempts` times: not again before `not_before`.
    pub fn delay(&mut self, consumer: &str, seq: u64, attempts: u32, not_before: Instant) -> Result<()> {
        let sql = "INSERT INTO cursor(/*c*/consumer,seq,attempts,not_before_us) VALUES(/*v*/?1,?2,?3,?4)
            ON CONFLICT(/*c*/consumer) DO UPDATE SET seq=?2,attempts=?3,not_before_us=?4";
        self.db.execute(sql, values![consumer, number(seq), attempts, not_before]).map(drop)
    }

    /// Forgets a consumer. Its dead letters stay.
    pub fn drop_consumer(&mut self, consumer: &str) -> Result<()> {
        self.db.execute("DELETE FROM cursor WHERE /*w*/consumer=?1", values![consumer]).map(drop)
    }

    /// Forgets all consumers of a module, whose keys are `module/handler`.
    pub fn drop_consumers(&mut self, module: &str) -> Result<()> {
        // `0` follows `/`: every key that starts with `module/`.
        let sql = "DELETE FROM cursor WHERE /*w*/consumer>=?1||'/' AND consumer<?1||'0'";
        self.db.execute(sql, values![module]).map(drop)
    }

    /// Puts aside what a consumer could not digest; returns the dead letter's id.
    pub fn bury(&mut self, dead: &NewDead<'_>) -> Result<u64> {
        let NewDead { consumer, seq, why, body, at } = *dead;
        if let Db::Postgres(session) = &self.db {
            let id = session.next_dead()?;
            let sql = "INSERT INTO dead(/*c*/id,consumer,seq,why,body,at_us) VALUES(/*v*/?1,?2,?3,?4,?5,?6)";
            self.db.execute(sql, values![number(id), consumer, number(seq), why, body, at])?;
            return Ok(id);
        }
        let sql = "INSERT INTO dead(consumer,seq,why,body,at_us) VALUES(?1,?2,?3,?4,?5) RETURNING id";
        self.db.one(sql, values![consumer, number(seq), why, body, at], |row| row.count(0))
    }

    /// Dead letters with ids after `after`, oldest first, at most [`limits::PAGE_ROWS`].
    pub fn dead(&mut self, after: u64, limit: u32) -> Result<Vec<Dead>> {
        let sql = "SELECT id,consumer,seq,why,body,at_us FROM dead WHERE /*w*/id>?1 ORDER BY id LIMIT ?2";
        self.db.rows(sql, values![number(after), limit.min(limits::PAGE_ROWS)], Dead::read)
    }

    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn remove_dead(&mut self, id: u64) -> Result<()> {
        let removed = self.db.execute("DELETE FROM dead WHERE /*w*/id=?1", values![number(id)])?;
        if removed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }
}
