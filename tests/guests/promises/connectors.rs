//! Connectors: outside the tenant's turn, where the tenant agrees to, and nothing twice.

use crate::guests::outside::{Gate, Outside, away, says};
use crate::guests::plant::{Plant, agree, agree_to};
use crate::guests::tenant::Tenant;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, NOT_ALLOWED, NOT_CONSENTED, RETRY};
use toolcrib_runtime::{Actor, Outgoing, Request};

async fn pull(tenant: Tenant<'_>) -> Json {
    tenant.get("orders", "pull_orders", json!({})).await
}

async fn ticks(tenant: Tenant<'_>) -> Json {
    tenant.get("orders", "ticks", json!({})).await
}

/// The newest audit line of an action: actor and detail.
async fn audited(tenant: Tenant<'_>, action: &'static str) -> (String, Json) {
    let lines = tenant.file(|writer| writer.audit_after(0, 500)).await;
    let line = lines.into_iter().rfind(|line| line.action == action).expect("an audit line");
    (line.actor, serde_json::from_str(&line.detail).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_connector_fetches_its_command_stores_and_both_are_written_down() {
    let outside = Outside::new(|_| says("A-1\nA-2"));
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["orders"]).await;
    assert_eq!(pull(tenant).await, json!(2));
    assert_eq!(pull(tenant).await, json!(0), "fetched again, stored once");
    assert_eq!(tenant.get("orders", "orders", json!({})).await, json!(["A-1", "A-2"]));
    let reached = outside.reached();
    let Outgoing { tenant: from, slug, module, host, request, .. } = &reached[0];
    assert_eq!((*from, slug.as_str(), module.as_str(), host.as_str()), (tenant.id, "a", "orders", "erp.example.com"));
    assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", "https://erp.example.com/orders"));
    assert_eq!(reached[0].time, Duration::from_millis(limits::FETCH_MS));
    let (actor, detail) = audited(tenant, "pull_orders").await;
    assert_eq!((actor.as_str(), &detail["status"]), ("user:1", &json!(200)));
    assert_eq!(
        (&detail["requests"], &detail["operations"], &detail["received_bytes"]),
        (&json!(1), &json!(1), &json!(7))
    );
    assert!(detail["seed"].is_string() && detail["run"].is_string() && detail["wall_ms"].is_u64(), "{detail}");
    assert_eq!(audited(tenant, "store_orders").await.0, "module:orders");
    assert_eq!(tenant.usage_of("orders", "pull_orders").await.calls, 2);
    let stored = tenant.usage_of("orders", "store_orders").await;
    assert_eq!((stored.calls, stored.rows_written), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_repeated_under_its_key_repeats_nothing_that_was_kept() {
    let outside = Outside::new(|_| away());
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["orders"]).await;
    let again = || tenant.ask_once("one", "orders", "count_and_ask", json!({}));
    for _ in 0..3 {
        let problem = again().await.unwrap_err();
        assert!(problem.is(RETRY) && problem.status == 503, "{problem}");
        assert_eq!(ticks(tenant).await, json!(2), "asked for twice in one run, kept twice, whatever repeats it");
    }
    outside.now(|_| says("now"));
    assert_eq!(again().await.unwrap(), json!(3));
    let asked = outside.reached().len();
    assert_eq!((again().await.unwrap(), outside.reached().len()), (json!(3), asked), "the first answer, unasked");
    assert_eq!(tenant.ask("orders", "count_and_ask", json!({})).await.unwrap(), json!(6), "another run");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_without_consent_and_a_revocation_bites_in_the_middle_of_a_run() {
    let outside = Outside::new(|_| says("A-1"));
    let plant = outside.plant();
    let orders = plant.load("orders");
    let quiet = plant.tenant_with("quiet", vec![agree_to(&orders, |_| false)]).await;
    quiet.refused("orders", "pull_orders", json!({}), NOT_CONSENTED).await;
    assert_eq!(outside.reached().len(), 0);

    // While the outside thinks, the tenant withdraws: what the connector runs next is refused.
    let (gate, arrived) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
    let (held, seen) = (gate.clone(), arrived.clone());
    outside.now(move |_| {
        seen.open();
        held.pass();
        says("A-1")
    });
    let tenant = plant.tenant("a", &["orders"]).await;
    let (runtime, request) = (plant.runtime().clone(), tenant.request("orders", "pull_orders", json!({})));
    let running = tokio::spawn(async move { runtime.invoke(request).await });
    tokio::task::spawn_blocking(move || arrived.pass()).await.unwrap();
    tenant.agree(vec![agree_to(&orders, |_| false)]).await;
    gate.open();
    let problem = running.await.unwrap().unwrap_err();
    assert!(problem.is(NOT_CONSENTED), "{problem}");
    tenant.agree(vec![agree(&orders)]).await;
    assert_eq!(tenant.get("orders", "orders", json!({})).await, json!([]), "nothing was stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_are_asked_of_people_and_not_of_the_module() {
    let outside = Outside::new(|_| says("A-1"));
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["orders"]).await;
    let as_role = |operation: &str, role: &str| {
        let actor = Actor::new("user:2", role);
        tenant.send(Request { actor, ..tenant.request("orders", operation, json!({"numbers": []})) })
    };
    assert!(as_role("store_orders", "admin").await.unwrap_err().is(NOT_ALLOWED));
    let operator = Actor::new("user:2", "operator");
    let request = Request { actor: operator, ..tenant.request("orders", "pull_orders", json!({})) };
    assert!(tenant.send(request).await.unwrap_err().is(NOT_ALLOWED));
    assert_eq!(pull(tenant).await, json!(1), "an admin's connector runs what only owners may");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_outside_holds_up_neither_the_tenant_nor_its_neighbours() {
    let gate = Arc::new(Gate::default());
    let held = gate.clone();
    let outside = Outside::new(move |outgoing| {
        if outgoing.slug == "slow" {
            held.pass();
        }
        says("A-1")
    });
    let plant = outside.plant();
    let slow = plant.tenant("slow", &["orders", "ledger"]).await;
    let neighbour = plant.tenant("neighbour", &["orders", "ledger"]).await;
    let runs = limits::CONNECTORS_OF_TENANT + limits::CONNECTORS_WAITING;
    let mut running = Vec::new();
    for _ in 0..runs {
        let (runtime, request) = (plant.runtime().clone(), slow.request("orders", "pull_orders", json!({})));
        running.push(tokio::spawn(async move { runtime.invoke(request).await }));
    }
    let full = || async { (outside.reached().len() == limits::CONNECTORS_OF_TENANT).then_some(()) };
    slow.until("as many to run as may", full).await;
    // One more is refused; until then a probe that nobody waits for takes a place, and is passed over later.
    slow.until("the rest to wait", || refused_quietly(slow)).await;
    slow.note("commands are answered").await;
    assert_eq!(pull(neighbour).await, json!(1));
    assert_eq!(outside.reached().iter().filter(|out| out.slug == "slow").count(), limits::CONNECTORS_OF_TENANT);
    gate.open();
    let mut done = 0;
    for run in running {
        match run.await.unwrap() {
            Ok(_) => done += 1,
            Err(problem) => assert!(problem.is(BUSY), "{problem}"),
        }
    }
    assert!(done >= limits::CONNECTORS_OF_TENANT, "those that had a place are answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_runs_as_many_connectors_as_its_limit_says_and_the_rest_afterwards() {
    let gate = Arc::new(Gate::default());
    let held = gate.clone();
    let outside = Outside::new(move |_| {
        held.pass();
        says("A-1")
    });
    let plant = outside.plant();
    let mut running = Vec::new();
    for nth in 0..=limits::CONNECTORS / limits::CONNECTORS_OF_TENANT {
        let tenant = plant.tenant(&format!("t{nth}"), &["orders"]).await;
        for _ in 0..limits::CONNECTORS_OF_TENANT {
            let (runtime, request) = (plant.runtime().clone(), tenant.request("orders", "pull_orders", json!({})));
            running.push(tokio::spawn(async move { runtime.invoke(request).await }));
        }
    }
    let full = || async { (outside.reached().len() == limits::CONNECTORS).then_some(()) };
    plant.again("t0").until("as many to run as may", full).await;
    plant.again("t0").turns().await;
    assert_eq!(outside.reached().len(), limits::CONNECTORS, "no more run than the limit says");
    gate.open();
    for run in running {
        run.await.unwrap().unwrap();
    }
}

/// Whether one more connector of the tenant is refused; one that is not waits for nobody.
async fn refused_quietly(tenant: Tenant<'_>) -> Option<()> {
    let asked = tenant.ask("orders", "pull_orders", json!({}));
    match tokio::time::timeout(Duration::from_millis(100), asked).await {
        Ok(Err(problem)) if problem.is(BUSY) => Some(()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_starts_a_connector_again_and_again_until_the_outside_answers() {
    let outside = Outside::new(|_| away());
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["orders"]).await;
    let due = crate::guests::plant::START.plus_us(10_000_000).to_string();
    tenant.get("orders", "schedule", json!({"key": "k", "due": due})).await;
    tenant.after(10).await;
    let tried = |times: u64| {
        let tried = move || async move {
            let used = tenant.usage_of("orders", "count_and_ask").await;
            (used.calls == times).then_some(())
        };
        tenant.until("a try", tried)
    };
    tried(1).await;
    assert_eq!(tenant.timers().await[0].attempts, 1);
    tenant.after(10).await;
    tried(2).await;
    assert_eq!(ticks(tenant).await, json!(2), "the second try repeats nothing");
    // Set anew while it waits to be tried again: that is another run, with all its attempts.
    let due = plant.now().plus_us(1_000_000).to_string();
    tenant.get("orders", "schedule", json!({"key": "k", "due": due})).await;
    tenant.after(2).await;
    tried(3).await;
    assert_eq!((ticks(tenant).await, tenant.timers().await[0].attempts), (json!(4), 1));
    outside.now(|_| says("now"));
    tenant.after(20).await;
    tried(4).await;
    assert_eq!((ticks(tenant).await, tenant.timers().await.len()), (json!(5), 0));
    assert_eq!(audited(tenant, "count_and_ask").await.0, "timer");
    // The same timer set again is another run.
    let due = plant.now().plus_us(1_000_000).to_string();
    tenant.get("orders", "schedule", json!({"key": "k", "due": due})).await;
    tenant.after(2).await;
    tried(5).await;
    assert_eq!(ticks(tenant).await, json!(8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_keeps_failing_becomes_a_dead_letter_that_can_be_replayed() {
    let outside = Outside::new(|_| away());
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["orders"]).await;
    let due = crate::guests::plant::START.to_string();
    tenant.get("orders", "schedule", json!({"key": "k", "due": due})).await;
    for attempt in 1..=u64::from(limits::DELIVERY_ATTEMPTS) {
        let tried = || async { (tenant.usage_of("orders", "count_and_ask").await.calls == attempt).then_some(()) };
        tenant.until("a try", tried).await;
        tenant.after(4_400).await;
    }
    let dead = tenant.dead().await;
    assert_eq!(
        (dead.len(), dead[0].consumer.as_str(), dead[0].why.as_str()),
        (1, "orders/count_and_ask", "connection refused")
    );
    assert_eq!(tenant.timers().await, []);
    outside.now(|_| says("now"));
    assert_eq!(plant.runtime().replay(tenant.id, dead[0].id).await, Ok(true));
    tenant.after(1).await;
    tenant.until("the replay", || async { (ticks(tenant).await == json!(5)).then_some(()) }).await;
    assert_eq!(tenant.dead().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_failure_in_the_middle_of_a_run_repeats_nothing() {
    let (gate, arrived) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
    let (held, seen) = (gate.clone(), arrived.clone());
    let outside = Outside::new(move |_| {
        seen.open();
        held.pass();
        away()
    });
    let mut plant = outside.plant();
    let due = crate::guests::plant::START.to_string();
    plant.tenant("a", &["orders"]).await.get("orders", "schedule", json!({"key": "k", "due": due})).await;
    tokio::task::spawn_blocking(move || arrived.pass()).await.unwrap();
    let opener = std::thread::spawn(move || gate.open());
    plant.power_failure().await;
    opener.join().unwrap();
    outside.now(|_| says("now"));
    let tenant = plant.again("a");
    tenant.after(200).await;
    tenant.until("the second try", || async { (ticks(tenant).await == json!(3)).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_and_a_timer_that_sets_itself_start_connectors() {
    let outside = Outside::new(|_| says("A-1"));
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["orders"]).await;
    let reached = |times: usize| {
        let outside = outside.clone();
        let reached = move || {
            // What an event or a timer sets is due a second later at the earliest, whenever it came to that.
            tenant.plant.later(Duration::from_secs(1));
            let asked = outside.reached().len();
            async move { (asked == times).then_some(()) }
        };
        tenant.until("the outside to be asked", reached)
    };
    tenant.get("orders", "want", json!({"by": "wang"})).await;
    reached(1).await;
    tenant.get("orders", "follow", json!({})).await;
    for time in 2..=4 {
        reached(time).await;
        tenant.after(600).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_without_a_way_out_says_so() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["orders"]).await;
    tenant.refused("orders", "pull_orders", json!({}), RETRY).await;
}
