//! The two engines that the records can lie in, behind one kind of connection: `catalog.db` in the registry's folder,
//! or a PostgreSQL that several registries may share. Statements are one text for both; where that cannot be, the few places
//! that differ ask [`Engine`].

use crate::beside::Duty;
use crate::error::CatalogError;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, SqlSafeStr, SqlStr, Transaction};
use std::path::Path;
use std::time::Duration;

/// Connections that read beside the writer.
const READERS: u32 = 4;
/// How long a request waits for a connection, and a change for the one before it.
pub(crate) const ACQUIRE: Duration = Duration::from_secs(10);
/// The oldest SQLite without the bug that damages a database in WAL mode.
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);
/// The oldest PostgreSQL that the statements are tried on, as it says it itself.
const POSTGRES_MIN: i64 = 150_000;
/// Whoever holds it changes something; in PostgreSQL the lock of all registries on one database.
pub(crate) const CHANGES: i64 = 0x7463_6372_6962_0001;

/// What every connection to the file is told.
const SQLITE: &str = "
    PRAGMA busy_timeout = 10000;
    PRAGMA journal_mode = WAL;
    -- Nothing is acknowledged before it is on disk.
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON";
/// What every connection to PostgreSQL is told, whatever the server's own settings are.
const POSTGRES: &str = "
    SET synchronous_commit = on;
    SET statement_timeout = '60s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s'";
/// The same for one that only reads: all statements of a transaction see one state.
const READING: &str = "
    SET statement_timeout = '60s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SET default_transaction_isolation = 'repeatable read';
    SET default_transaction_read_only = on";
/// The same while tables are brought up to date, which takes as long as it takes.
const MIGRATING: &str = "
    SET synchronous_commit = on;
    SET statement_timeout = '30min';
    SET lock_timeout = '10min'";

/// Where the records lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// In a file of this registry.
    Sqlite,
    /// In a database that other registries may share.
    Postgres,
}

/// Connections to the records.
pub(crate) struct Pools {
    /// A single connection: changes happen one after the other.
    pub writer: AnyPool,
    pub readers: AnyPool,
    pub engine: Engine,
    /// The duty among several registries.
    pub duty: Option<Duty>,
}

fn pool() -> AnyPoolOptions {
    AnyPoolOptions::new().acquire_timeout(ACQUIRE).max_lifetime(None).idle_timeout(None)
}

/// With these statements at the beginning of every connection.
fn told(options: AnyPoolOptions, what: &'static str) -> AnyPoolOptions {
    options.after_connect(move |connection, _| {
        Box::pin(async move { sqlx::raw_sql(what).execute(connection).await.map(drop) })
    })
}

/// The file in this folder, brought up to date.
pub(crate) async fn file(folder: &Path) -> Result<Pools, CatalogError> {
    sqlx::any::install_default_drivers();
    let url = url(&folder.join("catalog.db"))?;
    let writer = told(pool().max_connections(1), SQLITE).connect(&format!("{url}?mode=rwc")).await?;
    check_sqlite(&writer).await?;
    sqlx::migrate!("./migrations").run(&writer).await?;
    let readers = told(pool().max_connections(READERS), SQLITE).connect(&format!("{url}?mode=ro")).await?;
    Ok(Pools { writer, readers, engine: Engine::Sqlite, duty: None })
}

/// The address of a file, which the driver takes as text only.
fn url(path: &Path) -> Result<String, CatalogError> {
    let Some(path) = path.to_str() else {
        let why = std::io::Error::new(std::io::ErrorKind::InvalidInput, "the name of the folder is no UTF-8");
        return Err(CatalogError::Files { path: path.display().to_string(), source: why });
    };
    let mut url = "sqlite://".to_owned();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(url)
}

/// The database at this address, brought up to date. Whoever starts at the same time waits for it.
pub(crate) async fn server(url: &str) -> Result<Pools, CatalogError> {
    sqlx::any::install_default_drivers();
    let migrating = told(pool().max_connections(1), MIGRATING).connect(url).await?;
    check_postgres(&migrating).await?;
    sqlx::migrate!("./migrations-postgres").run(&migrating).await?;
    migrating.close().await;
    let writer = told(pool().max_connections(1), POSTGRES).connect(url).await?;
    let readers = told(pool().max_connections(READERS), READING).connect(url).await?;
    let duty = told(pool().max_connections(1), POSTGRES).connect(url).await?;
    Ok(Pools { writer, readers, engine: Engine::Postgres, duty: Some(Duty::new(duty)) })
}

/// The same as it is, for one who only reads and is never on duty.
pub(crate) async fn read_only(url: &str) -> Result<Pools, CatalogError> {
    sqlx::any::install_default_drivers();
    let readers = told(pool().max_connections(READERS), READING).connect(url).await?;
    check_postgres(&readers).await?;
    Ok(Pools { writer: readers.clone(), readers, engine: Engine::Postgres, duty: None })
}

async fn check_postgres(pool: &AnyPool) -> Result<(), CatalogError> {
    let settings = sqlx::query_as(
        "SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding'),
             current_setting('fsync'), current_setting('full_page_writes')",
    );
    let (version, encoding, fsync, pages): (i64, String, String, String) = settings.fetch_one(pool).await?;
    let refused = |why: &str| Err(CatalogError::Store(why.to_owned()));
    if version < POSTGRES_MIN {
        return refused("the server is older than PostgreSQL 15; use a newer one");
    }
    if encoding != "UTF8" {
        return refused("the database is not in UTF8; make one with `ENCODING 'UTF8'`");
    }
    if fsync != "on" || pages != "on" {
        return refused("the server promises no durability; set `fsync` and `full_page_writes` to on");
    }
    Ok(())
}

async fn check_sqlite(pool: &AnyPool) -> Result<(), CatalogError> {
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(pool).await?;
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let found = (next(), next(), next());
    if found < SQLITE_MIN {
        return Err(CatalogError::Damaged(format!("SQLite {version} is linked; 3.51.3 is the oldest that is safe")));
    }
    Ok(())
}

impl Engine {
    /// That of a connection.
    pub fn of(connection: &AnyConnection) -> Self {
        if connection.backend_name() == "PostgreSQL" { Self::Postgres } else { Self::Sqlite }
    }

    /// A statement for this engine: SQLite has no statistics and is told by which index it finds something (`INDEXED BY`)
    /// and in which order it looks (`CROSS JOIN … ON`); PostgreSQL has them and knows no such words.
    pub fn text(self, sql: &'static str) -> SqlStr {
        const INDEX: &str = " INDEXED BY ";
        const ORDER: &str = " CROSS JOIN ";
        if self == Self::Sqlite || !(sql.contains(INDEX) || sql.contains(ORDER)) {
            return sql.into_sql_str();
        }
        let mut parts = sql.split(INDEX);
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        }
        AssertSqlSafe(text.replace(ORDER, " JOIN ")).into_sql_str()
    }

    /// Begins a transaction beside which nobody else changes anything until it ends.
    pub(crate) async fn begin(self, writer: &AnyPool) -> Result<Transaction<'static, Any>, CatalogError> {
        if self == Self::Sqlite {
            return Ok(writer.begin_with("BEGIN IMMEDIATE").await?);
        }
        let mut transaction = writer.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(CHANGES).execute(&mut *transaction).await?;
        Ok(transaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sqlite_is_told_how_to_find_something() {
        let sql = "SELECT a FROM t INDEXED BY t_a WHERE a IN (SELECT b FROM u INDEXED BY u_b)";
        assert_eq!(Engine::Sqlite.text(sql).as_str(), sql);
        assert_eq!(Engine::Postgres.text(sql).as_str(), "SELECT a FROM t WHERE a IN (SELECT b FROM u)");
        let sql = "SELECT 1 FROM a CROSS JOIN b ON b.a = a.id";
        assert_eq!(Engine::Sqlite.text(sql).as_str(), sql);
        assert_eq!(Engine::Postgres.text(sql).as_str(), "SELECT 1 FROM a JOIN b ON b.a = a.id");
        assert_eq!(Engine::Postgres.text("SELECT 1").as_str(), "SELECT 1");
    }

    #[test]
    fn a_folder_may_have_any_name() {
        assert_eq!(url(Path::new("/d/目 录?#%/c.db")).unwrap(), "sqlite:///d/%E7%9B%AE%20%E5%BD%95%3F%23%25/c.db");
    }
}
