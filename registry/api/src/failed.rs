//! Errors of the endpoints: always a problem, for the server's middleware to write.

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use std::error::Error;
use toolcrib_catalog::CatalogError;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{
    AUDIT_NOT_AGREED, BUSY, CONFLICT, INTERNAL, KIT_REFUSED, METHOD, NOT_ALLOWED, NOT_CONSENTED, NOT_FOUND, NOT_PROVEN,
    NOT_SIGNED_IN, NOT_UNIQUE, OVER_CAP, PLAN_NEEDED, Problem, STORAGE_FULL, TOO_OFTEN, UNAVAILABLE, VERSION_EXISTS,
    WRONG_STATE,
};
use toolcrib_programme::{ProgrammeError, ProofError};
use toolcrib_trust::TrustError;

/// An error of an endpoint; with the seconds after which to try again, where they are known.
#[derive(Debug)]
pub struct Failed(pub Box<Problem>, pub Option<u64>);

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem), None)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(*self.0);
        if let Some(seconds) = self.1 {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<CatalogError> for Failed {
    fn from(error: CatalogError) -> Self {
        let detail = error.to_string();
        let retry_s = if let CatalogError::TooOften { wait_s, .. } = error { Some(wait_s) } else { None };
        let problem = match error {
            CatalogError::NotFound(_) => NOT_FOUND.because(detail),
            CatalogError::NotUnique { pointer, what } => {
                Problem { errors: vec![at(pointer, what)], ..NOT_UNIQUE.problem() }
            }
            CatalogError::Input(errors) => Problem::input(errors),
            CatalogError::VersionExists(_) => VERSION_EXISTS.because(detail),
            CatalogError::WrongState(_) | CatalogError::Limit(_) => WRONG_STATE.because(detail),
            CatalogError::OwnOrganisation
            | CatalogError::OwnSubmission
            | CatalogError::NotTrusted
            | CatalogError::Replayed => NOT_ALLOWED.because(detail),
            CatalogError::NoAuditConsent => AUDIT_NOT_AGREED.because(detail),
            CatalogError::Changed(_) => CONFLICT.because(detail),
            CatalogError::NotConsented { missing } => {
                let errors = missing.iter().map(|one| at("/grants", format!("`{one}` is required"))).collect();
                Problem { errors, ..NOT_CONSENTED.because(detail) }
            }
            CatalogError::TooMany(_) | CatalogError::Busy => BUSY.because(detail),
            CatalogError::PlanNeeded(_) => PLAN_NEEDED.because(detail),
            CatalogError::OverCap(_) => OVER_CAP.because(detail),
            CatalogError::TooOften { .. } => TOO_OFTEN.because(detail),
            CatalogError::SignedOut => NOT_SIGNED_IN.because(detail),
            CatalogError::Full => STORAGE_FULL.problem(),
            // An operator has to look; whoever asked can only come again.
            CatalogError::Bucket(_) => {
                internal(&error);
                UNAVAILABLE.because(detail)
            }
            other => internal(&other),
        };
        Self(Box::new(problem), retry_s)
    }
}

impl From<ProgrammeError> for Failed {
    fn from(error: ProgrammeError) -> Self {
        match error {
            ProgrammeError::Refused { rule, detail } => rule.because(detail).into(),
            ProgrammeError::Catalog(error) => error.into(),
            other => internal(&other).into(),
        }
    }
}

impl From<ProofError> for Failed {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::NotProven(detail) => NOT_PROVEN.because(detail).into(),
            ProofError::Kit(detail) => KIT_REFUSED.because(detail).into(),
            ProofError::Catalog(error) => error.into(),
            other => internal(&other).into(),
        }
    }
}

impl From<TrustError> for Failed {
    fn from(error: TrustError) -> Self {
        NOT_SIGNED_IN.because(error.to_string()).into()
    }
}

/// One thing that is wrong with the input.
pub fn at(pointer: &str, message: impl Into<String>) -> InputError {
    InputError { pointer: pointer.to_owned(), message: message.into() }
}

/// Not the caller's fault: told whole in the log, and nothing of it outside.
pub fn internal(error: &dyn Error) -> Problem {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        chain.push_str(": ");
        chain.push_str(&source.to_string());
        cause = source.source();
    }
    tracing::error!(error = chain, "The registry failed");
    INTERNAL.problem()
}

/// The address takes other methods.
pub async fn wrong_method() -> Failed {
    METHOD.problem().into()
}
