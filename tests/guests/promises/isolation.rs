//! No tenant sees, changes or outlives another.

use crate::guests::plant::{Plant, START};
use serde_json::json;
use toolcrib_contract::signal::Sample;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_never_see_each_other() {
    let plant = Plant::new();
    let (a, b) = (plant.tenant("a", &["ledger", "reader"]).await, plant.tenant("b", &["ledger", "reader"]).await);
    let mine = a.note("mine").await;
    a.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 100})).await;
    a.get(
        "ledger",
        "remind",
        json!({"key": "k", "text": "mine", "due": START.to_string(), "fails_until": START.to_string()}),
    )
    .await;
    a.get("ledger", "notify", json!({"target": "https://hooks.example.com/", "body": "mine"})).await;
    a.post("press.state", &[(1, Sample::Word { value: "run".to_owned() })]).await;
    let state = || async { (a.get("reader", "changes", json!({})).await != json!([])).then_some(()) };
    a.until("the state", state).await;
    b.note("yours").await;
    b.turns().await;
    assert_eq!(b.notes().await, ["yours"]);
    assert_eq!(b.get("ledger", "whole", json!({"code": "cash"})).await, json!(null));
    assert_eq!(b.get("reader", "peek", json!({"code": "cash"})).await, json!(null));
    assert_eq!(b.get("reader", "heard", json!({})).await, json!(["yours"]));
    assert_eq!(b.get("reader", "changes", json!({})).await, json!([]));
    assert_eq!(b.seen("reminded").await, [""; 0]);
    assert_eq!(b.effects().await, []);
    let signal =
        json!({"signal": "press.state", "from": START.to_string(), "until": START.plus_us(60_000_000).to_string()});
    assert_eq!(b.get("reader", "readings_of", signal.clone()).await, json!([]));
    assert_eq!(a.get("reader", "readings_of", signal).await, json!([START.plus_us(1_000_000).to_string()]));
    // An id of the other tenant is an id that does not exist.
    let problem = b.ask("ledger", "set_balance", json!({"account": mine, "rev": 1, "balance": 666})).await.unwrap_err();
    assert_eq!((problem.status, problem.code.as_str()), (404, "not-found"));
    assert_eq!(b.events().await.iter().map(|event| event.seq).collect::<Vec<_>>(), [1], "each log counts for itself");
    for tenant in [a, b] {
        assert_eq!(tenant.file(|writer| writer.verify_audit()).await, if tenant.id == a.id { 6 } else { 4 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_whose_file_is_damaged_stops_alone() {
    let mut plant = Plant::new();
    plant.tenant("sick", &["ledger"]).await.note("x").await;
    plant.tenant("well", &["ledger"]).await.note("x").await;
    let (sick, well) = (plant.again("sick").id, plant.again("well").id);
    plant.power_failure().await;
    let file = plant.dir(sick).join("main.db");
    plant.again("well").note("meanwhile").await;
    // Not a database any more. The log goes too: otherwise it would heal the file.
    std::fs::write(&file, vec![0x5a; 64 << 10]).unwrap();
    let _ = std::fs::remove_file(plant.dir(sick).join("main.db-wal"));
    let problem = plant.again("sick").ask("ledger", "empty", json!({})).await.unwrap_err();
    assert!(problem.status >= 500, "{problem}");
    assert!(!problem.to_string().contains("main.db"), "paths are for the log");
    plant.again("well").note("still here").await;
    assert_eq!(plant.again("well").id, well);
    assert_eq!(plant.again("well").notes().await.len(), 3);
}
