//! `GET /t/{tenant}/live`: tells open pages when something of their tenant changed, and every few seconds that the line
//! is alive. What changed is not said: the page asks again, with its own rights.

use crate::failure::Failure;
use crate::routes::App;
use crate::session::Stream as Open;
use crate::visitor::Member;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use toolcrib_runtime::LiveEvent;

/// Pages call their data old after 15 s without a beat.
const BEAT: Duration = Duration::from_secs(5);
/// Changes within this time are one change.
const COALESCE: Duration = Duration::from_millis(400);

type Listener = mpsc::Sender<Result<Event, Infallible>>;

pub async fn live(
    State(app): State<Arc<App>>,
    member: Member,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let open = member.visitor.session.stream()?;
    let events = app.console.runtime.live(member.id)?;
    let (listener, stream) = mpsc::channel(4);
    tokio::spawn(async move { follow(&app, &open, events, &listener).await });
    Ok(Sse::new(ReceiverStream::new(stream)))
}

/// Ends when the page is closed, the session ends or the host stops.
async fn follow(app: &App, open: &Open, mut events: broadcast::Receiver<LiveEvent>, listener: &Listener) {
    let mut beats = tokio::time::interval(BEAT);
    loop {
        let name = tokio::select! {
            event = events.recv() => match event {
                Err(broadcast::error::RecvError::Closed) => return,
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => "change",
            },
            _ = beats.tick() => "beat",
            () = listener.closed() => return,
        };
        if !open.session().lives(app.console.clock.now()) {
            return;
        }
        if name == "change" {
            tokio::time::sleep(COALESCE).await;
            events = events.resubscribe();
        }
        if listener.send(Ok(Event::default().event(name).data("1"))).await.is_err() {
            return;
        }
    }
}
