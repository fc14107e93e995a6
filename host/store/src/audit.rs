//! Who did what: lines chained by their hashes, so that a changed, missing or inserted line shows.

use crate::engine::{Db, Row, values};
use crate::error::{Result, StoreError};
use crate::events::number;
use crate::writer::Writer;
use sha2::{Digest, Sha256};
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// A line about to be written.
#[derive(Clone, Copy, Debug)]
pub struct AuditLine<'a> {
    pub at: Instant,
    pub actor: &'a str,
    pub action: &'a str,
    /// Empty for the host's own acts.
    pub module: &'a str,
    pub detail_json: &'a str,
}

/// A written line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// 1 for the first line; no number is missing.
    pub id: u64,
    pub at: Instant,
    pub actor: String,
    pub action: String,
    pub module: String,
    /// JSON text.
    pub detail: String,
    /// SHA-256 over the hash before and this line.
    pub hash: [u8; 32],
}

impl AuditRow {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.count(0)?,
            at: row.time(1)?,
            actor: row.text(2)?,
            action: row.text(3)?,
            module: row.text(4)?,
            detail: row.text(5)?,
            hash: row.bytes(6)?,
        })
    }

    fn line(&self) -> AuditLine<'_> {
        let (actor, action, module, detail_json) = (&*self.actor, &*self.action, &*self.module, &*self.detail);
        AuditLine { at: self.at, actor, action, module, detail_json }
    }
}

/// SHA-256(previous hash, id, time, then each text with its length in front), integers as eight bytes big endian.
fn chain(previous: &[u8; 32], id: u64, line: &AuditLine<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(id.to_be_bytes());
    hash.update(line.at.0.to_be_bytes());
    for text in [line.actor, line.action, line.module, line.detail_json] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// Stands before the first line.
const GENESIS: [u8; 32] = [0; 32];

/// Walks a whole chain, whose lines after an id `after` gives; how many there are.
///
/// # Errors
/// [`StoreError::Io`] naming the first line that does not follow from the one before.
pub(crate) fn walk(mut after: impl FnMut(u64) -> Result<Vec<AuditRow>>) -> Result<u64> {
    let (mut last, mut previous) = (0, GENESIS);
    loop {
        let rows = after(last)?;
        if rows.is_empty() {
            return Ok(last);
        }
        for row in rows {
            if row.id != last + 1 || row.hash != chain(&previous, row.id, &row.line()) {
                return Err(StoreError::Io(format!("audit line {} does not follow from the one before", last + 1)));
            }
            (last, previous) = (row.id, row.hash);
        }
    }
}

impl Writer {
    /// Adds a line to the chain.
    pub fn audit(&mut self, line: &AuditLine<'_>) -> Result<()> {
        let (last, previous) = match self.known.line {
            Some(newest) => newest,
            None => {
                let sql = "SELECT id,hash FROM audit/*W*/ ORDER BY id DESC LIMIT 1";
                self.db.row(sql, &[], |row| Ok((row.int(0)?, row.bytes(1)?)))?.unwrap_or((0, GENESIS))
            }
        };
        self.use_room(line.detail_json.len());
        let id = last + 1;
        let hash = chain(&previous, id as u64, line);
        match &self.db {
            Db::Sqlite(_) => {
                let sql = "INSERT INTO audit(id,at_us,actor,action,module,detail,hash) VALUES(?1,?2,?3,?4,?5,?6,?7)";
                let AuditLine { at, actor, action, module, detail_json } = *line;
                self.db.execute(sql, values![id, at, actor, action, module, detail_json, &hash])?;
            }
            Db::Postgres(session) => session.write_line(id, line, &hash)?,
        }
        self.known.line = Some((id, hash));
        Ok(())
    }

    /// Lines after `id`, oldest first, at most [`limits::PAGE_ROWS`].
    pub fn audit_after(&mut self, id: u64, limit: u32) -> Result<Vec<AuditRow>> {
        let sql = "SELECT id,at_us,actor,action,module,detail,hash FROM audit WHERE /*w*/id>?1 ORDER BY id LIMIT ?2";
        self.db.rows(sql, values![number(id), limit.min(limits::PAGE_ROWS)], AuditRow::read)
    }

    /// Walks the whole chain; returns the number of lines.
    ///
    /// # Errors
    /// [`StoreError::Io`] naming the first line that does not follow from the one before.
    pub fn verify_audit(&mut self) -> Result<u64> {
        walk(|last| self.audit_after(last, limits::PAGE_ROWS))
    }
}
