//! An upgrade of two hosts on one database, one after the other, while commands go on.

use super::clients::Log;
use super::hosts::{Crew, Hosts};
use super::postgres::{TENANTS, clients, database, dice, judge, store};
use super::servers::{Product, Servers};
use crate::cluster::cluster;
use crate::wait::until_async;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use std::process::Command;

const HOSTS: usize = 2;
/// A host leaves as with the settings of its own, only sooner.
const DRAIN: &str = "[drain]\nannounce_s = 1\nfinish_s = 5\n";
/// Acknowledgements between two steps.
const BETWEEN: u64 = 20;

/// Runs a host that must not come up; what it says.
async fn refused(mut command: Command) -> String {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!output.status.success(), "it runs on a schema that it does not know: {said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_are_upgraded_one_after_the_other_and_no_command_is_lost_or_sent_away_by_both() {
    let Some(cluster) = cluster() else { return };
    let (mut dice, _) = dice(0);
    let url = database(cluster, "rolling").await;
    let config = format!("{}{DRAIN}", store(&url));
    let (servers, host) = Servers::with(TENANTS, Product { config: &config, ..Product::DAYBOOK }).await;
    host.stop();
    let log: &'static Log = Box::leak(Box::new(Log::new(&servers.folder().join("acknowledged.log"), TENANTS)));
    let mut hosts = Hosts::start(&servers, HOSTS).await;
    let mut clients = clients(&servers, &mut dice);
    // As a proxy sends them: what a host refuses goes to the other one at once.
    clients.iter_mut().for_each(|client| client.goes_elsewhere = true);
    let crew = Crew::start(clients, &hosts, log);
    for nth in 0..HOSTS {
        let goal = log.count() + BETWEEN;
        until_async("acknowledgements", super::hosts::SOON, || async { (log.count() >= goal).then_some(()) }).await;
        hosts.stop(nth);
        crew.go_on().await;
        hosts.begin(nth).await;
        crew.go_on().await;
    }
    // The new ones took a step that an old one does not know: it is not started again by mistake.
    let mut db = PgConnection::connect(&url).await.unwrap();
    let step = "INSERT INTO tc._sqlx_migrations(version, description, success, checksum, execution_time) \
        VALUES(9999, 'of the next version', true, '', 0)";
    db.execute(step).await.unwrap();
    let said = refused(servers.serve_command_as(HOSTS)).await;
    assert!(said.contains("9999") && said.contains("upgrade this host"), "{said}");
    db.execute("DELETE FROM tc._sqlx_migrations WHERE version = 9999").await.unwrap();
    crew.go_on().await;
    let most = crew.refusals();
    let clients = crew.end(hosts).await;
    // A client may have an address that was right a moment ago, and then meet the host that is just leaving.
    assert!(most <= HOSTS, "a command was sent away {most} times in a row");
    judge(&servers, &url, servers.serve(), clients, log).await;
}
