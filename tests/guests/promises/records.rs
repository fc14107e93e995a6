//! Records keep their rules: unique values, revs, ids.

use crate::guests::plant::Plant;
use futures_util::future::join_all;
use serde_json::json;
use toolcrib_contract::problem::{BAD_INPUT, CONFLICT, NOT_FOUND, NOT_UNIQUE};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unique_value_is_taken_once_however_many_try_at_the_same_time() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let open = |n: i64| tenant.ask("ledger", "open", json!({"code": "cash", "kind": "k", "balance": n}));
    let answers = join_all((0..20).map(open)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(
        answers
            .iter()
            .filter_map(|answer| answer.as_ref().err())
            .all(|problem| problem.is(NOT_UNIQUE) && problem.status == 409)
    );
    // A value given back can be taken again.
    let id = tenant.get("ledger", "whole", json!({"code": "cash"})).await["id"].clone();
    tenant.get("ledger", "close", json!({"account": id})).await;
    open(1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_top_of_a_change_that_was_not_seen_is_a_conflict() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let id = tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 0})).await;
    let set = |rev: i64, balance: i64| json!({"account": id, "rev": rev, "balance": balance});
    assert_eq!(tenant.get("ledger", "set_balance", set(1, 10)).await, json!(2));
    tenant.refused("ledger", "set_balance", set(1, 99), CONFLICT).await;
    assert_eq!(tenant.get("ledger", "set_balance", set(2, 20)).await, json!(3));
    let row = tenant.get("ledger", "whole", json!({"code": "cash"})).await;
    assert_eq!((&row["balance"], &row["rev"]), (&json!(20), &json!(3)));
    // Of many who saw the same, one is right.
    let answers = join_all((0..10).map(|n| tenant.ask("ledger", "set_balance", set(3, n)))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_row_is_gone_and_cannot_be_changed() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let id = tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 0})).await;
    tenant.get("ledger", "close", json!({"account": id})).await;
    tenant.refused("ledger", "close", json!({"account": id}), NOT_FOUND).await;
    tenant.refused("ledger", "set_balance", json!({"account": id, "rev": 1, "balance": 1}), NOT_FOUND).await;
    assert_eq!(tenant.get("ledger", "whole", json!({"code": "cash"})).await, json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_that_does_not_fit_never_reaches_the_module_and_every_error_is_told() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let input = json!({"code": "c".repeat(41), "kind": 7, "balance": 1.5, "unknown": true});
    let problem = tenant.refused("ledger", "open", input, BAD_INPUT).await;
    let mut pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/balance", "/code", "/kind", "/unknown"]);
    for input in [
        json!([]),
        json!("text"),
        json!({"code": "c", "kind": "k"}),
        json!({"code": "\u{0}", "kind": "k", "balance": 9e99}),
    ] {
        tenant.refused("ledger", "open", input, BAD_INPUT).await;
    }
    assert_eq!(tenant.usage_of("ledger", "open").await.calls, 0);
}
