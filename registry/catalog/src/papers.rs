//! Files that people and hosts hand in with what they file: kept by their digest, each once, however often it is named.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::ids;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest;

impl Catalog {
    /// Keeps a file; on disk when this returns. Its digest. A file that no record names afterwards is kept all the same:
    /// the same bytes come again when whoever sent them tries again.
    ///
    /// # Errors
    /// The disk.
    pub async fn keep_paper(&self, bytes: Vec<u8>, now: Instant, chance: &dyn Chance) -> Result<String, CatalogError> {
        let digest = digest::of(&bytes);
        self.papers.put(bytes, ids::generate(now, chance)).await?;
        Ok(digest)
    }

    /// The file of this digest, checked against it; none when there is none.
    ///
    /// # Errors
    /// It is damaged or cannot be read.
    pub async fn paper(&self, digest: &str) -> Result<Option<Vec<u8>>, CatalogError> {
        self.papers.get(digest).await
    }
}
