//! Reading a tenant's `main.db` beside its writer, and the reads that both share.

use crate::connection;
use crate::engine::{Db, Session};
use crate::error::Result;
use crate::events::{self, EventRow};
use crate::table::RecordTable;
use crate::{page, rows, writer};
use std::path::Path;
use toolcrib_contract::select::{Page, Select};
use toolcrib_contract::types::RawId;

/// Sees committed states of a tenant's business. Cannot write.
pub struct Reader {
    db: Db,
    /// A snapshot is wanted; it begins with the first read.
    in_snapshot: bool,
}

/// Page cache of a reader opened without its writer.
const CACHE_KIB: u32 = 512;

impl Reader {
    /// Opens `dir/main.db`, which a [`crate::Writer`] has made.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::on(&dir.join(writer::FILE), CACHE_KIB)
    }

    pub(crate) fn on(file: &Path, cache_kib: u32) -> Result<Self> {
        Ok(Self { db: Db::Sqlite(Box::new(connection::open_read_only(file, cache_kib)?)), in_snapshot: false })
    }

    /// Of a tenant whose business is in PostgreSQL. Asks nothing yet.
    pub(crate) fn through(session: Session) -> Self {
        Self { db: Db::Postgres(session), in_snapshot: false }
    }

    /// From the first read until [`Reader::end_snapshot`], all reads see one committed state.
    pub fn begin_snapshot(&mut self) {
        self.in_snapshot = true;
    }

    /// Ends the snapshot, and waits for nobody. Nothing happens without one.
    pub fn end_snapshot(&mut self) -> Result<()> {
        self.in_snapshot = false;
        match &self.db {
            Db::Sqlite(db) if !db.is_autocommit() => drop(db.prepare_cached("ROLLBACK")?.execute([])?),
            Db::Sqlite(_) => {}
            Db::Postgres(session) => session.rollback(),
        }
        Ok(())
    }

    /// The connection for one read.
    pub(crate) fn db(&self) -> Result<&Db> {
        match &self.db {
            Db::Sqlite(db) if self.in_snapshot && db.is_autocommit() => drop(db.prepare_cached("BEGIN")?.execute([])?),
            Db::Postgres(session) if self.in_snapshot && !session.has_begun() => session.begin()?,
            _ => {}
        }
        Ok(&self.db)
    }

    /// One row: [`toolcrib_contract::row::RowHead`], then the fields.
    pub fn get(&mut self, table: &RecordTable, id: RawId) -> Result<Option<Vec<u8>>> {
        rows::get(self.db()?, table, id)
    }

    /// One page along an index.
    pub fn select(&mut self, table: &RecordTable, select: &Select) -> Result<Page> {
        page::select(self.db()?, table, select)
    }

    /// Events after `seq`, oldest first.
    pub fn events_after(&mut self, seq: u64, limit: u32) -> Result<Vec<EventRow>> {
        events::after(self.db()?, seq, limit)
    }

    /// Seq of the newest event; 0 without any.
    pub fn last_seq(&mut self) -> Result<u64> {
        events::last_seq(self.db()?)
    }
}
