//! What is approved is proven on the host's disk, what is withdrawn stops, and both without a network. Real processes.

use crate::chaos::servers::{PROGRAM, Process, Product, Servers, Tenant, subscribe};
use crate::wait::until_async;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use toolcrib_registry_client::wire::{SetStanding, Subscribe};

/// Status, and the problem's code and detail.
async fn call(url: &str, tenant: &Tenant, token: &str) -> (u16, String, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("{url}/v1/t/{}/m/daybook/empty", tenant.slug);
    let answer = http.post(&path).bearer_auth(token).json(&json!({})).send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    let text = |field: &str| body[field].as_str().unwrap_or("").to_owned();
    (status, text("code"), text("detail"))
}

async fn health(url: &str) -> String {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    http.get(format!("{url}/healthz")).send().await.unwrap().text().await.unwrap()
}

/// `toolcrib` with these arguments: whether it succeeded, and what it said.
fn toolcrib(args: &[&str], paths: &[&Path]) -> (bool, String) {
    let output = Command::new(PROGRAM).args(args).args(paths).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Every file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// What is approved verifies in the host's data directory, in its folder there, and in a bundle, without asking anybody.
fn is_proven_offline(servers: &Servers, config: &str, bundle: &Path) {
    let host = servers.folder().join("host");
    let (good, said) = toolcrib(&["export-bundle", "--config", config], &[bundle]);
    assert!(good, "{said}");
    let again = bundle.with_extension("again");
    assert!(toolcrib(&["export-bundle", "--config", config], &[&again, Path::new("daybook")]).0);
    for (file, other) in files(bundle).iter().zip(files(&again)) {
        // Lists are signed anew each time; everything else is the same, byte for byte.
        if !file.ends_with("revocations.dsse.json") {
            assert_eq!(std::fs::read(file).unwrap(), std::fs::read(other).unwrap(), "{}", file.display());
        }
    }
    let folder = std::fs::read_dir(host.join("artifacts")).unwrap().next().unwrap().unwrap().path();
    for place in [&host, &folder, &bundle.to_owned()] {
        let (good, said) = toolcrib(&["verify", "--config", config], &[place]);
        assert!(good && said.contains("PROVEN      daybook") && said.contains("not withdrawn"), "{said}");
    }
    // Other keys, other opinion.
    let stranger = ["verify", "--registry-key", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "--log-key"];
    let log = std::fs::read_to_string(config).unwrap();
    let log = log.lines().find_map(|line| line.strip_prefix("log_keys = [\"")).unwrap().trim_end_matches("\"]");
    let (good, said) = toolcrib(&[&stranger[..], &[log]].concat(), &[&folder]);
    assert!(!good && said.contains("revocation list"), "{said}");
}

/// A bundle with any altered byte is refused whole, with the reason, and leaves nothing.
fn is_refused_when_altered(config: &str, bundle: &Path, fresh: &Path) {
    let fresh_text = fresh.display().to_string();
    let import = ["import-bundle", "--config", config, "--data", &fresh_text];
    for file in files(bundle) {
        let good = std::fs::read(&file).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&file, &bad).unwrap();
        let (taken, said) = toolcrib(&import, &[bundle]);
        assert!(!taken && said.starts_with("toolcrib: "), "{}: {said}", file.display());
        std::fs::write(&file, good).unwrap();
    }
    assert_eq!(files(&fresh.join("artifacts")), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_revocation_reaches_the_host_and_stays_across_a_restart_and_a_bundle_needs_no_network() {
    let (servers, host) = Servers::with_tenants(1).await;
    let (tenant, token) = (servers.tenants[0].clone(), servers.token.clone());
    let config = servers.folder().join("host.toml").display().to_string();
    let (bundle, fresh) = (servers.folder().join("bundle"), servers.folder().join("fresh"));
    is_proven_offline(&servers, &config, &bundle);
    is_refused_when_altered(&config, &bundle, &fresh);
    assert_eq!(call(&host.url, &tenant, &token).await.0, 200);
    let fine = health(&host.url).await;
    assert!(fine.starts_with("ok\n") && fine.contains("is fresh"), "{fine}");

    // Yanked: no new subscription, the running one goes on.
    let admin = servers.admin().await;
    let stand = async |standing: &str, reason: &str| {
        let set = SetStanding { standing: standing.into(), reason: reason.into() };
        let version = admin.module("daybook").await.unwrap().versions[0].version.clone();
        admin.set_standing("daybook", &version, &set).await.unwrap()
    };
    let version = stand("yanked", "wrong sums").await.version;
    assert_eq!(call(&host.url, &tenant, &token).await.0, 200);
    let owner = toolcrib_registry_client::Client::new(&servers.registry.url).unwrap().with_token(&token);
    let other = toolcrib_registry_client::wire::NewTenant {
        org: "plant".into(),
        slug: "late".into(),
        name: "late".into(),
        time_zone: "Asia/Shanghai".into(),
    };
    owner.new_tenant(&other).await.unwrap();
    let subscribe = Subscribe { module: "daybook".into(), version: Some(version), ..Subscribe::default() };
    let late = servers.owner().await;
    assert_eq!(late.subscribe("late", &subscribe).await.unwrap_err().code(), Some("wrong-state"));

    // Revoked: the answer comes when the host has it in force.
    stand("revoked", "it sends data away").await;
    let revoked = call(&host.url, &tenant, &token).await;
    assert_eq!((revoked.0, revoked.1.as_str()), (403, "module-revoked"));
    assert!(revoked.2.contains("it sends data away"), "{revoked:?}");

    // Also without the registry, and across a restart.
    let data = servers.folder().join("host");
    let (folder, serve) = (servers.folder().to_owned(), |data: &Path| {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--config", &config, "--data"]).arg(data);
        command
    });
    let Servers { registry, .. } = &servers;
    registry.signal(rustix::process::Signal::KILL);
    assert_eq!(call(&host.url, &tenant, &token).await.1, "module-revoked");
    host.kill();
    let host = Process::start(&mut serve(&data), &folder, "again");
    assert_eq!(call(&host.url, &tenant, &token).await.1, "module-revoked");
    let (good, said) = toolcrib(&["verify", "--config", &config], &[&data]);
    assert!(!good && said.contains("version-revoked") && said.contains("it sends data away"), "{said}");
    host.stop();
    // Who knows better takes nothing from an older bundle.
    let known = data.display().to_string();
    let (taken, said) = toolcrib(&["import-bundle", "--config", &config, "--data", &known], &[&bundle]);
    assert!(!taken && said.contains("version-revoked"), "{said}");

    // A plant that never had a network, and has not heard of the revocation: everything comes from the bundle.
    let fresh_text = fresh.display().to_string();
    let (taken, said) = toolcrib(&["import-bundle", "--config", &config, "--data", &fresh_text], &[&bundle]);
    assert!(taken && said.contains("1 proven versions"), "{said}");
    // Whose tokens count is no part of a bundle; this plant was told.
    std::fs::copy(data.join("jwks.json"), fresh.join("jwks.json")).unwrap();
    let host = Process::start(&mut serve(&fresh), &folder, "fresh");
    assert_eq!(call(&host.url, &tenant, &token).await.0, 200);
    host.stop();
    drop(servers);
}

/// How long a list is good for in the story of the stale one.
const MAX_AGE: &str = "revocations_max_age_s = 5";
/// Two busy cores need a while.
const SOON: Duration = Duration::from_secs(60);

/// Somebody between host and registry, who holds back every newer revocation list.
async fn holding_back(registry: String) -> String {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let list = http.get(format!("{registry}/v1/revocations")).send().await.unwrap().text().await.unwrap();
    let pass = move |request: Request| {
        let (http, registry, list) = (http.clone(), registry.clone(), list.clone());
        async move {
            let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
            if path == "/v1/revocations" {
                return list.into_response();
            }
            let mut asked = http.get(format!("{registry}{path}"));
            if let Some(token) = request.headers().get("authorization") {
                asked = asked.header("authorization", token);
            }
            let answer = asked.send().await.unwrap();
            let status = answer.status();
            Response::builder().status(status).body(Body::from(answer.bytes().await.unwrap())).unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(pass)).await });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_list_stops_nothing_that_runs_and_holds_up_what_is_new_until_the_operator_says_otherwise() {
    let (servers, host) = Servers::with(1, Product { marketplace: MAX_AGE, ..Product::DAYBOOK }).await;
    host.stop();
    let between = holding_back(servers.registry.url.clone()).await;
    let config = servers.folder().join("host.toml");
    let text = std::fs::read_to_string(&config).unwrap().replace(&servers.registry.url, &between);
    std::fs::write(&config, &text).unwrap();
    let host = servers.serve();
    until_async("the list to be stale", SOON, || async {
        health(&host.url).await.contains("is stale since").then_some(())
    })
    .await;
    // The new tenant's subscription is not in force, and the old one's goes on.
    let owner = servers.owner().await;
    let late = subscribe(&owner, 1, Product::DAYBOOK).await;
    assert!(!owner.subscriptions(&late.id).await.unwrap()[0].in_force);
    let token = servers.owner_token().await;
    assert_eq!(call(&host.url, &servers.tenants[0], &token).await.0, 200);
    assert_eq!(call(&host.url, &late, &token).await.1, "not-subscribed");
    assert!(host.log().contains("nothing new is installed"), "{}", host.log());
    host.stop();
    std::fs::write(&config, format!("{text}allow_stale_revocations = true\n")).unwrap();
    let host = servers.serve();
    until_async("what is new", SOON, || async { (call(&host.url, &late, &token).await.0 == 200).then_some(()) }).await;
    assert!(host.log().contains("overrides the stale revocation list"), "{}", host.log());
    // Nor is a revocation confirmed whose list somebody holds back.
    let version = owner.module("daybook").await.unwrap().versions[0].version.clone();
    let set = SetStanding { standing: "revoked".into(), reason: "it leaks".into() };
    servers.admin().await.set_standing("daybook", &version, &set).await.unwrap();
    until_async("the host to notice", SOON, || async { host.log().contains("need revocation list").then_some(()) })
        .await;
    host.stop();

    std::fs::write(&config, text.replace(&between, &servers.registry.url)).unwrap();
    let host = servers.serve();
    until_async("the revocation", SOON, || async {
        (call(&host.url, &servers.tenants[0], &token).await.1 == "module-revoked").then_some(())
    })
    .await;
}
