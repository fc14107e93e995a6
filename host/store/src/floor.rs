//! The shop floor's own tables: terminals that were paired, and people who work at them without an account.

use crate::engine::{Row, values};
use crate::error::Result;
use crate::writer::Writer;
use toolcrib_contract::types::{Instant, RawId};

/// A terminal of the shop floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalRow {
    pub id: RawId,
    pub name: String,
    /// Codes of the places and machines it stands for, one a line.
    pub places: String,
    /// What it may show, `module/view`, one a line; empty: everything.
    pub shows: String,
    /// SHA-256 of the paired device's secret; none while no device is paired.
    pub secret: Option<[u8; 32]>,
    pub paired: Option<Instant>,
    pub seen: Option<Instant>,
}

/// Somebody of the shop floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    /// What modules know the person by.
    pub code: String,
    pub name: String,
    pub role: String,
    pub language: String,
    /// Keyed hash of what their badge says.
    pub badge: Option<[u8; 32]>,
    /// PHC string.
    pub pin: Option<String>,
    pub active: bool,
    /// Wrong PINs since the last right one.
    pub wrong: u32,
    pub locked_until: Option<Instant>,
}

fn terminal(row: &Row<'_>) -> Result<TerminalRow> {
    Ok(TerminalRow {
        id: row.id(0)?,
        name: row.text(1)?,
        places: row.text(2)?,
        shows: row.text(3)?,
        secret: row.maybe_bytes(4)?,
        paired: row.maybe_int(5)?.map(Instant),
        seen: row.maybe_int(6)?.map(Instant),
    })
}

fn operator(row: &Row<'_>) -> Result<OperatorRow> {
    Ok(OperatorRow {
        code: row.text(0)?,
        name: row.text(1)?,
        role: row.text(2)?,
        language: row.text(3)?,
        badge: row.maybe_bytes(4)?,
        pin: row.maybe_text(5)?,
        active: row.int(6)? != 0,
        wrong: row.small(7)?,
        locked_until: row.maybe_int(8)?.map(Instant),
    })
}

impl Writer {
    /// All terminals, by name.
    pub fn terminals(&mut self) -> Result<Vec<TerminalRow>> {
        let sql = "SELECT id,name,places,shows,secret,paired_us,seen_us FROM terminal/*W*/ ORDER BY name,id";
        self.db.rows(sql, &[], terminal)
    }

    pub fn terminal(&mut self, id: RawId) -> Result<Option<TerminalRow>> {
        let sql = "SELECT id,name,places,shows,secret,paired_us,seen_us FROM terminal WHERE /*w*/id=?1";
        self.db.row(sql, values![&id], terminal)
    }

    /// Adds a terminal, or replaces what is known of it.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`](crate::StoreError::NotUnique): another terminal has the name.
    pub fn put_terminal(&mut self, row: &TerminalRow) -> Result<()> {
        self.use_room(row.name.len() + row.places.len() + row.shows.len());
        let sql = "INSERT INTO terminal(/*c*/id,name,places,shows,secret,paired_us,seen_us)
            VALUES(/*v*/?1,?2,?3,?4,?5,?6,?7) ON CONFLICT(/*c*/id) DO UPDATE SET name=excluded.name,
            places=excluded.places,shows=excluded.shows,secret=excluded.secret,paired_us=excluded.paired_us,
            seen_us=excluded.seen_us";
        let TerminalRow { id, name, places, shows, secret, paired, seen } = row;
        self.db.try_execute(sql, values![id, name, places, shows, secret.as_ref(), *paired, *seen]).map(drop)
    }

    /// Notes when a terminal was last heard of. One that is gone stays gone.
    pub fn terminal_seen(&mut self, id: RawId, at: Instant) -> Result<()> {
        self.db.execute("UPDATE terminal SET seen_us=?2 WHERE /*w*/id=?1", values![&id, at]).map(drop)
    }

    pub fn remove_terminal(&mut self, id: RawId) -> Result<()> {
        self.db.execute("DELETE FROM terminal WHERE /*w*/id=?1", values![&id]).map(drop)
    }

    /// All operators, by code, those who left included.
    pub fn operators(&mut self) -> Result<Vec<OperatorRow>> {
        let sql =
            "SELECT code,name,role,language,badge,pin,active,wrong,locked_until_us FROM operator/*W*/ ORDER BY code";
        self.db.rows(sql, &[], operator)
    }

    pub fn operator(&mut self, code: &str) -> Result<Option<OperatorRow>> {
        let sql = "SELECT code,name,role,language,badge,pin,active,wrong,locked_until_us FROM operator
            WHERE /*w*/code=?1";
        self.db.row(sql, values![code], operator)
    }

    /// Adds an operator, or replaces what is known of them.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`](crate::StoreError::NotUnique): somebody else has the badge.
    pub fn put_operator(&mut self, row: &OperatorRow) -> Result<()> {
        self.use_room(row.code.len() + row.name.len() + row.pin.as_ref().map_or(0, String::len));
        let sql = "INSERT INTO operator(/*c*/code,name,role,language,badge,pin,active,wrong,locked_until_us)
            VALUES(/*v*/?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT(/*c*/code) DO UPDATE SET name=excluded.name,
            role=excluded.role,language=excluded.language,badge=excluded.badge,pin=excluded.pin,active=excluded.active,
            wrong=excluded.wrong,locked_until_us=excluded.locked_until_us";
        let OperatorRow { code, name, role, language, badge, pin, active, wrong, locked_until } = row;
        let line = values![code, name, role, language, badge.as_ref(), pin.as_ref(), *active, *wrong, *locked_until];
        self.db.try_execute(sql, line).map(drop)
    }
}
