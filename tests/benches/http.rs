//! Requests over HTTP: an empty query against bare axum, and a small command against the same work written by hand.

use crate::by_hand;
use crate::load;
use crate::setting::{self, Modules, Product, slug};
use crate::sides::{Side, rate_row, time_row};
use crate::table::{Goal, Row};
use std::net::SocketAddr;
use std::time::Duration;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
const QUERY_CALLERS: usize = 32;
/// Threads of the peer that wait for the disk, as many as the product has.
const COMMITTERS: usize = 32;
const TENANTS: usize = 200;

/// Product and peer, each with a server of its own in this process.
struct Servers {
    product: Product,
    ours: SocketAddr,
    /// By tenant.
    tokens: Vec<String>,
    peers: SocketAddr,
    _peer: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Servers {
    fn start(modules: &Modules, tenants: usize) -> Self {
        let product = Product::start(&modules.all()[..1]);
        for nth in 0..tenants {
            product.tenant(nth);
        }
        let (ours, tokens) = product.serve(tenants);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let peer = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("peer")
            .enable_all()
            .build()
            .expect("threads");
        let peers = setting::serve(&peer, by_hand::router(folder.path().to_owned(), COMMITTERS));
        Self { product, ours, tokens, peers, _peer: peer, _folder: folder }
    }
}

/// Runs both sides in turns after a short round that only warms up. `request` makes the n-th request of a connection;
/// the first number is different in every round.
fn compare(
    [ours, peers]: [SocketAddr; 2],
    callers: usize,
    our_request: impl Fn(usize, usize, usize) -> Vec<u8> + Send + Sync,
    peer_request: impl Fn(usize, usize, usize) -> Vec<u8> + Send + Sync,
) -> [Side; 2] {
    let mut sides: [Side; 2] = Default::default();
    for round in 0..=ROUNDS {
        let time = if round == 0 { ROUND / 2 } else { ROUND };
        let mine = load::run(ours, callers, time, |caller, nth| our_request(round, caller, nth));
        let theirs = load::run(peers, callers, time, |caller, nth| peer_request(round, caller, nth));
        if round > 0 {
            sides[0].add(&mine);
            sides[1].add(&theirs);
        }
    }
    sides
}

pub fn query_rows(modules: &Modules) -> Vec<Row> {
    let servers = Servers::start(modules, 1);
    let path = format!("/v1/t/{}/m/ledger/empty", slug(0));
    let token = &servers.tokens[0];
    let (ours, bare) = (load::post(&path, token, "{}", None), load::post("/bare", token, "{}", None));
    let addresses = [servers.ours, servers.peers];
    let sides = compare(addresses, QUERY_CALLERS, |_, _, _| ours.clone(), |_, _, _| bare.clone());
    vec![
        rate_row(
            &format!("Empty query over HTTP vs bare axum, {QUERY_CALLERS} callers"),
            [&sides[0], &sides[1]],
            Goal::AtLeast(0.45),
        ),
        time_row("– latency at the 99th percentile", &sides[0].p99_ms, &sides[1].p99_ms, "ms", Goal::None),
        time_row("– CPU of the server per request", &sides[0].cpu_us, &sides[1].cpu_us, "µs", Goal::None),
    ]
}

pub fn command_rows(modules: &Modules) -> Vec<Row> {
    let servers = Servers::start(modules, 2 + TENANTS);
    // The many use tenants that nobody else used: both sides begin with files of the same size.
    let scenes =
        [("1 caller", 1, 0..1), ("64 callers, one tenant", 64, 1..2), ("64 callers, 200 tenants", 64, 2..2 + TENANTS)];
    let mut rows = Vec::new();
    for (name, callers, tenants) in scenes {
        let pick =
            |round: usize, caller: usize, nth: usize| tenants.start + (caller * 67 + nth * 29 + round) % tenants.len();
        let body = |caller: usize, nth: usize| {
            format!("{{\"text\":\"press 7: shift report of caller {caller}\",\"amount\":{nth}}}")
        };
        let key = |round: usize, caller: usize, nth: usize| format!("{round}-{caller}-{nth}-0123456789abcdef");
        let our_request = |round: usize, caller: usize, nth: usize| {
            let tenant = pick(round, caller, nth);
            let path = format!("/v1/t/{}/m/ledger/note", slug(tenant));
            load::post(&path, &servers.tokens[tenant], &body(caller, nth), Some(&key(round, caller, nth)))
        };
        let peer_request = |round: usize, caller: usize, nth: usize| {
            let tenant = pick(round, caller, nth);
            let path = format!("/t/{}/note", slug(tenant));
            load::post(&path, &servers.tokens[tenant], &body(caller, nth), Some(&key(round, caller, nth)))
        };
        let sides = compare([servers.ours, servers.peers], callers, our_request, peer_request);
        rows.push(rate_row(&format!("Small command vs by hand, {name}"), [&sides[0], &sides[1]], Goal::AtLeast(0.80)));
        rows.push(time_row("– latency in the middle", &sides[0].median_ms, &sides[1].median_ms, "ms", Goal::None));
        rows.push(time_row(
            "– latency at the 99th percentile",
            &sides[0].p99_ms,
            &sides[1].p99_ms,
            "ms",
            Goal::AtMost(1.2),
        ));
        rows.push(time_row("– CPU of the server per request", &sides[0].cpu_us, &sides[1].cpu_us, "µs", Goal::None));
    }
    check(&servers, TENANTS + 1);
    rows
}

/// The work was really done: the last tenant has its rows.
fn check(servers: &Servers, nth: usize) {
    let tenant = servers.product.runtime.tenant(&slug(nth)).expect("the tenant exists").id;
    let count: i64 = servers.product.call(tenant, "count", serde_json::json!({})).parse().expect("a number");
    assert!(count > 0, "the commands left no rows");
}
