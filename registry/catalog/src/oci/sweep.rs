//! Sweeping: uploads that nobody continued, drafts that nobody signed, content that nothing names.

use crate::catalog::Catalog;
use crate::oci::error::OciError;
use crate::values::Flag;
use std::collections::HashSet;
use toolcrib_contract::limits::OCI_STAGED_HOURS;
use toolcrib_contract::types::Instant;

const HOUR_US: i64 = 3_600_000_000;

/// What was swept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub uploads: u64,
    pub drafts: u64,
    pub manifests: u64,
    pub blobs: u64,
    pub files: u64,
}

impl Catalog {
    /// Sweeps what is too old at `now`, and files that nothing records.
    ///
    /// # Errors
    /// The disk or the database; what was swept until then stays swept.
    pub async fn sweep_oci(&self, now: Instant) -> Result<Swept, OciError> {
        let _keeping = self.oci.keeping.lock().await;
        let old = now.0 - OCI_STAGED_HOURS * HOUR_US;
        let mut swept = Swept::default();
        let mut change = self.change(now).await?;
        swept.uploads = change.drop_old_uploads().await?;
        for (count, delete) in [
            (&mut swept.drafts, "DELETE FROM oci_draft WHERE since_us <= $1"),
            (
                &mut swept.manifests,
                "DELETE FROM oci_manifest AS m WHERE since_us <= $1
                     AND NOT EXISTS (SELECT 1 FROM oci_part p WHERE p.module = m.module AND p.manifest = m.sha256)
                     AND NOT EXISTS (SELECT 1 FROM oci_draft d WHERE d.module = m.module AND d.manifest = m.sha256)",
            ),
            (
                &mut swept.blobs,
                "DELETE FROM oci_blob AS b WHERE since_us <= $1
                     AND NOT EXISTS (SELECT 1 FROM oci_link l WHERE l.module = b.module AND l.blob = b.sha256)",
            ),
        ] {
            *count = sqlx::query(delete).bind(old).execute(change.connection()).await?.rows_affected();
        }
        change.commit_quietly().await?;
        swept.files = self.sweep_files().await?;
        Ok(swept)
    }

    async fn sweep_files(&self) -> Result<u64, OciError> {
        let (digests, uploads) = self.oci.list().await?;
        let open: Vec<(String,)> = sqlx::query_as("SELECT id FROM oci_upload").fetch_all(&self.readers).await?;
        let open: HashSet<_> = open.into_iter().map(|(id,)| id).collect();
        let mut files = 0;
        for id in uploads.iter().filter(|id| !open.contains(*id)) {
            self.oci.forget(id).await?;
            files += 1;
        }
        for digest in digests {
            // What became a version's component is kept as such.
            let (Flag(needed),): (Flag,) = sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM oci_blob WHERE sha256 = $1)
                     AND NOT EXISTS (SELECT 1 FROM submission WHERE digest = $1)",
            )
            .bind(&digest)
            .fetch_one(&self.readers)
            .await?;
            if !needed {
                self.oci.remove(&digest).await?;
                files += 1;
            }
        }
        Ok(files)
    }
}
