//! Queries: the last committed state, along declared indexes, page by page.

use crate::guests::plant::Plant;
use crate::guests::tenant::{Tenant, numbers, texts};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// `a0` … with balances 0, 10, 20, …; every third is of kind `x`, the others of kind `k`.
async fn accounts(tenant: Tenant<'_>, count: i64) {
    for n in 0..count {
        let kind = if n % 3 == 0 { "x" } else { "k" };
        tenant.get("ledger", "open", json!({"code": format!("a{n}"), "kind": kind, "balance": n / 2 * 10})).await;
    }
}

async fn page(tenant: Tenant<'_>, input: Json) -> Json {
    let mut whole = json!({"kind": "k", "from": null, "until": null, "descending": false, "limit": 500, "after": null});
    whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    tenant.get("ledger", "accounts", whole).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_sees_every_commit_that_was_answered_before_it() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    for n in 1..=30 {
        tenant.note("next").await;
        assert_eq!(tenant.get("ledger", "count", json!({})).await, json!(n));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_see_whole_commits_while_commands_run() {
    let plant = Arc::new(Plant::new());
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 0})).await;
    let (over, plant_too) = (Arc::new(AtomicBool::new(false)), plant.clone());
    let done = over.clone();
    let paying = tokio::spawn(async move {
        for _ in 0..40 {
            plant_too.again("a").get("reader", "pay", json!({"code": "cash", "amount": 1, "then": "pass"})).await;
        }
        done.store(true, Ordering::Release);
    });
    let mut last = 0;
    while !over.load(Ordering::Acquire) {
        let balance = tenant.get("reader", "peek", json!({"code": "cash"})).await["balance"].as_i64().unwrap();
        assert!(balance >= last, "a query went back in time");
        last = balance;
    }
    paying.await.unwrap();
    assert_eq!(tenant.get("reader", "payments", json!({})).await.as_array().unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cursors_walk_through_every_row_once_in_both_directions() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    accounts(tenant, 60).await;
    for descending in [false, true] {
        for limit in [1, 7, 39, 40, 41] {
            let (mut balances, mut codes, mut after) = (Vec::new(), BTreeSet::new(), Json::Null);
            loop {
                let page = page(tenant, json!({"descending": descending, "limit": limit, "after": after})).await;
                balances.extend(numbers(&page["rows"], "balance"));
                codes.extend(texts(&page["rows"], "code"));
                after = page["next"].clone();
                if after.is_null() {
                    break;
                }
                assert_eq!(page["rows"].as_array().unwrap().len(), limit);
            }
            assert_eq!((balances.len(), codes.len()), (40, 40), "every row once, also where balances are equal");
            if descending {
                balances.reverse();
            }
            assert!(balances.is_sorted());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_holds_while_rows_come_and_go() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    accounts(tenant, 30).await;
    let first = page(tenant, json!({"limit": 5})).await;
    // The row the cursor stands on goes, one before it and one after it come.
    let last = first["rows"][4].clone();
    tenant.get("ledger", "close", json!({"account": last["id"]})).await;
    tenant.get("ledger", "open", json!({"code": "before", "kind": "k", "balance": -1})).await;
    tenant.get("ledger", "open", json!({"code": "after", "kind": "k", "balance": 1_000})).await;
    let rest = page(tenant, json!({"after": first["next"]})).await;
    let codes = texts(&rest["rows"], "code");
    assert_eq!(codes.len(), 16);
    assert!(codes.contains(&"after".to_owned()) && !codes.contains(&"before".to_owned()));
    assert!(texts(&first["rows"], "code").iter().all(|code| !codes.contains(code)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_take_the_lower_bound_and_leave_the_upper_one() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    accounts(tenant, 30).await;
    let inside = page(tenant, json!({"from": 50, "until": 100})).await;
    assert_eq!(numbers(&inside["rows"], "balance"), [50, 50, 60, 70, 80, 80, 90]);
    assert_eq!(inside["next"], Json::Null);
    assert_eq!(page(tenant, json!({"from": 100, "until": 100})).await["rows"], json!([]));
    assert_eq!(page(tenant, json!({"kind": "nothing"})).await["rows"], json!([]));
    assert_eq!(page(tenant, json!({"kind": "x"})).await["rows"].as_array().unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_another_walk_or_none_at_all_is_refused() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    accounts(tenant, 10).await;
    for cursor in ["zz", "00", "deadbeef", "00000000000000000000000000000000000000000000"] {
        let input = json!({"kind": "k", "descending": false, "limit": 5, "after": cursor});
        let problem = tenant.ask("ledger", "accounts", input).await.unwrap_err();
        assert!(problem.status < 500 || problem.code == "module-fault", "{cursor}: {problem}");
    }
}
