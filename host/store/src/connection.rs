//! Opening a tenant's SQLite files: the settings that durability, isolation and speed depend on, and checkpoints.

use crate::engine::postgres::Postgres;
use crate::error::{Result, StoreError};
use crate::readings::Keep;
use crate::schema::Step;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A write-ahead log larger than this is emptied at the next checkpoint.
pub const WAL_BYTES: u64 = 64 << 20;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 256;
/// The first SQLite without the WAL-reset corruption bug.
const SQLITE_MIN: i32 = 3_051_003;
pub(crate) const BUSY: Duration = Duration::from_secs(5);
/// A page of a file that is made, for what comes in bulk.
const PAGE_BYTES: u32 = 4096;
/// A page of a `main.db` that is made. A command changes a few bytes on each of many pages, and all of a page goes into the
/// log: with half of the page a commit checks and writes half as much. Files that are there keep theirs.
const BUSINESS_PAGE_BYTES: u32 = 2048;

/// How a tenant's files are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantOptions {
    /// Bytes that the tenant's business may take, and as many its readings, all their files together. The last sixteenth
    /// of the first is kept for the host's own rows.
    pub quota_bytes: u64,
    /// Page cache of each connection.
    pub cache_kib: u32,
    /// Wait for the disk at every commit. False only as the negative control of durability tests.
    pub synchronous_full: bool,
    /// How long readings are kept.
    pub keep: Keep,
    /// Where business lies when not in files.
    pub database: Option<Postgres>,
}

impl Default for TenantOptions {
    fn default() -> Self {
        Self { quota_bytes: 4 << 30, cache_kib: 1024, synchronous_full: true, keep: Keep::default(), database: None }
    }
}

/// A quota smaller than this counts as this: a file has tables before it has rows.
const QUOTA_MIN_BYTES: u64 = 256 << 10;

impl TenantOptions {
    /// Bytes that one file may take.
    pub(crate) fn bytes_max(&self) -> u64 {
        self.quota_bytes.max(QUOTA_MIN_BYTES)
    }
}

/// Opens for writing, and creates.
pub(crate) fn open(file: &Path, options: &TenantOptions) -> Result<Connection> {
    open_as(file, OpenFlags::SQLITE_OPEN_CREATE, options, PAGE_BYTES)
}

/// The same for a tenant's `main.db`.
pub(crate) fn open_business(file: &Path, options: &TenantOptions) -> Result<Connection> {
    open_as(file, OpenFlags::SQLITE_OPEN_CREATE, options, BUSINESS_PAGE_BYTES)
}

/// Opens what exists, for writing.
pub(crate) fn open_existing(file: &Path, options: &TenantOptions) -> Result<Connection> {
    open_as(file, OpenFlags::empty(), options, PAGE_BYTES)
}

/// The bytes of a page of this file.
pub(crate) fn page_bytes(db: &Connection) -> Result<u32> {
    Ok(db.query_row("PRAGMA page_size", [], |row| row.get(0))?)
}

fn open_as(file: &Path, flags: OpenFlags, options: &TenantOptions, new_page_bytes: u32) -> Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Without a wait for the disk nothing says when a commit is complete, so nothing may be gathered either.
    let opened = if options.synchronous_full {
        let vfs = toolcrib_wal::vfs().map_err(|error| StoreError::Internal(error.to_string()))?;
        Connection::open_with_flags_and_vfs(file, flags, vfs)
    } else {
        Connection::open_with_flags(file, flags)
    };
    let db = set(opened?, options.cache_kib)?;
    // Counts for a file that is made now, and before it has a log.
    db.pragma_update(None, "page_size", new_page_bytes)?;
    let mode: String = db.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Io(format!("`{}` cannot have a write-ahead log here", file.display())));
    }
    db.pragma_update(None, "synchronous", if options.synchronous_full { "FULL" } else { "OFF" })?;
    // A transaction reaches the log when it commits and not before, so nothing of one that was undone is ever gathered.
    db.pragma_update(None, "cache_spill", false)?;
    // The pages counted at a checkpoint belong to the background, never to somebody's commit.
    let _: i64 = db.query_row("PRAGMA wal_autocheckpoint=0", [], |row| row.get(0))?;
    let pages_max = options.bytes_max() / u64::from(page_bytes(&db)?);
    let _: i64 = db.query_row(&format!("PRAGMA max_page_count={pages_max}"), [], |row| row.get(0))?;
    Ok(db)
}

/// Opens what exists, for reading only.
pub(crate) fn open_read_only(file: &Path, cache_kib: u32) -> Result<Connection> {
    let db = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX, cache_kib)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

fn connect(file: &Path, flags: OpenFlags, cache_kib: u32) -> Result<Connection> {
    set(Connection::open_with_flags(file, flags)?, cache_kib)
}

fn set(db: Connection, cache_kib: u32) -> Result<Connection> {
    if rusqlite::version_number() < SQLITE_MIN {
        let version = rusqlite::version();
        return Err(StoreError::Internal(format!("SQLite {version} can corrupt files; 3.51.3 or later is needed")));
    }
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Plans never depend on bound values; otherwise every new value of a `LIMIT ?` compiles the statement again.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Where there is a call, no text is compiled: opening a tenant's files is part of its first command.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    // I/O errors as errors, not as signals.
    let _: i64 = db.query_row("PRAGMA mmap_size=0", [], |row| row.get(0))?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    Ok(db)
}

/// Brings the host's own tables to the newest version, one step of `steps` per version, in one transaction.
pub(crate) fn migrate(db: &mut Connection, file: &Path, steps: &[Step]) -> Result<()> {
    let version = |db: &Connection| db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    if version(db)? == steps.len() as i64 {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let done = usize::try_from(version(&transaction)?).unwrap_or(usize::MAX);
    let todo = steps.get(done..).ok_or_else(|| StoreError::Newer { file: file.to_owned() })?;
    for step in todo {
        match step {
            Step::Sql(sql) => transaction.execute_batch(sql)?,
            Step::Run(run) => run(&transaction)?,
        }
    }
    transaction.pragma_update(None, "user_version", steps.len() as i64)?;
    Ok(transaction.commit()?)
}

/// What a checkpoint did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckpointReport {
    /// Pages in the write-ahead log.
    pub log_pages: u64,
    /// Of those, pages that are in the database file now.
    pub moved_pages: u64,
    /// The log was emptied.
    pub truncated: bool,
}

/// Moves the write-ahead log into the database file without disturbing readers or the writer; empties it when it is
/// larger than [`WAL_BYTES`] and nobody is using it.
pub(crate) fn checkpoint(db: &Connection, file: &Path) -> Result<CheckpointReport> {
    let run = |mode: &str| {
        db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })
    };
    let (_, log, moved) = run("PASSIVE")?;
    let mut report =
        CheckpointReport { log_pages: log.max(0) as u64, moved_pages: moved.max(0) as u64, truncated: false };
    if std::fs::metadata(wal_of(file)).is_ok_and(|wal| wal.len() > WAL_BYTES) {
        // Busy is fine: the next checkpoint tries again.
        report.truncated = run("TRUNCATE")?.0 == 0;
    }
    Ok(report)
}

/// Moves all of the log into the database file and empties it; what closes the connection then leaves it alone. While
/// somebody reads, nothing happens: the last one to close takes the log away.
pub(crate) fn empty_log(db: &mut Connection) -> Result<()> {
    db.busy_timeout(Duration::ZERO)?;
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 {
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
    Ok(())
}

/// The write-ahead log of a file.
pub(crate) fn wal_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Checkpoints one file from another thread than the one that writes it.
pub struct Checkpointer {
    db: Connection,
    file: PathBuf,
}

impl Checkpointer {
    /// For `main.db` of a tenant's directory, which exists.
    pub fn main(dir: &Path) -> Result<Self> {
        Self::open(dir.join(crate::writer::FILE))
    }

    /// For a file of a tenant, which exists.
    pub fn open(file: PathBuf) -> Result<Self> {
        // Moves pages as they are and reads none of them: no setting of [`set`] would change anything.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&file, flags)?;
        // Never makes the writer wait for a checkpoint that waits for a reader.
        db.busy_timeout(Duration::ZERO)?;
        Ok(Self { db, file })
    }

    /// One checkpoint; see [`CheckpointReport`].
    pub fn run(&mut self) -> Result<CheckpointReport> {
        checkpoint(&self.db, &self.file)
    }
}

/// `PRAGMA quick_check`; the first thing wrong, if anything is.
pub(crate) fn integrity(db: &Connection) -> Result<()> {
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Io(verdict)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_durability_and_safety_depend_on_is_set() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(&folder.path().join("a.db"), &TenantOptions::default()).unwrap();
        let is = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
        let numbers = ["synchronous", "foreign_keys", "trusted_schema", "cell_size_check", "cache_spill"].map(is);
        assert_eq!(numbers, [2, 1, 0, 1, 0]);
        assert_eq!(["wal_autocheckpoint", "cache_size", "temp_store"].map(is), [0, -1024, 2]);
        assert_eq!(db.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0)).unwrap(), "wal");
    }

    #[test]
    fn a_file_keeps_its_page_and_its_quota_in_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let options = TenantOptions { quota_bytes: 1 << 20, ..TenantOptions::default() };
        let sizes = |db: &Connection| {
            ["page_size", "max_page_count"]
                .map(|name| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u32>(0)).unwrap())
        };
        let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
        open(&old, &options).unwrap().execute_batch("CREATE TABLE t(a)").unwrap();
        assert_eq!(sizes(&open_business(&old, &options).unwrap()), [PAGE_BYTES, 256], "made by the version before");
        open_business(&new, &options).unwrap().execute_batch("CREATE TABLE t(a)").unwrap();
        assert_eq!(sizes(&open_existing(&new, &options).unwrap()), [BUSINESS_PAGE_BYTES, 512]);
    }
}
