//! What can go wrong with a store, told apart by what there is to do about it.

use object_store::client::{HttpError, HttpErrorKind};
use std::error::Error;

/// Why a store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectsError {
    /// A setting that names no store, bucket or object.
    #[error("{0} (objects-address)")]
    Address(String),
    /// It may do so later.
    #[error("{place} does not answer; look at the network and at the store, then try again (objects-unreachable)")]
    Unreachable { place: String, source: object_store::Error },
    #[error(
        "{place} does not let us in; look at the access key, its secret and what it may do, and at this machine's clock \
         (objects-refused)"
    )]
    Refused { place: String, source: object_store::Error },
    #[error("{place} has no such bucket; make it, or correct its name (objects-no-bucket)")]
    NoBucket { place: String, source: object_store::Error },
    /// What arrived is not what was sent.
    #[error("what arrived at {place} was altered on its way; it was not kept (objects-altered)")]
    Altered { place: String, source: object_store::Error },
    #[error("`{name}` in {place} has more than {most} bytes (objects-too-large)")]
    TooLarge { place: String, name: String, most: u64 },
    #[error("{place} failed (objects-failed)")]
    Failed { place: String, source: object_store::Error },
}

impl ObjectsError {
    /// Stable, for people who search for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address(_) => "objects-address",
            Self::Unreachable { .. } => "objects-unreachable",
            Self::Refused { .. } => "objects-refused",
            Self::NoBucket { .. } => "objects-no-bucket",
            Self::Altered { .. } => "objects-altered",
            Self::TooLarge { .. } => "objects-too-large",
            Self::Failed { .. } => "objects-failed",
        }
    }

    pub(crate) fn of(place: &str, source: object_store::Error) -> Self {
        let (place, told) = (place.to_owned(), chain(&source));
        // The codes of S3; every store that speaks it says them.
        let says = |codes: &[&str]| codes.iter().any(|code| told.contains(code));
        if says(&["NoSuchBucket"]) {
            return Self::NoBucket { place, source };
        }
        let is_refused = matches!(
            source,
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }
        );
        if is_refused || says(&["status code: 401", "status code: 403"]) {
            return Self::Refused { place, source };
        }
        if says(&["BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"]) {
            return Self::Altered { place, source };
        }
        if is_away(&source) || says(&["status code: 5"]) {
            return Self::Unreachable { place, source };
        }
        Self::Failed { place, source }
    }
}

/// Everything that is said of an error.
fn chain(error: &object_store::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn is_away(error: &object_store::Error) -> bool {
    let mut causes = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    causes.any(|error| {
        let http = error.downcast_ref::<HttpError>();
        http.is_some_and(|http| {
            matches!(http.kind(), HttpErrorKind::Connect | HttpErrorKind::Timeout | HttpErrorKind::Interrupted)
        })
    })
}
