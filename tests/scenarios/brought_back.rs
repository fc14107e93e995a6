//! A marketplace whose disk was lost comes back from a backup that is older than what its hosts have in force: they follow
//! it all the same.

use crate::chaos::servers::{PROGRAM, Process, Product, Servers, subscribe};
use crate::wait::until_async;
use serde_json::{Value as Json, json};
use std::process::Command;
use std::time::Duration;

/// Longest wait for something that must happen: a host that lost its registry asks again after half a minute at most.
const SOON: Duration = Duration::from_secs(120);

fn done(arguments: &[&str]) {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_follow_a_marketplace_that_came_back_from_an_older_backup() {
    let (mut servers, host) = Servers::with(1, Product::DAYBOOK).await;
    let folder = servers.folder().to_owned();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (depot, key, data) = (file("depot"), file("operator.key"), file("registry"));
    done(&["backup", "--data", &data, "--to", &depot, "--key", &key]);

    // What the backup does not know, and the host does: each answers when it is in force.
    let owner = servers.owner().await;
    for nth in 1..4 {
        subscribe(&owner, nth, Product::DAYBOOK).await;
    }
    let url = servers.registry.url.clone();
    let again = file("registry-again");
    done(&["restore", "--from", &depot, "--key", &key, "--data", &again]);
    let mut command = Command::new(PROGRAM);
    command.args(["registry", "--config", &file("registry.toml"), "--data", &again]);
    command.args(["--listen", url.strip_prefix("http://").unwrap()]);
    servers.registry.kill();
    servers.registry = Process::start(&mut command, &folder, "registry-again");

    // A module is cancelled there. The host hears it although it had a higher number in force.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let tenant = servers.tenants[0].clone();
    let count = || async {
        let path = format!("{}/v1/t/{}/m/daybook/count", host.url, tenant.slug);
        let answer = http.post(path).bearer_auth(&servers.token).json(&json!({})).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Json>().await.unwrap_or_default()["code"].clone())
    };
    assert_eq!(count().await.0, 200);
    let owner = servers.owner().await;
    owner.unsubscribe(&tenant.id, "daybook").await.unwrap();
    let cancelled = || async { (count().await.1 == json!("not-subscribed")).then_some(()) };
    until_async("the host to hear what the marketplace says now", SOON, cancelled).await;
    host.stop();
}
