//! One invocation is kept as a whole or not at all, and nobody hears of it before it is on disk.

use crate::guests::plant::Plant;
use crate::guests::tenant::Tenant;
use futures_util::future::join_all;
use serde_json::json;
use std::sync::mpsc;
use toolcrib_contract::problem::MODULE_FAULT;

/// Keeps the tenant's turn until the sender is dropped: what is asked meanwhile shares the next group.
pub async fn hold(tenant: Tenant<'_>) -> mpsc::Sender<()> {
    let (held, let_go) = mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (runtime, id) = (tenant.plant.runtime().clone(), tenant.id);
    tokio::spawn(async move {
        let wait = move |_: &mut toolcrib_store::Writer| {
            let _ = begun.send(());
            // Ends with an error when the test drops its side.
            let _ = let_go.recv();
            Ok(())
        };
        let _ = runtime.with_writer(id, wait).await;
    });
    begins.await.expect("the turn begins");
    held
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commands_at_once_are_all_kept_and_one_that_fails_takes_no_other_along() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "hostile", "mirror"]).await;
    let held = hold(tenant).await;
    let asked = (0..90).map(|n| async move {
        match n % 9 {
            3 => tenant.ask("ledger", "fail", json!({"how": "trap"})).await,
            5 => tenant.ask("ledger", "fail", json!({"how": "reject"})).await,
            7 => tenant.ask("hostile", "flood_rows", json!({})).await,
            _ => tenant.ask("ledger", "note", json!({"text": format!("note {n}"), "amount": n})).await,
        }
    });
    let (answers, ()) = tokio::join!(biased; join_all(asked), async { drop(held) });
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(kept, 60);
    assert_eq!(tenant.notes().await.len(), 60);
    assert_eq!(tenant.get("ledger", "count", json!({})).await, json!(60));
    assert_eq!(tenant.seen("failed").await.len(), 0);
    let events = tenant.events().await;
    assert_eq!(events.len(), 60);
    assert!(events.iter().enumerate().all(|(at, event)| event.seq == at as u64 + 1), "the log has a gap");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_stops_half_way_leaves_nothing() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    for (how, code) in [("trap", MODULE_FAULT.code), ("reject", "refused"), ("retry", "retry")] {
        let problem = tenant.ask("ledger", "fail", json!({"how": how})).await.unwrap_err();
        assert_eq!(problem.code, code);
        tenant.turns().await;
        for trace in ["failed", "ordered", "reminded"] {
            assert_eq!(tenant.seen(trace).await, [""; 0], "{how}: {trace}");
        }
        assert_eq!(tenant.events().await, []);
        assert_eq!(tenant.timers().await, []);
        assert_eq!(tenant.effects().await, []);
    }
    let usage = tenant.usage_of("ledger", "fail").await;
    assert_eq!((usage.calls, usage.faults, usage.rows_written, usage.events), (3, 1, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_commit_fails_everybody_of_the_group_hears_so_and_nothing_is_kept() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    tenant.note("before").await;
    let held = hold(tenant).await;
    // Ends the group's transaction behind the runtime's back, so that its commit fails.
    let sabotage = plant.runtime().with_writer(tenant.id, |writer| writer.rollback());
    let (first, events, second, sabotaged, ()) = tokio::join!(
        tenant.ask("ledger", "note", json!({"text": "lost", "amount": 1})),
        plant.runtime().events(tenant.id, 0),
        tenant.ask_once("key", "ledger", "note", json!({"text": "lost too", "amount": 1})),
        sabotage,
        async { drop(held) },
    );
    assert!(first.unwrap_err().status >= 500);
    assert!(second.unwrap_err().status >= 500);
    assert!(events.is_err(), "events were shown that are not on disk");
    assert!(sabotaged.is_err(), "work was acknowledged that is not on disk");
    let again = || async { tenant.ask("ledger", "note", json!({"text": "after", "amount": 1})).await.ok() };
    tenant.until("the tenant to open again", again).await;
    assert_eq!(tenant.notes().await, ["before", "after"]);
    let key = tenant.ask_once("key", "ledger", "note", json!({"text": "lost too", "amount": 1})).await;
    key.expect("a lost group leaves no key behind");
    assert_eq!(tenant.events().await.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_failure_loses_nothing_that_was_answered() {
    let mut plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let texts: Vec<_> = (0..40).map(|n| format!("note {n}")).collect();
    join_all(texts.iter().map(|text| tenant.note(text))).await;
    // One more is on its way when the power goes.
    let request = tenant.request("ledger", "note", json!({"text": "perhaps", "amount": 1}));
    let runtime = plant.runtime().clone();
    let last = tokio::spawn(async move { runtime.invoke(request).await });
    last.abort();
    let _ = last.await;
    plant.power_failure().await;
    let tenant = plant.again("a");
    let mut notes = tenant.notes().await;
    notes.retain(|text| text != "perhaps");
    let (mut notes, mut texts) = (notes, texts);
    notes.sort();
    texts.sort();
    assert_eq!(notes, texts);
    let events = tenant.events().await;
    assert!(events.iter().enumerate().all(|(at, event)| event.seq == at as u64 + 1), "the log has a gap");
    tenant.file(|writer| writer.integrity()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_feed_tells_only_what_is_committed_in_order() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let mut live = plant.runtime().live(tenant.id).unwrap();
    tenant.note("first").await;
    tenant.ask("ledger", "fail", json!({"how": "trap"})).await.unwrap_err();
    tenant.note("second").await;
    for (seq, text) in [(1, "first"), (2, "second")] {
        let event = live.recv().await.unwrap();
        assert_eq!((event.seq, event.name.as_str()), (seq, "noted"));
        assert!(event.body.contains(text));
    }
    assert!(live.try_recv().is_err());
    assert_eq!(tenant.file(|writer| writer.verify_audit()).await, 4, "subscribed, two notes, one fault");
}
