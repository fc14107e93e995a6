//! The outbox: requests to the outside, sent after the commit, at least once, under a stable id.

use crate::engine::values;
use crate::error::{Result, StoreError};
use crate::writer::Writer;
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
        let sql = "INSERT INTO effect(/*c*/id,module,kind,target,body,at_us,attempts,not_before_us)
            VALUES(/*v*/?1,?2,?3,?4,?5,?6,0,?6)";
        let NewEffect { id, module, kind, target, body, at } = effect;
        self.db.execute(sql, values![id, *module, *kind, *target, *body, *at]).map(drop)
    }

    /// Effects due at `now`, the most overdue first, at most [`limits::PAGE_ROWS`].
    pub fn due_effects(&mut self, now: Instant, limit: u32) -> Result<Vec<Effect>> {
        let sql = "SELECT id,module,kind,target,body,at_us,attempts FROM effect WHERE /*w*/not_before_us<=?1
            ORDER BY not_before_us,id LIMIT ?2";
        self.db.rows(sql, values![now, limit.min(limits::PAGE_ROWS)], |row| {
            Ok(Effect {
                id: row.id(0)?,
                module: row.text(1)?,
                kind: row.text(2)?,
                target: row.text(3)?,
                body: row.blob(4)?.to_vec(),
                at: row.time(5)?,
                attempts: row.small(6)?,
            })
        })
    }

    /// When the next effect is due; none when the outbox is empty.
    pub fn next_effect(&mut self) -> Result<Option<Instant>> {
        if let Some(due) = self.known.effect {
            return Ok(due);
        }
        let due = self.db.one("SELECT min(not_before_us) FROM effect/*W*/", &[], |row| row.maybe_int(0))?;
        let due = due.map(Instant);
        self.known.effect = Some(due);
        Ok(due)
    }

    /// The effect was sent, or given up.
    pub fn effect_done(&mut self, id: RawId) -> Result<()> {
        self.known.effect = None;
        found(self.db.execute("DELETE FROM effect WHERE /*w*/id=?1", values![&id])?)
    }

    /// The effect failed `attempts` times: not again before `not_before`.
    pub fn effect_failed(&mut self, id: RawId, attempts: u32, not_before: Instant) -> Result<()> {
        self.known.effect = None;
        let sql = "UPDATE effect SET attempts=?2, not_before_us=?3 WHERE /*w*/id=?1";
        found(self.db.execute(sql, values![&id, attempts, not_before])?)
    }
}

fn found(rows: u64) -> Result<()> {
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
