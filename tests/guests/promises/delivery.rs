//! Events reach their handlers in order and once; what cannot be digested is put aside and can be replayed.

use crate::guests::plant::Plant;
use crate::guests::tenant::{Tenant, texts};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use toolcrib_contract::limits;

/// Long enough for every wait between two attempts.
const HOUR_AND_MORE: u64 = 4_400;

async fn order(tenant: Tenant<'_>, text: &str, how: &str, fails_until_s: i64) {
    let until = crate::guests::plant::START.plus_us(fails_until_s * 1_000_000).to_string();
    tenant.get("ledger", "order", json!({"text": text, "how": how, "fails_until": until})).await;
}

async fn heard(tenant: Tenant<'_>) -> Vec<String> {
    let heard = tenant.get("reader", "heard", json!({})).await;
    heard.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_delivered_in_order_and_once() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    let texts: Vec<_> = (0..250).map(|n| format!("note {n}")).collect();
    for text in &texts {
        tenant.note(text).await;
    }
    tenant.until("all to be heard", || async { (heard(tenant).await.len() >= texts.len()).then_some(()) }).await;
    tenant.turns().await;
    assert_eq!(heard(tenant).await, texts);
    let usage = tenant.usage_of("reader", "noted").await;
    assert_eq!((usage.calls, usage.rows_written), (250, 250));
}

/// How many events are behind a handler, as it is written down: so many are passed over again once memory is gone.
async fn behind(tenant: Tenant<'_>, handler: &'static str) -> u64 {
    tenant.file(move |writer| Ok(writer.last_seq()? - writer.cursors()?[handler].seq)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_no_handler_is_passed_over_once_and_not_again_after_every_restart() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 0})).await;
    for _ in 0..300 {
        tenant.get("ledger", "post", json!({"code": "cash", "amount": 1})).await;
    }
    tenant.turns().await;
    let left = behind(tenant, "reader/noted").await;
    assert!(left < 64, "{left}");
    tenant.note("after all of these").await;
    tenant.until("it to be heard", || async { (heard(tenant).await.len() == 1).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_delivered_in_order_while_commands_keep_coming() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    let is_over = AtomicBool::new(false);
    let stream = async {
        let mut texts = Vec::new();
        while !is_over.load(Ordering::Acquire) {
            texts.push(format!("note {}", texts.len()));
            tenant.note(texts.last().unwrap()).await;
        }
        texts
    };
    let listen = async {
        tenant.until("some to be heard", || async { (heard(tenant).await.len() >= 20).then_some(()) }).await;
        is_over.store(true, Ordering::Release);
    };
    let (texts, ()) = tokio::join!(stream, listen);
    tenant.until("all to be heard", || async { (heard(tenant).await.len() >= texts.len()).then_some(()) }).await;
    assert_eq!(heard(tenant).await, texts);
    assert_eq!(tenant.usage_of("reader", "noted").await.calls, texts.len() as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_delivered_once_across_power_failures() {
    let mut plant = Plant::new();
    plant.tenant("a", &["ledger", "reader"]).await;
    let mut texts = Vec::new();
    for round in 0..4 {
        let tenant = plant.again("a");
        let asked: Vec<_> = (0..30).map(|n| format!("round {round} note {n}")).collect();
        for text in &asked {
            tenant.note(text).await;
        }
        texts.extend(asked);
        // The last ones may not be delivered yet; or they are, and the answer of the handler is on disk.
        plant.power_failure().await;
    }
    let tenant = plant.again("a");
    tenant.until("all to be heard", || async { (heard(tenant).await.len() >= texts.len()).then_some(()) }).await;
    tenant.turns().await;
    assert_eq!(heard(tenant).await, texts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_asks_for_a_retry_gets_it_later_and_the_order_holds() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    order(tenant, "first", "retry", 10).await;
    order(tenant, "second", "retry", 0).await;
    tenant.turns().await;
    assert_eq!(tenant.seen("ordered").await, [""; 0], "the second does not overtake the first");
    assert_eq!(tenant.usage_of("ledger", "ordered").await.calls, 1, "no second attempt before its time");
    tenant.after(1).await;
    assert_eq!(tenant.usage_of("ledger", "ordered").await.calls, 1, "the first wait is about two seconds");
    tenant.after(2).await;
    assert_eq!(tenant.usage_of("ledger", "ordered").await.calls, 2);
    // The second wait is about four seconds, the third about eight.
    tenant.after(5).await;
    tenant.after(10).await;
    assert_eq!(tenant.seen("ordered").await, ["first", "second"]);
    assert_eq!(tenant.usage_of("ledger", "ordered").await.calls, 5);
    assert_eq!(tenant.dead().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_are_remembered_across_a_power_failure() {
    let mut plant = Plant::new();
    order(plant.tenant("a", &["ledger"]).await, "first", "trap", 1_000_000).await;
    for attempt in 1..u64::from(limits::DELIVERY_ATTEMPTS) {
        plant.again("a").turns().await;
        assert_eq!(plant.again("a").usage_of("ledger", "ordered").await.calls, attempt);
        plant.power_failure().await;
        plant.again("a").turns().await;
        assert_eq!(plant.again("a").usage_of("ledger", "ordered").await.calls, attempt, "no attempt before its time");
        plant.later(std::time::Duration::from_secs(HOUR_AND_MORE));
    }
    plant.again("a").turns().await;
    assert_eq!(plant.again("a").dead().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_keeps_failing_becomes_a_dead_letter_and_what_follows_goes_on() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    for how in ["trap", "retry"] {
        order(tenant, how, how, 1_000_000).await;
    }
    order(tenant, "well", "retry", 0).await;
    for _ in 0..2 * limits::DELIVERY_ATTEMPTS {
        tenant.after(HOUR_AND_MORE).await;
    }
    assert_eq!(tenant.seen("ordered").await, ["well"]);
    let dead = tenant.dead().await;
    assert_eq!(
        dead.iter().map(|dead| (dead.consumer.as_str(), dead.seq)).collect::<Vec<_>>(),
        [("ledger/ordered", 1), ("ledger/ordered", 2)]
    );
    assert!(dead[0].why.contains("module-trapped") && dead[1].why.contains("not yet"), "{dead:?}");
    let usage = tenant.usage_of("ledger", "ordered").await;
    assert_eq!(
        (usage.calls, usage.faults),
        (u64::from(limits::DELIVERY_ATTEMPTS) * 2 + 1, u64::from(limits::DELIVERY_ATTEMPTS))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_its_handler_rejects_is_not_tried_again() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    order(tenant, "no", "reject", 1_000_000).await;
    tenant.turns().await;
    let dead = tenant.dead().await;
    assert_eq!((dead.len(), dead[0].why.as_str()), (1, "refused: Never"));
    tenant.after(HOUR_AND_MORE).await;
    assert_eq!(tenant.usage_of("ledger", "ordered").await.calls, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_can_be_replayed_and_goes_when_it_was_taken() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    order(tenant, "late", "reject", 100).await;
    tenant.turns().await;
    let letter = tenant.dead().await[0].id;
    let replay = || plant.runtime().replay(tenant.id, letter);
    let problem = replay().await.unwrap_err();
    assert_eq!(problem.code, "refused", "its handler still rejects it");
    assert_eq!(tenant.dead().await.len(), 1, "a replay that fails keeps the letter");
    tenant.after(200).await;
    assert_eq!(replay().await, Ok(true));
    assert_eq!(tenant.dead().await, []);
    assert_eq!(tenant.seen("ordered").await, ["late"]);
    assert_eq!(replay().await, Ok(false), "there is no such letter any more");
    assert_eq!(tenant.seen("ordered").await, ["late"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_hears_nothing_of_the_time_before_it_came_or_while_it_was_away() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    tenant.note("before").await;
    let both: Vec<_> = ["ledger", "reader"].iter().map(|name| crate::guests::plant::agree(&plant.load(name))).collect();
    tenant.agree(both.clone()).await;
    tenant.note("present").await;
    tenant.agree(both[..1].to_vec()).await;
    tenant.note("away").await;
    tenant.agree(both).await;
    tenant.note("back").await;
    tenant.turns().await;
    assert_eq!(heard(tenant).await, ["present", "back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_is_suspended_is_left_in_peace_and_goes_on_later() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    order(tenant, "first", "retry", 10).await;
    tenant.turns().await;
    let grant = plant.grant(tenant.id);
    plant.apply(toolcrib_runtime::TenantGrant { active: false, ..grant.clone() }).await;
    tenant.after(HOUR_AND_MORE).await;
    let problem = tenant.ask("ledger", "empty", json!({})).await.unwrap_err();
    assert_eq!(problem.code, "not-subscribed");
    assert_eq!(tenant.usage_of("ledger", "ordered").await.calls, 1);
    plant.apply(grant).await;
    tenant.turns().await;
    assert_eq!(tenant.seen("ordered").await, ["first"]);
    assert_eq!(texts(&tenant.get("ledger", "seen", json!({"kind": "ordered"})).await, "kind"), ["ordered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_is_dropped_for_its_own_module_once_and_the_audit_says_by_whom() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    order(tenant, "never", "reject", HOUR_AND_MORE as i64).await;
    let letter = tenant.until("a dead letter", || async { tenant.dead().await.pop() }).await;
    let dropped =
        async |module: &str| plant.runtime().drop_letter(tenant.id, module, letter.id, "user:1").await.unwrap();
    assert!(!dropped("reader").await, "another module's letter is not there");
    assert!(dropped("ledger").await && !dropped("ledger").await);
    assert!(tenant.dead().await.is_empty());
    let line = tenant.file(|writer| writer.audit_after(0, 500)).await.pop().unwrap();
    assert_eq!((line.actor.as_str(), line.action.as_str(), line.module.as_str()), ("user:1", "dropped", "ledger"));
}
