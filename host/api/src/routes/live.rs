//! `GET /v1/t/{tenant}/live`: server-sent events, each after its commit. `Last-Event-ID` resumes without a gap.

use crate::answer::Failed;
use crate::caller::{self, Member};
use crate::routes::{Host, events::text};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{LiveEvent, Runtime};

/// Events buffered for one slow listener; beyond it the listener is read from the log again.
const BUFFER: usize = 64;
/// A comment so often tells proxies and browsers that the connection lives.
const BEAT: Duration = Duration::from_secs(10);

pub async fn live(
    State(host): State<Host>,
    member: Member,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failed> {
    let tenant = member.tenant.id;
    // Subscribed before the log is read, so that nothing falls between.
    let receiver = host.runtime.live(tenant)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let (sender, stream) = mpsc::channel(BUFFER);
    let token = caller::token(&headers).unwrap_or_default().to_owned();
    tokio::spawn(async move {
        // Ends when the listener goes away or may listen no more, or when the tenant's log cannot be read.
        tokio::select! {
            () = follow(&host.runtime, tenant, last, receiver, sender) => {}
            () = ousted(&host, tenant, &token) => {}
        }
    });
    Ok(Sse::new(ReceiverStream::new(stream)).keep_alive(KeepAlive::new().interval(BEAT).text("beat")))
}

/// Returns when the token has expired or was revoked, or its person left the tenant. The listener comes back with a new
/// token, or does not.
async fn ousted(host: &Host, tenant: RawId, token: &str) {
    let mut beats = tokio::time::interval(BEAT);
    loop {
        beats.tick().await;
        if !host.gate.person(token).is_ok_and(|person| person.roles.contains_key(&tenant)) {
            return;
        }
    }
}

type Listener = mpsc::Sender<Result<Event, Infallible>>;

async fn follow(
    runtime: &Runtime,
    tenant: RawId,
    last: Option<u64>,
    mut receiver: broadcast::Receiver<LiveEvent>,
    listener: Listener,
) {
    let mut sent = last;
    let mut missed = last.is_some();
    loop {
        if missed && !catch_up(runtime, tenant, &mut sent, &listener).await {
            return;
        }
        missed = false;
        let received = tokio::select! {
            received = receiver.recv() => received,
            () = listener.closed() => return,
        };
        match received {
            Ok(event) if sent.is_some_and(|sent| event.seq <= sent) => {}
            Ok(event) => {
                sent = Some(event.seq);
                if !send(&listener, &event).await {
                    return;
                }
            }
            Err(broadcast::error::RecvError::Lagged(_)) => missed = sent.is_some(),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

async fn catch_up(runtime: &Runtime, tenant: RawId, sent: &mut Option<u64>, listener: &Listener) -> bool {
    loop {
        let Ok(events) = runtime.events(tenant, sent.unwrap_or(0)).await else { return false };
        if events.is_empty() {
            return true;
        }
        for event in events {
            *sent = Some(event.seq);
            if !send(listener, &event).await {
                return false;
            }
        }
    }
}

async fn send(listener: &Listener, event: &LiveEvent) -> bool {
    let name = format!("{}.{}", event.module, event.name);
    listener.send(Ok(Event::default().id(event.seq.to_string()).event(name).data(text(event)))).await.is_ok()
}
