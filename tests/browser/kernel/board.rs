//! A small server with the kernel, one live page and a form, whose feed the test holds in its hands.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Rows of the part that is patched.
pub const ROWS: usize = 200;
/// As the console sends it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types tc";

#[derive(Default)]
struct Feed {
    /// What each stream was asked with: the query, and the last id of a browser that lost the line.
    asked: Vec<String>,
    open: Option<mpsc::UnboundedSender<Result<Event, Infallible>>>,
    build: String,
}

type Shared = Arc<Mutex<Feed>>;

fn lock(feed: &Shared) -> std::sync::MutexGuard<'_, Feed> {
    feed.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct Board {
    address: SocketAddr,
    feed: Shared,
    _tokio: tokio::runtime::Runtime,
}

impl Board {
    pub fn start() -> Self {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let feed: Shared = Arc::new(Mutex::new(Feed { build: "a".into(), ..Feed::default() }));
        let routes = Router::new()
            .route("/", get(|| async { page("board", "<a id=\"go\" href=\"/next\">Go on</a>") }))
            .route("/next", get(|| async { page("next", &form("", false)) }))
            .route("/send", post(|| async { (StatusCode::UNPROCESSABLE_ENTITY, page("next", &form("lots of", true))) }))
            .route("/kernel.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], super::KERNEL) }))
            .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
            .route("/live", get(stream))
            .with_state(feed.clone());
        let listener = tokio.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        tokio.spawn(async move { axum::serve(listener, routes).await });
        Self { address, feed, _tokio: tokio }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn send(&self, event: Event) {
        self.wait_for_streams(1);
        let open = lock(&self.feed).open.clone();
        open.expect("a stream is open").send(Ok(event)).expect("the page reads");
    }

    /// Sends the part with this number in every row.
    pub fn patch(&self, number: usize) {
        let rows: String = (0..ROWS).map(|row| format!("<tr><td>row {row}</td><td>{number}</td></tr>")).collect();
        let html = format!("<div id=\"part\"><table><tbody>{rows}</tbody></table></div>");
        self.send(Event::default().event("patch").id(format!("{number:08x}")).data(html));
    }

    pub fn beat(&self) {
        self.send(Event::default().event("beat").data("1"));
    }

    /// From now on pages are of this build.
    pub fn build(&self, name: &str) {
        name.clone_into(&mut lock(&self.feed).build);
        self.send(Event::default().event("build").data(name));
    }

    /// Ends the stream, as a proxy would; the browser comes again at once.
    pub fn hang_up(&self) {
        lock(&self.feed).open = None;
    }

    /// What each stream was asked with.
    pub fn streams(&self) -> Vec<String> {
        lock(&self.feed).asked.clone()
    }

    pub fn wait_for_streams(&self, count: usize) {
        crate::wait::until("the stream", Duration::from_secs(60), || {
            let feed = lock(&self.feed);
            (feed.asked.len() >= count && feed.open.is_some()).then_some(())
        });
    }
}

async fn stream(State(feed): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let (open, mut events) = mpsc::unbounded_channel();
    let mut feed = lock(&feed);
    feed.asked.push(format!("{} {last}", uri.query().unwrap_or_default()));
    let hello = Event::default().event("build").retry(Duration::from_millis(50)).data(&feed.build);
    open.send(Ok(hello)).expect("just made");
    feed.open = Some(open);
    Sse::new(futures_util::stream::poll_fn(move |context| events.poll_recv(context))).into_response()
}

fn form(typed: &str, is_wrong: bool) -> String {
    let wrong = if is_wrong { " aria-invalid=\"true\"" } else { "" };
    format!(
        "<form method=\"post\" action=\"/send\"><label>Count <input id=\"count\" name=\"count\" value=\"{typed}\"{wrong}></label>\
         <button id=\"send\" name=\"how\" value=\"good\">Send</button></form>"
    )
}

fn page(title: &str, body: &str) -> Response {
    let text = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><title>{title}</title><script src=\"/kernel.js\" defer></script></head>\
         <body data-swap data-say-palette=\"Find\" data-say-unsent=\"Not sent\"><p id=\"stale\" data-mark=\"--\" hidden>old since --</p>\
         <main id=\"main\"><h1>{title}</h1>{body}<form method=\"post\" action=\"/other\"><input id=\"typed\" aria-label=\"Typed\"></form>\
         <details data-cancel=\"Not now\"><summary>Delete</summary><div><p>Sure?</p></div></details>\
         <div id=\"live\" data-live=\"/live\" data-build=\"a\" data-seen=\"00000000\"><div id=\"part\"></div></div></main>\
         <div id=\"toasts\" aria-live=\"polite\" data-keep></div></body></html>"
    );
    ([(HeaderName::from_static("content-security-policy"), POLICY)], Html(text)).into_response()
}
