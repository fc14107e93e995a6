//! Bodies: bounded before they are read, and told where they are wrong.

use crate::failed::{Failed, at};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use toolcrib_contract::problem::{BAD_JSON, BAD_REQUEST, MEDIA_TYPE, Problem, TOO_LARGE};

/// The largest JSON body.
pub const JSON_BYTES: usize = 64 << 10;

/// A JSON body of at most [`JSON_BYTES`].
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Failed;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failed> {
        let kind = media_type(request.headers());
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/json") {
            return Err(MEDIA_TYPE.because("send application/json").into());
        }
        let bytes = read(request.headers().clone(), request.into_body(), JSON_BYTES).await?;
        parse(&bytes).map(Self)
    }
}

/// Type and subtype, without parameters; empty when none is named.
pub fn media_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    kind.split(';').next().unwrap_or("").trim().to_owned()
}

/// The whole body. Refused unread when its announced length exceeds `max`, otherwise as soon as it does.
///
/// # Errors
/// Too large, or the connection broke.
pub async fn read(headers: HeaderMap, body: Body, max: usize) -> Result<Bytes, Failed> {
    let too_large = || Failed::from(TOO_LARGE.because(format!("at most {max} bytes are read here")));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(too_large());
    }
    let (mut chunks, mut bytes) = (body.into_data_stream(), Vec::with_capacity(announced.unwrap_or(0)));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| BAD_REQUEST.because(format!("the body broke off: {error}")))?;
        if bytes.len() + chunk.len() > max {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// Reads JSON as a type.
///
/// # Errors
/// Not JSON: `bad-json`. Another form: `bad-input` with a pointer to the value.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failed> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (pointer, inner) = (pointer(error.path()), error.into_inner());
        if inner.is_data() { wrong(pointer, &inner) } else { BAD_JSON.because(inner.to_string()) }
    })?;
    reader.end().map_err(|error| BAD_JSON.because(error.to_string()))?;
    Ok(value)
}

fn wrong(mut pointer: String, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    // A field that is unknown or missing is named in the message only.
    let field = message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("missing field `"));
    if let Some((field, _)) = field.and_then(|rest| rest.split_once('`')) {
        let field = format!("/{}", escape(field));
        if !pointer.ends_with(&field) {
            pointer.push_str(&field);
        }
    }
    Problem::input(vec![at(&pointer, message)])
}

/// RFC 6901.
fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", escape(key)),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn escape(field: &str) -> String {
    field.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_registry_client::wire::{Login, NewOrg, Subscribe};

    fn errors<T: DeserializeOwned>(json: &str) -> (String, String) {
        let problem = parse::<T>(json.as_bytes()).err().expect("it was accepted").0;
        let first = problem.errors.first().map(|error| error.pointer.clone()).unwrap_or_default();
        (problem.code, first)
    }

    #[test]
    fn a_wrong_value_is_told_where_it_stands() {
        let case = |(code, pointer): (String, String), expected| {
            assert_eq!((code.as_str(), pointer.as_str()), ("bad-input", expected))
        };
        case(errors::<Login>(r#"{"email":1,"password":"x"}"#), "/email");
        case(errors::<Login>(r#"{"email":"a@b.cn"}"#), "/password");
        case(errors::<Login>(r#"{"email":"a@b.cn","password":"x","role":"admin"}"#), "/role");
        case(errors::<Login>("[]"), "");
        case(errors::<Login>("null"), "");
        case(errors::<Subscribe>(r#"{"module":"oee","grants":["readings:state","root:all"]}"#), "/grants/1");
        let org = r#"{"slug":"a","name":"b","kind":"provider","owner":{"email":"a@b.cn","name":"n","password":"p","role":7}}"#;
        case(errors::<NewOrg>(org), "/owner/role");
        case(errors::<NewOrg>(&org.replace("provider", "bank")), "/kind");
    }

    #[test]
    fn what_is_not_json_is_said_to_be_none() {
        for bad in ["", "{", "{\"email\": NaN}", "{\"email\":\"a\",\"password\":\"b\"} x", "\u{feff}{}"] {
            assert_eq!(errors::<Login>(bad).0, "bad-json", "{bad}");
        }
        let invalid = parse::<Login>(b"{\"email\":\"\xff\xfe\",\"password\":\"x\"}").unwrap_err();
        assert_eq!(invalid.0.code, "bad-json");
        let deep = format!("{{\"email\":{}", "[".repeat(10_000));
        assert_eq!(errors::<Login>(&deep).0, "bad-input", "it is not followed down");
    }

    #[tokio::test]
    async fn a_large_body_is_refused_before_it_is_read() {
        let headers =
            |length: usize| HeaderMap::from_iter([(header::CONTENT_LENGTH, length.to_string().parse().unwrap())]);
        let announced = read(headers(11), Body::from(""), 10).await.unwrap_err();
        assert_eq!(announced.0.status, 413);
        let stream =
            || Body::from_stream(futures_util::stream::iter([Ok::<_, std::io::Error>("123456"), Ok("789012")]));
        assert_eq!(read(HeaderMap::new(), stream(), 11).await.unwrap_err().0.status, 413);
        assert_eq!(read(HeaderMap::new(), stream(), 12).await.unwrap().len(), 12);
        let broken = Body::from_stream(futures_util::stream::iter([Err::<&str, _>(std::io::Error::other("gone"))]));
        assert_eq!(read(HeaderMap::new(), broken, 10).await.unwrap_err().0.status, 400);
    }
}
