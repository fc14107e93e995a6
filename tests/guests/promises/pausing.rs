//! A module that its tenant halted runs nothing; once it goes on, it hears what happened meanwhile.

use crate::guests::plant::{Plant, START};
use crate::guests::tenant::{Tenant, texts};
use serde_json::json;
use toolcrib_contract::problem::{MODULE_PAUSED, Problem};
use toolcrib_contract::signal::Sample;

const OWNER: &str = "user:1";

async fn pause(tenant: Tenant<'_>, module: &str, paused: bool) -> bool {
    tenant.plant.runtime().pause(tenant.id, module, OWNER, paused).await.expect("the file is well")
}

async fn asked(tenant: Tenant<'_>) -> Result<(), Problem> {
    tenant.ask("reader", "changes", json!({})).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_module_is_refused_and_hears_afterwards_what_happened_meanwhile() {
    let mut plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    tenant.turns().await;
    assert!(pause(tenant, "reader", true).await && !pause(tenant, "reader", true).await);
    assert!(!pause(tenant, "absent", true).await);
    tenant.note("while it slept").await;
    tenant.post("press.state", &[(1, Sample::Word { value: "run".into() })]).await;
    tenant.turns().await;
    let problem = asked(tenant).await.unwrap_err();
    assert!(problem.is(MODULE_PAUSED) && problem.status == MODULE_PAUSED.status, "{problem:?}");
    tenant.refused("reader", "heard", json!({}), MODULE_PAUSED).await;
    // It stays so over a restart, and over a new agreement of the tenant.
    plant.power_failure().await;
    let tenant = plant.again("a");
    tenant.turns().await;
    let modules =
        vec![crate::guests::plant::agree(&plant.load("ledger")), crate::guests::plant::agree(&plant.load("reader"))];
    tenant.agree(modules).await;
    assert!(asked(tenant).await.is_err_and(|problem| problem.is(MODULE_PAUSED)));
    let view = plant.runtime().tenant("a").unwrap();
    assert_eq!((view.modules.len(), view.paused.len()), (1, 1));
    assert_eq!((view.paused[0].module.manifest.module.as_str(), view.paused[0].by.as_str()), ("reader", OWNER));
    assert_eq!(tenant.usage_of("reader", "noted").await.calls, 0, "nothing of it ran");
    assert!(pause(tenant, "reader", false).await);
    let heard = tenant.until("what happened", || async {
        let heard = tenant.get("reader", "heard", json!({})).await;
        let changes = tenant.get("reader", "changes", json!({})).await;
        (heard != json!([]) && changes != json!([])).then_some((heard, changes))
    });
    let (heard, changes) = heard.await;
    assert_eq!(heard, json!(["while it slept"]));
    assert_eq!(texts(&changes, "value"), ["run"]);
    let acts = tenant.file(|writer| writer.audit_after(0, 500)).await;
    let acts: Vec<_> =
        acts.iter().filter(|row| row.actor == OWNER && row.module == "reader").map(|row| &*row.action).collect();
    assert!(acts.contains(&"paused") && acts.contains(&"resumed"), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_of_a_paused_module_wait_and_its_end_forgets_the_pause() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let due = START.plus_us(10_000_000).to_string();
    tenant.get("ledger", "remind", json!({"key": "k", "text": "tea", "due": due, "fails_until": due})).await;
    assert!(pause(tenant, "ledger", true).await);
    tenant.after(30).await;
    assert_eq!(tenant.timers().await.len(), 1);
    assert!(pause(tenant, "ledger", false).await);
    tenant.after(60).await;
    assert_eq!(tenant.seen("reminded").await, ["tea"]);
    assert!(pause(tenant, "ledger", true).await);
    tenant.agree(vec![]).await;
    tenant.agree(vec![crate::guests::plant::agree(&plant.load("ledger"))]).await;
    assert_eq!(tenant.seen("reminded").await, ["tea"], "whoever subscribes again finds it running");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_may_still_read_what_a_paused_module_shares_and_are_told_when_they_call_it() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    tenant.get("ledger", "open", json!({"code": "c", "kind": "k", "balance": 5, "owner": null})).await;
    let before = tenant.get("reader", "peek", json!({"code": "c"})).await;
    assert!(pause(tenant, "ledger", true).await);
    assert_eq!(tenant.get("reader", "peek", json!({"code": "c"})).await, before);
    let problem = tenant.ask("reader", "pay", json!({"code": "c", "amount": 1, "then": "pass"})).await.unwrap_err();
    assert_eq!(problem.code, "module-paused");
}
