//! The tenant's one writing connection: transactions, savepoints, and the way in to everything else.

use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::error::{Result, StoreError};
use crate::idempotency::Places;
use crate::reader::Reader;
use crate::table::RecordTable;
use crate::usage::Pending;
use crate::{page, rows, schema};
use rusqlite::Connection;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use toolcrib_contract::select::{Page, Select};
use toolcrib_contract::types::{Instant, RawId};

#[cfg(test)]
mod tests;

/// The business file of a tenant's directory.
pub(crate) const FILE: &str = "main.db";
/// Room is counted anew after so many groups.
const RECOUNT_GROUPS: u32 = 256;
/// With less room than this it is counted for every group. Counting compiles two statements each time.
const ROOM_AMPLE_BYTES: i64 = 64 << 20;

/// Owns the writing connection of a tenant's `main.db`. One per tenant at any time; moved into a call and back.
pub struct Writer {
    pub(crate) db: Connection,
    file: PathBuf,
    options: TenantOptions,
    /// Pages that modules may fill; beyond, only the host itself adds rows.
    pages_for_modules: i64,
    /// Bytes that modules may still add, counted generously.
    room_bytes: Cell<i64>,
    /// The same when the group began.
    room_at_begin: i64,
    /// Groups until they are counted anew.
    recount_in: u32,
    pub(crate) known: Known,
    /// Usage of the group's invocations, not yet in the file.
    pub(crate) used: Vec<Pending>,
}

/// What memory knows of the file. Only the writer changes it, so it stays true until something is undone.
#[derive(Default)]
pub(crate) struct Known {
    /// Id and hash of the newest audit line.
    pub line: Option<(i64, [u8; 32])>,
    /// Seq of the newest event.
    pub seq: Option<u64>,
    /// When the first timer is due, if there is any.
    pub timer: Option<Option<Instant>>,
    /// When the first effect is due, if there is any.
    pub effect: Option<Option<Instant>>,
    /// Where the answers are that callers may ask for again.
    pub answers: Option<Box<Places>>,
}

impl Writer {
    /// Opens `dir/main.db`, creating directory, file and the host's tables when they are missing.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Newer`], [`StoreError::Full`], [`StoreError::NotWritable`].
    pub fn open(dir: &Path, options: &TenantOptions) -> Result<Self> {
        create_dir(dir)?;
        let file = dir.join(FILE);
        let mut db = connection::open(&file, options)?;
        connection::migrate(&mut db, &file, schema::MAIN)?;
        let pages = options.pages_max();
        let pages_for_modules = i64::try_from(pages - pages / 16).unwrap_or(i64::MAX);
        let (options, room_bytes) = (options.clone(), Cell::new(i64::MAX));
        Ok(Self {
            db,
            file,
            options,
            pages_for_modules,
            room_bytes,
            room_at_begin: i64::MAX,
            recount_in: 0,
            known: Known::default(),
            used: Vec::new(),
        })
    }

    /// Starts a group: a transaction that holds the write lock.
    pub fn begin(&mut self) -> Result<()> {
        self.run("BEGIN IMMEDIATE")?;
        if self.recount_in == 0 || self.room_bytes.get() < ROOM_AMPLE_BYTES {
            let pages =
                |pragma: &str| -> Result<i64> { Ok(self.db.prepare_cached(pragma)?.query_row([], |row| row.get(0))?) };
            let used = pages("PRAGMA page_count")? - pages("PRAGMA freelist_count")?;
            self.room_bytes.set((self.pages_for_modules - used).saturating_mul(connection::PAGE_BYTES as i64));
            self.recount_in = RECOUNT_GROUPS;
        }
        self.recount_in -= 1;
        self.room_at_begin = self.room_bytes.get();
        Ok(())
    }

    /// Ends the group; when this returns, it is on disk.
    ///
    /// # Errors
    /// Whether the group is on disk is then unknown only for [`StoreError::Io`]; otherwise it is not.
    pub fn commit(&mut self) -> Result<()> {
        let committed = self.write_usage().and_then(|()| self.run("COMMIT"));
        if committed.is_err() {
            self.known = Known::default();
        }
        committed
    }

    /// Ends the group and leaves nothing of it. Nothing happens without a transaction: the database may have rolled
    /// it back on its own.
    pub fn rollback(&mut self) -> Result<()> {
        self.known = Known::default();
        self.used.clear();
        if self.in_transaction() { self.run("ROLLBACK") } else { Ok(()) }
    }

    /// Leaves nothing of the group, and starts it once more.
    pub fn restart(&mut self) -> Result<()> {
        self.rollback()?;
        self.run("BEGIN IMMEDIATE")?;
        self.room_bytes.set(self.room_at_begin);
        Ok(())
    }

    /// Rows changed through this connection until now: the same number twice means that nothing was written between.
    pub fn changes(&self) -> u64 {
        self.db.total_changes()
    }

    /// Whether a transaction is open. After [`StoreError::Full`] or [`StoreError::Io`] the database may have ended it.
    pub fn in_transaction(&self) -> bool {
        !self.db.is_autocommit()
    }

    /// Starts a part of the group that can be undone alone. Depths nest.
    pub fn savepoint(&mut self, depth: u32) -> Result<()> {
        self.run(&format!("SAVEPOINT s{depth}"))
    }

    /// Keeps what happened since the savepoint.
    pub fn release(&mut self, depth: u32) -> Result<()> {
        self.run(&format!("RELEASE s{depth}"))
    }

    /// Undoes what happened since the savepoint, and ends it.
    pub fn rollback_to(&mut self, depth: u32) -> Result<()> {
        // Places of answers that are undone lead nowhere, which whoever looks there sees.
        self.known = Known { answers: self.known.answers.take(), ..Known::default() };
        self.run(&format!("ROLLBACK TO s{depth}"))?;
        self.release(depth)
    }

    fn run(&mut self, sql: &str) -> Result<()> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Takes room for a module's new row. Over the quota, deleting and the host's own rows still work.
    ///
    /// # Errors
    /// [`StoreError::Full`].
    pub(crate) fn take_room(&self, bytes: usize) -> Result<()> {
        self.use_room(bytes);
        if self.room_bytes.get() < 0 { Err(StoreError::Full) } else { Ok(()) }
    }

    /// The same for a row of the host, which is not refused.
    pub(crate) fn use_room(&self, bytes: usize) {
        // Twice for the indexes, and some for the head and the page's own needs.
        self.room_bytes.set(self.room_bytes.get().saturating_sub(bytes as i64 * 2 + 200));
    }

    /// A second connection that sees what is committed.
    pub fn reader(&self) -> Result<Reader> {
        Reader::on(&self.file, self.options.cache_kib)
    }

    /// One row: [`toolcrib_contract::row::RowHead`], then the fields.
    pub fn get(&mut self, table: &RecordTable, id: RawId) -> Result<Option<Vec<u8>>> {
        rows::get(&self.db, table, id)
    }

    /// One page along an index.
    pub fn select(&mut self, table: &RecordTable, select: &Select) -> Result<Page> {
        page::select(&self.db, table, select)
    }

    /// Moves the write-ahead log into the file. Outside a transaction only.
    pub fn checkpoint(&mut self) -> Result<CheckpointReport> {
        connection::checkpoint(&self.db, &self.file)
    }

    /// Closes the file with everything in it. Its log stays, empty: making a new one costs the first commit after the
    /// next opening two more waits for the disk.
    pub fn close(mut self) -> Result<()> {
        connection::empty_log(&mut self.db)
    }

    /// Checks the file's structure. Reads all of it.
    pub fn integrity(&mut self) -> Result<()> {
        connection::integrity(&self.db)
    }
}

pub(crate) fn create_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|source| StoreError::NotWritable { path: dir.to_owned(), source })
}
