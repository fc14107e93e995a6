//! Why a repository did not do what was asked: one variant per error code of the specification, with what it is about.

use crate::error::CatalogError;

/// Why a repository did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OciError {
    #[error("there is no such repository")]
    NameUnknown,
    #[error("there is no such blob in this repository")]
    BlobUnknown,
    /// Never begun, finished, cancelled or swept.
    #[error("there is no such upload; begin a new one")]
    UploadUnknown,
    #[error("{0}")]
    UploadInvalid(String),
    /// The content has another digest than was said.
    #[error("the content has another digest, {found}")]
    DigestInvalid { found: String },
    #[error("there is no such manifest in this repository")]
    ManifestUnknown,
    /// Blobs that a manifest names and the repository does not have.
    #[error("the manifest names content that was not pushed to this repository")]
    BlobsUnknown(Vec<String>),
    /// A size that differs from the content's.
    #[error("{0}")]
    SizeInvalid(String),
    #[error("at most {max} bytes are taken here")]
    TooLarge { max: usize },
    #[error("{0}")]
    Denied(String),
    /// Too much at once; it helps to wait, or to finish something.
    #[error("{0}")]
    TooMany(String),
    #[error("{0}")]
    Unsupported(String),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl From<sqlx::Error> for OciError {
    fn from(error: sqlx::Error) -> Self {
        Self::Catalog(error.into())
    }
}
