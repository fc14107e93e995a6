//! What happens when there is no more room, in the file or in the queue.

use super::atomic::hold;
use crate::guests::plant::{Plant, Setup, tenant_id};
use crate::guests::tenant::Tenant;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, MODULE_FAULT, STORAGE_FULL};
use toolcrib_store::TenantOptions;

/// All accounts of a kind, page by page.
async fn all_of(tenant: Tenant<'_>, kind: &str) -> Vec<Json> {
    let (mut rows, mut after) = (Vec::new(), Json::Null);
    loop {
        let page = json!({"kind": kind, "descending": false, "limit": 100, "after": after});
        let page = tenant.get("ledger", "accounts", page).await;
        rows.extend(page["rows"].as_array().unwrap().clone());
        after = page["next"].clone();
        if after.is_null() {
            return rows;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_quota_refuses_more_and_room_that_is_made_is_used_again() {
    let tenant = TenantOptions { quota_bytes: 2 << 20, ..TenantOptions::default() };
    let plant = Plant::with(Setup { tenant, ..Setup::default() });
    let (full, other) = (plant.tenant("full", &["ledger"]).await, plant.tenant("other", &["ledger"]).await);
    full.note("before").await;
    let mut filled = 0;
    let problem = loop {
        match full.ask("ledger", "fill", json!({"prefix": format!("f{filled}-"), "rows": 20})).await {
            Ok(_) => filled += 1,
            Err(problem) => break problem,
        }
        assert!(filled < 100, "the quota was never met");
    };
    assert!(problem.is(STORAGE_FULL) && problem.status == 507, "{problem}");
    assert!(filled > 3, "the quota was met at once");
    // What was half written is not there; what was there still is, and can be read.
    let rows = all_of(full, "filler").await;
    assert_eq!(rows.len(), filled * 20);
    assert_eq!(full.notes().await, ["before"]);
    other.note("not concerned").await;
    // Deleting works without room, and gives it back.
    for row in rows {
        full.get("ledger", "close", json!({"account": row["id"]})).await;
    }
    full.get("ledger", "fill", json!({"prefix": "again", "rows": 20})).await;
    full.note("after").await;
    assert_eq!(full.notes().await, ["before", "after"]);
    full.file(|writer| writer.integrity()).await;
    full.file(|writer| writer.verify_audit()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_takes_all_of_a_command_whatever_its_module_does_then() {
    let tenant = TenantOptions { quota_bytes: 96 << 20, ..TenantOptions::default() };
    let plant = Plant::with(Setup { tenant, ..Setup::default() });
    let full = plant.tenant("full", &["hostile"]).await;
    // The first command of a turn runs on trial, those after one that failed in savepoints: the database ends both.
    for guard in ["trial", "savepoint"] {
        full.get("hostile", "honest", json!({"number": 1})).await;
        if guard == "savepoint" {
            full.refused("hostile", "trap_mid_write", json!({}), MODULE_FAULT).await;
        }
        let kept = full.get("hostile", "junk", json!({})).await;
        let disk = rusqlite::Connection::open(plant.dir(tenant_id("full")).join("main.db")).unwrap();
        disk.execute_batch("CREATE TABLE ballast(a); INSERT INTO ballast VALUES(zeroblob(100*1024*1024))").unwrap();
        full.refused("hostile", "write_on", json!({}), STORAGE_FULL).await;
        disk.execute_batch("DROP TABLE ballast").unwrap();
        drop(disk);
        assert_eq!(full.get("hostile", "junk", json!({})).await, kept, "on {guard}");
    }
    full.get("hostile", "write_on", json!({})).await;
    full.file(|writer| writer.integrity()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_waiting_calls_than_allowed_are_refused_as_busy_and_the_others_run() {
    let plant = Plant::new();
    let (tenant, other) = (plant.tenant("a", &["ledger"]).await, plant.tenant("b", &["ledger"]).await);
    let held = hold(tenant).await;
    let ask = |n: usize| tenant.ask("ledger", "note", json!({"text": format!("{n}"), "amount": 1}));
    let calls = join_all((0..limits::QUEUE_INVOCATIONS + 10).map(ask));
    let (answers, ()) = tokio::join!(biased; calls, async {
        // Another tenant is served while this one's queue is full.
        other.note("not concerned").await;
        drop(held);
    });
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert_eq!(refused.len(), 10);
    assert!(refused.iter().all(|problem| problem.is(BUSY) && problem.status == 429));
    assert_eq!(tenant.get("ledger", "count", json!({})).await, json!(limits::QUEUE_INVOCATIONS));
    tenant.note("room again").await;
}
