//! Open pages are kept fresh: each holds one stream of events, and is sent the parts whose answers have changed.
//!
//! - [`stream`] answers a page's request: `build` first, then `patch` with the HTML of a part by its id, `beat` every
//!   few seconds, `page` where a part is too large to be sent. The id of a `patch` says what the page shows after it, so
//!   one that comes back is sent only what it lacks.
//! - `book` keeps the questions of a tenant's pages, `hub` asks them; `screen` is what one page shows, `view` that of a
//!   module's view, `open` what it is drawn with, `looker` who looks at it.
//!
//! Rights are looked at before every patch, and a page of somebody who lost them ends.

mod book;
mod hub;
mod looker;
mod open;
mod screen;
mod view;

pub use book::{Ask, Told};
pub use hub::Hubs;
pub use looker::{Looker, Watched};
pub use open::{Asked, Open};
pub use screen::{Gap, Part, Screen};
pub use view::ViewScreen;

use crate::failure::Failure;
use crate::routes::App;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use hub::Seat;
use screen::Shown;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, sleep_until};
use tokio_stream::wrappers::ReceiverStream;

/// Pages call their data old after 15 s without a beat.
const BEAT: Duration = Duration::from_secs(10);
/// Some questions contain the time, in whole minutes.
const MINUTE: Duration = Duration::from_secs(60);
/// A larger part is not sent: the page asks for itself.
pub const PATCH_BYTES: usize = 256 << 10;

type Listener = mpsc::Sender<Result<Event, Infallible>>;

/// The stream of a page. `seen`: what it shows already, as the page was told with what it shows.
///
/// # Errors
/// Too many streams of the tenant are open.
pub fn stream(
    app: &Arc<App>,
    looker: Looker,
    screen: Box<dyn Screen>,
    seen: &str,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, Failure> {
    let seat = app.hubs.enter(&app.console.runtime, looker.tenant())?;
    let now = app.console.clock.now();
    let page = Page {
        app: app.clone(),
        looker,
        seat,
        shown: Shown::new(screen.parts(now), seen),
        build: screen.build(),
        screen,
    };
    // One event waits for a slow reader; what changes meanwhile is drawn when its turn comes, as it is then.
    let (listener, stream) = mpsc::channel(1);
    tokio::spawn(page.follow(listener));
    Ok(Sse::new(ReceiverStream::new(stream)))
}

/// Why a stream ends.
enum End {
    /// Nobody reads it any more.
    Gone,
    /// The page must be asked for again: by other rights, of another build.
    Outdated,
}

struct Page {
    app: Arc<App>,
    looker: Looker,
    seat: Seat,
    screen: Box<dyn Screen>,
    shown: Shown,
    build: String,
}

impl Page {
    async fn follow(mut self, listener: Listener) {
        let outdated = matches!(self.keep_fresh(&listener).await, Err(End::Outdated));
        if outdated {
            // A build that no page has: it asks for itself again, and is shown what is right now.
            let _ = listener.send(Ok(Event::default().event("build").data("-"))).await;
        }
    }

    async fn keep_fresh(&mut self, listener: &Listener) -> Result<(), End> {
        self.send(listener, Event::default().event("build").data(&self.build)).await?;
        self.seat.wants(self.shown.asks());
        let (mut beats, mut minutes) = (interval(BEAT), interval(MINUTE));
        minutes.tick().await;
        loop {
            let wake = self.patch(listener).await?;
            tokio::select! {
                () = self.seat.told() => {}
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                _ = beats.tick() => {
                    self.has_rights().await?;
                    self.send(listener, Event::default().event("beat").data("1")).await?;
                }
                _ = minutes.tick() => {
                    self.shown.asks_anew(self.screen.parts(self.app.console.clock.now()));
                    self.seat.wants(self.shown.asks());
                }
                () = self.looker.gone() => return Err(End::Outdated),
                () = listener.closed() => return Err(End::Gone),
            }
        }
    }

    /// Sends what has changed and may be shown now; when the next part may be.
    async fn patch(&mut self, listener: &Listener) -> Result<Option<Instant>, End> {
        loop {
            let now = Instant::now();
            self.shown.look(|ask| self.seat.answer(ask));
            let at = match self.shown.next(now) {
                Ok(at) => at,
                Err(wake) => return Ok(wake),
            };
            self.has_rights().await?;
            let (part, answers) = self.shown.part(at);
            let html = self.screen.draw(&part.id, answers, self.app.console.clock.now());
            let Some(after) = self.shown.showed(at, &self.screen.plain(&html), now) else { continue };
            let event = if html.len() > PATCH_BYTES {
                Event::default().event("page").data("1")
            } else {
                Event::default().event("patch").id(after).data(html.replace('\r', ""))
            };
            self.send(listener, event).await?;
        }
    }

    async fn send(&self, listener: &Listener, event: Event) -> Result<(), End> {
        listener.send(Ok(event)).await.map_err(|_| End::Gone)
    }

    /// Whoever looks still may, and the page is still what the tenant's version of the module would answer.
    async fn has_rights(&self) -> Result<(), End> {
        let may = self.looker.has_rights(&self.app).await && self.screen.build() == self.build;
        if may { Ok(()) } else { Err(End::Outdated) }
    }
}
