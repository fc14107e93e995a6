//! Wake-ups that modules asked for.

use crate::error::Result;
use crate::writer::Writer;
use rusqlite::{OptionalExtension, Row, params};
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
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            module: row.get(0)?,
            timer: row.get(1)?,
            key: row.get(2)?,
            due: Instant(row.get(3)?),
            attempts: row.get(4)?,
            payload: row.get(5)?,
        })
    }
}

impl Writer {
    /// Sets a timer, replacing a pending one of the same handler and key.
    pub fn set_timer(&mut self, module: &str, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Result<()> {
        self.take_room(key.len() + payload.len())?;
        self.known.timer = None;
        let sql = "INSERT OR REPLACE INTO timer(module,timer,key,due_us,attempts,payload) VALUES(?1,?2,?3,?4,0,?5)";
        self.db.prepare_cached(sql)?.execute(params![module, timer, key, due.0, payload])?;
        Ok(())
    }

    /// Whether one was pending.
    pub fn cancel_timer(&mut self, module: &str, timer: &str, key: &str) -> Result<bool> {
        self.known.timer = None;
        let sql = "DELETE FROM timer WHERE module=?1 AND timer=?2 AND key=?3";
        Ok(self.db.prepare_cached(sql)?.execute(params![module, timer, key])? == 1)
    }

    /// Removes a timer that ran.
    pub fn delete_timer(&mut self, module: &str, timer: &str, key: &str) -> Result<()> {
        self.cancel_timer(module, timer, key).map(drop)
    }

    /// Puts a failed timer off. Nothing happens when it is gone.
    pub fn delay_timer(&mut self, module: &str, timer: &str, key: &str, attempts: u32, due: Instant) -> Result<()> {
        self.known.timer = None;
        let sql = "UPDATE timer SET attempts=?4, due_us=?5 WHERE module=?1 AND timer=?2 AND key=?3";
        self.db.prepare_cached(sql)?.execute(params![module, timer, key, attempts, due.0])?;
        Ok(())
    }

    /// Timers due at `now`, the most overdue first, at most [`limits::PAGE_ROWS`].
    pub fn due_timers(&mut self, now: Instant, limit: u32) -> Result<Vec<Timer>> {
        let sql = "SELECT module,timer,key,due_us,attempts,payload FROM timer WHERE due_us<=?1
            ORDER BY due_us,module,timer,key LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![now.0, limit.min(limits::PAGE_ROWS)], Timer::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The pending timer of this handler and key.
    pub fn pending_timer(&mut self, module: &str, timer: &str, key: &str) -> Result<Option<Timer>> {
        let sql = "SELECT due_us,attempts,payload FROM timer WHERE module=?1 AND timer=?2 AND key=?3";
        let mut select = self.db.prepare_cached(sql)?;
        let row = select.query_row(params![module, timer, key], |row| {
            let (module, timer, key) = (module.to_owned(), timer.to_owned(), key.to_owned());
            Ok(Timer { module, timer, key, due: Instant(row.get(0)?), attempts: row.get(1)?, payload: row.get(2)? })
        });
        Ok(row.optional()?)
    }

    /// When the next timer is due. Effects are not asked for: whoever carries them looks by himself.
    pub fn next_due(&mut self) -> Result<Option<Instant>> {
        if let Some(due) = self.known.timer {
            return Ok(due);
        }
        let due: Option<i64> =
            self.db.prepare_cached("SELECT min(due_us) FROM timer")?.query_row([], |row| row.get(0))?;
        let due = due.map(Instant);
        self.known.timer = Some(due);
        Ok(due)
    }
}
