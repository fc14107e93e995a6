//! The same load on PostgreSQL: hosts that are killed, a server that is killed, two hosts at once. Judged from outside: what
//! the database holds is copied into a file by plain SQL, and the checker reads that.

use super::checker::violations;
use super::clients::{Client, Log};
use super::dice::Dice;
use super::servers::{Process, Product, Servers, SystemChance, Tenant};
use crate::cluster::{Cluster, cluster};
use crate::wait::until_async;
use rusqlite::types::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;
use toolcrib_contract::world::Chance;
use toolcrib_store::{TenantOptions, Writer};

const TENANTS: usize = 2;
/// People's clients of each tenant. Machines' readings lie in files as ever: `kill` kills those.
const PEOPLE: usize = 2;
/// Kills of one run; `TOOLCRIB_CHAOS_CYCLES` prolongs it.
const CYCLES: u64 = 8;
/// Acknowledgements after which a cycle ends, at most.
const ACKNOWLEDGED: u64 = 60;
const CYCLE: Duration = Duration::from_secs(60);

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
            WHERE table_schema = 'tc' AND table_name = $1 AND column_name <> 'tenant_id' ORDER BY ordinal_position";
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

fn clients(servers: &Servers, dice: &mut Dice) -> Vec<Client> {
    let mut clients = Vec::new();
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        for _ in 0..PEOPLE {
            clients.push(Client::new(clients.len(), nth, tenant, &servers.token, false, 0, dice.split()));
        }
    }
    clients
}

/// Lets the clients work on these hosts until `end` ends the hosts, after some acknowledgements.
async fn cycle(hosts: Vec<Process>, clients: Vec<Client>, log: &'static Log, dice: &mut Dice) -> Vec<Client> {
    let mut working = JoinSet::new();
    for (nth, mut client) in clients.into_iter().enumerate() {
        let url = hosts[nth % hosts.len()].url.clone();
        working.spawn(async move {
            client.work(&url, log).await;
            client
        });
    }
    let goal = log.count() + 1 + dice.below(ACKNOWLEDGED);
    until_async("acknowledgements", CYCLE, || async { (log.count() >= goal).then_some(()) }).await;
    tokio::time::sleep(Duration::from_micros(dice.below(40_000))).await;
    hosts.into_iter().for_each(Process::kill);
    working.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_work_is_lost_or_doubled_when_the_database_is_killed() {
    // One that nobody else uses.
    let Some(cluster) = cluster().and_then(|_| Cluster::start()) else { return };
    let (mut dice, cycles) = dice();
    let url = database(&cluster, "killed").await;
    let (servers, host) = Servers::with(TENANTS, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    let log: &'static Log = Box::leak(Box::new(Log::new(&servers.folder().join("acknowledged.log"), TENANTS)));
    let mut working = JoinSet::new();
    for mut client in clients(&servers, &mut dice) {
        let url = host.url.clone();
        working.spawn(async move {
            client.work(&url, log).await;
            client
        });
    }
    let mut longest = Duration::ZERO;
    for _ in 0..cycles {
        let goal = log.count() + 1 + dice.below(ACKNOWLEDGED);
        until_async("acknowledgements", CYCLE, || async { (log.count() >= goal).then_some(()) }).await;
        tokio::time::sleep(Duration::from_micros(dice.below(40_000))).await;
        tokio::task::block_in_place(|| cluster.kill_and_start());
        let (started, before) = (std::time::Instant::now(), log.count());
        until_async("work to go on", CYCLE, || async { (log.count() > before).then_some(()) }).await;
        longest = longest.max(started.elapsed());
    }
    super::kill::say(format_args!("after the server was back, work went on within {} ms", longest.as_millis()));
    host.kill();
    let clients = working.join_all().await;
    judge(&servers, &url, servers.serve(), clients, log).await;
}

/// Everything acknowledged is there once, and nothing else.
async fn judge(servers: &Servers, url: &str, host: Process, mut clients: Vec<Client>, log: &Log) {
    for client in &mut clients {
        assert!(client.settle(&host.url, log).await, "the last host answers");
    }
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        let found = until_async("every order to be handled", CYCLE, || async {
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

fn dice() -> (Dice, u64) {
    let mut bytes = [0; 8];
    SystemChance.fill(&mut bytes);
    let seed = super::kill::setting("TOOLCRIB_CHAOS_SEED").unwrap_or(u64::from_le_bytes(bytes));
    let cycles = super::kill::setting("TOOLCRIB_CHAOS_CYCLES").unwrap_or(CYCLES);
    super::kill::say(format_args!("seed {seed}, {cycles} cycles"));
    (Dice::new(seed), cycles)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_work_is_lost_or_doubled_when_hosts_on_one_database_are_killed() {
    let Some(cluster) = cluster() else { return };
    let (mut dice, cycles) = dice();
    let url = database(cluster, "killed_hosts").await;
    let (servers, host) = Servers::with(TENANTS, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    host.kill();
    let log: &'static Log = Box::leak(Box::new(Log::new(&servers.folder().join("acknowledged.log"), TENANTS)));
    let mut clients = clients(&servers, &mut dice);
    for nth in 0..cycles {
        // Alone, and two that serve the same tenants.
        let hosts = if nth % 2 == 0 { vec![servers.serve()] } else { vec![servers.serve(), servers.serve_beside()] };
        for host in &hosts {
            servers.known_to(host).await;
        }
        clients = cycle(hosts, clients, log, &mut dice).await;
    }
    assert!(log.count() >= cycles, "the clients hardly got to work");
    judge(&servers, &url, servers.serve(), clients, log).await;
}
