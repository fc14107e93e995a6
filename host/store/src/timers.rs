//! Wake-ups that modules asked for.

use crate::engine::{Row, values};
use crate::error::Result;
use crate::writer::Writer;
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// A pending wake-up. Module, timer and key identify it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    pub module: String,
    /// The handler's name.
    pub timer: String,
    pub key: String,
    pub due: Instant,
    /// Failed attempts so far.
    pub attempts: u32,
    pub payload: Vec<u8>,
}

impl Timer {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            module: row.text(0)?,
            timer: row.text(1)?,
            key: row.text(2)?,
            due: row.time(3)?,
            attempts: row.small(4)?,
            payload: row.blob(5)?.to_vec(),
        })
    }
}

impl Writer {
    /// Sets a timer, replacing a pending one of the same handler and key.
    pub fn set_timer(&mut self, module: &str, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Result<()> {
        self.take_room(key.len() + payload.len())?;
        self.known.timer = None;
        let sql = "INSERT INTO timer(/*c*/module,timer,key,due_us,attempts,payload) VALUES(/*v*/?1,?2,?3,?4,0,?5)
            ON CONFLICT(/*c*/module,timer,key) DO UPDATE SET due_us=?4,attempts=0,payload=?5";
        self.db.execute(sql, values![module, timer, key, due, payload]).map(drop)
    }

    /// Whether one was pending.
    pub fn cancel_timer(&mut self, module: &str, timer: &str, key: &str) -> Result<bool> {
        self.known.timer = None;
        let sql = "DELETE FROM timer WHERE /*w*/module=?1 AND timer=?2 AND key=?3";
        Ok(self.db.execute(sql, values![module, timer, key])? == 1)
    }

    /// Removes a timer that ran.
    pub fn delete_timer(&mut self, module: &str, timer: &str, key: &str) -> Result<()> {
        self.cancel_timer(module, timer, key).map(drop)
    }

    /// Puts a failed timer off. Nothing happens when it is gone.
    pub fn delay_timer(&mut self, module: &str, timer: &str, key: &str, attempts: u32, due: Instant) -> Result<()> {
        self.known.timer = None;
        let sql = "UPDATE timer SET attempts=?4, due_us=?5 WHERE /*w*/module=?1 AND timer=?2 AND key=?3";
        self.db.execute(sql, values![module, timer, key, attempts, due]).map(drop)
    }

    /// Timers due at `now`, the most overdue first, at most [`limits::PAGE_ROWS`].
    pub fn due_timers(&mut self, now: Instant, limit: u32) -> Result<Vec<Timer>> {
        let sql = "SELECT module,timer,key,due_us,attempts,payload FROM timer WHERE /*w*/due_us<=?1
            ORDER BY due_us,module,timer,key LIMIT ?2";
        self.db.rows(sql, values![now, limit.min(limits::PAGE_ROWS)], Timer::read)
    }

    /// The pending timer of this handler and key.
    pub fn pending_timer(&mut self, module: &str, timer: &str, key: &str) -> Result<Option<Timer>> {
        let sql = "SELECT module,timer,key,due_us,attempts,payload FROM timer
            WHERE /*w*/module=?1 AND timer=?2 AND key=?3";
        self.db.row(sql, values![module, timer, key], Timer::read)
    }

    /// When the next timer is due. Effects are not asked for: whoever carries them looks by himself.
    pub fn next_due(&mut self) -> Result<Option<Instant>> {
        if let Some(due) = self.known.timer {
            return Ok(due);
        }
        let due = self.db.one("SELECT min(due_us) FROM timer/*W*/", &[], |row| row.maybe_int(0))?;
        let due = due.map(Instant);
        self.known.timer = Some(due);
        Ok(due)
    }
}
