//! JSON bodies: size, UTF-8, depth and form are checked before anything else looks at them.

use crate::answer::Failed;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};
use serde_json::Value;
use toolcrib_contract::problem::{BAD_JSON, MEDIA_TYPE, TOO_LARGE};
use toolcrib_contract::{json, limits};

/// A JSON body of at most [`limits::INPUT_BYTES`]; an empty one is `null`.
pub struct JsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Failed;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failed> {
        let kind = media_type(request.headers());
        let named = !kind.is_empty() && !kind.eq_ignore_ascii_case("application/json");
        let bytes = bytes(request.into_body(), limits::INPUT_BYTES).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Null));
        }
        if named {
            return Err(MEDIA_TYPE.because("send application/json").into());
        }
        parse(&bytes).map(Self)
    }
}

/// The media type of a body, without its parameters; empty when none is given.
pub fn media_type(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    kind.split(';').next().unwrap_or("").trim()
}

/// The whole body, or `too-large` as soon as it exceeds `max`.
///
/// # Errors
/// Too large, or the connection broke.
pub async fn bytes(body: Body, max: usize) -> Result<axum::body::Bytes, Failed> {
    axum::body::to_bytes(body, max).await.map_err(|_| TOO_LARGE.because(format!("at most {max} bytes are read")).into())
}

/// Parses within [`limits::JSON_DEPTH`].
///
/// # Errors
/// What is wrong and where.
pub fn parse(bytes: &[u8]) -> Result<Value, Failed> {
    if json::depth(bytes) > limits::JSON_DEPTH {
        return Err(BAD_JSON.because(format!("more than {} levels deep", limits::JSON_DEPTH)).into());
    }
    serde_json::from_slice(bytes).map_err(|error| BAD_JSON.because(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_or_no_json_is_refused() {
        assert!(parse("[".repeat(40).as_bytes()).is_err_and(|failed| failed.0.detail.unwrap().contains("levels deep")));
        assert!(parse(b"{\"a\": NaN}").is_err());
        assert!(parse(b"{\"a\": \"\xff\"}").is_err());
        assert!(parse(b"{\"a\": 1} x").is_err());
    }
}
