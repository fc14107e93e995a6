//! What the host remembers of its registry, so that it works without it: the newest entitlements and the artifacts.
//!
//! Where tenants' business is in PostgreSQL, so is this, and all hosts there share it: a new one with an empty disk begins
//! with what the others know, with the components, what was withdrawn and the keys of access tokens besides ([`Shared`]).
//! Nothing of it is believed for lying there: whoever reads it checks the registry's signature.

use crate::Postgres;
use crate::engine::failure;
use crate::error::{Result, StoreError};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{query, query_as};
use std::path::Path;

mod shared;
#[cfg(test)]
mod tests;

pub use shared::{Component, Heard, Shared};

/// `directory.db` of one host, or tables that all hosts on a database share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory(Place);

#[derive(Clone, Debug)]
enum Place {
    File(SqlitePool),
    Rows(Postgres),
}

/// A component the host has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// `sha256:` and hex digits.
    pub digest: String,
    pub module: String,
    pub version: String,
    /// The encoded manifest.
    pub manifest: Vec<u8>,
}

/// Every statement is fast and the writers take turns anyway.
const CONNECTIONS: u32 = 2;

// Each in words that both engines understand.
const SAVE: &str = "INSERT INTO entitlements(only_row,seq,signed) VALUES (1,$1,$2) \
    ON CONFLICT(only_row) DO UPDATE SET seq=excluded.seq,signed=excluded.signed \
    WHERE entitlements.seq<=excluded.seq OR entitlements.signed=$3";
const NEWEST: &str = "SELECT seq,signed FROM entitlements";
const PUT: &str = "INSERT INTO artifact(digest,module,version,manifest) VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING";
const ONE: &str = "SELECT digest,module,version,manifest FROM artifact WHERE digest=$1";
const ALL: &str = "SELECT digest,module,version,manifest FROM artifact ORDER BY module,version,digest";

/// Asks the same of either engine. `$ask` is asked again on another connection when one turns out to be dead.
macro_rules! ask {
    ($self:ident, |$db:ident| $ask:expr) => {
        match $self.0.clone() {
            Place::File(pool) => {
                let $db = &pool;
                $ask.await.map_err(failed)
            }
            Place::Rows(server) => on(server, async move |$db: &mut PgConnection| $ask.await).await,
        }
    };
}

impl Directory {
    /// Opens or creates the file, whose directory exists.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub async fn open(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await.map_err(failed)?;
        sqlx::migrate!("migrations/directory").run(&pool).await.map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(Self(Place::File(pool)))
    }

    /// The one that all hosts on this database share.
    pub fn of(server: Postgres) -> Self {
        Self(Place::Rows(server))
    }

    /// What hosts share, where they do.
    pub fn shared(&self) -> Option<Shared> {
        match &self.0 {
            Place::File(_) => None,
            Place::Rows(server) => Some(Shared::new(server.clone())),
        }
    }

    /// Keeps the newest entitlements; older ones than those kept are ignored, also when several hosts keep some at once.
    /// `doubted` are bytes that nobody vouches for: if those are kept, they give way whatever number they claim. True when
    /// they were kept.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Unavailable`].
    pub async fn save_entitlements(&self, seq: u64, signed: &[u8], doubted: Option<&[u8]>) -> Result<bool> {
        let seq = i64::try_from(seq).map_err(|_| StoreError::Malformed("the sequence number is too large".into()))?;
        let (signed, doubted) = (signed.to_vec(), doubted.map(<[u8]>::to_vec));
        let saved = ask!(self, |db| async {
            let save = query(SAVE).bind(seq).bind(&signed[..]).bind(doubted.as_deref());
            save.execute(db).await.map(|saved| saved.rows_affected())
        })?;
        Ok(saved == 1)
    }

    /// The entitlements kept, with the number that they were kept under.
    ///
    /// # Errors
    /// As [`Self::save_entitlements`].
    pub async fn entitlements(&self) -> Result<Option<(u64, Vec<u8>)>> {
        let row = ask!(self, |db| query_as::<_, (i64, Vec<u8>)>(NEWEST).fetch_optional(db))?;
        Ok(row.map(|(seq, signed)| (seq.cast_unsigned(), signed)))
    }

    /// Remembers a component. A digest stands for one content for ever, so a second call changes nothing.
    ///
    /// # Errors
    /// As [`Self::save_entitlements`].
    pub async fn put_artifact(&self, artifact: &Artifact) -> Result<()> {
        let Artifact { digest, module, version, manifest } = artifact.clone();
        ask!(self, |db| async {
            let put = query(PUT).bind(&*digest).bind(&*module).bind(&*version).bind(&manifest[..]);
            put.execute(db).await.map(drop)
        })
    }

    /// # Errors
    /// As [`Self::save_entitlements`].
    pub async fn artifact(&self, digest: &str) -> Result<Option<Artifact>> {
        let digest = digest.to_owned();
        let row = ask!(self, |db| query_as::<_, Columns>(ONE).bind(&*digest).fetch_optional(db))?;
        Ok(row.map(artifact))
    }

    /// Every component, by module and version.
    ///
    /// # Errors
    /// As [`Self::save_entitlements`].
    pub async fn artifacts(&self) -> Result<Vec<Artifact>> {
        let rows = ask!(self, |db| query_as::<_, Columns>(ALL).fetch_all(db))?;
        Ok(rows.into_iter().map(artifact).collect())
    }

    /// Brings in what another one keeps, for example the file of a host before its directory was this one; what is newer here
    /// stays. The other one is as it was.
    ///
    /// # Errors
    /// As [`Self::save_entitlements`].
    pub async fn bring_in(&self, other: &Self) -> Result<()> {
        if let Some((seq, signed)) = other.entitlements().await? {
            self.save_entitlements(seq, &signed, None).await?;
        }
        for artifact in other.artifacts().await? {
            self.put_artifact(&artifact).await?;
        }
        Ok(())
    }

    /// Waits for the connections to a file to close; those to a database close with it.
    pub async fn close(&self) {
        if let Place::File(pool) = &self.0 {
            pool.close().await;
        }
    }
}

type Columns = (String, String, String, Vec<u8>);

fn artifact((digest, module, version, manifest): Columns) -> Artifact {
    Artifact { digest, module, version, manifest }
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Io(error.to_string())
}

/// Asks the server beside the runtime's threads, which nothing may wait on.
async fn on<T: Send + 'static>(
    server: Postgres,
    ask: impl AsyncFn(&mut PgConnection) -> sqlx::Result<T> + Send + 'static,
) -> Result<T> {
    let asked = tokio::task::spawn_blocking(move || server.for_all().ask(ask)).await;
    asked.map_err(|error| StoreError::Internal(error.to_string()))?.map_err(|error| failure::of(&error))
}
