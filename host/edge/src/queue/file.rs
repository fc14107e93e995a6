//! The queue's file: opening it, its tables, its counters, what it takes on disk.

use super::{BYTES_MIN, Counts, Limits};
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Older ones can corrupt a file when its write-ahead log is reset.
const SQLITE_MIN: i32 = 3_051_003;
/// Of page cache: the queue is read and written in order, so a large one gains nothing.
const CACHE_KIB: i64 = 512;
/// The write-ahead log is cut back to this after it was larger, in bytes.
const LOG_BYTES: i64 = 4 << 20;
/// Bytes past the limit until which the file may grow inside one append.
const MARGIN_BYTES: u64 = 1 << 20;
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE signal (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    -- AUTOINCREMENT: a place in the queue is never given twice, also after it was empty.
    CREATE TABLE reading (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        signal INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        quality INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        value ANY NOT NULL
    ) STRICT;
    CREATE TABLE counter (one INTEGER PRIMARY KEY CHECK (one = 1), queued INTEGER NOT NULL, dropped INTEGER NOT NULL,
        refused INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (1, 0, 0, 0);
    PRAGMA user_version = 1;";

/// Why the queue does not work.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("the queue's file: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the queue's file: {0}")]
    Disk(#[from] std::io::Error),
    #[error("`{0}` was made by a later version of this program; start that one")]
    Newer(PathBuf),
    #[error("`{0}` is in use by another process; one queue belongs to one agent")]
    InUse(PathBuf),
    #[error("SQLite {0} can corrupt files; 3.51.3 or later is needed")]
    Sqlite(&'static str),
}

impl QueueError {
    fn is_damage(&self) -> bool {
        let Self::Database(rusqlite::Error::SqliteFailure(error, _)) = self else { return false };
        matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    }
}

type Opened = (Connection, Counts, HashMap<Arc<str>, i64>);

pub(super) fn open(file: &Path, limits: Limits) -> Result<Opened, QueueError> {
    match open_as_it_is(file, limits) {
        Err(error) if error.is_damage() => {
            let aside = with_ending(file, ".damaged");
            tracing::error!(%error, aside = %aside.display(), "The queue's file is damaged: it is set aside, a new one begins");
            std::fs::rename(file, aside)?;
            for ending in ["-wal", "-shm"] {
                // Absent unless the process was killed.
                let _ = std::fs::remove_file(with_ending(file, ending));
            }
            open_as_it_is(file, limits)
        }
        other => other,
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn open_as_it_is(file: &Path, limits: Limits) -> Result<Opened, QueueError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(QueueError::Sqlite(rusqlite::version()));
    }
    let db = Connection::open(file)?;
    db.busy_timeout(Duration::ZERO)?;
    // Held for as long as the process lives: two agents on one queue would send everything twice.
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let in_use = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => QueueError::InUse(file.to_owned()),
        _ => error.into(),
    };
    let _: String = db.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0)).map_err(in_use)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let _: i64 = db.query_row(&format!("PRAGMA journal_size_limit={LOG_BYTES}"), [], |row| row.get(0))?;
    let pages = (limits.bytes.max(BYTES_MIN) + MARGIN_BYTES) / number(&db, "PRAGMA page_size")?;
    let _: i64 = db.query_row(&format!("PRAGMA max_page_count={pages}"), [], |row| row.get(0))?;
    match db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).map_err(in_use)? {
        0 => db.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} COMMIT;"))?,
        VERSION => {}
        _ => return Err(QueueError::Newer(file.to_owned())),
    }
    let counts = counts(&db)?;
    let mut numbers = HashMap::new();
    let mut signals = db.prepare("SELECT name, number FROM signal")?;
    let mut rows = signals.query([])?;
    while let Some(row) = rows.next()? {
        numbers.insert(Arc::from(row.get::<_, String>(0)?), row.get(1)?);
    }
    drop(rows);
    drop(signals);
    Ok((db, counts, numbers))
}

fn counts(db: &Connection) -> Result<Counts, QueueError> {
    let counts = db.query_row("SELECT queued, dropped, refused FROM counter", [], |row| {
        let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok(Counts { queued: count(0)?, dropped: count(1)?, refused: count(2)? })
    });
    Ok(counts.optional()?.unwrap_or_default())
}

/// Keeps the counters beside the readings that they count, in the same transaction.
pub(super) fn keep_counts(db: &Connection, counts: Counts) -> Result<(), QueueError> {
    db.prepare_cached("UPDATE counter SET queued = ?, dropped = ?, refused = ?")?
        .execute([counts.queued, counts.dropped, counts.refused].map(u64::cast_signed))?;
    Ok(())
}

/// Bytes of the file that hold something; pages that were freed are used again.
pub(super) fn used_bytes(db: &Connection) -> Result<u64, QueueError> {
    let used = number(db, "PRAGMA page_count")?.saturating_sub(number(db, "PRAGMA freelist_count")?);
    Ok(used * number(db, "PRAGMA page_size")?)
}

/// What a pragma answers that counts something.
fn number(db: &Connection, pragma: &str) -> Result<u64, QueueError> {
    Ok(db.prepare_cached(pragma)?.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned())
}
