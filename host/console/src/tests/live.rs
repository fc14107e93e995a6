//! The stream of an open page, with a page of one part whose question nobody answers.

use super::http::{Place, place};
use crate::cookie;
use crate::failure::Failure;
use crate::live::{self, Ask, Asked, Gap, Looker, Part, Screen, Told};
use crate::routes::App;
use crate::session::LIVE_STREAMS;
use crate::visitor::Member;
use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::types::Instant;
use toolcrib_ui::live::seen;
use tower::ServiceExt;

/// What ends a stream whose page must be asked for again.
const OUTDATED: &str = "event: build\ndata: -\n\n";
/// Bytes of the part, or fewer.
const SMALL: usize = 40;

struct Probe {
    bytes: usize,
}

impl Screen for Probe {
    fn parts(&self, _: Instant) -> Vec<Part> {
        let [module, query] = ["absent", "sum"].map(str::to_owned);
        let (actor, role) = ("user:1".to_owned(), "owner".to_owned());
        let ask = Ask { module, query, input: "{}".into(), actor, role };
        vec![Part { id: "part".into(), asks: vec![ask], gap: Gap::Usual }]
    }

    fn draw(&self, id: &str, answers: &BTreeMap<Ask, Told>, _: Instant) -> String {
        assert!(answers.values().all(|told| told.is_err()), "no such module runs here");
        format!("<p id=\"{id}\">{}</p>", "x".repeat(self.bytes))
    }

    fn plain(&self, html: &str) -> String {
        html.to_owned()
    }

    fn build(&self) -> String {
        "b1".into()
    }
}

async fn probe(
    State(app): State<Arc<App>>,
    member: Member,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asked = Asked::new(pairs, &headers);
    let bytes = asked.address.get("bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or(SMALL);
    Ok(live::stream(&app, Looker::member(&member)?, Box::new(Probe { bytes }), &asked.seen)?.into_response())
}

async fn open(place: &Place, session: &str, query: &str) -> Response<Body> {
    let routes = Router::new().route("/t/{tenant}/probe", get(probe)).with_state(place.app.clone());
    let request = Request::get(format!("/t/acme/probe?{query}"));
    let request = request.header("cookie", format!("{}={session}", cookie::SESSION));
    routes.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

struct Events(BodyDataStream);

impl Events {
    async fn open(place: &Place, session: &str, query: &str) -> Self {
        let response = open(place, session, query).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body().into_data_stream())
    }

    async fn next(&mut self) -> String {
        let bytes = self.0.next().await.expect("the stream goes on").unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

#[tokio::test]
async fn a_page_hears_its_build_first_and_then_what_it_does_not_show_yet() {
    let place = place().await;
    let session = place.sign_in();
    let mut events = Events::open(&place, &session, "").await;
    assert_eq!(events.next().await, "event: build\ndata: b1\n\n");
    let html = format!("<p id=\"part\">{}</p>", "x".repeat(SMALL));
    let shown = seen(std::iter::once(html.as_str()));
    let (first, second) = (events.next().await, events.next().await);
    let patch = format!("event: patch\nid: {shown}\ndata: {html}\n\n");
    assert!([&first, &second].contains(&&patch), "{first}{second}");
    assert!([first, second].contains(&"event: beat\ndata: 1\n\n".to_owned()), "the line is up");
    let mut again = Events::open(&place, &session, &format!("_seen={shown}")).await;
    assert_eq!(again.next().await, "event: build\ndata: b1\n\n");
    assert_eq!(again.next().await, "event: beat\ndata: 1\n\n", "it shows the part already");
}

#[tokio::test]
async fn a_part_beyond_the_limit_is_not_sent_and_the_page_asks_for_itself() {
    let place = place().await;
    let session = place.sign_in();
    let mut events = Events::open(&place, &session, &format!("bytes={}", live::PATCH_BYTES)).await;
    let three = [events.next().await, events.next().await, events.next().await].concat();
    assert!(three.contains("event: page\ndata: 1\n\n") && !three.contains("patch"), "{three}");
}

#[tokio::test]
async fn who_signs_out_has_the_stream_ended() {
    let place = place().await;
    let session = place.sign_in();
    let mut events = Events::open(&place, &session, "").await;
    for _ in 0..3 {
        events.next().await;
    }
    place.app.sessions.close(&session);
    assert_eq!(events.next().await, OUTDATED, "the page asks again, and is shown the way in");
    assert!(events.0.next().await.is_none());
}

#[tokio::test]
async fn who_has_another_role_now_is_sent_nothing_more() {
    let place = place().await;
    let session = place.sign_in();
    let mut events = Events::open(&place, &session, "").await;
    assert_eq!(events.next().await, "event: build\ndata: b1\n\n");
    // Before the first beat, or before the part that the beat came ahead of.
    place.door.demote();
    let mut heard = Vec::new();
    while heard.last().is_none_or(|last| last != OUTDATED) {
        assert!(heard.len() < 3, "{heard:?}");
        heard.push(events.next().await);
    }
    assert!(events.0.next().await.is_none());
}

#[tokio::test]
async fn one_browser_holds_so_many_streams_and_a_closed_page_gives_its_place_back() {
    let place = place().await;
    let session = place.sign_in();
    let mut all = Vec::new();
    for _ in 0..LIVE_STREAMS {
        all.push(Events::open(&place, &session, "").await);
    }
    assert_eq!(open(&place, &session, "").await.status(), StatusCode::TOO_MANY_REQUESTS);
    drop(all.pop());
    while open(&place, &session, "").await.status() != StatusCode::OK {
        tokio::task::yield_now().await;
    }
}
