//! The tenant's one writing connection: transactions, savepoints, and the way in to everything else.

use crate::connection::{self, CheckpointReport, TenantOptions};
use crate::engine::{Db, Session};
use crate::error::{Result, StoreError};
use crate::idempotency::{AnswerKey, Places};
use crate::reader::Reader;
use crate::table::RecordTable;
use crate::usage::Pending;
use crate::{page, rows, schema};
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

/// Changes a tenant's business: owns the writing connection of its `main.db`, or borrows one to PostgreSQL for each group.
/// One per tenant and host at any time; moved into a call and back.
pub struct Writer {
    pub(crate) db: Db,
    /// Of SQLite.
    file: PathBuf,
    options: TenantOptions,
    /// Bytes that modules may fill; beyond, only the host itself adds rows.
    bytes_for_modules: i64,
    /// Of the file; nothing in PostgreSQL.
    page_bytes: i64,
    /// Bytes that modules may still add, counted generously.
    room_bytes: Cell<i64>,
    /// The same when the group began.
    room_at_begin: i64,
    /// Groups until they are counted anew.
    recount_in: u32,
    pub(crate) known: Known,
    /// In PostgreSQL: how far memory knows the tenant; none before the first group.
    seen: Option<Seen>,
    /// Somebody else changed the tenant since the group before, which knew it so far.
    behind: Option<Seen>,
    /// In PostgreSQL, when the group began: the newest entitlements that some host brought the tenant in line with.
    entitled: Option<u64>,
    /// Rows changed when the group began.
    changes_at_begin: u64,
    /// Usage of the group's invocations, not yet in the file.
    pub(crate) used: Vec<Pending>,
}

/// How far a host knows a tenant that other hosts change, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The number of the newest change.
    pub turn: i64,
    /// Seq of the newest event.
    pub seq: u64,
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
        let mut db = connection::open_business(&file, options)?;
        connection::migrate(&mut db, &file, schema::MAIN)?;
        let page_bytes = i64::from(connection::page_bytes(&db)?);
        Ok(Self { page_bytes, ..Self::on(Db::Sqlite(Box::new(db)), file, options) })
    }

    /// Of a tenant whose business is in PostgreSQL. Asks nothing yet.
    pub(crate) fn through(session: Session, options: &TenantOptions) -> Self {
        Self::on(Db::Postgres(session), PathBuf::new(), options)
    }

    fn on(db: Db, file: PathBuf, options: &TenantOptions) -> Self {
        let bytes = options.bytes_max();
        Self {
            db,
            file,
            options: options.clone(),
            bytes_for_modules: i64::try_from(bytes - bytes / 16).unwrap_or(i64::MAX),
            page_bytes: 0,
            room_bytes: Cell::new(i64::MAX),
            room_at_begin: i64::MAX,
            recount_in: 0,
            known: Known::default(),
            seen: None,
            behind: None,
            entitled: None,
            changes_at_begin: 0,
            used: Vec::new(),
        }
    }

    /// Starts a group: a transaction that holds the tenant's lock.
    pub fn begin(&mut self) -> Result<()> {
        self.begin_for(&[])
    }

    /// The same by whoever is going to ask for what is kept under these keys.
    pub fn begin_for(&mut self, keys: &[AnswerKey]) -> Result<()> {
        self.take_lock(keys)?;
        if self.is_to_recount() {
            self.recount()?;
            self.recount_in = RECOUNT_GROUPS;
        }
        self.recount_in = self.recount_in.saturating_sub(1);
        self.room_at_begin = self.room_bytes.get();
        Ok(())
    }

    fn take_lock(&mut self, keys: &[AnswerKey]) -> Result<()> {
        let Db::Postgres(session) = &self.db else { return self.run("BEGIN IMMEDIATE") };
        let head = session.begin_turn(keys)?;
        let now = Seen { turn: head.turn, seq: head.next_seq - 1 };
        if self.seen.is_none_or(|seen| seen.turn != now.turn) {
            self.behind = self.behind.or(self.seen);
            self.known = self.known_anew().inspect_err(|_| session.rollback())?;
            self.seen = Some(now);
        }
        self.known.seq = Some(now.seq);
        self.entitled = Some(head.entitled);
        self.changes_at_begin = session.changes();
        self.room_bytes.set(self.bytes_for_modules.saturating_sub(head.bytes));
        Ok(())
    }

    /// What every turn asks for, in one question: another host, or nobody yet, had the turn before.
    fn known_anew(&self) -> Result<Known> {
        let sql = "SELECT (SELECT min(due_us) FROM timer/*W*/),(SELECT min(not_before_us) FROM effect/*W*/),newest.id,newest.hash
            FROM (SELECT 1) AS once LEFT JOIN (SELECT id,hash FROM audit/*W*/ ORDER BY id DESC LIMIT 1) AS newest ON true";
        self.db.one(sql, &[], |row| {
            let [timer, effect] = [row.maybe_int(0)?, row.maybe_int(1)?].map(|due| Some(due.map(Instant)));
            let line = row.maybe_int(2)?.map(|id| Ok::<_, StoreError>((id, row.bytes(3)?))).transpose()?;
            Ok(Known { timer, effect, line, ..Known::default() })
        })
    }

    /// How far the tenant was known when another host changed it between this group and the one before: what was read
    /// from it is old. Said once, and never of a file.
    pub fn take_behind(&mut self) -> Option<Seen> {
        self.behind.take()
    }

    /// How far the tenant is known.
    pub fn seen(&self) -> Option<Seen> {
        self.seen
    }

    /// Goes on from what an earlier writer of this host knew.
    pub fn resume(&mut self, seen: Option<Seen>) {
        self.seen = seen;
    }

    /// The number of the newest entitlements that some host had brought the tenant in line with when the group began. None
    /// in a file, which is one host's.
    pub fn entitled(&self) -> Option<u64> {
        self.entitled
    }

    /// Notes that the tenant is in line with the entitlements of this number.
    pub fn entitle(&mut self, snapshot: u64) -> Result<()> {
        match &self.db {
            Db::Sqlite(_) => Ok(()),
            Db::Postgres(session) => session.put_entitled(snapshot),
        }
    }

    /// In a file, counting is two questions. In PostgreSQL it reads all rows, and a running count is kept with the tenant:
    /// only when that is too high, which it becomes by deletions, they are counted one by one.
    fn is_to_recount(&self) -> bool {
        match &self.db {
            Db::Sqlite(_) => self.recount_in == 0 || self.room_bytes.get() < ROOM_AMPLE_BYTES,
            Db::Postgres(_) => self.recount_in == 0 && self.room_bytes.get() < 0,
        }
    }

    fn recount(&mut self) -> Result<()> {
        let used = match &self.db {
            Db::Sqlite(db) => {
                let pages =
                    |pragma: &str| -> Result<i64> { Ok(db.prepare_cached(pragma)?.query_row([], |row| row.get(0))?) };
                let pages = pages("PRAGMA page_count")? - pages("PRAGMA freelist_count")?;
                pages.saturating_mul(self.page_bytes)
            }
            Db::Postgres(session) => session.count_bytes(&self.tables()?)?,
        };
        self.room_bytes.set(self.bytes_for_modules - used);
        Ok(())
    }

    /// The tables of records that the tenant has rows in.
    fn tables(&self) -> Result<Vec<String>> {
        self.db.rows("SELECT physical FROM record_table/*W*/ ORDER BY physical", &[], |row| row.text(0))
    }

    /// Ends the group; when this returns, it is on disk.
    ///
    /// # Errors
    /// Whether the group is on disk is then unknown only for [`StoreError::Io`] and [`StoreError::Unavailable`]; otherwise
    /// it is not.
    pub fn commit(&mut self) -> Result<()> {
        let committed = self.write_usage().and_then(|()| self.end());
        if committed.is_err() {
            self.known = Known::default();
        }
        committed
    }

    fn end(&mut self) -> Result<()> {
        let Db::Postgres(session) = &self.db else { return self.run("COMMIT") };
        if session.changes() != self.changes_at_begin {
            let seq = match self.known.seq {
                Some(seq) => seq,
                None => crate::events::last_seq(&self.db)?,
            };
            session.put_head(seq + 1, self.bytes_for_modules.saturating_sub(self.room_bytes.get()))?;
            // Whatever becomes of the commit: a number that was not given makes memory forget, no more.
            self.seen = self.seen.map(|seen| Seen { turn: seen.turn + 1, seq });
        }
        session.commit()
    }

    /// Ends the group and leaves nothing of it. Nothing happens without a transaction: the database may have rolled
    /// it back on its own.
    pub fn rollback(&mut self) -> Result<()> {
        self.known = Known::default();
        self.used.clear();
        match &self.db {
            Db::Sqlite(db) if db.is_autocommit() => Ok(()),
            Db::Sqlite(_) => self.run("ROLLBACK"),
            Db::Postgres(session) => {
                session.rollback();
                Ok(())
            }
        }
    }

    /// Leaves nothing of the group, and starts it once more. Another host may have come between: see
    /// [`Writer::take_behind`]. A savepoint behind the lock would keep it out, and cost every group that is not begun anew.
    pub fn restart(&mut self) -> Result<()> {
        self.rollback()?;
        let before = self.seen;
        self.take_lock(&[])?;
        if self.seen == before {
            self.room_bytes.set(self.room_at_begin);
        }
        self.room_at_begin = self.room_bytes.get();
        Ok(())
    }

    /// Rows changed through this connection until now: the same number twice means that nothing was written between.
    pub fn changes(&self) -> u64 {
        match &self.db {
            Db::Sqlite(db) => db.total_changes(),
            Db::Postgres(session) => session.changes(),
        }
    }

    /// Whether a transaction is open. After [`StoreError::Full`], [`StoreError::Io`] or [`StoreError::Unavailable`] the
    /// database may have ended it.
    pub fn in_transaction(&self) -> bool {
        match &self.db {
            Db::Sqlite(db) => !db.is_autocommit(),
            Db::Postgres(session) => session.is_open(),
        }
    }

    /// Why the database ended the transaction by itself.
    pub fn given_up(&self) -> StoreError {
        match &self.db {
            Db::Sqlite(_) => StoreError::Full,
            Db::Postgres(_) => crate::engine::gave_up(),
        }
    }

    /// Starts a part of the group that can be undone alone. Depths nest.
    pub fn savepoint(&mut self, depth: u32) -> Result<()> {
        match &self.db {
            Db::Sqlite(_) => self.run(&format!("SAVEPOINT s{depth}")),
            Db::Postgres(session) => session.savepoint(&format!("s{depth}")),
        }
    }

    /// Keeps what happened since the savepoint.
    pub fn release(&mut self, depth: u32) -> Result<()> {
        if let Db::Postgres(session) = &self.db {
            return session.release(&format!("s{depth}"));
        }
        self.run(&format!("RELEASE s{depth}"))
    }

    /// Undoes what happened since the savepoint, and ends it.
    pub fn rollback_to(&mut self, depth: u32) -> Result<()> {
        // Places of answers that are undone lead nowhere, which whoever looks there sees.
        self.known = Known { answers: self.known.answers.take(), ..Known::default() };
        if let Db::Postgres(session) = &self.db {
            return session.rollback_to(&format!("s{depth}"));
        }
        self.run(&format!("ROLLBACK TO s{depth}"))?;
        self.release(depth)
    }

    /// One of the words that begin and end transactions and parts of them.
    fn run(&mut self, sql: &str) -> Result<()> {
        match &self.db {
            Db::Sqlite(db) => drop(db.prepare_cached(sql)?.execute([])?),
            Db::Postgres(session) => session.simple(sql)?,
        }
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
        match &self.db {
            Db::Sqlite(_) => Reader::on(&self.file, self.options.cache_kib),
            Db::Postgres(session) => Ok(Reader::through(session.for_queries())),
        }
    }

    /// One row: [`toolcrib_contract::row::RowHead`], then the fields.
    pub fn get(&mut self, table: &RecordTable, id: RawId) -> Result<Option<Vec<u8>>> {
        rows::get(&self.db, table, id)
    }

    /// One page along an index.
    pub fn select(&mut self, table: &RecordTable, select: &Select) -> Result<Page> {
        page::select(&self.db, table, select)
    }

    /// Moves the write-ahead log into the file. Outside a transaction only. PostgreSQL sees to its own.
    pub fn checkpoint(&mut self) -> Result<CheckpointReport> {
        match &self.db {
            Db::Sqlite(db) => connection::checkpoint(db, &self.file),
            Db::Postgres(_) => Ok(CheckpointReport::default()),
        }
    }

    /// Closes the file with everything in it. Its log stays, empty: making a new one costs the first commit after the
    /// next opening two more waits for the disk.
    pub fn close(self) -> Result<()> {
        match self.db {
            Db::Sqlite(mut db) => connection::empty_log(&mut db),
            Db::Postgres(_) => Ok(()),
        }
    }

    /// Checks the file's structure. Reads all of it. PostgreSQL has tools of its own for that.
    pub fn integrity(&mut self) -> Result<()> {
        match &self.db {
            Db::Sqlite(db) => connection::integrity(db),
            Db::Postgres(_) => Ok(()),
        }
    }
}

pub(crate) fn create_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|source| StoreError::NotWritable { path: dir.to_owned(), source })
}
