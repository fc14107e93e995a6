//! Opening and closing: one writing connection, a few reading ones, a folder of components.

use crate::beside::{self, Duty, Looking};
use crate::blobs::Blobs;
use crate::engine::{self, Engine, Pools};
use crate::error::CatalogError;
use crate::oci::Files;
use crate::segments;
use sqlx::AnyPool;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, RwLock, watch};
use toolcrib_objects::Bucket;

/// The registry's records. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    /// A single connection: changes happen one after the other.
    pub(crate) writer: AnyPool,
    pub(crate) readers: AnyPool,
    pub(crate) engine: Engine,
    /// Where several registries may be, none with a file.
    pub(crate) duty: Option<Arc<Duty>>,
    _looking: Option<Arc<Looking>>,
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

/// What lies in files or in a bucket.
struct Stored {
    blobs: Blobs,
    papers: Blobs,
    oci: Arc<Files>,
}

impl Stored {
    async fn open(folder: &Path, bucket: Option<&Bucket>) -> Result<Self, CatalogError> {
        Ok(Self {
            blobs: Blobs::open(folder, "components", bucket).await?,
            papers: Blobs::open(folder, "papers", bucket).await?,
            oci: Arc::new(Files::open(folder.join("oci")).await?),
        })
    }
}

impl Catalog {
    /// Opens `catalog.db` and the folders `components`, `papers` and `oci` in this folder, and creates what is missing.
    ///
    /// # Errors
    /// The folder cannot be written, the database is damaged or was written by a newer version.
    pub async fn open(folder: &Path) -> Result<Self, CatalogError> {
        Self::open_with(folder, None, None).await
    }

    /// The same; with a bucket, components and papers go there, and those that lie in the folder are still read. With the
    /// address of a PostgreSQL (`postgres://login:password@host/database`), the records lie there instead of in
    /// `catalog.db`.
    ///
    /// # Errors
    /// As [`Self::open`]; the bucket cannot be used. One that does not answer is waited for by those who need it.
    /// PostgreSQL does not answer, cannot be used ([`CatalogError::Store`]), or its tables are those of a newer version.
    pub async fn open_with(
        folder: &Path,
        bucket: Option<&Bucket>,
        postgres: Option<&str>,
    ) -> Result<Self, CatalogError> {
        let files = Stored::open(folder, bucket).await?;
        let pools = match postgres {
            None => engine::file(folder).await?,
            Some(url) => engine::server(url).await?,
        };
        let mut filling = pools.engine.begin(&pools.writer).await?;
        segments::fill(&mut filling).await?;
        filling.commit().await?;
        Self::on(files, pools).await
    }

    /// Records in PostgreSQL, to look at and no more: nothing of them is brought up to date. Files are looked for in this
    /// folder, and its subfolders made.
    ///
    /// # Errors
    /// As [`Self::open_with`]; the tables are not there.
    pub async fn inspect(folder: &Path, postgres: &str) -> Result<Self, CatalogError> {
        let files = Stored::open(folder, None).await?;
        Self::on(files, engine::read_only(postgres).await?).await
    }

    async fn on(files: Stored, pools: Pools) -> Result<Self, CatalogError> {
        let Pools { writer, readers, engine, duty } = pools;
        let Stored { blobs, papers, oci } = files;
        let (seq,): (i64,) = sqlx::query_as("SELECT seq FROM head").fetch_one(&readers).await?;
        let (seq, polls) = (Arc::new(watch::Sender::new(seq.cast_unsigned())), Arc::new(watch::Sender::new(0)));
        let (duty, submitted) = (duty.map(Arc::new), Arc::<Notify>::default());
        let looks = || Arc::new(beside::look(readers.clone(), (seq.clone(), polls.clone()), submitted.clone()));
        let _looking = (engine == Engine::Postgres).then(looks);
        let keeping = Arc::default();
        Ok(Self { writer, readers, engine, duty, _looking, blobs, papers, oci, keeping, seq, polls, submitted })
    }

    /// Where the records lie.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Waits for what is under way and closes the database.
    pub async fn close(&self) {
        if let Some(duty) = &self.duty {
            duty.close().await;
        }
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
