//! What was done is written down: exactly, in a chain, and so that it can be done again.

use crate::guests::plant::{Plant, START};
use crate::guests::tenant::Tenant;
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_counts_exactly() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    for _ in 0..3 {
        tenant.note("counted").await;
    }
    tenant.ask("ledger", "fail", json!({"how": "trap"})).await.unwrap_err();
    tenant.ask("ledger", "fail", json!({"how": "reject"})).await.unwrap_err();
    tenant.ask("ledger", "note", json!({"text": 7})).await.unwrap_err();
    tenant.ask("ledger", "nothing", json!({})).await.unwrap_err();
    tenant.get("ledger", "roll", json!({"text": "x"})).await;
    tenant.turns().await;
    // The next hour is another line.
    tenant.after(3_600).await;
    tenant.note("counted").await;
    tenant.turns().await;
    let hour = START.0 / 3_600_000_000;
    let lines: Vec<_> = tenant
        .usage()
        .await
        .into_iter()
        .map(|row| {
            let at = row.hour.0 / 3_600_000_000 - hour;
            (at, row.module, row.operation, row.calls, row.faults, row.rows_written, row.events)
        })
        .collect();
    let line = |at: i64, module: &str, operation: &str, figures: [u64; 4]| {
        let [calls, faults, rows, events] = figures;
        (at, module.to_owned(), operation.to_owned(), calls, faults, rows, events)
    };
    assert_eq!(
        lines,
        [
            line(0, "ledger", "fail", [2, 1, 0, 0]),
            line(0, "ledger", "note", [3, 0, 3, 3]),
            line(0, "ledger", "roll", [1, 0, 3, 0]),
            line(0, "reader", "noted", [3, 0, 3, 0]),
            line(1, "ledger", "note", [1, 0, 1, 1]),
            line(1, "reader", "noted", [1, 0, 1, 0]),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_has_its_audit_line_and_a_changed_line_shows() {
    let mut plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    tenant.note("first").await;
    tenant.ask("ledger", "fail", json!({"how": "trap"})).await.unwrap_err();
    tenant.get("ledger", "empty", json!({})).await;
    let lines = tenant.file(|writer| writer.audit_after(0, 100)).await;
    let told: Vec<_> =
        lines.iter().map(|line| (line.actor.as_str(), line.action.as_str(), line.module.as_str())).collect();
    assert_eq!(
        told,
        [("registry", "subscribed", "ledger"), ("user:1", "note", "ledger"), ("user:1", "fail", "ledger")]
    );
    assert_eq!(tenant.file(|writer| writer.verify_audit()).await, 3);
    let id = tenant.id;
    plant.power_failure().await;
    let file = rusqlite::Connection::open(plant.dir(id).join("main.db")).unwrap();
    file.execute("UPDATE audit SET actor='user:2' WHERE id=2", []).unwrap();
    drop(file);
    let verdict = plant
        .runtime()
        .with_writer(id, |writer| Ok(writer.verify_audit().map_err(|error| error.to_string())))
        .await
        .unwrap();
    assert!(verdict.unwrap_err().contains("audit line 2"));
}

/// Ids, times and random numbers of a few commands.
async fn rolled(tenant: Tenant<'_>) -> Json {
    let ids = tenant.get("ledger", "roll", json!({"text": "x"})).await;
    let note = tenant.note("x").await;
    json!([ids, note, tenant.get("ledger", "seen", json!({"kind": "rolled"})).await])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_time_and_seed_give_the_same_ids_and_numbers() {
    let (first, second) = (Plant::new(), Plant::new());
    for plant in [&first, &second] {
        plant.tenant("a", &["ledger"]).await.turns().await;
        plant.freeze(START.plus_us(5_000_000));
        plant.reseed(99);
    }
    let told = rolled(first.again("a")).await;
    assert_eq!(rolled(second.again("a")).await, told);
    // Another seed, other ids; the numbers of one invocation differ from one another.
    first.tenant("b", &["ledger"]).await.turns().await;
    first.reseed(100);
    let other = rolled(first.again("b")).await;
    assert_ne!(other[0], told[0]);
    let random: std::collections::BTreeSet<_> =
        told[2].as_array().unwrap().iter().map(|row| row["random"].to_string()).collect();
    assert_eq!(random.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_line_holds_the_seed_that_a_replay_needs() {
    let plant = Plant::new();
    plant.freeze(START);
    let tenant = plant.tenant("a", &["ledger"]).await;
    let ids = tenant.get("ledger", "roll", json!({"text": "x"})).await;
    let line = tenant.file(|writer| writer.audit_after(1, 1)).await.remove(0);
    let detail: Json = serde_json::from_str(&line.detail).unwrap();
    let seed: u64 = detail["seed"].as_str().unwrap().parse().unwrap();
    // Chance that gives this very seed: the invocation comes out as it did.
    let again = Plant::with(crate::guests::plant::Setup { seed: unmix(seed), ..Default::default() });
    again.freeze(START);
    let again = again.tenant("a", &["ledger"]).await.get("ledger", "roll", json!({"text": "x"})).await;
    assert_eq!(again, ids);
}

/// The state from which `Seeded` gives this word next.
fn unmix(word: u64) -> u64 {
    // Inverses of the odd multipliers, modulo 2^64, by Newton's iteration.
    let inverse = |odd: u64| (0..6).fold(odd, |x, _| x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x))));
    let z = word ^ word >> 31 ^ word >> 62;
    let z = z.wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
    let z = z ^ z >> 27 ^ z >> 54;
    let z = z.wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
    z ^ z >> 30 ^ z >> 60
}
