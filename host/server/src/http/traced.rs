//! The span of a request: method, template of its route, status, tenant. Never a path, a query, a header, a token, a body.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;
use toolcrib_contract::problem::Problem;
use toolcrib_runtime::{Attribute, Attributes, Begun, SpanContext, SpanKind, Traces};

/// W3C Trace Context, <https://www.w3.org/TR/trace-context/>.
const TRACEPARENT: &str = "traceparent";
/// Of a tenant's name in an address: it is what a stranger typed.
const TENANT_CHARS: usize = 64;

/// Which requests are traced, and by whose word.
#[derive(Clone)]
pub struct Tracing {
    pub traces: Arc<dyn Traces>,
    /// Proxies whose `traceparent` is believed. Everybody else's is ignored: with it a stranger could have each of his
    /// requests traced, fill the queue so that others' spans are dropped, and hang his spans into others' traces.
    pub proxies: Arc<[IpAddr]>,
}

/// A request that is traced.
pub struct Traced {
    begun: Begun,
    method: &'static str,
    route: Option<MatchedPath>,
    tenant: Option<String>,
}

impl Tracing {
    /// None for a request that is not traced, which is most: nothing was allocated for it.
    pub fn begin(&self, request: &Request) -> Option<Traced> {
        let peer = request.extensions().get::<IpAddr>();
        let told = peer.filter(|peer| self.proxies.contains(peer)).and_then(|_| told(request.headers()));
        let begun = match told {
            Some(Told { is_sampled: false, .. }) => return None,
            Some(Told { context, .. }) => Begun::below(&self.traces, context),
            None => Begun::root(&self.traces)?,
        };
        let route = request.extensions().get::<MatchedPath>().cloned();
        let tenant = route.as_ref().and_then(|route| tenant(route.as_str(), request.uri().path()));
        Some(Traced { begun, method: method(request.method()), route, tenant })
    }
}

impl Traced {
    pub fn context(&self) -> SpanContext {
        self.begun.context()
    }

    /// The head of the answer is there. Of an answer that streams, the rest is not in the span.
    pub fn end(self, response: &Response) {
        let Self { begun, method, route, tenant } = self;
        let status = response.status();
        let mut attributes: Attributes = vec![
            ("http.request.method", Attribute::Text(method.to_owned())),
            ("http.response.status_code", Attribute::Number(status.as_u16().into())),
        ];
        if let Some(problem) = response.extensions().get::<Problem>() {
            attributes.push(("error.type", Attribute::Text(problem.code.clone())));
        }
        if let Some(tenant) = tenant {
            attributes.push(("toolcrib.tenant", Attribute::Text(tenant)));
        }
        let mut name = method.to_owned();
        if let Some(route) = route {
            name = format!("{method} {}", route.as_str());
            attributes.push(("http.route", Attribute::Text(route.as_str().to_owned())));
        }
        begun.end(SpanKind::Server, name, attributes, status.is_server_error());
    }
}

/// What a proxy says.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    context: SpanContext,
    is_sampled: bool,
}

/// Version 00; what comes after its four fields in later versions is passed over, as the standard asks.
fn told(headers: &HeaderMap) -> Option<Told> {
    let text = headers.get(TRACEPARENT)?.to_str().ok()?;
    let mut fields = text.split('-');
    let (version, trace, span, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let [version] = hex(version)?;
    if version == 0xff || version == 0 && fields.next().is_some() {
        return None;
    }
    let context = SpanContext { trace: hex(trace)?, span: hex(span)? };
    let [flags] = hex(flags)?;
    let is_whole = context.trace != [0; 16] && context.span != [0; 8];
    is_whole.then_some(Told { context, is_sampled: flags & 1 == 1 })
}

/// Exactly so many bytes, in small letters.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if text.len() != 2 * N || !text.as_bytes().iter().all(is_hex) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// What stands in the path where the template has `{tenant}`; none where that is no short name.
fn tenant(template: &str, path: &str) -> Option<String> {
    let mut both = template.split('/').zip(path.split('/'));
    let (_, named) = both.find(|(part, _)| *part == "{tenant}")?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!named.is_empty() && named.len() <= TENANT_CHARS && named.bytes().all(fits)).then(|| named.to_owned())
}

/// A method that is none of these may be anything that a stranger typed.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use std::sync::Mutex;
    use toolcrib_contract::types::Instant;
    use toolcrib_runtime::Span;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    /// Traces what it is told to, and keeps what it gets.
    struct Kept {
        roots: bool,
        spans: Mutex<Vec<Span>>,
    }

    impl Traces for Kept {
        fn root(&self) -> Option<SpanContext> {
            self.roots.then_some(SpanContext { trace: [1; 16], span: [1; 8] })
        }

        fn below(&self, parent: SpanContext) -> SpanContext {
            SpanContext { span: [2; 8], ..parent }
        }

        fn now(&self) -> Instant {
            Instant(7)
        }

        fn take(&self, span: Span) {
            self.spans.lock().unwrap().push(span);
        }
    }

    /// The context of a request from this peer with this header.
    fn context(roots: bool, peer: &str, parent: &str) -> Option<SpanContext> {
        let proxies = Arc::from(["10.0.0.1".parse().unwrap()]);
        let tracing = Tracing { traces: Arc::new(Kept { roots, spans: Mutex::default() }), proxies };
        let mut request = Request::get("/").header("traceparent", parent).body(Body::empty()).unwrap();
        request.extensions_mut().insert(peer.parse::<IpAddr>().unwrap());
        tracing.begin(&request).map(|traced| traced.context())
    }

    #[test]
    fn a_stranger_cannot_force_sampling_and_a_named_proxy_decides() {
        assert_eq!(context(false, "192.0.2.7", PARENT), None, "a stranger is not heard");
        let own = SpanContext { trace: [1; 16], span: [1; 8] };
        assert_eq!(context(true, "192.0.2.7", PARENT), Some(own), "nor does he choose the trace");
        let of_proxy = context(false, "10.0.0.1", PARENT).unwrap();
        assert_eq!((of_proxy.trace[0], of_proxy.span), (0x4b, [2; 8]));
        assert_eq!(context(true, "10.0.0.1", &PARENT.replace("-01", "-00")), None, "it says that it is not traced");
        assert_eq!(context(true, "10.0.0.1", "nonsense"), Some(own), "nonsense is as good as nothing");
    }

    #[test]
    fn only_what_the_standard_calls_valid_is_read() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT, text.parse().unwrap());
            told(&headers).is_some()
        };
        assert!(read(PARENT));
        assert!(read(&PARENT.replace("00-4b", "01-4b").replace("-01", "-01-more")), "a later version");
        for bad in [
            &PARENT.to_uppercase(),
            &format!("{PARENT}-more"),
            &PARENT.replace("00-4b", "ff-4b"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "",
        ] {
            assert!(!read(bad), "{bad}");
        }
    }

    #[test]
    fn a_span_has_the_route_and_never_the_path() {
        let kept = Arc::new(Kept { roots: true, spans: Mutex::default() });
        let tracing = Tracing { traces: kept.clone(), proxies: Arc::from([]) };
        let request =
            Request::builder().method("BREW").uri("/v1/secret?token=secret").header("authorization", "secret");
        let traced = tracing.begin(&request.body(Body::empty()).unwrap()).unwrap();
        traced.end(&StatusCode::BAD_GATEWAY.into_response());
        let spans = kept.spans.lock().unwrap();
        assert!(!format!("{spans:?}").contains("secret"), "{spans:?}");
        assert_eq!((spans[0].name.as_ref(), spans[0].failed), ("_OTHER", true));
    }

    #[test]
    fn the_tenant_is_a_short_name_at_its_place() {
        let at = |path: &str| tenant("/v1/t/{tenant}/m/{module}", path);
        assert_eq!(at("/v1/t/donghu/m/oee").as_deref(), Some("donghu"));
        assert_eq!(at("/v1/t/%3Cscript%3E/m/oee"), None);
        assert_eq!(at(&format!("/v1/t/{}/m/oee", "x".repeat(TENANT_CHARS + 1))), None);
        assert_eq!(tenant("/v1/modules/{module}", "/v1/modules/oee"), None);
    }
}
