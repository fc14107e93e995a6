//! Business in PostgreSQL: a small command against the same statements by hand and against files, more hosts on one database,
//! more tenants at the same pace.
//!
//! Load, hosts and database share the cores of one machine. So more hosts cannot do more here: what their rows show is what
//! it costs that they share a database, and the shares of processor time that are printed say who had the cores.

use crate::by_hand_postgres;
use crate::cluster::Cluster;
use crate::load::{self, Outcome, Pace};
use crate::report::{self, Shop, Told};
use crate::setting::{self, Modules, Product, files_limit, is_quick, slug};
use crate::sides::{Side, rate_row, time_row};
use crate::table::{Goal, Row, Spread};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::net::SocketAddr;
use std::time::Duration;
use toolcrib_store::{CONNECTIONS, Postgres};

const HOSTS: usize = 3;
/// Of a host's connections these are for commands; the peer has as many.
const COMMITTERS: u32 = CONNECTIONS * 3 / 5;

/// How much is measured.
struct Sizes {
    rounds: usize,
    round: Duration,
    callers: usize,
    tenants: usize,
    /// Tenants and commands a second of the last rows.
    few: usize,
    many: usize,
    per_second: f64,
}

impl Sizes {
    fn now() -> Self {
        if is_quick() {
            let round = Duration::from_millis(200);
            return Self { rounds: 1, round, callers: 6, tenants: 6, few: 2, many: 4, per_second: 50.0 };
        }
        let round = Duration::from_secs(2);
        Self { rounds: 7, round, callers: 64, tenants: 200, few: 10, many: 2_000, per_second: 400.0 }
    }

    /// Longer rounds where the slowest hundredth of a steady pace is looked for.
    fn steady(&self) -> Duration {
        self.round * 2
    }
}

/// The server, and who works for it.
struct Server {
    cluster: Cluster,
    /// Of its first process.
    process: u32,
}

impl Server {
    fn start() -> Option<Self> {
        let cluster = Cluster::start()?;
        let (_, folder) = cluster.url("").split_once("?host=").map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        let file = std::fs::read_to_string(format!("{folder}/data/postmaster.pid")).expect("it runs");
        let process = file.lines().next().and_then(|line| line.parse().ok()).expect("it says its number first");
        Some(Self { cluster, process })
    }

    /// How to reach a database of its own.
    fn database(&self, name: &str) -> String {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        tokio.block_on(async {
            let mut db = PgConnection::connect(&self.cluster.url("postgres")).await.expect("the server answers");
            db.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a database");
        });
        self.cluster.url(name)
    }

    fn connect(url: &str) -> Option<Postgres> {
        Some(Postgres::connect(url, CONNECTIONS).expect("the database can be used"))
    }

    /// CPU time of all its processes, of those that ended, too, in steps of 10 ms.
    fn cpu(&self) -> Duration {
        let processes = std::fs::read_dir("/proc").expect("a Linux machine").flatten();
        let ticks: u64 = processes.filter_map(|entry| self.ticks(entry.file_name().to_str()?.parse().ok()?)).sum();
        Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
    }

    /// Of one process; none when it is not of the server, or has just ended.
    fn ticks(&self, process: u32) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The program's name, in brackets, may contain anything.
        let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let sum = |fields: &[&str]| fields.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
        match fields.get(1)?.parse::<u32>().ok()? {
            // With those of its processes that it waited for.
            _ if process == self.process => Some(sum(fields.get(11..15)?)),
            parent if parent == self.process => Some(sum(fields.get(11..13)?)),
            _ => None,
        }
    }
}

/// A side, and what the database had to do for it.
#[derive(Default)]
struct Measured {
    side: Side,
    database_us: Vec<f64>,
    /// Of all cores' time: the load, the server, the database.
    shares: Vec<[f64; 3]>,
}

impl Measured {
    /// Runs the load, and keeps what came of it; the 0th time only warms up.
    fn round(&mut self, server: &Server, round: usize, run: impl FnOnce() -> Outcome) {
        let before = server.cpu();
        let outcome = run();
        let database = server.cpu().saturating_sub(before);
        if round == 0 {
            assert_eq!(outcome.failures, 0, "every request is answered with 200");
            return;
        }
        self.side.add(&outcome);
        self.database_us.push(database.as_secs_f64() * 1e6 / outcome.requests as f64);
        let all = outcome.seconds * std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let share = |time: Duration| time.as_secs_f64() / all * 100.0;
        self.shares.push([share(outcome.client_cpu), share(outcome.server_cpu()), share(database)]);
    }

    fn say(&self, who: &str) {
        let share = |at: usize| Spread::new(self.shares.iter().map(|shares| shares[at]).collect()).median();
        println!(
            "  {who}: of the cores' time load {:.0} %, hosts {:.0} %, database {:.0} %",
            share(0),
            share(1),
            share(2)
        );
    }
}

fn body(caller: usize, nth: usize) -> String {
    format!("{{\"text\":\"press 7: shift report of caller {caller}\",\"amount\":{nth}}}")
}

fn key(round: usize, caller: usize, nth: usize) -> String {
    format!("{round}-{caller}-{nth}-0123456789abcdef")
}

/// A host with so many tenants, and how to give its commands.
struct Host {
    product: Product,
    address: SocketAddr,
    tokens: Vec<String>,
}

impl Host {
    fn start(modules: &Modules, tenants: usize, database: Option<Postgres>) -> Self {
        let product = Product::start_on(&modules.all()[..1], database);
        for nth in 0..tenants {
            product.tenant(nth);
        }
        let (address, tokens) = product.serve(tenants);
        Self { product, address, tokens }
    }

    fn note(&self, tenant: usize, (round, caller, nth): (usize, usize, usize)) -> Vec<u8> {
        let path = format!("/v1/t/{}/m/ledger/note", slug(tenant));
        load::post(&path, &self.tokens[tenant], &body(caller, nth), Some(&key(round, caller, nth)))
    }

    /// The first command of every tenant, which makes what it needs.
    fn warm(&self) {
        for nth in 0..self.tokens.len() {
            let tenant = self.product.runtime.tenant(&slug(nth)).expect("it exists").id;
            self.product.call(tenant, "note", serde_json::json!({"text": "good morning", "amount": 1}));
        }
    }
}

/// The tenant of a caller's n-th command, evenly over all of them.
fn pick(round: usize, caller: usize, nth: usize, tenants: usize) -> usize {
    (caller * 67 + nth * 29 + round) % tenants
}

/// The same command on PostgreSQL, by hand on PostgreSQL, and in files.
pub fn rows(modules: &Modules) -> Vec<Row> {
    on_a_server(|server, sizes| against_peers(modules, server, sizes))
}

/// One, two and three hosts on one database.
pub fn host_rows(modules: &Modules) -> Vec<Row> {
    on_a_server(|server, sizes| more_hosts(modules, server, sizes))
}

/// A few tenants and many at the same pace, in both engines.
pub fn tenant_rows(modules: &Modules) -> Vec<Row> {
    on_a_server(|server, sizes| more_tenants(modules, server, sizes))
}

/// A report from the shop floor with everything that follows from it, and the same in files.
pub fn report_rows(modules: &Modules) -> Vec<Row> {
    on_a_server(|server, _| a_report(modules, server))
}

fn on_a_server(measure: impl FnOnce(&Server, &Sizes) -> Vec<Row>) -> Vec<Row> {
    let Some(server) = Server::start() else {
        println!("SKIPPED: PostgreSQL is not installed");
        return Vec::new();
    };
    measure(&server, &Sizes::now())
}

fn against_peers(modules: &Modules, server: &Server, sizes: &Sizes) -> Vec<Row> {
    let ours = Host::start(modules, sizes.tenants, Server::connect(&server.database("ours")));
    let files = Host::start(modules, sizes.tenants, None);
    let peer = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("peer").enable_all().build();
    let peer = peer.expect("threads");
    let routes = peer.block_on(by_hand_postgres::router(&server.database("by_hand"), COMMITTERS));
    let peers = setting::serve(&peer, routes);
    let [mut on_postgres, mut by_hand, mut in_files] = [0; 3].map(|_| Measured::default());
    for round in 0..=sizes.rounds {
        let run = |address, request: &(dyn Fn(usize, usize, usize) -> Vec<u8> + Sync)| {
            let pick = |caller, nth| pick(round, caller, nth, sizes.tenants);
            load::run(address, sizes.callers, sizes.round, |caller, nth| request(pick(caller, nth), caller, nth))
        };
        let of = |host: &Host| run(host.address, &|tenant, caller, nth| host.note(tenant, (round, caller, nth)));
        let written = |tenant: usize, caller, nth| {
            load::post(&format!("/t/{tenant}/note"), "", &body(caller, nth), Some(&key(round, caller, nth)))
        };
        on_postgres.round(server, round, || of(&ours));
        by_hand.round(server, round, || run(peers, &written));
        in_files.round(server, round, || of(&files));
    }
    on_postgres.say("product");
    by_hand.say("by hand");
    let what = format!("Small command on PostgreSQL vs by hand, {} callers, {} tenants", sizes.callers, sizes.tenants);
    let (mine, theirs) = (&on_postgres.side, &by_hand.side);
    let at_most = Goal::AtMost(1.2);
    vec![
        rate_row(&what, [mine, theirs], Goal::AtLeast(0.80)),
        time_row("– latency in the middle", &mine.median_ms, &theirs.median_ms, "ms", Goal::None),
        time_row("– latency at the 99th percentile", &mine.p99_ms, &theirs.p99_ms, "ms", at_most),
        time_row("– CPU of the server per request", &mine.cpu_us, &theirs.cpu_us, "µs", Goal::None),
        time_row("– CPU of PostgreSQL per request", &on_postgres.database_us, &by_hand.database_us, "µs", Goal::None),
        rate_row("– vs the product in files", [mine, &in_files.side], Goal::None),
    ]
}

/// Each tenant at one of them, and every tenant at every one.
fn more_hosts(modules: &Modules, server: &Server, sizes: &Sizes) -> Vec<Row> {
    let url = server.database("more_hosts");
    let hosts: Vec<_> = (0..HOSTS).map(|_| Host::start(modules, sizes.tenants, Server::connect(&url))).collect();
    let addresses: Vec<_> = hosts.iter().map(|host| host.address).collect();
    let mut apart: [Measured; HOSTS] = Default::default();
    let mut mixed = Measured::default();
    // Nobody uses a key of another run.
    let run_of = |round: usize, count: usize| round * (HOSTS + 1) + count;
    for round in 0..=sizes.rounds {
        for count in 1..=HOSTS {
            // Connection and tenant meet at the same host.
            let of_one = |caller: usize, nth: usize| {
                let host = caller % count;
                let tenant = pick(round, caller, nth, sizes.tenants / count) * count + host;
                hosts[host].note(tenant, (run_of(round, count), caller, nth))
            };
            apart[count - 1].round(server, round, || {
                load::run_at(&addresses[..count], sizes.callers, sizes.round, Pace::Closed, of_one)
            });
        }
        let of_any = |caller: usize, nth: usize| {
            hosts[caller % HOSTS].note(pick(round, caller, nth, sizes.tenants), (run_of(round, 0), caller, nth))
        };
        mixed.round(server, round, || load::run_at(&addresses, sizes.callers, sizes.round, Pace::Closed, of_any));
    }
    let mut rows = Vec::new();
    for (more, name) in apart[1..].iter().zip(["Two", "Three"]) {
        let what = format!("{name} hosts on one database vs one, each tenant at one host");
        rows.push(rate_row(&what, [&more.side, &apart[0].side], Goal::None));
        rows.push(time_row(P99, &more.side.p99_ms, &apart[0].side.p99_ms, "ms", Goal::None));
    }
    rows.push(rate_row("Three hosts vs one, every tenant at every host", [&mixed.side, &apart[0].side], Goal::None));
    rows.push(time_row(P99, &mixed.side.p99_ms, &apart[0].side.p99_ms, "ms", Goal::None));
    for (measured, name) in apart.iter().chain([&mixed]).zip(["one host", "two", "three", "three, every tenant"]) {
        measured.say(name);
    }
    rows
}

fn a_report(modules: &Modules, server: &Server) -> Vec<Row> {
    let shops = [Server::connect(&server.database("shop")), None].map(|database| Shop::start(modules, database));
    let mut sides: [Measured; 2] = Default::default();
    for round in 0..=report::ROUNDS {
        for (shop, side) in shops.iter().zip(&mut sides) {
            side.round(server, round, || shop.reports(round, Told::Lots));
        }
    }
    let [on_postgres, in_files] = &sides;
    let (ours, files) = (&on_postgres.side, &in_files.side);
    let what = "A report with order and lot, eight modules, 1 caller, on PostgreSQL vs in files; latency in the middle";
    let database = Spread::new(on_postgres.database_us.clone());
    vec![
        time_row(what, &ours.median_ms, &files.median_ms, "ms", Goal::None),
        time_row(P99, &ours.p99_ms, &files.p99_ms, "ms", Goal::None),
        time_row("– CPU of the server per report", &ours.cpu_us, &files.cpu_us, "µs", Goal::None),
        Row {
            what: "– CPU of PostgreSQL per report".to_owned(),
            ours: (database, "µs"),
            peer: None,
            ratio: None,
            goal: Goal::None,
        },
    ]
}

const P99: &str = "– latency at the 99th percentile";

fn more_tenants(modules: &Modules, server: &Server, sizes: &Sizes) -> Vec<Row> {
    files_limit();
    let mut rows = Vec::new();
    for engine in ["PostgreSQL", "files"] {
        let host = |name: &str, tenants: usize| {
            let database = (engine == "PostgreSQL").then(|| Server::connect(&server.database(name))).flatten();
            let host = Host::start(modules, tenants, database);
            host.warm();
            host
        };
        let [few, many] = [("few", sizes.few), ("many", sizes.many)].map(|(name, tenants)| host(name, tenants));
        let [mut of_few, mut of_many] = [0; 2].map(|_| Measured::default());
        for round in 0..=sizes.rounds {
            let run = |host: &Host| {
                let request = |caller: usize, nth: usize| {
                    host.note(pick(round, caller, nth, host.tokens.len()), (round, caller, nth))
                };
                let pace = Pace::PerSecond(sizes.per_second);
                load::run_at(&[host.address], sizes.callers, sizes.steady(), pace, request)
            };
            of_few.round(server, round, || run(&few));
            of_many.round(server, round, || run(&many));
        }
        let what = format!(
            "{} tenants vs {}, {} commands a second, {engine}; latency at the 99th percentile",
            sizes.many, sizes.few, sizes.per_second
        );
        let (many, few) = (&of_many.side, &of_few.side);
        rows.push(time_row(&what, &many.p99_ms, &few.p99_ms, "ms", Goal::AtMost(1.2)));
        rows.push(time_row("– in the middle", &many.median_ms, &few.median_ms, "ms", Goal::None));
        rows.push(time_row("– CPU of the server per request", &many.cpu_us, &few.cpu_us, "µs", Goal::None));
    }
    rows
}
