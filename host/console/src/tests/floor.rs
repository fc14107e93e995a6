//! Terminals over HTTP, with a real runtime and no modules: pairing, signing in, taking a device away.

use super::http::{HOST, Place, place, text};
use crate::cookie;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use toolcrib_contract::types::Instant;
use toolcrib_floor::IDLE_MINUTES;
use tower::ServiceExt;

/// A device with its cookie.
struct Tablet<'p> {
    place: &'p Place,
    kept: String,
}

fn hidden(page: &str, action: &str) -> String {
    let form = page.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
    let form = form.unwrap_or_else(|| panic!("no form to {action} in {page}")).split("</form>").next().unwrap();
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    let pair = |input: &str| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        format!("{name}={}", rest.split('"').next().unwrap())
    };
    inputs.map(pair).collect::<Vec<_>>().join("&")
}

impl Tablet<'_> {
    async fn get(&self, path: &str) -> Response<Body> {
        let request = Request::get(path).header(header::HOST, HOST).header(header::ACCEPT_LANGUAGE, "en");
        let request = request.header(header::COOKIE, format!("{}={}", cookie::TERMINAL, self.kept));
        self.place.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn post(&self, path: &str, body: String) -> Response<Body> {
        let request = Request::post(path).header(header::HOST, HOST).header(header::ACCEPT_LANGUAGE, "en");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::ORIGIN, format!("http://{HOST}"));
        let request = request.header(header::COOKIE, format!("{}={}", cookie::TERMINAL, self.kept));
        self.place.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    /// Sends a form of the page that asks who is there.
    async fn sign_in(&self, more: &str) -> Response<Body> {
        let page = text(self.get("/t/acme/s").await).await;
        self.post("/t/acme/s/in", format!("{}&{more}", hidden(&page, "/t/acme/s/in"))).await
    }
}

/// What an owner posts from a page of theirs.
async fn owner_posts(place: &Place, path: &str, more: &str) -> Response<Body> {
    let session = place.sign_in();
    let body = format!("_token={}&{more}", place.token(&session, path));
    place.post(path, Some(&session), Some(&format!("http://{HOST}")), body).await
}

async fn paired(place: &Place) -> (Tablet<'_>, String) {
    let made = owner_posts(place, "/t/acme/terminals", "name=Line+1&places=M1%0AM2").await;
    assert_eq!(made.status(), StatusCode::SEE_OTHER);
    let path = made.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let shown = text(owner_posts(place, &format!("{path}/code"), "").await).await;
    let code = shown.split("/pair?code=").nth(1).unwrap()[..8].to_owned();
    assert!(shown.contains(&format!("http://{HOST}/pair?code={code}")) && shown.contains("role=\"img\""));
    let tablet = Tablet { place, kept: String::new() };
    assert!(text(tablet.get(&format!("/pair?code={code}")).await).await.contains(&format!("value=\"{code}\"")));
    let answer = tablet.post("/pair", format!("code={code}")).await;
    assert_eq!(answer.headers()[header::LOCATION], "/t/acme/s");
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(set.contains("HttpOnly; SameSite=Lax"), "{set}");
    let kept = set.split_once('=').unwrap().1.split(';').next().unwrap().to_owned();
    let again = tablet.post("/pair", format!("code={code}")).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY, "a code is good once");
    (Tablet { place, kept }, path)
}

const WANG: &str = "code=W1&name=Wang&role=operator&language=en&badge=0012345&pin=4711";

#[tokio::test]
async fn a_tablet_is_paired_and_somebody_holds_a_badge_there() {
    let place = place().await;
    assert_eq!(owner_posts(&place, "/t/acme/operators", WANG).await.status(), StatusCode::SEE_OTHER);
    let twice = owner_posts(&place, "/t/acme/operators", WANG).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT, "nobody is overwritten by mistake");
    let (tablet, _) = paired(&place).await;
    let asked = text(tablet.get("/t/acme/s").await).await;
    assert!(asked.contains("Line 1") && asked.contains("data-badge"), "{asked}");
    assert_eq!(tablet.sign_in("badge=0099").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(tablet.sign_in("badge=0012345").await.status(), StatusCode::SEE_OTHER);
    let seated = text(tablet.get("/t/acme/s").await).await;
    assert!(seated.contains("Wang") && seated.contains("data-worker=\"W1\"") && seated.contains("Change person"));
    let out = tablet.post("/t/acme/s/out", hidden(&seated, "/t/acme/s/out")).await;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert!(text(tablet.get("/t/acme/s").await).await.contains("data-badge"));
    tablet.sign_in("code=W1&pin=4711").await;
    place.clock.0.store(IDLE_MINUTES * 60_000_000, std::sync::atomic::Ordering::Relaxed);
    assert!(text(tablet.get("/t/acme/s").await).await.contains("data-badge"), "who leaves it alone is asked for again");
}

#[tokio::test]
async fn wrong_pins_lock_somebody_and_the_page_says_for_how_long() {
    let place = place().await;
    owner_posts(&place, "/t/acme/operators", WANG).await;
    let (tablet, _) = paired(&place).await;
    for _ in 1..toolcrib_floor::PIN_TRIES {
        assert_eq!(tablet.sign_in("code=W1&pin=0000").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let locked = tablet.sign_in("code=W1&pin=0000").await;
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
    let page = text(locked).await;
    assert!(page.contains("pin-locked") && page.contains("value=\"W1\"") && !page.contains("0000"), "{page}");
    assert_eq!(tablet.sign_in("code=W1&pin=4711").await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_device_that_was_taken_away_is_asked_to_pair_and_a_forged_form_is_refused() {
    let place = place().await;
    owner_posts(&place, "/t/acme/operators", WANG).await;
    let (tablet, path) = paired(&place).await;
    let page = text(tablet.get("/t/acme/s").await).await;
    let good = hidden(&page, "/t/acme/s/in");
    for forged in [good.replace("_as=", "_as=W1"), good.replace("_token=", "_token=0"), String::new()] {
        let answer = tablet.post("/t/acme/s/in", format!("{forged}&badge=0012345")).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{forged}");
    }
    let old = good.replace("_drawn=0", "_drawn=1");
    assert_eq!(tablet.post("/t/acme/s/in", format!("{old}&badge=0012345")).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(owner_posts(&place, &format!("{path}/unpair"), "").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(tablet.get("/t/acme/s").await.headers()[header::LOCATION], "/pair");
    assert_eq!(tablet.get("/t/acme/s/oee/call").await.status(), StatusCode::UNAUTHORIZED);
    let elsewhere = Tablet { place: &place, kept: tablet.kept.clone() };
    assert_eq!(elsewhere.get("/t/other/s").await.headers()[header::LOCATION], "/pair");
}

#[tokio::test]
async fn a_list_of_people_is_pasted_and_wrong_lines_are_told_with_the_list_kept() {
    let place = place().await;
    let bad = owner_posts(&place, "/t/acme/operators/list", "list=W1,Wang%0AW+2,Li").await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(bad).await;
    assert!(page.contains("2: code") && page.contains("W1,Wang"), "{page}");
    let good = owner_posts(&place, "/t/acme/operators/list", "list=W1,Wang%0AW2,Li").await;
    assert_eq!(good.headers()[header::LOCATION], "/t/acme/operators?added=2");
    assert_eq!(place.clock.0.load(std::sync::atomic::Ordering::Relaxed), Instant(0).0);
}

/// A screen asks with the cookies that it has.
async fn screen_asks(place: &Place, cookies: &str) -> Response<Body> {
    let request = Request::get("/screen").header(header::HOST, HOST).header(header::ACCEPT_LANGUAGE, "en");
    let request = request.header(header::COOKIE, cookies);
    place.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

/// What an answer sets a cookie to.
fn set(answer: &Response<Body>, name: &str) -> String {
    let all = answer.headers().get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    let mut values = all.filter_map(|value| value.strip_prefix(name)?.strip_prefix('=')?.split(';').next());
    values.next().unwrap_or_else(|| panic!("{name} is not set")).to_owned()
}

#[tokio::test]
async fn a_screen_shows_a_code_until_it_is_confirmed_and_is_a_terminal_then() {
    let place = place().await;
    let first = screen_asks(&place, "").await;
    let claim = format!("{}={}", cookie::CLAIM, set(&first, cookie::CLAIM));
    let page = text(first).await;
    let code = page.split("class=\"figure\">").nth(1).unwrap()[..8].to_owned();
    assert!(text(screen_asks(&place, &claim).await).await.contains(&code), "the same device shows the same code");

    let session = place.sign_in();
    let led = place.get(&format!("/screen/confirm?code={code}"), Some(&session)).await;
    assert_eq!(led.headers()[header::LOCATION], format!("/t/acme/terminals?screen={code}#screen").as_str());
    let without = owner_posts(&place, "/t/acme/terminals/screen", &format!("screen={code}&name=East")).await;
    assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY, "it needs a board");
    let made =
        owner_posts(&place, "/t/acme/terminals/screen", &format!("screen={code}&name=East&shows=oee%2Fwall")).await;
    assert_eq!(made.status(), StatusCode::SEE_OTHER);

    let paired = screen_asks(&place, &claim).await;
    assert_eq!(paired.headers()[header::LOCATION], "/t/acme/s");
    let kept = format!("{}={}", cookie::TERMINAL, set(&paired, cookie::TERMINAL));
    assert_eq!(set(&paired, cookie::CLAIM), "", "the claim is used up");
    assert_eq!(screen_asks(&place, &kept).await.headers()[header::LOCATION], "/t/acme/s");
    let other = set(&screen_asks(&place, &claim).await, cookie::CLAIM);
    assert!(!claim.ends_with(&other), "a claim pairs one device once");
}
