//! A repetition under the same key gets the first answer; nothing is applied twice.

use crate::guests::plant::Plant;
use futures_util::future::join_all;
use serde_json::json;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{KEY_REUSED, NOT_SUBSCRIBED};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_gets_the_same_answer_and_is_applied_once() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let input = json!({"text": "once", "amount": 3});
    let first = tenant.ask_once("key", "ledger", "note", input.clone()).await.unwrap();
    plant.later(std::time::Duration::from_secs(3_600));
    assert_eq!(tenant.ask_once("key", "ledger", "note", input.clone()).await.unwrap(), first);
    assert_ne!(tenant.ask_once("other key", "ledger", "note", input).await.unwrap(), first);
    assert_eq!(tenant.notes().await.len(), 2);
    assert_eq!(tenant.events_of("ledger").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_with_another_body_or_operation_is_refused() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    tenant.ask_once("key", "ledger", "note", json!({"text": "once", "amount": 3})).await.unwrap();
    for (operation, input) in [
        ("note", json!({"text": "once", "amount": 4})),
        ("order", json!({"text": "once", "how": "trap", "fails_until": "2026-11-24T08:00:00Z"})),
    ] {
        let problem = tenant.ask_once("key", "ledger", operation, input).await.unwrap_err();
        assert!(problem.is(KEY_REUSED), "{problem}");
    }
    assert_eq!(tenant.notes().await, ["once"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejection_is_remembered_and_a_fault_is_not() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let post = json!({"code": "cash", "amount": 1});
    let first = tenant.ask_once("early", "ledger", "post", post.clone()).await.unwrap_err();
    assert_eq!(first.code, "no-such-account");
    tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 0})).await;
    assert_eq!(tenant.ask_once("early", "ledger", "post", post.clone()).await.unwrap_err(), first);
    assert_eq!(tenant.ask_once("late", "ledger", "post", post).await.unwrap(), json!(1));
    // The same request, faulting or told to retry, runs anew every time.
    for (how, runs) in [("trap", 2), ("retry", 4)] {
        for _ in 0..2 {
            tenant.ask_once(how, "ledger", "fail", json!({"how": how})).await.unwrap_err();
        }
        assert_eq!(tenant.usage_of("ledger", "fail").await.calls, runs);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_duplicates_apply_once() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let ask = |_| tenant.ask_once("key", "ledger", "note", json!({"text": "once", "amount": 3}));
    let answers = join_all((0..50).map(ask)).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|id| Some(id) == answers[0].as_ref().ok())));
    assert_eq!(tenant.notes().await, ["once"]);
    assert_eq!(tenant.usage_of("ledger", "note").await.calls, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_different_people_and_tenants_have_nothing_to_do_with_each_other() {
    let plant = Plant::new();
    let (a, b) = (plant.tenant("a", &["ledger"]).await, plant.tenant("b", &["ledger"]).await);
    let input = json!({"text": "mine", "amount": 3});
    a.ask_once("key", "ledger", "note", input.clone()).await.unwrap();
    b.ask_once("key", "ledger", "note", input.clone()).await.unwrap();
    let mut other = a.request("ledger", "note", input);
    (other.actor.id, other.idempotency_key) = ("user:2".to_owned(), Some("key".to_owned()));
    a.send(other).await.unwrap();
    assert_eq!((a.notes().await.len(), b.notes().await.len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_known_after_a_power_failure_and_forgotten_after_a_day() {
    let mut plant = Plant::new();
    let input = json!({"text": "once", "amount": 3});
    let first = plant.tenant("a", &["ledger"]).await.ask_once("key", "ledger", "note", input.clone()).await.unwrap();
    plant.power_failure().await;
    let tenant = plant.again("a");
    assert_eq!(tenant.ask_once("key", "ledger", "note", input.clone()).await.unwrap(), first);
    plant.later(std::time::Duration::from_secs(limits::IDEMPOTENCY_HOURS * 3_600 + 1));
    assert_ne!(tenant.ask_once("key", "ledger", "note", input).await.unwrap(), first);
    assert_eq!(tenant.notes().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_too_long_is_an_input_error_and_harms_nobody() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let key = "k".repeat(limits::IDEMPOTENCY_KEY_BYTES + 1);
    let (bad, good) = tokio::join!(
        tenant.ask_once(&key, "ledger", "note", json!({"text": "bad", "amount": 3})),
        tenant.ask("ledger", "note", json!({"text": "good", "amount": 3})),
    );
    assert!((400..500).contains(&bad.unwrap_err().status));
    good.unwrap();
    assert_eq!(tenant.notes().await, ["good"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_not_repeated_to_a_tenant_that_cancelled() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let input = json!({"text": "once", "amount": 3});
    tenant.ask_once("key", "ledger", "note", input.clone()).await.unwrap();
    tenant.agree(Vec::new()).await;
    assert!(tenant.ask_once("key", "ledger", "note", input).await.unwrap_err().is(NOT_SUBSCRIBED));
}
