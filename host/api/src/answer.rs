//! Answers: every error is `application/problem+json`, every response has a request id.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use toolcrib_contract::language::Lang;
use toolcrib_contract::problem::{METHOD, NOT_FOUND, Problem};

/// The header that carries the request id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An error of a handler: the bare problem travels in the response's extensions until [`identify`], which knows the
/// request id, writes its body. Other routers do the same.
#[derive(Clone, Debug)]
pub struct Failed(pub Problem);

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// JSON text as a response.
pub fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// Gives every request an id, renders problems, writes one log line.
pub async fn identify(request: Request, next: Next) -> Response {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let id = format!("{:08x}", COUNT.fetch_add(1, Ordering::Relaxed));
    let (method, path, started) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let lang = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = render(problem, preferred(lang.as_ref()), &id, response);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, us) = (response.status().as_u16(), started.elapsed().as_micros() as u64);
    if status >= 500 {
        tracing::warn!(request.id = id, %method, path, status, duration_us = us, "Answered with an error");
    } else {
        tracing::debug!(request.id = id, %method, path, status, duration_us = us, "Answered");
    }
    response
}

/// The language that the caller asks for; English for callers that name none.
pub fn preferred(accepted: Option<&HeaderValue>) -> Lang {
    accepted.and_then(|value| Lang::preferred(value.to_str().ok()?)).unwrap_or(Lang::En)
}

fn render(mut problem: Problem, lang: Lang, id: &str, bare: Response) -> Response {
    // A title that is not its kind's own is a module's word, in the right language already.
    if lang == Lang::ZhCn && problem.known().is_some_and(|kind| kind.title == problem.title) {
        problem = problem.titled(lang, None);
    }
    problem.request_id = Some(id.to_owned());
    let named = bare.headers().get(header::RETRY_AFTER).cloned();
    let retry = named.or_else(|| matches!(problem.status, 429 | 503).then(|| HeaderValue::from_static("1")));
    let text = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = (bare.status(), Body::from(text)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    if let Some(seconds) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    if problem.status == 401 {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Fallback: no such address.
pub async fn absent() -> Failed {
    Failed(NOT_FOUND.problem())
}

/// Fallback: the address takes other methods.
pub async fn wrong_method() -> Failed {
    Failed(METHOD.problem())
}
