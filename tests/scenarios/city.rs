//! What a city's pages ask of the registry: a bounded number of calls, the same for three firms and for forty.

use super::views::Person;
use crate::chaos::servers::{OWNER, PASSWORD, Servers};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{Enrol, NewMember, NewOrg, NewProgramme, OrgKind};

/// The most that one page asks: the queue looks into six states, and asks who is there.
const CALLS_MAX: usize = 8;

/// Stands between a host and its registry, passes everything on, and counts what people's pages ask.
#[derive(Clone)]
struct Between {
    registry: String,
    http: reqwest::Client,
    calls: Arc<AtomicUsize>,
}

async fn pass(State(between): State<Between>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let token = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    // Hosts' own tokens begin so; theirs are not calls of a page.
    if !token.is_empty() && !token.starts_with("Bearer tch_") {
        between.calls.fetch_add(1, Ordering::SeqCst);
    }
    for name in [HOST, CONTENT_LENGTH, TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    let url = format!("{}{}", between.registry, parts.uri.path_and_query().map_or("/", |path| path.as_str()));
    let body = to_bytes(body, 16 << 20).await.unwrap();
    let answer = between.http.request(parts.method, url).headers(parts.headers).body(body).send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

async fn between(registry: &str) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let state = Between { registry: registry.trim_end_matches('/').to_owned(), http, calls: calls.clone() };
    let router = Router::new().fallback(pass).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, calls)
}

fn programme() -> NewProgramme {
    let caps = [0, 30_000_000, 60_000_000, 100_000_000];
    let rules = json!({"document": "R1", "tracks": [{"track": "general", "rate_bp": 4_000, "caps_fen": caps}], "categories": ["software"],
        "min_level": 2, "months_max": 12, "publicity_days": 7, "tranches_bp": [10_000]});
    serde_json::from_value(json!({"authority": "yunhe", "name": "试点", "document": "D1", "city_kind": "prefecture", "from": "2026-01-01",
        "until": "2099-12-31", "budget_fen": 1_000_000_000, "min_sme_share_bp": 8_000, "segments": ["33", "34"],
        "batches": [{"batch": 1, "from": "2026-01-01", "until": "2099-12-31", "budget_fen": 1_000_000_000}], "rules": rules}))
    .unwrap()
}

/// A unified social credit code with its check character (GB 32100-2015).
fn uscc(number: usize) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let code = format!("91339900MA{number:07}");
    let mut weight = 1;
    let mut sum = 0;
    for letter in code.chars() {
        sum += LETTERS.find(letter).unwrap() * weight;
        weight = weight * 3 % 31;
    }
    format!("{code}{}", LETTERS.chars().nth((31 - sum % 31) % 31).unwrap())
}

async fn enrol(official: &Client, programme: &str, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let firm = json!({"uscc": uscc(number), "name": format!("企业{number}"), "district": format!("{}区", number % 5),
            "segment": if number % 2 == 0 { "33" } else { "34" }, "above_scale": true, "class": "none"});
        let enrol: Enrol = serde_json::from_value(json!({"firm": firm, "pledge": true})).unwrap();
        official.enrol(programme, &enrol).await.unwrap();
    }
}

/// What every page of the programme asks of the registry.
async fn counted(person: &Person, programme: &str, project: &str, calls: &AtomicUsize) -> BTreeMap<String, usize> {
    let below =
        ["", "/queue", "/projects", "/publicity", "/coverage", "/levels", "/cases", "/services", "/ledger", "/rules"];
    let pages = below.map(|below| format!("/city/{programme}{below}"));
    let others = ["/city", "/city/new", "/city/people", "/city/providers", "/city/looks", "/assess"].map(str::to_owned);
    let mut counts = BTreeMap::new();
    for path in pages.into_iter().chain(others).chain([format!("/projects/{project}")]) {
        person.get(&path).await;
        let before = calls.load(Ordering::SeqCst);
        person.get(&path).await;
        counts.insert(path, calls.load(Ordering::SeqCst) - before);
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_citys_page_asks_the_registry_as_little_for_forty_firms_as_for_three() {
    let (servers, host, admin) = Servers::bare("", "").await;
    host.stop();
    let (url, calls) = between(&servers.registry.url).await;
    let file = servers.folder().join("host.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, config.replace(&format!("{:?}", servers.registry.url), &format!("{url:?}"))).unwrap();
    let host = servers.serve();
    let role =
        |role: &str| NewMember { email: OWNER.into(), name: "Li".into(), password: PASSWORD.into(), role: role.into() };
    let org = |slug: &str, city: &str, first: NewMember| NewOrg {
        slug: slug.into(),
        name: slug.into(),
        kind: OrgKind::Authority,
        city: Some(city.into()),
        owner: first,
    };
    admin.new_org(&org("yunhe", "339900", role("official"))).await.unwrap();
    let official = servers.owner().await;
    let made = official.new_programme(&programme()).await.unwrap();
    enrol(&official, &made.id, 0..3).await;
    let page: Value = serde_json::to_value(official.programme_projects(&made.id, "limit=1").await.unwrap()).unwrap();
    let project = page["projects"][0]["id"].as_str().unwrap();
    let person = Person::sign_in(&host.url).await;
    let few = counted(&person, &made.id, project, &calls).await;
    enrol(&official, &made.id, 3..40).await;
    let many = counted(&person, &made.id, project, &calls).await;
    assert_eq!(few, many);
    for (path, calls) in few {
        assert!((1..=CALLS_MAX).contains(&calls), "{path} asks {calls} times");
    }

    // An official of another city finds nothing of this one.
    let mut stranger = role("official");
    stranger.email = "wang@other.example".into();
    admin.new_org(&org("other", "339800", stranger)).await.unwrap();
    let stranger = crate::chaos::servers::sign_in(&servers.client(), "wang@other.example", PASSWORD).await;
    assert_eq!(stranger.programme_projects(&made.id, "").await.unwrap_err().code(), Some("not-found"));
    assert_eq!(stranger.project(project).await.unwrap_err().code(), Some("not-found"));
}
