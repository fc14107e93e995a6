//! The one HTTP listener: what stands around every router, and how it starts and stops.
//!
//! From the outside in: request id and problems (`toolcrib_api::answer`), panics, the time limit, the body limit,
//! streams that end when the server stops.

mod body;
mod connection;
mod listener;
mod places;
mod traced;

pub use listener::{Bound, bind, occupy};
pub use traced::Tracing;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::any::Any;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::problem::{INTERNAL, Problem, UNAVAILABLE};
use toolcrib_runtime::within;
use tower_http::catch_panic::CatchPanicLayer;

/// Until the head of an answer is there. Streams may go on.
const ANSWER: Duration = Duration::from_secs(60);
/// The largest body of any endpoint: a photo at a terminal, or two files for an operation, and what surrounds them in a
/// form. Each endpoint holds what it reads to a limit of its own.
pub(crate) const BODY_BYTES: usize = 14 << 20;

/// Puts everything that all endpoints share around them. `stopping` ends streams that would never end by themselves.
pub fn around(routes: Router, stopping: CancellationToken) -> Router {
    around_traced(routes, stopping, None)
}

/// The same, with spans of some of the requests.
pub(crate) fn around_traced(routes: Router, stopping: CancellationToken, tracing: Option<Tracing>) -> Router {
    // Outermost first. One tuple, and one function for what belongs together: every further layer costs every request
    // a few allocations.
    routes.layer((
        from_fn(toolcrib_api::answer::identify),
        CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| panicked(panic.as_ref())),
        from_fn_with_state((stopping, tracing), bounded),
        DefaultBodyLimit::max(BODY_BYTES),
    ))
}

/// A problem as a bare response; the outermost layer writes its body.
fn bare(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    response.extensions_mut().insert(problem);
    response
}

/// Bounds a request in time and size, and its answer by the server's life. Its span is here for want of another layer.
async fn bounded(
    State((stopping, tracing)): State<(CancellationToken, Option<Tracing>)>,
    request: Request,
    next: Next,
) -> Response {
    let is_oci = toolcrib_registry_api::is_oci(request.uri());
    let traced = tracing.and_then(|tracing| tracing.begin(&request));
    let context = traced.as_ref().map(|traced| traced.context());
    let answered = within(context, tokio::time::timeout(ANSWER, body::bounded(request, next))).await;
    let response = match answered {
        Ok(response) => end_stream(response, stopping),
        Err(_) => bare(UNAVAILABLE.because(format!("the answer took longer than {} seconds", ANSWER.as_secs()))),
    };
    if let Some(traced) = traced {
        traced.end(&response);
    }
    if is_oci { toolcrib_registry_api::in_oci_words(response) } else { response }
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    tracing::error!(message = message.unwrap_or("no message"), "A handler panicked; this is a bug in the server");
    bare(INTERNAL.problem())
}

/// Live feeds end when the server stops; browsers come back to the next one by themselves.
fn end_stream(response: Response, stopping: CancellationToken) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        return response;
    }
    response.map(|body| axum::body::Body::from_stream(body.into_data_stream().take_until(stopping.cancelled_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    async fn answer(routes: Router, request: Request) -> (u16, String) {
        let response = around(routes, CancellationToken::new()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_with_a_request_id_and_without_details() {
        let routes = Router::new().route(
            "/",
            get(|| async {
                if true {
                    panic!("secret")
                }
            }),
        );
        let (status, body) = answer(routes, Request::get("/").body(Body::empty()).unwrap()).await;
        assert_eq!(status, 500);
        assert!(body.contains("\"code\":\"internal\"") && body.contains("request_id"), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let routes = Router::new().route("/", get(std::future::pending::<()>));
        let (status, body) = answer(routes, Request::get("/").body(Body::empty()).unwrap()).await;
        assert_eq!(status, 503);
        assert!(body.contains("longer than 60 seconds"), "{body}");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_by_its_announced_length() {
        let routes = Router::new().route("/", post(|_: axum::body::Bytes| async {}));
        let request = Request::post("/").header("content-length", BODY_BYTES + 1).body(Body::empty()).unwrap();
        let (status, body) = answer(routes, request).await;
        assert_eq!(status, 413);
        assert!(body.contains("\"code\":\"too-large\""), "{body}");
    }

    #[tokio::test]
    async fn under_v2_whatever_refuses_speaks_oci() {
        let routes = Router::new().route("/v2/{*rest}", post(|_: axum::body::Bytes| async {}));
        let request = Request::post("/v2/a/b/blobs/uploads/").header("content-length", BODY_BYTES + 1);
        let (status, body) = answer(routes, request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, 413);
        assert!(body.starts_with("{\"errors\":[{\"code\":\"SIZE_INVALID\""), "{body}");
    }

    #[tokio::test]
    async fn a_live_feed_ends_when_the_server_stops() {
        let feed = || async {
            let stream = futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
            ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(stream))
        };
        let stopping = CancellationToken::new();
        let app = around(Router::new().route("/", get(feed)), stopping.clone());
        let response = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        stopping.cancel();
        assert!(axum::body::to_bytes(response.into_body(), 1).await.unwrap().is_empty());
    }
}
