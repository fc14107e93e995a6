//! Timers run once, at their time, and survive.

use crate::guests::plant::{Plant, START};
use crate::guests::tenant::Tenant;
use serde_json::json;
use std::time::Duration;
use toolcrib_contract::limits;

async fn remind(tenant: Tenant<'_>, key: &str, text: &str, due_s: i64, fails_until_s: i64) {
    let at = |second: i64| START.plus_us(second * 1_000_000).to_string();
    let input = json!({"key": key, "text": text, "due": at(due_s), "fails_until": at(fails_until_s)});
    tenant.get("ledger", "remind", input).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_run_once_in_the_order_of_their_times() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    for (key, due) in [("c", 30), ("a", 10), ("b", 20)] {
        remind(tenant, key, key, due, 0).await;
    }
    tenant.after(9).await;
    assert_eq!(tenant.seen("reminded").await, [""; 0], "not before its time");
    tenant.after(1).await;
    assert_eq!(tenant.seen("reminded").await, ["a"]);
    tenant.after(60).await;
    tenant.after(3_600).await;
    assert_eq!(tenant.seen("reminded").await, ["a", "b", "c"]);
    assert_eq!(tenant.timers().await, []);
    let rows = tenant.get("ledger", "seen", json!({"kind": "reminded"})).await;
    assert!(rows[0]["at"].as_str().unwrap().starts_with("2026-11-24T08:00:10"), "{}", rows[0]["at"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_wakes_its_tenant_without_anybody_asking() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    remind(tenant, "a", "by itself", 10, 0).await;
    plant.later(Duration::from_secs(11));
    tenant.until("the timer", || async { (tenant.seen("reminded").await == ["by itself"]).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_set_again_replaces_the_first_and_a_cancelled_one_never_runs() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    remind(tenant, "a", "first", 10, 0).await;
    remind(tenant, "a", "second", 20, 0).await;
    remind(tenant, "b", "cancelled", 20, 0).await;
    assert_eq!(tenant.get("ledger", "forget", json!({"key": "b"})).await, json!(true));
    assert_eq!(tenant.get("ledger", "forget", json!({"key": "b"})).await, json!(false));
    tenant.after(15).await;
    assert_eq!(tenant.seen("reminded").await, [""; 0]);
    tenant.after(15).await;
    assert_eq!(tenant.seen("reminded").await, ["second"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_that_is_due_during_a_power_failure_runs_afterwards_once() {
    let mut plant = Plant::new();
    remind(plant.tenant("a", &["ledger"]).await, "a", "late", 10, 0).await;
    plant.later(Duration::from_secs(60));
    plant.power_failure().await;
    let tenant = plant.again("a");
    tenant.until("the timer", || async { (tenant.seen("reminded").await == ["late"]).then_some(()) }).await;
    plant.power_failure().await;
    let tenant = plant.again("a");
    tenant.turns().await;
    assert_eq!(tenant.seen("reminded").await, ["late"]);
}

/// Files of the tenant that this process has open.
fn open_files(tenant: Tenant<'_>) -> usize {
    let dir = tenant.plant.dir(tenant.id);
    let open =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    open.filter(|path| path.starts_with(&dir)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_nobody_uses_is_closed_and_still_wakes_for_its_timer() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    remind(tenant, "a", "by itself", 3_600, 0).await;
    tenant.get("ledger", "empty", json!({})).await;
    assert!(open_files(tenant) > 0);
    plant.later(Duration::from_secs(61));
    tenant.until("its files to be closed", || async { (open_files(tenant) == 0).then_some(()) }).await;
    plant.later(Duration::from_secs(3_600));
    // Looking at the folder wakes nobody.
    tenant.until("it to wake", || async { (open_files(tenant) > 0).then_some(()) }).await;
    tenant.turns().await;
    assert_eq!(tenant.seen("reminded").await, ["by itself"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_that_fails_is_tried_again_and_then_becomes_a_dead_letter() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    remind(tenant, "a", "twice", 10, 13).await;
    remind(tenant, "b", "never", 10, 1_000_000).await;
    tenant.after(10).await;
    tenant.after(4).await;
    assert_eq!(tenant.seen("reminded").await, ["twice"]);
    for _ in 0..limits::DELIVERY_ATTEMPTS {
        tenant.after(4_400).await;
    }
    let dead = tenant.dead().await;
    assert_eq!(
        dead.iter().map(|dead| (dead.consumer.as_str(), dead.why.as_str())).collect::<Vec<_>>(),
        [("ledger/reminded", "not yet")]
    );
    assert_eq!(tenant.timers().await, []);
    tenant.after(2_000_000).await;
    assert_eq!(plant.runtime().replay(tenant.id, dead[0].id).await, Ok(true));
    assert_eq!(tenant.seen("reminded").await, ["twice", "never"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_of_a_cancelled_module_wakes_nobody() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    remind(tenant, "a", "nobody", 10, 0).await;
    let ledger = crate::guests::plant::agree(&plant.load("ledger"));
    tenant.agree(Vec::new()).await;
    tenant.after(60).await;
    tenant.agree(vec![ledger]).await;
    tenant.after(60).await;
    assert_eq!(tenant.seen("reminded").await, [""; 0]);
}
