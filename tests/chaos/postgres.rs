//! The same load on PostgreSQL, with three hosts: hosts that are killed, a server that is killed. Judged from outside: what
//! the database holds is copied into a file by plain SQL, and the checker reads that.

use super::checker::violations;
use super::clients::{Client, Log};
use super::hosts::{Crew, Hosts, SOON, told};
use super::servers::{Process, Product, Servers, SystemChance, Tenant};
use crate::cluster::{Cluster, cluster};
use crate::dice::Dice;
use crate::wait::until_async;
use rusqlite::types::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use std::path::Path;
use std::time::{Duration, Instant};
use toolcrib_contract::world::Chance;
use toolcrib_store::{TenantOptions, Writer};

pub(super) const TENANTS: usize = 2;
/// People's clients of each tenant. Machines' readings lie in files as ever: `kill` kills those.
const PEOPLE: usize = 3;
const HOSTS: usize = 3;
/// Kills of one run; `TOOLCRIB_CHAOS_CYCLES` prolongs it.
const CYCLES: u64 = 6;
/// The same of the long runs.
const CYCLES_OF_HOSTS: u64 = 100;
const CYCLES_OF_THE_DATABASE: u64 = 30;
/// Acknowledgements after which a cycle ends, at most.
const ACKNOWLEDGED: u64 = 60;
/// Once in so many cycles all hosts die at once.
const ALL: u64 = 8;
/// After so many cycles the clients get a new token.
const SIGN_IN: u64 = 40;

/// A database of its own on the cluster.
pub async fn database(cluster: &Cluster, name: &str) -> String {
    let mut db = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    db.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    cluster.url(name)
}

/// Lines of a host's configuration that name the database.
pub fn store(url: &str) -> String {
    format!("[host]\nstore = {url:?}\nstore_connections = 12\nworkers = 6\n")
}

/// What the database holds of a tenant, as the file that the checker knows.
async fn copy(url: &str, tenant: &Tenant, dir: &Path) {
    drop(Writer::open(dir, &TenantOptions::default()).unwrap());
    let main = rusqlite::Connection::open(dir.join("main.db")).unwrap();
    let mut db = PgConnection::connect(url).await.unwrap();
    let names = "SELECT physical FROM tc.record_table WHERE tenant_id = $1::text::uuid";
    let records = sqlx::query(names).bind(&tenant.id).fetch_all(&mut db).await.unwrap();
    let records: Vec<String> = records.iter().map(|row| row.get(0)).collect();
    let host = ["record_table", "event", "dead", "answer", "usage", "audit"].map(str::to_owned);
    for table in host.iter().chain(&records) {
        let sql = "SELECT column_name::text, udt_name::text FROM information_schema.columns \
            WHERE table_schema = 'tc' AND table_name = $1 AND column_name NOT IN ('tenant_id','indexes') \
            ORDER BY ordinal_position";
        let columns = sqlx::query(sql).bind(table).fetch_all(&mut db).await.unwrap();
        let columns: Vec<(String, String)> = columns.iter().map(|row| (row.get(0), row.get(1))).collect();
        let names = columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
        main.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {table}({names})")).unwrap();
        let wanted =
            columns.iter().map(|(name, of)| if of == "uuid" { format!("uuid_send({name})") } else { name.clone() });
        let wanted = wanted.collect::<Vec<_>>().join(",");
        let sql = format!("SELECT {wanted} FROM tc.{table} WHERE tenant_id = '{}'", tenant.id);
        let marks = vec!["?"; columns.len()].join(",");
        let mut insert = main.prepare(&format!("INSERT INTO {table}({names}) VALUES({marks})")).unwrap();
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap() {
            let values = columns.iter().enumerate().map(|(at, (_, of))| match of.as_str() {
                "int8" => row.get::<Option<i64>, _>(at).map_or(Value::Null, Value::Integer),
                "float8" => row.get::<Option<f64>, _>(at).map_or(Value::Null, Value::Real),
                "text" => row.get::<Option<String>, _>(at).map_or(Value::Null, Value::Text),
                _ => row.get::<Option<Vec<u8>>, _>(at).map_or(Value::Null, Value::Blob),
            });
            insert.execute(rusqlite::params_from_iter(values)).unwrap();
        }
    }
    db.close().await.unwrap();
    // A machine's file that nobody wrote to, as the checker expects one.
    drop(toolcrib_store::Readings::open(dir, &TenantOptions::default()).unwrap());
}

pub(super) fn clients(servers: &Servers, dice: &mut Dice) -> Vec<Client> {
    let mut clients = Vec::new();
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        for _ in 0..PEOPLE {
            clients.push(Client::new(clients.len(), nth, tenant, &servers.token, false, 0, dice.split()));
        }
    }
    clients
}

/// Lets the clients work until some time after some more acknowledgements.
async fn a_while(log: &Log, dice: &mut Dice) {
    let goal = log.count() + 1 + dice.below(ACKNOWLEDGED);
    until_async("acknowledgements", SOON, || async { (log.count() >= goal).then_some(()) }).await;
    tokio::time::sleep(Duration::from_micros(dice.below(40_000))).await;
}

/// Everything acknowledged is there once, and nothing else.
pub(super) async fn judge(servers: &Servers, url: &str, host: Process, mut clients: Vec<Client>, log: &Log) {
    let token = servers.owner_token().await;
    servers.known_with(&token, &host).await;
    for client in &mut clients {
        client.token.lock().unwrap().clone_from(&token);
        client.goes_elsewhere = false;
        assert!(client.settle(&host.url, log).await, "the last host answers");
    }
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        let found = until_async("every order to be handled", SOON, || async {
            let dir = tempfile::tempdir().unwrap();
            copy(url, tenant, dir.path()).await;
            let found = violations(dir.path(), &log.of(nth));
            let is_late =
                found.iter().any(|found| found.starts_with("trace of an order") && found.ends_with("is lost"));
            (!is_late).then_some(found)
        });
        assert_eq!(found.await, Vec::<String>::new(), "{}", tenant.slug);
    }
    assert!(servers.tenants.iter().all(|tenant| !servers.files(tenant).join("main.db").exists()), "nothing in files");
    host.stop();
}

/// What is random, and how many cycles there are: `cycles` unless somebody says otherwise.
pub(super) fn dice(cycles: u64) -> (Dice, u64) {
    let mut bytes = [0; 8];
    SystemChance.fill(&mut bytes);
    let seed = super::kill::setting("TOOLCRIB_CHAOS_SEED").unwrap_or(u64::from_le_bytes(bytes));
    let cycles = super::kill::setting("TOOLCRIB_CHAOS_CYCLES").unwrap_or(cycles);
    super::kill::say(format_args!("seed {seed}, {cycles} cycles"));
    (Dice::new(seed), cycles)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_work_is_lost_or_doubled_when_the_database_is_killed() {
    kill_the_database(CYCLES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes some minutes; the same with fewer cycles runs always"]
async fn no_acknowledged_work_is_lost_or_doubled_by_thirty_kills_of_the_database() {
    kill_the_database(CYCLES_OF_THE_DATABASE).await;
}

async fn kill_the_database(cycles: u64) {
    // One that nobody else uses.
    let Some(cluster) = cluster().and_then(|_| Cluster::start()) else { return };
    let (mut dice, cycles) = dice(cycles);
    let url = database(&cluster, "killed").await;
    let (servers, host) = Servers::with(TENANTS, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    host.kill();
    let log: &'static Log = Box::leak(Box::new(Log::new(&servers.folder().join("acknowledged.log"), TENANTS)));
    let hosts = Hosts::start(&servers, HOSTS).await;
    let crew = Crew::start(clients(&servers, &mut dice), &hosts, log);
    let mut went_on = Vec::new();
    for nth in 0..cycles {
        if nth % SIGN_IN == SIGN_IN - 1 {
            hosts.sign_in_again().await;
        }
        a_while(log, &mut dice).await;
        tokio::task::block_in_place(|| cluster.kill_and_start());
        went_on.push(crew.go_on().await);
    }
    let (count, times) = (log.count(), told(&mut went_on));
    super::kill::say(format_args!(
        "{cycles} kills of the database under {HOSTS} hosts: {count} acknowledgements; once it was back, every client was \
         answered within {times}"
    ));
    let clients = crew.end(hosts).await;
    judge(&servers, &url, servers.serve(), clients, log).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_work_is_lost_or_doubled_when_hosts_on_one_database_are_killed() {
    kill_hosts("killed_hosts", CYCLES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes some minutes; the same with fewer cycles runs always"]
async fn no_acknowledged_work_is_lost_or_doubled_by_a_hundred_kills_among_three_hosts() {
    kill_hosts("killed_hosts_often", CYCLES_OF_HOSTS).await;
}

async fn kill_hosts(name: &str, cycles: u64) {
    let Some(cluster) = cluster() else { return };
    let (mut dice, cycles) = dice(cycles);
    let url = database(cluster, name).await;
    let (servers, host) = Servers::with(TENANTS, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    host.kill();
    let log: &'static Log = Box::leak(Box::new(Log::new(&servers.folder().join("acknowledged.log"), TENANTS)));
    let mut hosts = Hosts::start(&servers, HOSTS).await;
    let crew = Crew::start(clients(&servers, &mut dice), &hosts, log);
    let (mut taken_over, mut back, mut anew) = (Vec::new(), Vec::new(), Vec::new());
    for nth in 0..cycles {
        if nth % SIGN_IN == SIGN_IN - 1 {
            hosts.sign_in_again().await;
        }
        a_while(log, &mut dice).await;
        let (all, one) = (nth % ALL == ALL / 2, dice.below(HOSTS as u64) as usize);
        let killed: Vec<_> = (0..HOSTS).filter(|host| all || *host == one).collect();
        killed.iter().for_each(|host| hosts.kill(*host));
        let died = Instant::now();
        if !all {
            taken_over.push(crew.go_on().await);
        }
        for host in killed {
            hosts.begin(host).await;
            back.push(died.elapsed());
        }
        if all {
            crew.go_on().await;
            anew.push(died.elapsed());
        }
    }
    let (count, taken_over, back) = (log.count(), told(&mut taken_over), told(&mut back));
    super::kill::say(format_args!(
        "{cycles} cycles with {HOSTS} hosts: {count} acknowledgements. After one died, every client was answered by another \
         within {taken_over}; it was there again within {back}"
    ));
    if !anew.is_empty() {
        super::kill::say(format_args!("after all died, every client was answered within {}", told(&mut anew)));
    }
    assert!(count >= cycles, "the clients hardly got to work");
    let clients = crew.end(hosts).await;
    judge(&servers, &url, servers.serve(), clients, log).await;
}
