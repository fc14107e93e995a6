//! How far each consumer of the event log came, and what it could not digest.

use crate::error::{Result, StoreError};
use crate::events::number;
use crate::writer::Writer;
use rusqlite::{OptionalExtension, Row, params};
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
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get::<_, i64>(0)? as u64,
            consumer: row.get(1)?,
            seq: row.get::<_, i64>(2)? as u64,
            why: row.get(3)?,
            body: row.get(4)?,
            at: Instant(row.get(5)?),
        })
    }
}

impl Writer {
    /// Where a consumer stands; none for one never started.
    pub fn cursor(&mut self, consumer: &str) -> Result<Option<Cursor>> {
        let mut select = self.db.prepare_cached("SELECT seq,attempts,not_before_us FROM cursor WHERE consumer=?1")?;
        let cursor = select.query_row([consumer], |row| {
            let seq: i64 = row.get(0)?;
            Ok(Cursor { seq: seq as u64, attempts: row.get(1)?, not_before: Instant(row.get(2)?) })
        });
        Ok(cursor.optional()?)
    }

    /// Everything up to `seq` is done; starts the consumer when it is new.
    pub fn advance(&mut self, consumer: &str, seq: u64) -> Result<()> {
        self.delay(consumer, seq, 0, Instant::MIN)
    }

    /// Everything up to `seq` is done, and what follows failed `attempts` times: not again before `not_before`.
    pub fn delay(&mut self, consumer: &str, seq: u64, attempts: u32, not_before: Instant) -> Result<()> {
        let mut upsert = self.db.prepare_cached("INSERT OR REPLACE INTO cursor VALUES(?1,?2,?3,?4)")?;
        upsert.execute(params![consumer, number(seq), attempts, not_before.0])?;
        Ok(())
    }

    /// Forgets a consumer. Its dead letters stay.
    pub fn drop_consumer(&mut self, consumer: &str) -> Result<()> {
        self.db.prepare_cached("DELETE FROM cursor WHERE consumer=?1")?.execute([consumer])?;
        Ok(())
    }

    /// Forgets all consumers of a module, whose keys are `module/handler`.
    pub fn drop_consumers(&mut self, module: &str) -> Result<()> {
        // `0` follows `/`: every key that starts with `module/`.
        let sql = "DELETE FROM cursor WHERE consumer>=?1||'/' AND consumer<?1||'0'";
        self.db.prepare_cached(sql)?.execute([module])?;
        Ok(())
    }

    /// Puts aside what a consumer could not digest; returns the dead letter's id.
    pub fn bury(&mut self, dead: &NewDead<'_>) -> Result<u64> {
        let sql = "INSERT INTO dead(consumer,seq,why,body,at_us) VALUES(?1,?2,?3,?4,?5)";
        let mut insert = self.db.prepare_cached(sql)?;
        let id = insert.insert(params![dead.consumer, number(dead.seq), dead.why, dead.body, dead.at.0])?;
        Ok(id as u64)
    }

    /// Dead letters with ids after `after`, oldest first, at most [`limits::PAGE_ROWS`].
    pub fn dead(&mut self, after: u64, limit: u32) -> Result<Vec<Dead>> {
        let sql = "SELECT id,consumer,seq,why,body,at_us FROM dead WHERE id>?1 ORDER BY id LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![number(after), limit.min(limits::PAGE_ROWS)], Dead::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn remove_dead(&mut self, id: u64) -> Result<()> {
        let removed = self.db.prepare_cached("DELETE FROM dead WHERE id=?1")?.execute([number(id)])?;
        if removed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }
}
