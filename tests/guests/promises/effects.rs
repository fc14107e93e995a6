//! Effects leave after the commit, at least once, under an id that stays the same.

use crate::guests::plant::{Plant, Setup, agree_to};
use crate::guests::tenant::Tenant;
use serde_json::json;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toolcrib_contract::Capability;
use toolcrib_contract::problem::NOT_CONSENTED;
use toolcrib_runtime::{Courier, Delivery};

/// The outside world: remembers what reached it, and is away when told so.
#[derive(Default)]
struct Outside {
    reached: Mutex<Vec<Delivery>>,
    away: AtomicBool,
    /// Deliveries that reach it while its answer is lost on the way back.
    mute: AtomicU32,
}

impl Courier for Outside {
    fn deliver(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async move {
            if self.away.load(Ordering::Acquire) {
                return Err("connection refused".to_owned());
            }
            self.reached.lock().unwrap().push(delivery);
            let mute = self.mute.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
            if mute.is_ok() { Err("no answer".to_owned()) } else { Ok(()) }
        })
    }
}

impl Outside {
    fn plant(self: &Arc<Self>) -> Plant {
        Plant::with(Setup { courier: Some(self.clone()), ..Setup::default() })
    }

    fn bodies(&self) -> Vec<String> {
        self.reached.lock().unwrap().iter().map(|delivery| String::from_utf8(delivery.body.clone()).unwrap()).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.reached.lock().unwrap().iter().map(|delivery| delivery.id.to_string()).collect()
    }
}

const HOOK: &str = "https://hooks.example.com/in";

async fn notify(tenant: Tenant<'_>, body: &str) -> String {
    let id = tenant.get("ledger", "notify", json!({"target": HOOK, "body": body})).await;
    id.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_leaves_once_committed_with_the_id_its_sender_was_told() {
    let outside = Arc::new(Outside::default());
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let id = notify(tenant, "hello").await;
    tenant.ask("ledger", "fail", json!({"how": "trap"})).await.unwrap_err();
    assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(1));
    assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(0));
    assert_eq!((outside.bodies(), outside.ids()), (vec!["hello".to_owned()], vec![id]));
    let reached = outside.reached.lock().unwrap();
    let Delivery { tenant: from, module, target, .. } = &reached[0];
    assert_eq!((*from, module.as_str(), target.as_str()), (tenant.id, "ledger", HOOK));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_waits_while_the_outside_is_away_and_leaves_under_the_same_id() {
    let outside = Arc::new(Outside::default());
    outside.away.store(true, Ordering::Release);
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let id = notify(tenant, "hello").await;
    assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(0));
    assert_eq!(tenant.effects().await[0].attempts, 1);
    outside.away.store(false, Ordering::Release);
    outside.mute.store(1, Ordering::Release);
    assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(0), "not again before its time");
    plant.later(Duration::from_secs(5));
    assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(0), "it arrived, but the answer was lost");
    plant.later(Duration::from_secs(10));
    assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(1));
    assert_eq!(outside.ids(), [id.clone(), id], "at least once: the receiver sees by the id that it is the same");
    assert_eq!(tenant.effects().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_survives_a_power_failure() {
    let outside = Arc::new(Outside::default());
    let mut plant = outside.plant();
    let id = notify(plant.tenant("a", &["ledger"]).await, "hello").await;
    plant.power_failure().await;
    let tenant = plant.again("a");
    assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(1));
    assert_eq!(outside.ids(), [id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn effects_go_only_where_the_tenant_agreed() {
    let outside = Arc::new(Outside::default());
    let plant = outside.plant();
    let tenant = plant.tenant("a", &["ledger"]).await;
    for target in [
        "https://elsewhere.example.com/in",
        "http://hooks.example.com/in",
        "https://hooks.example.com:444/in",
        "https://hooks.example.com@elsewhere.example.com/",
        "https://hooks.example.com.elsewhere.example/",
        "hooks.example.com",
        "",
    ] {
        tenant.refused("ledger", "notify", json!({"target": target, "body": "x"}), NOT_CONSENTED).await;
    }
    let quiet = plant
        .tenant_with(
            "quiet",
            vec![agree_to(&plant.load("ledger"), |grant| !matches!(grant, Capability::Outbound { .. }))],
        )
        .await;
    quiet.refused("ledger", "notify", json!({"target": HOOK, "body": "x"}), NOT_CONSENTED).await;
    for tenant in [tenant, quiet] {
        assert_eq!(plant.runtime().send_effects(tenant.id).await, Ok(0));
    }
    assert_eq!(outside.bodies(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_that_nobody_carries_waits_without_keeping_the_host_busy() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    notify(tenant, "hello").await;
    assert!(looks_in_a_second(&plant) < IDLE_LOOKS, "an effect keeps waking its tenant");
    assert_eq!(tenant.effects().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_of_a_suspended_tenant_waits_without_keeping_the_host_busy() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let at = crate::guests::plant::START.to_string();
    let grant = plant.grant(tenant.id);
    let later = crate::guests::plant::START.plus_us(10_000_000).to_string();
    tenant.get("ledger", "remind", json!({"key": "k", "text": "x", "due": later, "fails_until": at})).await;
    plant.apply(toolcrib_runtime::TenantGrant { active: false, ..grant }).await;
    tenant.after(60).await;
    assert!(looks_in_a_second(&plant) < IDLE_LOOKS, "a timer that may not run keeps waking its tenant");
    assert_eq!(tenant.timers().await.len(), 1);
}

/// Far above what an idle host needs, far below what one needs that turns in circles.
const IDLE_LOOKS: u64 = 200;

/// How often the host looks at its clock, which it does in every turn.
fn looks_in_a_second(plant: &Plant) -> u64 {
    let (before, started) = (plant.looks(), std::time::Instant::now());
    let over = || (started.elapsed() > Duration::from_secs(1)).then_some(());
    crate::wait::until("a second to pass", Duration::from_secs(10), over);
    plant.looks() - before
}
