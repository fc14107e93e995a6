//! Request bodies: refused at once when too long, and read to their end when an answer came early.

use super::{BODY_BYTES, bare};
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use toolcrib_contract::problem::TOO_LARGE;

/// A body up to this length is left to hyper, which reads it with the request.
const SMALL_BYTES: u64 = 16 << 10;
/// What is read of a body that nobody wants, so that its sender gets to hear the answer.
const DRAIN_BYTES: usize = 64 << 20;
/// Time for that.
const DRAIN: Duration = Duration::from_secs(5);

/// Refuses bodies over [`BODY_BYTES`] by their announced length. Handlers bound what they read of the others.
///
/// A sender that is still sending when the connection closes may never see the answer, so the rest of a body is read
/// and dropped, up to a limit.
pub async fn bounded(request: Request, next: Next) -> Response {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    if announced.unwrap_or(0u64) <= SMALL_BYTES && !is_chunked {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let shared = Shared(Arc::new(Mutex::new(body.into_data_stream())));
    let response = if announced.is_some_and(|length| length > BODY_BYTES as u64) {
        bare(TOO_LARGE.because(format!("at most {BODY_BYTES} bytes are read")))
    } else {
        next.run(Request::from_parts(parts, Body::from_stream(shared.clone()))).await
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        let _ = tokio::time::timeout(DRAIN, drain(shared)).await;
    }
    response
}

async fn drain(mut body: Shared) {
    let mut read = 0;
    while read < DRAIN_BYTES {
        match body.next().await {
            Some(Ok(bytes)) => read += bytes.len(),
            Some(Err(_)) | None => return,
        }
    }
}

/// A body that outlives the handler that was given it.
#[derive(Clone)]
struct Shared(Arc<Mutex<BodyDataStream>>);

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }
}
