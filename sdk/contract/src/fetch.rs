//! Requests of connectors to the outside and their answers: the payloads of `connect.fetch`, and what may be in them.

use crate::codec::Bytes;
use crate::{codec_struct, limits};

/// Methods that a request may have.
pub const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// Headers that a module may set, in lower case, besides those that begin with `x-`.
pub const HEADERS: [&str; 12] = [
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "prefer",
    "soapaction",
    "user-agent",
];
/// Headers of one request or answer.
pub const HEADERS_MAX: usize = 32;
/// Bytes of one header's value; longer ones of an answer are left out.
pub const HEADER_BYTES: usize = 4_000;
/// Bytes of an address.
pub const URL_BYTES: usize = 2_000;

/// One header; names are in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub name: String,
    pub value: String,
}
codec_struct!(Header { name, value });

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// One of [`METHODS`].
    pub method: String,
    /// `https://`, then a host that the tenant agreed to.
    pub url: String,
    pub headers: Vec<Header>,
    /// At most [`limits::FETCH_BYTES`].
    pub body: Bytes,
}
codec_struct!(Request { method, url, headers, body });

/// What the other side said, redirects included: they are not followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u32,
    /// At most [`HEADERS_MAX`]; cookies are left out.
    pub headers: Vec<Header>,
    /// As sent, never decompressed; at most [`limits::FETCH_BYTES`].
    pub body: Bytes,
}
codec_struct!(Answer { status, headers, body });

impl Answer {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
    }
}

/// Host and port of an `https://` address, as a grant names them: the port only when given.
pub fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // Credentials in an address are never needed and often a trick.
    if authority.is_empty() || authority.contains('@') { None } else { Some(authority) }
}

impl Request {
    /// Whether a host may even look at it.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn check(&self) -> Result<(), String> {
        if !METHODS.contains(&self.method.as_str()) {
            return Err(format!("the method of a request is one of {}", METHODS.join(", ")));
        }
        let plain = self.url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !plain || self.url.len() > URL_BYTES || host_of(&self.url).is_none() {
            return Err(format!("a request goes to an `https://` address of at most {URL_BYTES} visible characters"));
        }
        if self.headers.len() > HEADERS_MAX {
            return Err(format!("a request has at most {HEADERS_MAX} headers"));
        }
        for Header { name, value } in &self.headers {
            if !may_be_set(name) {
                let shown: String = name.chars().take(60).collect();
                return Err(format!("the header `{shown}` is the host's, or no header in lower case"));
            }
            if value.len() > HEADER_BYTES || !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return Err(format!("the value of `{name}` is at most {HEADER_BYTES} visible characters"));
            }
        }
        if self.body.0.len() > limits::FETCH_BYTES {
            return Err(format!("more than {} bytes in the body of one request", limits::FETCH_BYTES));
        }
        Ok(())
    }
}

/// A header that says nothing about who sends or how it gets there.
fn may_be_set(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    let own = name.strip_prefix("x-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(token));
    HEADERS.contains(&name) || own && name.len() <= 60 && !name.starts_with("x-forwarded-") && name != "x-real-ip"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_addresses_have_a_host() {
        assert_eq!(host_of("https://erp.example.com/hook?x=1"), Some("erp.example.com"));
        assert_eq!(host_of("https://erp.example.com:8443"), Some("erp.example.com:8443"));
        for bad in ["http://erp.example.com", "https://", "https://a@b/", "ftp://x", "erp.example.com"] {
            assert_eq!(host_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_request_says_what_it_may_and_nothing_for_the_host() {
        let good = Request { method: "GET".into(), url: "https://erp.example.com/".into(), ..Request::default() };
        assert_eq!(good.check(), Ok(()));
        let with = |name: &str, value: &str| Request {
            headers: vec![Header { name: name.into(), value: value.into() }],
            ..good.clone()
        };
        for (name, value) in [("accept", "application/json"), ("authorization", "Bearer x"), ("x-api-key", "k")] {
            assert_eq!(with(name, value).check(), Ok(()), "{name}");
        }
        for (name, value) in [
            ("host", "elsewhere.example"),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
            ("accept-encoding", "gzip"),
            ("connection", "close"),
            ("cookie", "a=b"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-", "1"),
            ("Accept", "*/*"),
            ("accept", "a\r\nhost: b"),
            ("accept", "é"),
        ] {
            assert!(with(name, value).check().is_err(), "{name}: {value}");
        }
        for change in [
            |request: &mut Request| request.method = "CONNECT".into(),
            |request: &mut Request| request.method = "get".into(),
            |request: &mut Request| request.url = "http://erp.example.com/".into(),
            |request: &mut Request| request.url = "https://erp.example.com/a b".into(),
            |request: &mut Request| request.url = "https://erp.example.com\\@elsewhere.example/".into(),
            |request: &mut Request| request.url = format!("https://erp.example.com/{}", "x".repeat(URL_BYTES)),
            |request: &mut Request| {
                let header = Header { name: "accept".into(), value: "*/*".into() };
                request.headers = vec![header; HEADERS_MAX + 1];
            },
            |request: &mut Request| request.body = Bytes(vec![0; limits::FETCH_BYTES + 1]),
        ] {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(bad.check().is_err(), "{:?}", bad.url);
        }
    }
}
