//! A host with an empty data directory, on a database that other hosts have used, while the registry is away.

use crate::chaos::postgres::{database, store};
use crate::chaos::servers::{PROGRAM, Process, Product, Servers, subscribe};
use crate::cluster::cluster;
use crate::wait::until_async;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};
use std::process::Command;
use std::time::Duration;

/// Longest wait for something that must happen, unoptimised and beside other tests.
const SOON: Duration = Duration::from_secs(60);

/// What the host answers to a note of the first tenant.
async fn note(host: &Process, servers: &Servers, key: &str) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("{}/v1/t/{}/m/daybook/note", host.url, servers.tenants[0].slug);
    let request = http.post(path).bearer_auth(&servers.token).header("idempotency-key", key);
    let answer = request.json(&json!({"text": key, "amount": 7})).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// Whether entitlements are in force there.
async fn is_ready(host: &Process) -> bool {
    reqwest::get(format!("{}/readyz", host.url)).await.unwrap().status() == 200
}

/// A host of the same configuration whose registry is nowhere.
fn serve_far(servers: &Servers) -> Process {
    let folder = servers.folder();
    let config = std::fs::read_to_string(folder.join("host.toml")).unwrap();
    let far = config.replace(servers.registry.url.as_str(), "http://127.0.0.1:1");
    assert_ne!(config, far);
    std::fs::write(folder.join("far.toml"), far).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--config"]).arg(folder.join("far.toml")).arg("--data").arg(folder.join("far"));
    Process::start(&mut command, folder, "far")
}

/// Waits until everything that a host shares is in the database.
async fn shared(db: &mut PgConnection) {
    let sql = "SELECT (SELECT count(*) FROM tc.entitlements)+(SELECT count(*) FROM tc.heard)\
        +least((SELECT count(*) FROM tc.component),1)";
    let db = tokio::sync::Mutex::new(db);
    let all = || async {
        let count: i64 = sqlx::query(sql).fetch_one(&mut **db.lock().await).await.unwrap().get(0);
        (count == 4).then_some(())
    };
    until_async("what hosts share", SOON, all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_with_an_empty_disk_answers_while_the_registry_is_stopped() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "fresh_host").await;
    let (mut servers, one) = Servers::with(1, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    shared(&mut db).await;
    assert!(!servers.folder().join("host/directory.db").exists(), "the host's directory is no file");
    // One that never reaches the registry follows what another host hears.
    let far = serve_far(&servers);
    let tenant = subscribe(&servers.owner().await, 1, Product::DAYBOOK).await;
    servers.tenants.push(tenant);
    servers.token = servers.owner_token().await;
    servers.known_to(&far).await;
    assert!(far.log().contains("Entitlements that another host heard of are in force"), "{}", far.log());
    far.stop();
    servers.stop_registry();
    let two = servers.serve_as(1);
    let answered = || async { (note(&two, &servers, "from an empty disk").await.0 == 200).then_some(()) };
    until_async("the new host to answer", SOON, answered).await;
    assert!(is_ready(&two).await);
    assert!(!two.log().contains("not believed"), "{}", two.log());
    // Both are one factory's.
    assert_eq!(note(&one, &servers, "from an empty disk").await.0, 200, "a repetition of the same");
    one.stop();

    // What somebody wrote into the database in the registry's place is refused, by whoever has nothing else.
    two.stop();
    db.execute("UPDATE tc.component SET bytes = bytes || '\\x00'").await.unwrap();
    let three = servers.serve_as(2);
    let said = || async { three.log().contains("A component in the database is not what it was").then_some(()) };
    until_async("the new host to refuse it", SOON, said).await;
    assert_ne!(note(&three, &servers, "with an altered component").await.0, 200);
    three.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_and_older_entitlements_in_the_database_are_refused_and_replaced() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "forged_entitlements").await;
    let (servers, one) = Servers::with(1, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    shared(&mut db).await;
    one.stop();
    let whole = sqlx::query("SELECT seq, signed FROM tc.entitlements").fetch_one(&mut db).await.unwrap();
    let (seq, signed): (i64, Vec<u8>) = (whole.get(0), whole.get(1));
    let forged = String::from_utf8(signed.clone()).unwrap().replace("Asia/Shanghai", "Asia/Bangkok");
    assert_ne!(forged.as_bytes(), signed, "something was altered");
    // One that nobody signed; then old ones under a newer number.
    for (nth, (number, bytes, why)) in
        [(seq, forged.into_bytes(), "signature"), (seq + 1_000_000, signed, "older")].into_iter().enumerate()
    {
        let plant = sqlx::query("UPDATE tc.entitlements SET seq = $1, signed = $2").bind(number).bind(&bytes);
        plant.execute(&mut db).await.unwrap();
        let host = servers.serve_as(nth + 1);
        let line = until_async("the host to refuse them", SOON, || async {
            let log = host.log();
            log.lines().find(|line| line.contains("The kept entitlements are not believed")).map(str::to_owned)
        });
        let line = line.await;
        assert!(line.contains(why), "{why}: {line}");
        // The registry is there: what it says takes the place of that.
        servers.known_to(&host).await;
        let kept = until_async("the registry's own to be kept", SOON, || async {
            let mut db = PgConnection::connect(&url).await.unwrap();
            let sql = "SELECT seq, strpos(convert_from(signed, 'UTF8'), 'Asia/Shanghai') FROM tc.entitlements";
            let row = sqlx::query(sql).fetch_one(&mut db).await.unwrap();
            let (kept, at): (i64, i32) = (row.get(0), row.get(1));
            (kept < seq + 1_000_000 && at > 0).then_some(kept)
        });
        assert!(kept.await >= seq);
        host.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_kept_its_directory_in_a_file_brings_it_in_once_and_a_backup_makes_a_file_of_it() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "brought_directory").await;
    let (servers, one) = Servers::with(1, Product::DAYBOOK).await;
    one.stop();
    let (config, file) = (servers.folder().join("host.toml"), servers.folder().join("host/directory.db"));
    assert!(file.exists(), "without a database it is a file");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n{}", store(&url))).unwrap();
    let one = servers.serve();
    assert!(is_ready(&one).await, "what was kept is in force");
    assert!(!file.exists());
    let mut db = PgConnection::connect(&url).await.unwrap();
    let kept = sqlx::query("SELECT count(*) FROM tc.entitlements").fetch_one(&mut db).await.unwrap();
    assert_eq!(kept.get::<i64, _>(0), 1);
    one.stop();

    let path = |name: &str| servers.folder().join(name).to_str().unwrap().to_owned();
    let [config, depot, key, again] = ["host.toml", "depot", "operator.key", "again"].map(path);
    done(&["backup", "--config", &config, "--to", &depot, "--key", &key]);
    done(&["restore", "--from", &depot, "--key", &key, "--data", &again]);
    let restored = rusqlite::Connection::open(servers.folder().join("again/directory.db")).unwrap();
    let sql = "SELECT (SELECT seq FROM entitlements), (SELECT module FROM artifact)";
    let (seq, module) =
        restored.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).unwrap();
    let shared = sqlx::query("SELECT seq FROM tc.entitlements").fetch_one(&mut db).await.unwrap();
    assert_eq!((seq, module.as_str()), (shared.get(0), "daybook"));
}

/// Runs a command of the program to its good end.
fn done(arguments: &[&str]) {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
}
