//! The outbox: requests to the outside, sent after the commit, at least once, under a stable id.

use crate::error::{Result, StoreError};
use crate::writer::Writer;
use rusqlite::params;
use toolcrib_contract::limits;
use toolcrib_contract::types::{Instant, RawId};

/// A request to the outside, about to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewEffect<'a> {
    /// The receiver sees it as the idempotency key.
    pub id: RawId,
    pub module: &'a str,
    pub kind: &'a str,
    pub target: &'a str,
    pub body: &'a [u8],
    pub at: Instant,
}

/// A request that is still to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub id: RawId,
    pub module: String,
    pub kind: String,
    pub target: String,
    pub body: Vec<u8>,
    pub at: Instant,
    /// Failed attempts so far.
    pub attempts: u32,
}

impl Writer {
    /// Keeps an effect until it is done.
    pub fn add_effect(&mut self, effect: &NewEffect<'_>) -> Result<()> {
        self.take_room(effect.target.len() + effect.body.len())?;
        self.known.effect = None;
        let mut insert = self.db.prepare_cached("INSERT INTO effect VALUES(?1,?2,?3,?4,?5,?6,0,?6)")?;
        insert.execute(params![effect.id.0, effect.module, effect.kind, effect.target, effect.body, effect.at.0])?;
        Ok(())
    }

    /// Effects due at `now`, the most overdue first, at most [`limits::PAGE_ROWS`].
    pub fn due_effects(&mut self, now: Instant, limit: u32) -> Result<Vec<Effect>> {
        let sql = "SELECT id,module,kind,target,body,at_us,attempts FROM effect WHERE not_before_us<=?1
            ORDER BY not_before_us,id LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![now.0, limit.min(limits::PAGE_ROWS)], |row| {
            Ok(Effect {
                id: RawId(row.get(0)?),
                module: row.get(1)?,
                kind: row.get(2)?,
                target: row.get(3)?,
                body: row.get(4)?,
                at: Instant(row.get(5)?),
                attempts: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// When the next effect is due; none when the outbox is empty.
    pub fn next_effect(&mut self) -> Result<Option<Instant>> {
        if let Some(due) = self.known.effect {
            return Ok(due);
        }
        let mut select = self.db.prepare_cached("SELECT min(not_before_us) FROM effect")?;
        let due: Option<i64> = select.query_row([], |row| row.get(0))?;
        drop(select);
        let due = due.map(Instant);
        self.known.effect = Some(due);
        Ok(due)
    }

    /// The effect was sent, or given up.
    pub fn effect_done(&mut self, id: RawId) -> Result<()> {
        self.known.effect = None;
        found(self.db.prepare_cached("DELETE FROM effect WHERE id=?1")?.execute([id.0])?)
    }

    /// The effect failed `attempts` times: not again before `not_before`.
    pub fn effect_failed(&mut self, id: RawId, attempts: u32, not_before: Instant) -> Result<()> {
        self.known.effect = None;
        let sql = "UPDATE effect SET attempts=?2, not_before_us=?3 WHERE id=?1";
        found(self.db.prepare_cached(sql)?.execute(params![id.0, attempts, not_before.0])?)
    }
}

fn found(rows: usize) -> Result<()> {
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
