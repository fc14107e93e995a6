//! A call to another module's operation joins the same transaction.

use crate::guests::plant::Plant;
use crate::guests::tenant::{Tenant, numbers, texts};
use serde_json::{Value as Json, json};
use toolcrib_contract::problem::{MODULE_FAULT, NOT_ALLOWED};
use toolcrib_runtime::{Actor, Request};

async fn shop(plant: &Plant) -> Tenant<'_> {
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 100})).await;
    tenant
}

fn pay(amount: i64, then: &str) -> Json {
    json!({"code": "cash", "amount": amount, "then": then})
}

async fn balance(tenant: Tenant<'_>) -> Json {
    tenant.get("ledger", "whole", json!({"code": "cash"})).await["balance"].clone()
}

async fn outcomes(tenant: Tenant<'_>) -> Vec<String> {
    texts(&tenant.get("reader", "payments", json!({})).await, "outcome")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caller_and_callee_are_kept_together() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    assert_eq!(tenant.get("reader", "pay", pay(-30, "pass")).await, json!(70));
    assert_eq!(balance(tenant).await, json!(70));
    assert_eq!(numbers(&tenant.get("reader", "payments", json!({})).await, "amount"), [-30]);
    let events = tenant.events().await;
    assert_eq!(
        events.iter().map(|event| (event.module.as_str(), event.name.as_str())).collect::<Vec<_>>(),
        [("ledger", "posted")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_of_the_callee_undoes_its_part_alone() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    // `post` writes and emits before it rejects; none of that stays, the caller's own row does.
    assert_eq!(tenant.get("reader", "pay", pay(-500, "carry")).await, json!(0));
    assert_eq!(balance(tenant).await, json!(100));
    assert_eq!(outcomes(tenant).await, ["overdrawn"]);
    assert_eq!(tenant.events().await, []);
    // A second call in the same command is not hurt by the first one's failure.
    assert_eq!(tenant.get("reader", "pay", pay(-1, "pass")).await, json!(99));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_that_the_caller_passes_on_undoes_both() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let problem = tenant.ask("reader", "pay", pay(-500, "pass")).await.unwrap_err();
    assert_eq!((problem.status, problem.code.as_str()), (422, "overdrawn"));
    assert_eq!(problem.errors[0].pointer, "/amount");
    assert_eq!((balance(tenant).await, outcomes(tenant).await), (json!(100), Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_callee_ends_both_even_when_the_caller_would_go_on() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    for then in ["carry", "pass"] {
        tenant.refused("reader", "pay", pay(13, then), MODULE_FAULT).await;
        assert_eq!((balance(tenant).await, outcomes(tenant).await), (json!(100), Vec::new()));
    }
    assert_eq!(tenant.events().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_caller_undoes_what_the_callee_did() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.refused("reader", "pay", pay(-30, "trap"), MODULE_FAULT).await;
    assert_eq!((balance(tenant).await, outcomes(tenant).await), (json!(100), Vec::new()));
    assert_eq!(tenant.events().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_does_not_exist_is_a_refusal_that_the_caller_may_handle() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    assert_eq!(tenant.get("reader", "pay", pay(1, "miss")).await, json!(0));
    assert_eq!(outcomes(tenant).await, ["not-found"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_cannot_call_a_command() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let problem = tenant.refused("reader", "query_that_pays", json!({"code": "cash"}), MODULE_FAULT).await;
    assert!(problem.detail.unwrap().contains("module-read-only"));
    assert_eq!(balance(tenant).await, json!(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_calls_through_a_module_in_their_own_role() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    for (role, which) in [("admin", "collect"), ("viewer", "collect"), ("admin", "seize"), ("viewer", "seize")] {
        let request = tenant.request("reader", "call_now", json!({"which": which}));
        let actor = Actor { role: role.to_owned(), ..request.actor.clone() };
        tenant.send(Request { actor, ..request }).await.unwrap();
    }
    assert_eq!(outcomes(tenant).await, ["paid", "not-allowed", "paid", "not-allowed"]);
    // No person is a module, whatever a token says.
    for operation in ["collect", "seize"] {
        let request = tenant.request("ledger", operation, json!({"code": "cash", "amount": 1}));
        let actor = Actor { role: "module".to_owned(), ..request.actor.clone() };
        assert!(tenant.send(Request { actor, ..request }).await.unwrap_err().is(NOT_ALLOWED), "{operation}");
    }
    assert_eq!(balance(tenant).await, json!(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_asked_a_module_calls_only_what_is_open_to_modules() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let device = |operation: &str| {
        let request = tenant.request("reader", operation, json!({"which": "collect"}));
        Request { actor: Actor::new("device:gate", ""), ..request }
    };
    // A machine that asks is no module either.
    tenant.send(device("call_now")).await.unwrap();
    assert_eq!(outcomes(tenant).await, ["not-allowed"]);
    for (deed, which) in
        [("hand_over", "collect"), ("hand_over", "seize"), ("put_off", "collect"), ("put_off", "seize")]
    {
        let before = outcomes(tenant).await.len();
        tenant.get("reader", deed, json!({"which": which})).await;
        tenant.after(5).await;
        tenant.until(deed, || async { (outcomes(tenant).await.len() > before).then_some(()) }).await;
    }
    assert_eq!(outcomes(tenant).await, ["not-allowed", "paid", "not-allowed", "paid", "not-allowed"]);
    assert_eq!(balance(tenant).await, json!(110));
    assert_eq!(tenant.dead().await, []);
}
