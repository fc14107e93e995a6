//! Several hosts on one database: what each of them may do to what is everybody's.

use super::atomic::hold;
use crate::chaos::postgres::database;
use crate::cluster::{Cluster, cluster};
use crate::guests::plant::{Plant, SOON, Setup, agree};
use crate::guests::tenant::Tenant;
use crate::wait::until_async;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use toolcrib_contract::problem::{NOT_SUBSCRIBED, TIMEOUT, UNAVAILABLE};
use toolcrib_runtime::{Courier, Delivery, TenantGrant};
use toolcrib_store::{Home, Postgres, TenantOptions};

/// The outside world: writes down what comes, and answers when it is let.
struct Slow {
    came: Mutex<Vec<String>>,
    answers: Semaphore,
}

impl Slow {
    fn new(answers: usize) -> Arc<Self> {
        Arc::new(Self { came: Mutex::default(), answers: Semaphore::new(answers) })
    }

    fn came(&self) -> Vec<String> {
        self.came.lock().unwrap().clone()
    }

    async fn until_came(&self, count: usize) {
        until_async("something to come", SOON, || async { (self.came().len() >= count).then_some(()) }).await;
    }
}

impl Courier for Slow {
    fn deliver(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async move {
            self.came.lock().unwrap().push(delivery.id.to_string());
            self.answers.acquire().await.map_err(|error| error.to_string())?.forget();
            Ok(())
        })
    }
}

/// Two hosts on a database of this name, each with its way to the outside; none without PostgreSQL.
async fn two_hosts(name: &str, couriers: [&Arc<Slow>; 2]) -> Option<([Plant; 2], PgConnection)> {
    Some(two_hosts_on(cluster()?, name, couriers).await)
}

async fn two_hosts_on(cluster: &Cluster, name: &str, couriers: [&Arc<Slow>; 2]) -> ([Plant; 2], PgConnection) {
    let url = database(cluster, name).await;
    let connect = || {
        let url = url.clone();
        tokio::task::spawn_blocking(move || Postgres::connect(&url, 6).unwrap())
    };
    // Two machines have chances of their own: with the same one they would give the same ids.
    let plant = |database: Postgres, courier: &Arc<Slow>, seed| {
        let tenant = TenantOptions { database: Some(database), ..TenantOptions::default() };
        Plant::with(Setup { tenant, courier: Some(courier.clone()), seed, ..Setup::default() })
    };
    let plants = [plant(connect().await.unwrap(), couriers[0], 7), plant(connect().await.unwrap(), couriers[1], 8)];
    // As the login, which sees everything.
    (plants, PgConnection::connect(&url).await.unwrap())
}

/// Asked again under its key while the server, which many share here, is not to be had.
async fn notify(tenant: Tenant<'_>, key: &str) -> String {
    let input = json!({"target": "https://hooks.example.com/in", "body": "hello"});
    let noted = || async {
        match tenant.ask_once(key, "ledger", "notify", input.clone()).await {
            Err(problem) if problem.is(UNAVAILABLE) => None,
            answer => Some(answer.unwrap()),
        }
    };
    tenant.until("the effect to be noted", noted).await.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hosts_that_know_of_an_effect_one_sends_it() {
    let outside = Slow::new(0);
    let Some(([one, two], _)) = two_hosts("one_sends", [&outside, &outside]).await else { return };
    let [a, b] = [one.tenant("a", &["ledger"]).await, two.tenant("a", &["ledger"]).await];
    let mut ids = [notify(a, "notify-1").await, notify(b, "notify-2").await];
    let meanwhile = async {
        outside.until_came(1).await;
        assert_eq!(two.runtime().send_effects(b.id).await, Ok(0), "the other one is at it");
        assert_eq!(outside.came().len(), 1);
        outside.answers.add_permits(9);
    };
    let (sent, ()) = tokio::join!(one.runtime().send_effects(a.id), meanwhile);
    assert_eq!(sent, Ok(2));
    assert_eq!(two.runtime().send_effects(b.id).await, Ok(0), "nothing is left to send");
    let mut came = outside.came();
    came.sort();
    ids.sort();
    assert_eq!(came, ids, "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_host_that_is_taken_for_dead_was_sending_another_one_sends_under_the_same_id() {
    let (frozen, well) = (Slow::new(0), Slow::new(9));
    let Some(([one, two], mut db)) = two_hosts("gone_sends", [&frozen, &well]).await else { return };
    let [a, b] = [one.tenant("a", &["ledger"]).await, two.tenant("a", &["ledger"]).await];
    let id = notify(a, "notify-3").await;
    let meanwhile = async {
        frozen.until_came(1).await;
        assert_eq!(two.runtime().send_effects(b.id).await, Ok(0));
        // The server ends the transaction of a host that it does not hear any more.
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted \
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(sqlx::query(sql).fetch_one(&mut db).await.unwrap().get::<i64, _>(0), 1);
        let taken_over = || async { (two.runtime().send_effects(b.id).await == Ok(1)).then_some(()) };
        until_async("the other host to send it", SOON, taken_over).await;
        frozen.answers.add_permits(1);
    };
    let (late, ()) = tokio::join!(one.runtime().send_effects(a.id), meanwhile);
    assert_eq!(late, Ok(1), "it wakes up and finds its work done");
    assert_eq!((frozen.came(), well.came()), (vec![id.clone()], vec![id]), "the receiver sees that it is the same");
    assert_eq!(a.effects().await, []);
}

/// Balances that were posted, as events tell them.
fn balances(bodies: impl Iterator<Item = String>) -> Vec<i64> {
    let balance = |body: String| serde_json::from_str::<serde_json::Value>(&body).unwrap()["balance"].as_i64();
    bodies.map(|body| balance(body).unwrap()).collect()
}

/// The process of the server that serves whoever has just written junk, has looked at it, and spins since.
async fn spinning(db: &mut PgConnection) -> i32 {
    let looked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
        AND state = 'idle in transaction' AND query LIKE 'SELECT %\\_junk WHERE %'";
    let db = tokio::sync::Mutex::new(db);
    let found = || async {
        let found = sqlx::query(looked).fetch_optional(&mut **db.lock().await).await.unwrap();
        found.map(|row| row.get(0))
    };
    until_async("it to spin", SOON, found).await
}

/// Three commands of a turn, of which the second one fails after another host came between. Whether the first one was still
/// nobody's then: on a machine with much to do it may have had a turn of its own before.
async fn broken_off([a, b]: [Tenant<'_>; 2], db: &mut PgConnection) -> bool {
    let post = |amount| json!({"code": "cash", "amount": amount});
    a.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 50})).await;
    a.get("ledger", "post", post(0)).await;
    let before = a.events().await.last().unwrap().seq;
    let mut live = a.plant.runtime().live(a.id).unwrap();
    let held = hold(a).await;
    let first = a.ask_once("first", "ledger", "post", post(1));
    // It writes, and then spins until its time is over.
    let second = a.ask("hostile", "spin", json!({}));
    let third = a.ask_once("third", "ledger", "post", post(2));
    let meanwhile = async {
        drop(held);
        let pid = spinning(db).await;
        // Its connection breaks, which it hears when it is over; the other host has its turn.
        let end = sqlx::query("SELECT pg_terminate_backend($1, 10000)").bind(pid);
        assert!(end.fetch_one(db).await.unwrap().get::<bool, _>(0));
        b.get("ledger", "post", post(100)).await
    };
    let (first, second, third, other) = tokio::join!(biased; first, second, third, meanwhile);
    let (first, third) = (first.unwrap(), third.unwrap());
    let was_open = other == json!(150);
    // What nobody had heard of is as if it had never been; its caller hears of the time that counts.
    let both = if was_open { [150, 151] } else { [51, 151] };
    assert_eq!(first, both[usize::from(was_open)]);
    assert_eq!(other, both[usize::from(!was_open)]);
    assert_eq!(third, json!(153));
    assert!(second.unwrap_err().is(TIMEOUT));
    let all = [50, both[0], both[1], 153];
    for tenant in [a, b] {
        let posted = tenant.events().await.into_iter().filter(|event| event.name == "posted");
        assert_eq!(balances(posted.map(|event| event.body)), all);
        assert_eq!(tenant.get("ledger", "whole", json!({"code": "cash"})).await["balance"], 153);
    }
    let mut heard = Vec::new();
    while heard.len() < 3 {
        let event = tokio::time::timeout(SOON, live.recv()).await.expect("it is told").unwrap();
        heard.extend((event.name == "posted" && event.seq > before).then_some(event.body));
    }
    assert_eq!(balances(heard.into_iter()), all[1..], "whoever listens hears each once, the other host's too");
    let used = a.usage_of("ledger", "post").await;
    assert_eq!((used.calls, used.faults, used.events), (4, 0, 4), "counted once each");
    assert_eq!(a.usage_of("hostile", "spin").await.faults, 1);
    a.file(|writer| writer.verify_audit()).await;
    assert_eq!(b.ask_once("first", "ledger", "post", post(1)).await.unwrap(), first, "the same answer anywhere");
    was_open
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_begins_anew_behind_another_host_stands_on_what_that_one_did() {
    let Some(_) = cluster() else { return };
    // A server of its own: nobody is to break these turns off but the test.
    let own = Cluster::start().unwrap();
    let nobody = Slow::new(0);
    let ([one, two], mut db) = two_hosts_on(&own, "anew_behind", [&nobody, &nobody]).await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        let modules = ["ledger", "hostile"];
        let both = [one.tenant(name, &modules).await, two.tenant(name, &modules).await];
        if broken_off(both, &mut db).await {
            return;
        }
    }
    panic!("the first one had a turn of its own each time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_take_turns_leave_no_handler_behind() {
    let nobody = Slow::new(0);
    let Some(([one, two], mut db)) = two_hosts("take_turns", [&nobody, &nobody]).await else { return };
    let modules = ["ledger", "reader"];
    let [a, b] = [one.tenant("a", &modules).await, two.tenant("a", &modules).await];
    a.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 0})).await;
    for _ in 1..=150 {
        // Of neither host's memory anything is left for the next turn.
        for tenant in [a, b] {
            tenant.get("ledger", "post", json!({"code": "cash", "amount": 1})).await;
        }
    }
    // What follows from the last of them comes a moment later.
    let sql = "SELECT max(e.seq) - (SELECT seq FROM tc.cursor WHERE consumer = 'reader/noted') FROM tc.event e";
    let db = tokio::sync::Mutex::new(&mut db);
    let near = || async {
        let behind: i64 = sqlx::query(sql).fetch_one(&mut **db.lock().await).await.unwrap().get(0);
        (behind < 100).then_some(())
    };
    until_async("it to be fewer events behind than a turn reads", SOON, near).await;
    a.note("after all of these").await;
    let heard = || async { (b.get("reader", "heard", json!({})).await == json!(["after all of these"])).then_some(()) };
    b.until("it to be heard", heard).await;
}

/// What the database says of a module of the only tenant: its state, and what was ever written about it in the audit.
async fn written(db: &mut PgConnection, module: &str) -> (String, Vec<String>) {
    let sql = "SELECT state FROM tc.subscription WHERE module = $1";
    let state = sqlx::query(sql).bind(module).fetch_one(&mut *db).await.unwrap().get(0);
    let sql = "SELECT action FROM tc.audit WHERE module = $1 AND actor = 'registry' ORDER BY id";
    let actions = sqlx::query(sql).bind(module).fetch_all(db).await.unwrap();
    (state, actions.iter().map(|row| row.get(0)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_with_older_entitlements_leaves_what_a_newer_one_wrote_until_it_hears_the_same() {
    let outside = Slow::new(0);
    let Some(([one, two], mut db)) = two_hosts("older_entitlements", [&outside, &outside]).await else { return };
    let [a, b] = [one.tenant("a", &[]).await, two.tenant("a", &[]).await];
    let grants = [&one, &two].map(|plant| {
        let [ledger, mirror] = ["ledger", "mirror"].map(|name| agree(&plant.load(name)));
        let both = TenantGrant { modules: vec![ledger.clone(), mirror], ..plant.grant(a.id) };
        (both.clone(), TenantGrant { modules: vec![ledger], ..both })
    });
    let [(both, less), (both_of_two, less_of_two)] = grants;
    one.runtime().apply_of(5, both.clone()).await;
    two.runtime().apply_of(5, both_of_two.clone()).await;
    b.get("mirror", "bounce", json!({"left": 0})).await;
    assert_eq!(written(&mut db, "mirror").await, ("active".to_owned(), vec!["subscribed".to_owned()]));

    // One hears that the module was cancelled; the other one works on, and even makes up its mind anew.
    one.runtime().apply_of(6, less.clone()).await;
    let cancelled = ("cancelled".to_owned(), vec!["subscribed".to_owned(), "cancelled".to_owned()]);
    assert_eq!(written(&mut db, "mirror").await, cancelled);
    b.note("of the one that is behind").await;
    b.refused("mirror", "bounce", json!({"left": 0}), NOT_SUBSCRIBED).await;
    two.runtime().apply_of(5, TenantGrant { name: "Works, renamed".to_owned(), ..both_of_two.clone() }).await;
    b.note("again").await;
    b.refused("mirror", "bounce", json!({"left": 0}), NOT_SUBSCRIBED).await;
    assert_eq!(written(&mut db, "mirror").await, cancelled, "an older agreement overwrites nothing");

    // Then the other way round: who is ahead writes, who was ahead leaves it.
    two.runtime().apply_of(7, both_of_two).await;
    one.runtime().apply_of(6, TenantGrant { name: "Works, renamed".to_owned(), ..less }).await;
    a.note("of the one that was ahead").await;
    b.get("mirror", "bounce", json!({"left": 0})).await;
    let anew = ("active".to_owned(), ["subscribed", "cancelled", "subscribed"].map(str::to_owned).to_vec());
    assert_eq!(written(&mut db, "mirror").await, anew);
    one.runtime().apply_of(7, both).await;
    a.get("mirror", "bounce", json!({"left": 0})).await;
    two.runtime().apply_of(8, less_of_two).await;
    a.note("behind once more").await;
    a.refused("mirror", "bounce", json!({"left": 0}), NOT_SUBSCRIBED).await;
}

/// What a tenant of a host on files has, as the bytes of its archive.
fn archived(home: &Home) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut take = |line: &str| {
        bytes.extend(line.as_bytes());
        Ok(())
    };
    home.archive().unwrap().write_file(&json!({}), &[], &|_, _, _| None, &mut take).unwrap();
    bytes
}

/// Names of records that the tenant has tables of, by module.
async fn recorded(db: &mut PgConnection) -> Vec<(String, String)> {
    let rows = sqlx::query("SELECT module, record FROM tc.record_table ORDER BY 1, 2").fetch_all(db).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_comes_from_an_archive_while_hosts_serve_it_goes_on_with_all_its_modules() {
    let outside = Slow::new(0);
    let Some(([one, two], mut db)) = two_hosts("comes_while_served", [&outside, &outside]).await else { return };
    let before = Plant::new();
    let old = before.tenant("a", &["ledger"]).await;
    old.note("from before").await;
    let archive = archived(&before.home(old.id));

    // Both hosts have it open, with a module more than it had where it comes from.
    let [a, b] = [one.tenant("a", &["ledger", "parts"]).await, two.tenant("a", &["ledger", "parts"]).await];
    for tenant in [a, b] {
        assert_eq!(tenant.notes().await, [""; 0]);
    }
    let known = recorded(&mut db).await;
    assert!(known.iter().any(|(module, _)| module == "parts"), "{known:?}");
    let home = one.home(a.id);
    let comes = tokio::task::spawn_blocking(move || {
        toolcrib_store::import(&mut archive.as_slice(), &home.aside(), &TenantOptions::default()).unwrap();
        home.settle(&TenantOptions::default()).unwrap();
    });
    comes.await.unwrap();
    assert!(recorded(&mut db).await.iter().all(|(module, _)| module == "ledger"), "as it was where it comes from");

    a.note("of the first").await;
    b.note("of the second").await;
    for tenant in [a, b] {
        // Each host has a clock of its own, and ids are in their order.
        let notes: BTreeSet<_> = tenant.notes().await.into_iter().collect();
        assert_eq!(notes, BTreeSet::from(["from before", "of the first", "of the second"].map(str::to_owned)));
    }
    assert_eq!(recorded(&mut db).await, known, "the tables of its other module are its own again");
    assert_eq!(written(&mut db, "parts").await, ("active".to_owned(), vec!["subscribed".to_owned()]));
}
