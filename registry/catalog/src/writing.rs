//! For crates that keep records of their own in the same database (`registry/programme`): their statements run in one of
//! the catalogue's changes, so that what they write, its audit line and the catalogue's own rows commit together.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use sqlx::{AnyConnection, AnyPool};
use toolcrib_contract::types::Instant;

/// An open change of another crate. Changes follow one another: nobody else writes while it is open. Dropping it leaves
/// nothing.
pub struct Writing(Change);

impl Catalog {
    /// Opens a change (`BEGIN IMMEDIATE`): what is read in it stays true until it commits.
    ///
    /// # Errors
    /// The database, or it is busy for too long.
    pub async fn writing(&self, now: Instant) -> Result<Writing, CatalogError> {
        Ok(Writing(self.change(now).await?))
    }

    /// Connections that read beside the writer; they cannot write.
    pub fn reading(&self) -> &AnyPool {
        &self.readers
    }
}

impl Writing {
    pub fn now(&self) -> Instant {
        self.0.now
    }

    pub fn connection(&mut self) -> &mut AnyConnection {
        self.0.connection()
    }

    /// Writes an audit line besides the one that the change ends with.
    ///
    /// # Errors
    /// The database.
    pub async fn note(&mut self, line: &Line<'_>) -> Result<(), CatalogError> {
        self.0.note(line).await
    }

    /// Commits everything with its audit line.
    ///
    /// # Errors
    /// The database; nothing of the change is left then.
    pub async fn commit(self, line: Line<'_>) -> Result<(), CatalogError> {
        self.0.commit(line).await.map(drop)
    }
}
