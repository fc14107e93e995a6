//! Readings per second: through the runtime against plain inserts, and over HTTP against bare axum with an insert, with the
//! same grouping and durability.

use crate::by_hand_readings;
use crate::load::{self, Outcome};
use crate::setting::{DEVICE_TOKEN, Modules, Product, is_quick, serve, slug};
use crate::table::{Goal, Row, Spread};
use rusqlite::{Connection, params};
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_runtime::Reading;

/// Devices that each send their next batch when the last one is acknowledged.
const CALLERS: usize = 16;
const BATCH: i64 = 100;

/// Times that were never used before, one after the other, near the present.
struct Times {
    next_us: AtomicI64,
}

impl Times {
    fn batch(&self) -> impl Iterator<Item = Instant> + use<> {
        let first = self.next_us.fetch_add(BATCH, Ordering::Relaxed);
        (first..first + BATCH).map(Instant)
    }
}

fn through_the_runtime(product: &Product, tenant: RawId, times: &Times, round: Duration) -> f64 {
    let (started, until) = (Monotonic::now(), Monotonic::now() + round);
    let caller = |caller: usize| async move {
        let mut sent = 0;
        while Monotonic::now() < until {
            let reading =
                |at: Instant| Reading::new(format!("press-{caller}.good"), at, Sample::Count { value: at.0 & 0xffff });
            let batch = times.batch().map(reading).collect();
            let accepted = product.runtime.post_readings(tenant, "gateway", batch).await.expect("the batch is taken");
            assert_eq!(accepted.accepted, BATCH as u64);
            sent += BATCH;
        }
        sent
    };
    let sent: i64 = product.tokio.block_on(futures_util::future::join_all((0..CALLERS).map(caller))).into_iter().sum();
    sent as f64 / started.elapsed().as_secs_f64()
}

/// Batches as lines of JSON, to the product or its peer.
fn over_http(address: std::net::SocketAddr, path: &str, times: &Times, round: Duration) -> Outcome {
    let outcome = load::run(address, CALLERS, round, |caller, _| {
        let mut body = String::new();
        for at in times.batch() {
            writeln!(body, "{{\"signal\":\"press-{caller}.good\",\"at\":\"{at}\",\"value\":{}}}", at.0 & 0xffff)
                .expect("a string takes it");
        }
        load::post(path, DEVICE_TOKEN, &body, None)
    });
    assert_eq!(outcome.failures, 0, "every batch is acknowledged");
    outcome
}

/// The peer: callers hand batches to one thread, which inserts what waits in one durable transaction.
fn plain_inserts(db: &mut Connection, times: &Times, round: Duration) -> f64 {
    let started = Monotonic::now();
    let (queue, waiting) = mpsc::channel::<(i64, Vec<Instant>, mpsc::Sender<()>)>();
    let mut stored = 0;
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let queue = queue.clone();
            scope.spawn(move || {
                let (reply, answer) = mpsc::channel();
                while started.elapsed() < round {
                    queue.send((caller as i64, times.batch().collect(), reply.clone())).expect("the writer waits");
                    answer.recv().expect("the writer answers");
                }
            });
        }
        drop(queue);
        while let Ok(first) = waiting.recv() {
            let batches: Vec<_> = std::iter::once(first).chain(waiting.try_iter()).collect();
            let transaction = db.transaction().expect("a transaction");
            for (series, batch, _) in &batches {
                let mut insert =
                    transaction.prepare_cached("INSERT OR IGNORE INTO reading VALUES(?1,?2,?3)").expect("a statement");
                for at in batch {
                    stored += insert.execute(params![series, at.0, at.0 & 0xffff]).expect("a row");
                }
            }
            transaction.commit().expect("a commit");
            for (.., reply) in batches {
                let _ = reply.send(());
            }
        }
    });
    stored as f64 / started.elapsed().as_secs_f64()
}

fn peer_file(folder: &std::path::Path) -> Connection {
    let db = Connection::open(folder.join("plain.db")).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
         CREATE TABLE reading(series INTEGER, at_us INTEGER, value ANY, PRIMARY KEY(series, at_us)) STRICT, WITHOUT ROWID;",
    )
    .expect("a table");
    db
}

pub fn rows(modules: &Modules) -> Vec<Row> {
    let (rounds, round) = if is_quick() { (2, Duration::from_millis(200)) } else { (5, Duration::from_secs(2)) };
    let product = Product::start(&modules.all()[..1]);
    let tenant = product.tenant(0);
    let (address, _) = product.serve(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut db = peer_file(folder.path());
    let bare_address = serve(&product.tokio, by_hand_readings::router(folder.path()));
    let times = Times { next_us: AtomicI64::new(product.runtime.now().0) };
    let path = format!("/v1/t/{}/readings", slug(0));
    let [mut runtime, mut plain, mut http, mut bare] = [const { Vec::new() }; 4];
    let [mut http_cpu, mut bare_cpu] = [const { Vec::new() }; 2];
    for _ in 0..rounds {
        runtime.push(through_the_runtime(&product, tenant, &times, round));
        plain.push(plain_inserts(&mut db, &times, round));
        let (ours, theirs) =
            (over_http(address, &path, &times, round), over_http(bare_address, "/readings", &times, round));
        http.push(ours.per_second() * BATCH as f64);
        bare.push(theirs.per_second() * BATCH as f64);
        http_cpu.push(ours.server_cpu_us() / BATCH as f64);
        bare_cpu.push(theirs.server_cpu_us() / BATCH as f64);
    }
    let row = |what: &str, ours: &[f64], theirs: &[f64], unit| {
        let ratio = Some(Spread::quotient(ours, theirs));
        let (mine, other) = (Spread::new(ours.to_vec()), Spread::new(theirs.to_vec()));
        Row { what: what.to_owned(), ours: (mine, unit), peer: Some(other), ratio, goal: Goal::None }
    };
    let named = |path: &str| format!("Readings {path}, {CALLERS} devices, batches of {BATCH}");
    vec![
        row(&named("into the runtime vs plain inserts"), &runtime, &plain, "/s"),
        row(&named("over HTTP vs bare axum with an insert"), &http, &bare, "/s"),
        row("– CPU of the server per reading", &http_cpu, &bare_cpu, "µs"),
    ]
}
