//! What refers to a manifest.

use crate::error::CatalogError;
use crate::oci::error::OciError;
use crate::oci::repository::{Repository, seen};
use toolcrib_trust::content::ContentDigest;

/// A manifest that refers to another one.
#[derive(Clone, Debug)]
pub struct Referrer {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    pub artifact_type: String,
    /// A JSON object of texts.
    pub annotations: serde_json::Value,
}

type Row = (String, String, i64, String, String);

impl Repository {
    /// What refers to this digest, oldest first; nothing when nobody knows it. Found under either of its names.
    ///
    /// # Errors
    /// The database.
    pub async fn referrers(&self, subject: &ContentDigest) -> Result<Vec<Referrer>, OciError> {
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT m.media_type, m.sha256, length(m.content), m.artifact_type, m.annotations FROM oci_manifest m
             WHERE m.module = $3 AND m.subject IN (SELECT $4
                 UNION SELECT sha256 FROM oci_manifest WHERE module = $3 AND sha512 = $4
                 UNION SELECT sha512 FROM oci_manifest WHERE module = $3 AND sha256 = $4) AND ",
            seen!(),
            " ORDER BY m.since_us, m.sha256"
        ))
        .bind(self.member)
        .bind(self.marketplace)
        .bind(&self.module)
        .bind(subject.as_str())
        .fetch_all(&self.catalog.readers)
        .await?;
        rows.into_iter().map(read).collect()
    }
}

fn read((media_type, digest, size, artifact_type, annotations): Row) -> Result<Referrer, OciError> {
    let annotations = serde_json::from_str(&annotations);
    let annotations = annotations.map_err(|error| CatalogError::damaged("annotations", &error))?;
    Ok(Referrer { media_type, digest, size: size.cast_unsigned(), artifact_type, annotations })
}
