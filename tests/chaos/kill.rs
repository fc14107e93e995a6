//! `kill -9` at random moments under load. `TOOLCRIB_CHAOS_SEED` and `TOOLCRIB_CHAOS_CYCLES` replay or prolong a run.

use super::checker::{handled, months, table, violations};
use super::clients::{Acknowledged, Client, Log};
use super::servers::{Process, Servers, SystemChance};
use crate::dice::Dice;
use crate::wait::until;
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use toolcrib_contract::world::Chance;

const TENANTS: usize = 3;
/// People's clients of each tenant; a device comes on top.
const PEOPLE: usize = 2;
const CYCLES: u64 = 50;
/// Acknowledgements after which a cycle ends, at most.
const ACKNOWLEDGED: u64 = 400;
/// Time for a cycle's acknowledgements on a machine that is busy with other tests.
const CYCLE: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "a failing run is replayed by its seed, given from outside")]
pub(super) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[expect(clippy::print_stdout, reason = "the seed must be known to replay a run")]
pub(super) fn say(text: std::fmt::Arguments<'_>) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_work_is_lost_or_doubled_by_kill_minus_nine() {
    let seed = setting("TOOLCRIB_CHAOS_SEED").unwrap_or_else(|| {
        let mut bytes = [0; 8];
        SystemChance.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    });
    let cycles = setting("TOOLCRIB_CHAOS_CYCLES").unwrap_or(CYCLES);
    say(format_args!("seed {seed}, {cycles} cycles"));
    let mut dice = Dice::new(seed);
    let (servers, host) = Servers::with_tenants(TENANTS).await;
    host.kill();
    let log = Log::new(&servers.folder().join("acknowledged.log"), TENANTS);
    let log: &'static Log = Box::leak(Box::new(log));
    let mut clients = clients(&servers, &mut dice);
    let started = Instant::now();
    for cycle in 0..cycles {
        clients = one_cycle(&servers, clients, log, cycle, &mut dice).await;
    }
    let (retries, repetitions) =
        clients.iter().fold((0, 0), |sum, client| (sum.0 + client.retries, sum.1 + client.repetitions));
    say(format_args!(
        "{cycles} kills in {:.0} s: {} acknowledgements, {retries} retries, {repetitions} repetitions",
        started.elapsed().as_secs_f64(),
        log.count()
    ));
    assert!(log.count() > cycles * 10, "the clients hardly got to work");
    let host = servers.serve();
    for client in &mut clients {
        assert!(client.settle(&host.url, log).await, "the last server answers");
    }
    finish(&servers, host, log).await;
}

fn clients(servers: &Servers, dice: &mut Dice) -> Vec<Client> {
    let now = std::time::SystemTime::UNIX_EPOCH;
    let now_us =
        std::fs::metadata(servers.folder()).unwrap().modified().unwrap().duration_since(now).unwrap().as_micros()
            as i64;
    let mut clients = Vec::new();
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        for person in 0..=PEOPLE {
            let is_device = person == PEOPLE;
            clients.push(Client::new(clients.len(), nth, tenant, &servers.token, is_device, now_us, dice.split()));
        }
    }
    clients
}

/// Starts a host, lets the clients work, kills it. In half of the cycles the registry does not answer meanwhile.
async fn one_cycle(
    servers: &Servers,
    clients: Vec<Client>,
    log: &'static Log,
    cycle: u64,
    dice: &mut Dice,
) -> Vec<Client> {
    let is_alone = cycle.is_multiple_of(2);
    if is_alone {
        servers.registry.signal(rustix::process::Signal::STOP);
    }
    let host = servers.serve();
    let mut working = JoinSet::new();
    for mut client in clients {
        let url = host.url.clone();
        working.spawn(async move {
            client.work(&url, log).await;
            client
        });
    }
    // One in eight dies while it starts. The others after some acknowledgements, and then between any two of their steps.
    if !dice.one_in(8) {
        let goal = log.count() + 1 + dice.below(ACKNOWLEDGED);
        let reached = || async { (log.count() >= goal).then_some(()) };
        crate::wait::until_async("acknowledgements", CYCLE, reached).await;
    }
    tokio::time::sleep(Duration::from_micros(dice.below(40_000))).await;
    host.kill();
    let clients = working.join_all().await;
    if is_alone {
        servers.registry.signal(rustix::process::Signal::CONT);
    }
    clients
}

/// After the last restart: events have found their handlers, the API tells the same as the files, nothing is amiss.
async fn finish(servers: &Servers, host: Process, log: &Log) {
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        let orders = log.of(nth).orders.len() as u64;
        until("every order to be handled", Duration::from_secs(60), || {
            (handled(&servers.files(tenant)) >= orders).then_some(())
        });
        let told = events(&host, &tenant.slug, &servers.token).await;
        let gapless = told.iter().zip(1..).all(|(seq, should)| *seq == should);
        assert!(gapless, "the API tells the events of {} with gaps", tenant.slug);
        assert_eq!(told.len(), log.of(nth).notes.len() + log.of(nth).orders.len(), "events of {}", tenant.slug);
    }
    host.stop();
    let (whole, said) = servers.doctor();
    assert!(whole, "{said}");
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        let found = violations(&servers.files(tenant), &log.of(nth));
        assert!(
            found.is_empty(),
            "{}: {} violations, first {:#?}",
            tenant.slug,
            found.len(),
            &found[..found.len().min(10)]
        );
    }
    the_checker_sees_what_is_wrong(&servers.files(&servers.tenants[0]), &log.of(0));
}

/// The seqs of all events, as the API tells them.
async fn events(host: &Process, tenant: &str, token: &str) -> Vec<u64> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut seqs = Vec::new();
    loop {
        let url = format!("{}/v1/t/{tenant}/events?after={}", host.url, seqs.last().unwrap_or(&0));
        let text = http.get(url).bearer_auth(token).send().await.unwrap().text().await.unwrap();
        let page: serde_json::Value = serde_json::from_str(&text).unwrap();
        let events = page["events"].as_array().unwrap_or_else(|| panic!("{text}"));
        if events.is_empty() {
            return seqs;
        }
        seqs.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
    }
}

/// The negative control: on copies with one thing changed, the same check fails.
fn the_checker_sees_what_is_wrong(files: &Path, wanted: &Acknowledged) {
    let main = Connection::open(files.join("main.db")).unwrap();
    let (note, seen) = (table(&main, "note").unwrap(), table(&main, "seen").unwrap());
    drop(main);
    let twice = |table: &str| {
        format!(
            "CREATE TEMP TABLE t AS SELECT * FROM {table} LIMIT 1; UPDATE t SET id = randomblob(16); INSERT INTO {table} SELECT * FROM t"
        )
    };
    let once_less =
        |table: &str| format!("DELETE FROM {table} WHERE rowid = (SELECT rowid FROM {table} LIMIT 1 OFFSET 3)");
    let middle = "seq = (SELECT max(seq) / 2 FROM event)";
    let month = months(files).swap_remove(0);
    let month = month.strip_prefix(files).unwrap().to_str().unwrap();
    let changes = [
        ("main.db", format!("DELETE FROM {note} WHERE id = (SELECT id FROM {note} LIMIT 1 OFFSET 3)")),
        ("main.db", twice(&note)),
        ("main.db", format!("UPDATE {note} SET c_amount = c_amount + 1 WHERE id = (SELECT id FROM {note} LIMIT 1)")),
        ("main.db", format!("DELETE FROM event WHERE {middle}")),
        (
            "main.db",
            format!(
                "INSERT INTO event(module, name, body, at_us) SELECT module, name, body, at_us FROM event WHERE {middle}"
            ),
        ),
        ("main.db", format!("DELETE FROM {seen} WHERE id = (SELECT id FROM {seen} LIMIT 1)")),
        ("main.db", twice(&seen)),
        ("main.db", "DELETE FROM answer WHERE key = (SELECT key FROM answer LIMIT 1)".to_owned()),
        ("main.db", "UPDATE usage SET calls = calls + 1 WHERE operation = 'note'".to_owned()),
        ("main.db", "UPDATE audit SET detail = '{}' WHERE id = 5".to_owned()),
        ("main.db", once_less("audit")),
        (month, "DELETE FROM reading WHERE arrival = 7".to_owned()),
        (month, "UPDATE reading SET value = value + 1 WHERE arrival = 7".to_owned()),
        (month, "UPDATE rollup SET readings = readings + 1 WHERE level = 0".to_owned()),
        (month, "UPDATE rollup SET sum = sum - 1 WHERE level = 0".to_owned()),
    ];
    for (file, change) in changes {
        let copy = tempfile::tempdir().unwrap();
        std::fs::create_dir(copy.path().join("tel")).unwrap();
        let months: Vec<_> = months(files).iter().map(|file| file.strip_prefix(files).unwrap().to_owned()).collect();
        for name in ["main.db", "readings.db"].map(std::path::PathBuf::from).into_iter().chain(months) {
            for name in [name.display().to_string(), format!("{}-wal", name.display())] {
                if files.join(&name).exists() {
                    std::fs::copy(files.join(&name), copy.path().join(&name)).unwrap();
                }
            }
        }
        assert_eq!(violations(copy.path(), wanted), Vec::<String>::new(), "a copy is as good as the original");
        Connection::open(copy.path().join(file)).unwrap().execute_batch(&change).unwrap();
        assert!(!violations(copy.path(), wanted).is_empty(), "the checker does not see: {change}");
    }
}
