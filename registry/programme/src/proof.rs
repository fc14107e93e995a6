//! A host's signed word, checked against the keys that hosts of this registry have.

use toolcrib_catalog::{Catalog, CatalogError, HostKey};
use toolcrib_contract::json::InputError;
use toolcrib_trust::{PublicKey, hosted};

/// Why evidence or a kit was not taken. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// It does not prove what it says.
    #[error("{0}")]
    NotProven(String),
    /// It is a kit, and may not be taken over.
    #[error("{0}")]
    Kit(String),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl From<sqlx::Error> for ProofError {
    fn from(error: sqlx::Error) -> Self {
        Self::Catalog(error.into())
    }
}

impl ProofError {
    pub(crate) fn input(pointer: &str, message: impl Into<String>) -> Self {
        let error = InputError { pointer: pointer.to_owned(), message: message.into() };
        Self::Catalog(CatalogError::Input(vec![error]))
    }

    pub(crate) fn damaged(what: &str, error: &impl std::fmt::Display) -> Self {
        Self::Catalog(CatalogError::Damaged(format!("{what}: {error}")))
    }
}

/// The payload of an envelope that a host of this registry signed, and its key.
///
/// # Errors
/// [`ProofError::NotProven`].
pub(crate) async fn open(
    catalog: &Catalog,
    payload_type: &str,
    envelope: &str,
) -> Result<(Vec<u8>, HostKey), ProofError> {
    let mut last = "no key of a host of this marketplace signed it".to_owned();
    for hint in hosted::hints(envelope) {
        let known = match catalog.host_key(&hint).await {
            Ok(known) => known,
            Err(CatalogError::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let key = PublicKey::parse(&known.public_key).map_err(|error| ProofError::damaged("a host's key", &error))?;
        match hosted::open_by(payload_type, envelope, &key) {
            Ok(payload) => return Ok((payload, known)),
            Err(doubt) => last = doubt.to_string(),
        }
    }
    Err(ProofError::NotProven(last))
}
