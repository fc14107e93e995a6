//! What the host remembers of its registry, so that it works without it: the newest entitlements and the artifacts.

use crate::error::{Result, StoreError};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, query};
use std::path::Path;

/// The host's own database, `directory.db`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    pool: SqlitePool,
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
        Ok(Self { pool })
    }

    /// Keeps the newest entitlements; older ones than those kept are ignored. True when they were kept.
    pub async fn save_entitlements(&self, seq: u64, signed: &[u8]) -> Result<bool> {
        let seq = i64::try_from(seq).map_err(|_| StoreError::Malformed("the sequence number is too large".into()))?;
        let saved = query(
            "INSERT INTO entitlements VALUES (1, ?1, ?2)
             ON CONFLICT DO UPDATE SET seq = ?1, signed = ?2 WHERE seq <= ?1",
        )
        .bind(seq)
        .bind(signed)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(saved.rows_affected() == 1)
    }

    /// The entitlements kept, with their sequence number.
    pub async fn entitlements(&self) -> Result<Option<(u64, Vec<u8>)>> {
        let row = query("SELECT seq, signed FROM entitlements").fetch_optional(&self.pool).await.map_err(failed)?;
        Ok(row.map(|row| (row.get::<i64, _>(0) as u64, row.get(1))))
    }

    /// Remembers a component. A digest stands for one content for ever, so a second call changes nothing.
    pub async fn put_artifact(&self, artifact: &Artifact) -> Result<()> {
        query("INSERT INTO artifact VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
            .bind(&artifact.digest)
            .bind(&artifact.module)
            .bind(&artifact.version)
            .bind(&artifact.manifest)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    pub async fn artifact(&self, digest: &str) -> Result<Option<Artifact>> {
        let select = query("SELECT digest, module, version, manifest FROM artifact WHERE digest = ?1").bind(digest);
        Ok(select.fetch_optional(&self.pool).await.map_err(failed)?.as_ref().map(artifact))
    }

    /// Every component, by module and version.
    pub async fn artifacts(&self) -> Result<Vec<Artifact>> {
        let select = query("SELECT digest, module, version, manifest FROM artifact ORDER BY module, version, digest");
        Ok(select.fetch_all(&self.pool).await.map_err(failed)?.iter().map(artifact).collect())
    }

    /// Waits for the connections to close.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn artifact(row: &SqliteRow) -> Artifact {
    Artifact { digest: row.get(0), module: row.get(1), version: row.get(2), manifest: row.get(3) }
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Io(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_registry_said_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("directory.db");
        let oee = Artifact {
            digest: "sha256:ab".into(),
            module: "oee".into(),
            version: "1.0.0".into(),
            manifest: vec![1, 2, 3],
        };
        let directory = Directory::open(&file).await.unwrap();
        assert_eq!(directory.entitlements().await.unwrap(), None);
        assert!(directory.save_entitlements(7, b"seven").await.unwrap());
        directory.put_artifact(&oee).await.unwrap();
        directory.put_artifact(&Artifact { manifest: vec![], ..oee.clone() }).await.unwrap();
        directory.close().await;

        let directory = Directory::open(&file).await.unwrap();
        assert!(!directory.save_entitlements(6, b"an old one").await.unwrap());
        assert_eq!(directory.entitlements().await.unwrap(), Some((7, b"seven".to_vec())));
        assert_eq!(directory.artifact("sha256:ab").await.unwrap(), Some(oee.clone()));
        assert_eq!(directory.artifact("sha256:cd").await.unwrap(), None);
        assert_eq!(directory.artifacts().await.unwrap(), [oee]);
    }
}
