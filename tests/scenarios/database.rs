//! A factory whose business is in PostgreSQL, served by two hosts: the same story from publishing to the event.

use super::shift::reference_shift;
use crate::chaos::postgres::{database, store};
use crate::chaos::servers::{Process, Product, Servers};
use crate::cluster::cluster;
use futures_util::StreamExt;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use std::time::Duration;

/// Longest wait for something that must happen, unoptimised and beside other tests.
const SOON: Duration = Duration::from_secs(60);

struct Caller {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Caller {
    fn new(host: &Process, servers: &Servers) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let base = format!("{}/v1/t/{}", host.url, servers.tenants[0].slug);
        Self { http, base, token: servers.token.clone() }
    }

    async fn call(&self, operation: &str, key: &str, input: Value) -> (u16, Value) {
        let module = if operation == "oee" || operation == "set_rate" { "oee" } else { "daybook" };
        let mut request = self.http.post(format!("{}/m/{module}/{operation}", self.base));
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let answer = request.bearer_auth(&self.token).json(&input).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Posts readings as the factory's machine does; how many were new.
    async fn tell(&self, servers: &Servers, lines: String) -> u64 {
        let request = self.http.post(format!("{}/readings", self.base)).bearer_auth(&servers.tenants[0].device_token);
        let answer = request.header("content-type", "application/x-ndjson").body(lines).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json::<Value>().await.unwrap()["accepted"].as_u64().unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn events(&self) -> Vec<Value> {
        let request = self.http.get(format!("{}/events", self.base)).bearer_auth(&self.token);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["events"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_serve_one_factory_from_one_database() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "two_serve").await;
    let (servers, one) = Servers::with(1, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    let two = servers.serve_as(1);
    let [a, b] = [&one, &two].map(|host| Caller::new(host, &servers));
    servers.known_to(&two).await;

    // Somebody's page is open at the second host while somebody else works at the first one.
    let live = a.http.get(format!("{}/live", b.base)).bearer_auth(&b.token).send().await.unwrap();
    assert_eq!(live.status(), 200);
    let mut live = live.bytes_stream();
    let (status, first) = a.call("note", "note-1", json!({"text": "from the first", "amount": 7})).await;
    assert_eq!(status, 200, "{first}");
    let heard = async {
        let mut text = String::new();
        while !text.contains("from the first") {
            text.push_str(&String::from_utf8_lossy(&live.next().await.unwrap().unwrap()));
        }
    };
    tokio::time::timeout(SOON, heard).await.expect("the second host tells what the first one committed");

    // A repetition finds its answer wherever it goes, and another request under its key is refused.
    assert_eq!(b.call("note", "note-1", json!({"text": "from the first", "amount": 7})).await, (200, first));
    assert_eq!(b.call("note", "note-1", json!({"text": "another", "amount": 7})).await.0, 422);
    assert_eq!(b.call("note", "note-2", json!({"text": "from the second", "amount": 8})).await.0, 200);
    assert_eq!(a.call("count", "", json!({})).await.1, json!(2));

    // What follows from an event is done once, by whichever host.
    for (nth, caller) in [&a, &b, &a].iter().enumerate() {
        let (status, said) =
            caller.call("order", &format!("order-{nth}"), json!({"text": format!("order {nth}")})).await;
        assert_eq!(status, 200, "{said}");
    }
    let followed = || async {
        let (_, seen) = b.call("seen", "", json!({"limit": 10})).await;
        seen.as_array().filter(|seen| seen.len() >= 3).cloned()
    };
    let seen = crate::wait::until_async("the orders to be followed", SOON, followed).await;
    assert_eq!(seen.len(), 3);
    let events = a.events().await;
    assert_eq!(events.iter().map(|event| event["seq"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(events, b.events().await);

    // One leaves in order; the other goes on alone.
    one.stop();
    assert_eq!(b.call("note", "note-3", json!({"text": "alone", "amount": 1})).await.0, 200);
    two.stop();
    let again = servers.serve();
    servers.known_to(&again).await;
    assert_eq!(Caller::new(&again, &servers).call("count", "", json!({})).await.1, json!(3));
    assert!(!servers.files(&servers.tenants[0]).join("main.db").exists());
    again.stop();
}

/// Whether a proxy may send requests to this host.
async fn is_ready(host: &Process) -> bool {
    let answer = reqwest::get(format!("{}/readyz", host.url)).await.unwrap();
    let (status, why) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status == 503, why == "the database does not answer\n", "{status}: {why}");
    status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_cannot_reach_the_database_says_so_to_the_proxy_and_comes_back_by_itself() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "out_of_reach").await;
    // A way of its own to the same server.
    let way = tempfile::tempdir().unwrap();
    let open = || std::os::unix::fs::symlink(cluster.folder(), way.path().join("db")).unwrap();
    open();
    let own = url.replace(cluster.folder().to_str().unwrap(), way.path().join("db").to_str().unwrap());
    let (servers, one) = Servers::with(1, Product { config: &store(&own), ..Product::DAYBOOK }).await;
    let mut db = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    assert!(is_ready(&one).await);
    std::fs::remove_file(way.path().join("db")).unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'out_of_reach'";
    db.execute(cut).await.unwrap();
    let turned = async |wanted: bool| {
        let asked = || async { (is_ready(&one).await == wanted).then_some(()) };
        crate::wait::until_async("the host to say how it is", SOON, asked).await;
    };
    turned(false).await;
    open();
    turned(true).await;
    let caller = Caller::new(&one, &servers);
    assert_eq!(caller.call("note", "note-1", json!({"text": "there again", "amount": 7})).await.0, 200);
    one.stop();
}

/// The module of ours that follows what machines say.
const OEE: Product<'static> = Product {
    module: "oee",
    grants: &[
        "readings:state",
        "readings:good",
        "readings:scrap",
        "read:plant/calendar(code,day_starts_at_minute,zone)",
        "read:plant/equipment(code,name,retired_at)",
        "read:plant/planned_break(ends_at,equipment,starts_at)",
        "read:plant/planned_shift(break_minutes,ends_at,equipment,starts_at)",
        "read:plant/reason(code,en,kind,retired_at,zh)",
        "listen:job-reporting/output_reported",
    ],
    query: "open_calls",
    ..Product::DAYBOOK
};

/// Waits until a host says the figures of the reference shift.
async fn tells_the_shift(host: &Caller) -> Value {
    let shift = reference_shift();
    let period = json!({"equipment": shift.equipment, "from": shift.from(), "until": shift.until(),
        "break_minutes": shift.break_minutes});
    let counted = || async {
        let (_, figures) = host.call("oee", "", period.clone()).await;
        let is = |name: &str, pieces: i64| figures[name] == format!("{pieces}.000000");
        (is("good", shift.good) && is("scrap", shift.scrap)).then_some(figures)
    };
    crate::wait::until_async("every window to be counted", SOON, counted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_machines_told_one_host_another_one_draws_counts_and_goes_on_with() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "readings_of_two").await;
    let (servers, one) = Servers::with(1, Product { config: &store(&url), ..OEE }).await;
    let two = servers.serve_as(1);
    let [a, b] = [&one, &two].map(|host| Caller::new(host, &servers));
    servers.known_as(&two, OEE).await;
    let shift = reference_shift();
    let rate = json!({"equipment": shift.equipment, "pieces_per_minute": shift.pieces_per_minute,
        "valid_from": shift.from()});
    let (status, said) = a.call("set_rate", "rate-1", rate).await;
    assert!(status < 300, "{said}");

    // The first part of the shift at one host; the other one knows every reading of it, and that it was told.
    let batches = shift.batches();
    let (first, rest) = batches.split_at(batches.len() / 2);
    let mut sent = 0;
    for batch in first {
        let accepted = a.tell(&servers, batch.clone()).await;
        assert_eq!((accepted, b.tell(&servers, batch.clone()).await), (batch.lines().count() as u64, 0));
        sent += batch.lines().filter(|line| line.contains(".good")).count();
    }
    let asked = format!("/readings?signal={}.good&from={}&to={}", shift.equipment, shift.from(), shift.until());
    let raw = b.get(&asked).await;
    assert_eq!(raw["samples"].as_array().unwrap().len(), sent);
    assert_eq!(raw, a.get(&asked).await);
    let chart = b.get(&format!("{asked}&points=5")).await;
    assert!(chart["points"].as_array().is_some_and(|points| points.len() >= 5), "{chart}");
    assert_eq!(chart, a.get(&format!("{asked}&points=5")).await);

    // One host dies; the other one goes on where it was, and counts every window once.
    one.kill();
    for batch in rest {
        assert_eq!(b.tell(&servers, batch.clone()).await, batch.lines().count() as u64);
    }
    let figures = tells_the_shift(&b).await;
    for (name, expected) in ["availability", "effectiveness", "quality", "oee"].iter().zip(shift.expected()) {
        assert_eq!(figures[name], expected, "{figures}");
    }
    assert!(!servers.files(&servers.tenants[0]).join("readings.db").exists());
    two.stop();
    let again = servers.serve();
    servers.known_as(&again, OEE).await;
    assert_eq!(tells_the_shift(&Caller::new(&again, &servers)).await, figures);
    again.stop();
}
