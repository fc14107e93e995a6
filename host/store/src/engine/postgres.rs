//! A PostgreSQL server that keeps the business of many tenants: connections, roles, and the schema.
//!
//! The turn of a tenant is a thread that waits, as with a file; what it waits for it hears itself, see [`super::line`].
//! Statements run as the role `tc_app`, which sees no rows but those of the tenant that a transaction names; tables
//! belong to `tc_migrate`.

use super::head;
use super::lines::{Lines, Now};
use super::months::Months;
use super::preparation::{prepare, refused};
use super::prepared::Prepared;
use super::session::{NAMED, Purpose};
use super::shape::Shapes;
use super::text::Texts;
use crate::error::{Result, StoreError};
use crate::readings::rows::head as reading_head;
use sqlx::Row;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use toolcrib_contract::limits;
use toolcrib_contract::types::RawId;

/// Tables that every tenant has rows in, its head aside.
pub(crate) const TABLES: [&str; 15] = [
    "record_table",
    "event",
    "cursor",
    "dead",
    "answer",
    "timer",
    "effect",
    "audit",
    "usage",
    "subscription",
    "meta",
    "terminal",
    "operator",
    "attached",
    "tenant_head",
];
/// The same of what machines said; the last one is locked by whoever adds to the others.
pub(crate) const READING_TABLES: [&str; 9] =
    ["signal", "reading", "rollup", "stat", "tally", "quarantine", "reading_month", "readings_brought", "reading_head"];
/// Connections of one host unless it is told otherwise; of these, three fifths are for commands.
pub const CONNECTIONS: u32 = 40;
/// Connections for what one host holds against the others: its effects leave one after the other.
const CLAIMS: u32 = 1;
/// Connections that keep what machines say: whatever modules and people do, there is one for it.
const READINGS: u32 = 4;
/// Connections for what hosts share beside tenants' business: codes of terminals, what the registry said.
const FOR_ALL: u32 = 2;
/// Connections that change tables.
const OWNER: u32 = 2;
/// Prepared statements kept for each connection.
const STATEMENTS: usize = 512;
/// Threads that hear from the server while tables are changed.
const LISTENERS: usize = 1;
/// What every connection has prepared.
pub(super) const PREPARED: [Prepared; 4] = [NAMED, head::HEAD, head::ANSWER, reading_head::HEAD];
/// As whom everything runs but changes of tables.
const APPLICATION: &str = "SET ROLE tc_app";
/// As whom tables are changed.
const MIGRATOR: &str = "SET ROLE tc_migrate";

/// How long things may take, as the server enforces it: a statement, the wait for a lock, the pause between two statements
/// of a transaction. A turn waits for another host's turn, which may be an import.
const LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "35s"), ("lock_timeout", "35s"), ("idle_in_transaction_session_timeout", "35s")];
/// The same for queries: an export holds one state of a tenant for a minute.
const QUERY_LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "10s"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "90s")];
/// The same for whoever reads all of a tenant, and writes it to a disk meanwhile.
const ARCHIVE_LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "30min"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "10min")];
/// The same for changes of tables, which may have to read all rows, and must never make others queue behind them for long.
const DDL_LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "30min"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "35s")];

/// Longer than the server takes by its own limits, a host does not wait for its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(45);
/// The same for queries.
const QUERY_PATIENCE: Duration = Duration::from_secs(20);
/// The same for whoever takes his time.
pub(super) const LONG_PATIENCE: Duration = Duration::from_secs(31 * 60);

/// A server. Cheap to clone.
#[derive(Clone)]
pub struct Postgres(Arc<Server>);

/// How often a tenant was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turns {
    pub tenant: RawId,
    /// None: it has no business here yet.
    pub business: Option<i64>,
    /// The same of what its machines said.
    pub readings: Option<i64>,
}

struct Server {
    /// What connections wait beside on. Always there until the end.
    runtime: Option<Runtime>,
    commands: Arc<Lines>,
    queries: Arc<Lines>,
    archives: Arc<Lines>,
    claims: Arc<Lines>,
    readings: Arc<Lines>,
    for_all: Arc<Lines>,
    /// As `tc_migrate`.
    owner: Arc<Lines>,
    texts: Texts,
    shapes: Shapes,
    months: Months,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postgres")
    }
}

impl PartialEq for Postgres {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
impl Eq for Postgres {}

impl Postgres {
    /// Connects, and brings roles, schema and tables up to date. Blocking: never on a thread of an asynchronous runtime.
    /// `url` names a login that may become `tc_app` and `tc_migrate`: `postgres://login:password@host/database`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with what to do: the server does not answer, is too old, promises no durability, its
    /// schema is a newer host's, or the login may not become the two roles.
    pub fn connect(url: &str, connections: u32) -> Result<Self> {
        Self::connect_at(url, connections, Arc::new(Instant::now))
    }

    /// The same by another clock, which tells how long connections are kept.
    pub(crate) fn connect_at(url: &str, connections: u32, now: Now) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(|_| {
            StoreError::Unavailable("the address is not of the form postgres://login:password@host/database".to_owned())
        })?;
        let options = options.application_name("toolcrib").statement_cache_capacity(STATEMENTS);
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(LISTENERS)
            .thread_name("postgres")
            .enable_all()
            .build();
        let runtime = threads.map_err(|error| StoreError::Internal(error.to_string()))?;
        if let Err(error) = runtime.block_on(prepare(&options)) {
            runtime.shutdown_background();
            return Err(refused(&error));
        }
        let lines_as = |setup: &str, most, limits, patience| {
            let options = session(options.clone(), limits);
            Lines::new(options, setup.to_owned(), (most, patience), now.clone(), runtime.handle().clone())
        };
        let setup = PREPARED.iter().fold(APPLICATION.to_owned(), |setup, one| format!("{setup};{}", one.prepare()));
        let lines = |most, limits, patience| lines_as(&setup, most, limits, patience);
        let commands = (connections * 3 / 5).max(1);
        Ok(Self(Arc::new(Server {
            commands: lines(commands, LIMITS, PATIENCE),
            queries: lines(connections.saturating_sub(commands).max(1), QUERY_LIMITS, QUERY_PATIENCE),
            archives: lines(limits::ARCHIVES as u32 + 1, ARCHIVE_LIMITS, LONG_PATIENCE),
            claims: lines(CLAIMS, LIMITS, PATIENCE),
            readings: lines(READINGS, LIMITS, PATIENCE),
            for_all: lines(FOR_ALL, LIMITS, PATIENCE),
            owner: lines_as(MIGRATOR, OWNER, DDL_LIMITS, LONG_PATIENCE),
            texts: Texts::default(),
            shapes: Shapes::default(),
            months: Months::default(),
            runtime: Some(runtime),
        })))
    }

    /// How often each of these tenants was changed, by whatever host; tenants that have nothing yet are left out. Blocking.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn turns(&self, tenants: &[RawId]) -> Result<Vec<Turns>> {
        let sql = "SELECT uuid_send(tenant), t.turn, r.turn FROM turns($1::uuid[]) t \
            FULL JOIN reading_turns($1::uuid[]) r USING (tenant)";
        let wanted: Vec<String> = tenants.iter().map(ToString::to_string).collect();
        let ask = async |db: &mut PgConnection| sqlx::query(sql).bind(wanted).fetch_all(db).await;
        let turns = self.0.queries.lend().and_then(|lent| lent.ask(ask));
        let turns = turns.map_err(|error| super::failure::of(&error))?;
        let turns_of = |row: &PgRow| {
            let tenant = RawId(row.get::<Vec<u8>, _>(0).try_into().ok()?);
            Some(Turns { tenant, business: row.get(1), readings: row.get(2) })
        };
        Ok(turns.iter().filter_map(turns_of).collect())
    }

    /// Ids of all tenants that have something here, in order. Blocking.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn tenants(&self) -> Result<Vec<RawId>> {
        let sql = "SELECT uuid_send(tenant_id) FROM tc.tenant_head ORDER BY tenant_id";
        let all = self.owner().ask(async |db| sqlx::query(sql).fetch_all(db).await);
        let all = all.map_err(|error| super::failure::of(&error))?;
        Ok(all.iter().filter_map(|row| row.get::<Vec<u8>, _>(0).try_into().ok().map(RawId)).collect())
    }

    pub(super) fn lines(&self, purpose: Purpose) -> &Arc<Lines> {
        match purpose {
            Purpose::Commands => &self.0.commands,
            Purpose::Queries => &self.0.queries,
            Purpose::Archives => &self.0.archives,
            Purpose::Claims => &self.0.claims,
            Purpose::Readings => &self.0.readings,
        }
    }

    /// Of no tenant: for what all hosts share.
    pub(crate) fn for_all(&self) -> &Arc<Lines> {
        &self.0.for_all
    }

    pub(super) fn owner(&self) -> &Arc<Lines> {
        &self.0.owner
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.0.texts
    }

    pub(super) fn months(&self) -> &Months {
        &self.0.months
    }

    pub(super) fn shapes(&self) -> &Shapes {
        &self.0.shapes
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits for nothing: this may happen anywhere. The server notices that its clients are gone.
            runtime.shutdown_background();
        }
    }
}

fn session(options: PgConnectOptions, limits: [(&str, &str); 3]) -> PgConnectOptions {
    // Bytes in texts are read back in one way, whatever the server was set to.
    options.options(limits).options([("search_path", "tc"), ("bytea_output", "hex")])
}
