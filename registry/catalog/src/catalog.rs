//! Opening and closing: one writing connection, a few reading ones, a folder of components.

use crate::blobs::Blobs;
use crate::error::CatalogError;
use crate::oci::Files;
use crate::segments;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, RwLock, watch};
use toolcrib_objects::Bucket;

/// Connections that read beside the writer.
const READERS: u32 = 4;
/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// The oldest SQLite without the bug that damages a database in WAL mode.
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);

/// The registry's records. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    /// A single connection: changes happen one after the other.
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    pub(crate) blobs: Blobs,
    /// Evidence of projects.
    pub(crate) papers: Blobs,
    /// Shared while a component is on its way into the records, alone while those that nobody needs are removed.
    pub(crate) keeping: Arc<RwLock<()>>,
    /// Content that came or goes through OCI.
    pub(crate) oci: Arc<Files>,
    /// The number of the newest snapshot.
    pub(crate) seq: Arc<watch::Sender<u64>>,
    /// Moves whenever a host asks for a snapshot.
    pub(crate) polls: Arc<watch::Sender<u64>>,
    /// Wakes who waits for something to check.
    pub(crate) submitted: Arc<Notify>,
}

impl Catalog {
    /// Opens `catalog.db` and the folders `components`, `papers` and `oci` in this folder, and creates what is missing.
    ///
    /// # Errors
    /// The folder cannot be written, the database is damaged or was written by a newer version.
    pub async fn open(folder: &Path) -> Result<Self, CatalogError> {
        Self::open_with(folder, None).await
    }

    /// The same; with a bucket, components and papers go there, and those that lie in the folder are still read.
    ///
    /// # Errors
    /// As [`Self::open`]; the bucket cannot be used. One that does not answer is waited for by those who need it.
    pub async fn open_with(folder: &Path, bucket: Option<&Bucket>) -> Result<Self, CatalogError> {
        let blobs = Blobs::open(folder, "components", bucket).await?;
        let papers = Blobs::open(folder, "papers", bucket).await?;
        let oci = Arc::new(Files::open(folder.join("oci")).await?);
        let options = SqliteConnectOptions::new()
            .filename(folder.join("catalog.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Nothing is acknowledged before it is on disk.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE)
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON");
        let pool = || SqlitePoolOptions::new().acquire_timeout(ACQUIRE).max_lifetime(None).idle_timeout(None);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        check_version(&writer).await?;
        sqlx::migrate!("./migrations").run(&writer).await?;
        let mut filling = writer.begin().await?;
        segments::fill(&mut filling).await?;
        filling.commit().await?;
        let readers = pool().max_connections(READERS).connect_with(options.read_only(true)).await?;
        let (seq,): (i64,) = sqlx::query_as("SELECT seq FROM head").fetch_one(&readers).await?;
        let (seq, polls) = (Arc::new(watch::Sender::new(seq.cast_unsigned())), Arc::new(watch::Sender::new(0)));
        Ok(Self { writer, readers, blobs, papers, oci, keeping: Arc::default(), seq, polls, submitted: Arc::default() })
    }

    /// Waits for what is under way and closes the database.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The component of this digest, checked against it; none when there is none.
    ///
    /// # Errors
    /// The file is damaged or cannot be read.
    pub async fn component(&self, digest: &str) -> Result<Option<Vec<u8>>, CatalogError> {
        self.blobs.get(digest).await
    }
}

async fn check_version(pool: &SqlitePool) -> Result<(), CatalogError> {
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(pool).await?;
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let found = (next(), next(), next());
    if found < SQLITE_MIN {
        return Err(CatalogError::Damaged(format!("SQLite {version} is linked; 3.51.3 is the oldest that is safe")));
    }
    Ok(())
}
