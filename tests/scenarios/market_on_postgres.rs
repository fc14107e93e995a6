//! A marketplace whose records are in PostgreSQL: the story from publishing to the command, and two registries that are
//! one marketplace.

use crate::chaos::postgres::database;
use crate::chaos::servers::{
    ADMIN, PASSWORD, PROGRAM, Process, Product, Servers, VETTING, Version, first_password, sign_in, signed,
};
use crate::cluster::cluster;
use crate::wait::until_async;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{SetStanding, Snapshot};

/// Longest wait for something that must happen, unoptimised and beside other tests.
const SOON: Duration = Duration::from_secs(60);
const PROVIDER: &str = "owner@house.example";

/// Lines of the marketplace's configuration that put its records there.
fn store(url: &str) -> String {
    format!("store = {url:?}\n")
}

/// What a command said, and whether all went well.
fn told(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Another registry of the same configuration on the same keys and files, as on a disk that both have.
fn another(servers: &Servers) -> Process {
    let (folder, data) = (servers.folder(), servers.folder().join("registry-2"));
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(folder.join("registry/registry"), data.join("registry")).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["registry", "--config"]).arg(folder.join("registry.toml")).arg("--data").arg(&data);
    Process::start(&mut command, folder, "registry-2")
}

/// Hands a version in and waits for what the checks say of it, good or bad.
async fn checked(provider: &Client, version: &Version) -> String {
    let submitted = provider.publish(&version.module, version.component.clone(), &version.said).await.unwrap();
    let report = || async {
        let submission = provider.submission(&submitted.submission).await.unwrap();
        (!submission.state.is_unchecked()).then_some(submission.report)
    };
    let findings = until_async("the checks", VETTING, report).await.expect("a report").findings;
    assert!(findings.iter().all(|finding| finding.check != "checks-completed"), "{findings:#?}");
    submitted.submission
}

/// How often a registry says that it checked this submission.
fn checks(log: &str, submission: &str) -> usize {
    log.lines().filter(|line| line.contains("\"Checked\"") && line.contains(submission)).count()
}

fn seq(payload: &str) -> u64 {
    serde_json::from_str::<Snapshot>(payload).unwrap().seq
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_goes_from_its_provider_to_a_command_while_the_records_are_in_postgres() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "market_story").await;
    let (servers, host) = Servers::with(1, Product { marketplace: &store(&url), ..Product::DAYBOOK }).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("{}/v1/t/{}/m/daybook/note", host.url, servers.tenants[0].slug);
    let note = http.post(path).bearer_auth(&servers.token).header("idempotency-key", "one");
    let answer = note.json(&json!({"text": "kept", "amount": 7})).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{:?}", answer.text().await);
    let found = servers.client().shelf(&[("query", "daybook")]).await.unwrap();
    assert_eq!(found.cards.len(), 1, "search finds it");

    // A text that PostgreSQL cannot keep is the caller's mistake.
    let nul = http.get(format!("{}/v1/modules/day%00book", servers.registry.url)).send().await.unwrap();
    assert!(nul.status().is_client_error(), "{}", nul.status());

    let file = |name: &str| servers.folder().join(name).to_str().unwrap().to_owned();
    let (config, data) = (file("registry.toml"), file("registry"));
    assert!(!Path::new(&data).join("registry/catalog.db").exists(), "no record lies in a file");
    let (went_well, said) = told(&["doctor", "--config", &config, "--data", &data]);
    assert!(went_well && said.contains("audit lines in one chain") && said.contains("pg_dump"), "{said}");
    let (went_well, said) = told(&["check-config", "--config", &config, "--for", "registry"]);
    assert!(went_well && said.contains("LOOK") && said.contains("pg_dump"), "{said}");
    let (depot, key) = (file("depot"), file("operator.key"));
    let asked = ["backup", "--config", &config, "--data", &data, "--to", &depot, "--key", &key];
    let (went_well, said) = told(&asked);
    assert!(!went_well && said.contains("pg_dump"), "{said}");
    assert!(!Path::new(&depot).exists(), "nothing that could be taken for a backup");
    // Nor by one who is not told where the records are.
    let (went_well, said) = told(&["backup", "--data", &data, "--to", &depot, "--key", &key]);
    assert!(!went_well && said.contains("pg_dump"), "{said}");
    host.stop();
    servers.registry.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_registries_on_one_database_are_one_marketplace() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "market_two").await;
    let (servers, host) = Servers::with(1, Product { marketplace: &store(&url), ..Product::DAYBOOK }).await;
    host.stop();
    let two = another(&servers);
    let (at_one, at_two) = (servers.client(), Client::new(&two.url).unwrap());
    let token = std::fs::read_to_string(servers.folder().join("host.token")).unwrap();
    let (host_at_one, host_at_two) = (at_one.with_token(token.trim()), at_two.with_token(token.trim()));

    // A host waits at the second one; somebody who signed in at the first changes something there. Then the other way
    // round.
    let owner_at_one = sign_in(&at_one, crate::chaos::servers::OWNER, PASSWORD).await;
    let owner_at_two = at_two.with_token(servers.owner_token().await);
    let tenant = &servers.tenants[0].id;
    let mut known = seq(&host_at_one.snapshot(0, 0).await.unwrap().unwrap().payload);
    for (waiting, changing) in [(&host_at_two, &owner_at_one), (&host_at_one, &owner_at_two)] {
        let (heard, made) =
            tokio::join!(tokio::time::timeout(SOON, waiting.snapshot(known, 30)), changing.new_device(tenant, "press"));
        made.unwrap();
        let heard = seq(&heard.expect("the host was told in time").unwrap().expect("there is something new").payload);
        assert_eq!(heard, known + 1);
        known = heard;
    }

    // Changes at both at once: each raises the number once, and both tell the same in the end.
    let devices = async |owner: &Client| {
        for nth in 0..5 {
            owner.new_device(tenant, &format!("press {nth}")).await.unwrap();
        }
    };
    tokio::join!(devices(&owner_at_one), devices(&owner_at_two));
    for waiting in [&host_at_one, &host_at_two] {
        let all = || async {
            let told = waiting.snapshot(known, 1).await.unwrap().map(|signed| seq(&signed.payload));
            told.filter(|told| *told == known + 10)
        };
        until_async("the number of the last change", SOON, all).await;
    }
    assert_eq!(owner_at_two.devices(tenant).await.unwrap().len(), 13);

    // The number of withdrawals, too.
    let admin = servers.admin().await;
    let stand = async |standing: &str| {
        let change = SetStanding { standing: standing.to_owned(), reason: "a trial".to_owned() };
        admin.set_standing("daybook", "1.0.0", &change).await
    };
    let list = async |at: &Client| {
        let envelope: Value = serde_json::from_str(&at.revocations().await.unwrap()).unwrap();
        let payload = BASE64_STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&payload).unwrap()["seq"].as_u64().unwrap()
    };
    let before = list(&at_two).await;
    stand("deprecated").await.unwrap();
    assert_eq!((list(&at_one).await, list(&at_two).await), (before + 1, before + 1));

    // What is handed in at either is checked once, by the one that is on duty.
    let provider = at_two.with_token(at_one.login(PROVIDER, PASSWORD).await.unwrap().access_token);
    let submission = checked(&provider, &signed(&provider, "parts").await).await;
    assert_eq!(checks(&servers.registry.log(), &submission) + checks(&two.log(), &submission), 1);

    // The first one dies; the other takes over.
    servers.registry.kill();
    let submission = checked(&provider, &signed(&provider, "ledger").await).await;
    assert_eq!(checks(&two.log(), &submission), 1);
    two.stop();
}

/// Attempts of one address, as the registry's own tests know them.
const ATTEMPTS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_are_guessed_no_faster_at_two_registries_than_at_one() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "market_guesses").await;
    let (servers, host, _) = Servers::bare(&store(&url), "").await;
    host.stop();
    let two = another(&servers);
    let registries = [servers.client(), Client::new(&two.url).unwrap()];
    for nth in 0..ATTEMPTS {
        let said = registries[nth % 2].login(ADMIN, "not the password").await.unwrap_err().to_string();
        assert!(!said.contains("attempts"), "{nth}: {said}");
    }
    // Not even the right one is looked at, wherever.
    for registry in &registries {
        let said = registry.login(ADMIN, &first_password(&servers.registry)).await.unwrap_err().to_string();
        assert!(said.contains("more than 10 attempts"), "{said}");
    }
    two.stop();
    servers.registry.stop();
}

/// A registry of an older version, as far as the tables tell: they took a step that it does not know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_is_older_than_the_tables_says_so_and_ends_while_a_newer_one_goes_on() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "market_newer").await;
    let (servers, host) = Servers::with(1, Product { marketplace: &store(&url), ..Product::DAYBOOK }).await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    let step = "INSERT INTO _sqlx_migrations(version, description, success, checksum, execution_time) \
        VALUES(9999, 'of the next version', true, '', 0)";
    db.execute(step).await.unwrap();

    let (config, data) = (servers.folder().join("registry.toml"), servers.folder().join("registry-old"));
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(servers.folder().join("registry/registry"), data.join("registry")).unwrap();
    let (config, data) = (config.to_str().unwrap().to_owned(), data.to_str().unwrap().to_owned());
    let start = move || {
        let output = Command::new(PROGRAM).args(["registry", "--config", &config, "--data", &data]).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, said) = tokio::task::spawn_blocking(start).await.unwrap();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("9999") && said.contains("upgrade this registry") && !said.contains("panicked"), "{said}");

    // Who works at the one that runs notices nothing: it answers, changes, and its host hears of it.
    let owner = sign_in(&servers.client(), crate::chaos::servers::OWNER, PASSWORD).await;
    let token = std::fs::read_to_string(servers.folder().join("host.token")).unwrap();
    let of_host = servers.client().with_token(token.trim());
    let known = seq(&of_host.snapshot(0, 0).await.unwrap().unwrap().payload);
    owner.new_device(&servers.tenants[0].id, "press").await.unwrap();
    assert_eq!(seq(&of_host.snapshot(known, 30).await.unwrap().unwrap().payload), known + 1);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("{}/v1/t/{}/m/daybook/note", host.url, servers.tenants[0].slug);
    let note = http.post(path).bearer_auth(&servers.token).header("idempotency-key", "one");
    assert_eq!(note.json(&json!({"text": "as ever", "amount": 7})).send().await.unwrap().status(), 200);
    host.stop();
    servers.registry.stop();
}
