//! The shop floor's own tables: terminals that were paired, and people who work at them without an account.

use crate::error::Result;
use crate::writer::Writer;
use rusqlite::{OptionalExtension, Row, params};
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

fn terminal(row: &Row<'_>) -> rusqlite::Result<TerminalRow> {
    Ok(TerminalRow {
        id: RawId(row.get(0)?),
        name: row.get(1)?,
        places: row.get(2)?,
        shows: row.get(3)?,
        secret: row.get(4)?,
        paired: row.get::<_, Option<i64>>(5)?.map(Instant),
        seen: row.get::<_, Option<i64>>(6)?.map(Instant),
    })
}

fn operator(row: &Row<'_>) -> rusqlite::Result<OperatorRow> {
    Ok(OperatorRow {
        code: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        language: row.get(3)?,
        badge: row.get(4)?,
        pin: row.get(5)?,
        active: row.get(6)?,
        wrong: row.get(7)?,
        locked_until: row.get::<_, Option<i64>>(8)?.map(Instant),
    })
}

impl Writer {
    /// All terminals, by name.
    pub fn terminals(&mut self) -> Result<Vec<TerminalRow>> {
        let sql = "SELECT id,name,places,shows,secret,paired_us,seen_us FROM terminal ORDER BY name,id";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([], terminal)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub fn terminal(&mut self, id: RawId) -> Result<Option<TerminalRow>> {
        let sql = "SELECT id,name,places,shows,secret,paired_us,seen_us FROM terminal WHERE id=?1";
        Ok(self.db.prepare_cached(sql)?.query_row([id.0], terminal).optional()?)
    }

    /// Adds a terminal, or replaces what is known of it.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`](crate::StoreError::NotUnique): another terminal has the name.
    pub fn put_terminal(&mut self, row: &TerminalRow) -> Result<()> {
        self.use_room(row.name.len() + row.places.len() + row.shows.len());
        let sql = "INSERT INTO terminal VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT(id) DO UPDATE SET
            name=?2,places=?3,shows=?4,secret=?5,paired_us=?6,seen_us=?7";
        let (paired, seen) = (row.paired.map(|at| at.0), row.seen.map(|at| at.0));
        let mut upsert = self.db.prepare_cached(sql)?;
        upsert.execute(params![row.id.0, row.name, row.places, row.shows, row.secret, paired, seen])?;
        Ok(())
    }

    /// Notes when a terminal was last heard of. One that is gone stays gone.
    pub fn terminal_seen(&mut self, id: RawId, at: Instant) -> Result<()> {
        self.db.prepare_cached("UPDATE terminal SET seen_us=?2 WHERE id=?1")?.execute(params![id.0, at.0])?;
        Ok(())
    }

    pub fn remove_terminal(&mut self, id: RawId) -> Result<()> {
        self.db.prepare_cached("DELETE FROM terminal WHERE id=?1")?.execute([id.0])?;
        Ok(())
    }

    /// All operators, by code, those who left included.
    pub fn operators(&mut self) -> Result<Vec<OperatorRow>> {
        let sql = "SELECT code,name,role,language,badge,pin,active,wrong,locked_until_us FROM operator ORDER BY code";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([], operator)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub fn operator(&mut self, code: &str) -> Result<Option<OperatorRow>> {
        let sql = "SELECT code,name,role,language,badge,pin,active,wrong,locked_until_us FROM operator WHERE code=?1";
        Ok(self.db.prepare_cached(sql)?.query_row([code], operator).optional()?)
    }

    /// Adds an operator, or replaces what is known of them.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`](crate::StoreError::NotUnique): somebody else has the badge.
    pub fn put_operator(&mut self, row: &OperatorRow) -> Result<()> {
        self.use_room(row.code.len() + row.name.len() + row.pin.as_ref().map_or(0, String::len));
        let sql = "INSERT INTO operator VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT(code) DO UPDATE SET
            name=?2,role=?3,language=?4,badge=?5,pin=?6,active=?7,wrong=?8,locked_until_us=?9";
        let mut upsert = self.db.prepare_cached(sql)?;
        upsert.execute(params![
            row.code,
            row.name,
            row.role,
            row.language,
            row.badge,
            row.pin,
            row.active,
            row.wrong,
            row.locked_until.map(|at| at.0)
        ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StoreError, TenantOptions};

    fn terminal(id: u8, name: &str) -> TerminalRow {
        let id = RawId([id; 16]);
        let (places, shows) = ("M1\nM2".to_owned(), String::new());
        TerminalRow { id, name: name.to_owned(), places, shows, secret: None, paired: None, seen: None }
    }

    fn operator(code: &str, badge: u8) -> OperatorRow {
        OperatorRow {
            code: code.to_owned(),
            name: "王师傅".to_owned(),
            role: "operator".to_owned(),
            language: "zh-CN".to_owned(),
            badge: Some([badge; 32]),
            pin: None,
            active: true,
            wrong: 0,
            locked_until: None,
        }
    }

    #[test]
    fn terminals_and_operators_survive_a_restart_and_a_revoked_secret_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), &TenantOptions::default()).unwrap();
        let paired = TerminalRow { secret: Some([7; 32]), paired: Some(Instant(1)), ..terminal(1, "一号线") };
        writer.put_terminal(&paired).unwrap();
        writer.put_terminal(&terminal(2, "二号线")).unwrap();
        writer.put_operator(&operator("W1", 1)).unwrap();
        writer.terminal_seen(RawId([1; 16]), Instant(9)).unwrap();
        drop(writer);

        let mut writer = Writer::open(dir.path(), &TenantOptions::default()).unwrap();
        let seen = TerminalRow { seen: Some(Instant(9)), ..paired };
        assert_eq!(writer.terminal(RawId([1; 16])).unwrap(), Some(seen.clone()));
        writer.put_terminal(&TerminalRow { secret: None, ..seen }).unwrap();
        assert_eq!(writer.terminal(RawId([1; 16])).unwrap().unwrap().secret, None);
        writer.remove_terminal(RawId([2; 16])).unwrap();
        writer.terminal_seen(RawId([2; 16]), Instant(9)).unwrap();
        assert_eq!(writer.terminals().unwrap().len(), 1);
        let left = OperatorRow { active: false, wrong: 3, locked_until: Some(Instant(5)), ..operator("W1", 1) };
        writer.put_operator(&left).unwrap();
        assert_eq!(writer.operators().unwrap(), [left]);
    }

    #[test]
    fn a_name_or_a_badge_belongs_to_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), &TenantOptions::default()).unwrap();
        writer.put_terminal(&terminal(1, "一号线")).unwrap();
        assert!(matches!(writer.put_terminal(&terminal(2, "一号线")), Err(StoreError::NotUnique { .. })));
        writer.put_operator(&operator("W1", 1)).unwrap();
        assert!(matches!(writer.put_operator(&operator("W2", 1)), Err(StoreError::NotUnique { .. })));
        writer.put_operator(&OperatorRow { badge: None, ..operator("W2", 1) }).unwrap();
        writer.put_operator(&OperatorRow { badge: None, ..operator("W3", 1) }).unwrap();
    }
}
