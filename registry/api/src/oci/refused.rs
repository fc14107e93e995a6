//! Errors in the specification's shape: `{"errors": [{"code", "message", "detail"}]}`.

use crate::failed::Failed;
use axum::Json;
use axum::http::header::{CONTENT_RANGE, LOCATION, RANGE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use toolcrib_catalog::{CatalogError, OciError};
use toolcrib_contract::problem::{BAD_COMPONENT, BAD_INPUT, Problem};

/// When to try again after too much at once.
const RETRY_S: u64 = 60;

/// What went wrong, in the specification's fourteen words, and two of ours for what is not the client's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    SizeInvalid,
    Unauthorized,
    Denied,
    Unsupported,
    TooManyRequests,
    /// Busy or stopping: the same request works later.
    Unavailable,
    /// A failure of the registry.
    Unknown,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unavailable => "UNAVAILABLE",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The status it usually comes with.
    fn status(self) -> StatusCode {
        match self {
            Self::BlobUnknown | Self::BlobUploadUnknown | Self::ManifestUnknown | Self::NameUnknown => {
                StatusCode::NOT_FOUND
            }
            Self::BlobUploadInvalid
            | Self::DigestInvalid
            | Self::ManifestBlobUnknown
            | Self::ManifestInvalid
            | Self::NameInvalid
            | Self::SizeInvalid => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Denied => StatusCode::FORBIDDEN,
            Self::Unsupported => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// This, because of that.
    pub fn because(self, message: impl Into<String>) -> Refused {
        let inner =
            Inner { status: self.status(), headers: Vec::new(), errors: vec![(self, message.into(), Value::Null)] };
        let refused = Refused(Box::new(inner));
        match self {
            Self::TooManyRequests | Self::Unavailable => refused.header(RETRY_AFTER, &RETRY_S.to_string()),
            _ => refused,
        }
    }
}

/// An error of an OCI endpoint.
#[derive(Debug)]
pub struct Refused(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    errors: Vec<(Code, String, Value)>,
}

impl Refused {
    /// The first code.
    pub fn code(&self) -> Code {
        self.0.errors[0].0
    }

    /// With another status than the code's usual one.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    pub fn detail(mut self, detail: Value) -> Self {
        self.0.errors[0].2 = detail;
        self
    }

    /// With a header; one that cannot be written is left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    pub fn challenge(self, challenge: &str) -> Self {
        self.header(WWW_AUTHENTICATE, challenge)
    }

    /// A chunk that does not follow on what has arrived, and what has.
    pub fn out_of_order(message: String, location: &str, range: &str) -> Self {
        let refused = Code::BlobUploadInvalid.because(message).status(StatusCode::RANGE_NOT_SATISFIABLE);
        refused.header(LOCATION, location).header(RANGE, range)
    }

    /// A range that content of this length does not have.
    pub fn no_such_range(bytes: u64) -> Self {
        let refused = Code::SizeInvalid.because(format!("the content has {bytes} bytes; the range lies outside"));
        refused.status(StatusCode::RANGE_NOT_SATISFIABLE).header(CONTENT_RANGE, &format!("bytes */{bytes}"))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Inner { status, headers, errors } = *self.0;
        let errors = errors.into_iter().map(|(code, message, detail)| {
            let mut error = json!({"code": code.as_str(), "message": message});
            if !detail.is_null() {
                error["detail"] = detail;
            }
            error
        });
        let mut response = (status, Json(json!({"errors": errors.collect::<Vec<_>>()}))).into_response();
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<OciError> for Refused {
    fn from(error: OciError) -> Self {
        let message = error.to_string();
        match error {
            OciError::NameUnknown => Code::NameUnknown.because(message),
            OciError::BlobUnknown => Code::BlobUnknown.because(message),
            OciError::UploadUnknown => Code::BlobUploadUnknown.because(message),
            OciError::UploadInvalid(_) => Code::BlobUploadInvalid.because(message),
            OciError::DigestInvalid { found } => Code::DigestInvalid.because(message).detail(json!({"found": found})),
            OciError::ManifestUnknown => Code::ManifestUnknown.because(message),
            OciError::BlobsUnknown(digests) => {
                let error = |digest| (Code::ManifestBlobUnknown, message.clone(), json!({"digest": digest}));
                let mut refused = Code::ManifestBlobUnknown.because(message.clone());
                refused.0.errors = digests.into_iter().map(error).collect();
                refused
            }
            OciError::SizeInvalid(_) => Code::SizeInvalid.because(message),
            OciError::TooLarge { .. } => Code::SizeInvalid.because(message).status(StatusCode::PAYLOAD_TOO_LARGE),
            OciError::Denied(_) => Code::Denied.because(message),
            OciError::TooMany(_) => Code::TooManyRequests.because(message),
            OciError::Unsupported(_) => Code::Unsupported.because(message),
            OciError::Catalog(error) => error.into(),
            other => Failed::from(crate::failed::internal(&other)).into(),
        }
    }
}

impl From<CatalogError> for Refused {
    fn from(error: CatalogError) -> Self {
        Failed::from(error).into()
    }
}

impl From<Failed> for Refused {
    fn from(Failed(problem, retry_s): Failed) -> Self {
        let refused = Self::from(*problem);
        match retry_s {
            Some(seconds) => refused.header(RETRY_AFTER, &seconds.to_string()),
            None => refused,
        }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let message = problem.to_string();
        let code = match problem.status {
            _ if problem.is(BAD_COMPONENT) || problem.is(BAD_INPUT) => Code::ManifestInvalid,
            401 => Code::Unauthorized,
            403 | 409 => Code::Denied,
            404 => Code::NameUnknown,
            413 => Code::SizeInvalid,
            429 => Code::TooManyRequests,
            400..500 => Code::Unsupported,
            503 | 507 => Code::Unavailable,
            _ => Code::Unknown,
        };
        let refused = code.because(message);
        // A bad component is a bad manifest, and what exists already is denied; all other statuses stay.
        match (code, StatusCode::from_u16(problem.status)) {
            (Code::ManifestInvalid | Code::Denied, _) | (_, Err(_)) => refused,
            (_, Ok(status)) => refused.status(status),
        }
    }
}

/// Whether this address is one of OCI's.
pub fn is_oci(uri: &Uri) -> bool {
    uri.path() == "/v2" || uri.path().starts_with("/v2/")
}

/// Writes the problem that stands bare in a response, if there is one: whatever refuses under `/v2/`, speaks OCI.
pub fn in_oci_words(mut response: Response) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => Refused::from(problem).into_response(),
        None => response,
    }
}

/// The address takes other methods.
pub async fn wrong_method() -> Refused {
    Code::Unsupported.because("this address does not take that method")
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::problem::{BUSY, INTERNAL, TOO_LARGE, UNAVAILABLE, VERSION_EXISTS};

    #[test]
    fn every_error_has_its_status_and_a_flood_is_told_when_to_come_back() {
        let status = |refused: Refused| refused.into_response().status().as_u16();
        let catalog = |error: CatalogError| Refused::from(OciError::Catalog(error));
        assert_eq!(status(OciError::NameUnknown.into()), 404);
        assert_eq!(status(OciError::TooLarge { max: 1 }.into()), 413);
        assert_eq!(status(OciError::Unsupported("no".into()).into()), 405);
        assert_eq!(status(catalog(CatalogError::Full)), 507);
        for (problem, code, expected) in [
            (BUSY, Code::TooManyRequests, 429),
            (TOO_LARGE, Code::SizeInvalid, 413),
            (BAD_COMPONENT, Code::ManifestInvalid, 400),
            (VERSION_EXISTS, Code::Denied, 403),
            (UNAVAILABLE, Code::Unavailable, 503),
            (INTERNAL, Code::Unknown, 500),
        ] {
            let refused = Refused::from(problem.problem());
            assert_eq!((refused.code(), status(refused)), (code, expected), "{}", problem.code);
        }
        let flood = Refused::from(OciError::TooMany("later".into())).into_response();
        assert_eq!((flood.status().as_u16(), flood.headers()[RETRY_AFTER].to_str().unwrap()), (429, "60"));
    }
}
