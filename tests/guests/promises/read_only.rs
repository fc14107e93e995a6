//! A module whose trial ended or whose cap is used up can be read and nothing more, by the host's own clock; what happens
//! meanwhile is told to it, so that nothing is missing once a plan is chosen.

use crate::guests::plant::{Plant, agree};
use serde_json::json;
use std::time::Duration;
use toolcrib_contract::problem::{OVER_CAP, TRIAL_ENDED};
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_runtime::{ModuleGrant, ReadOnly};

const HOUR_US: i64 = 3_600_000_000;
const HOUR: Duration = Duration::from_secs(3_600);

fn from(now: Instant, hours: i64) -> ReadOnly {
    ReadOnly { refusal: TRIAL_ENDED, from: now.plus_us(hours * HOUR_US), until: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_trial_people_read_and_write_nothing_while_the_plant_is_still_heard() {
    let plant = Plant::new();
    let (ledger, reader) = (agree(&plant.load("ledger")), agree(&plant.load("reader")));
    let limited = |module: &ModuleGrant| ModuleGrant { read_only: Some(from(plant.now(), 2)), ..module.clone() };
    let tenant = plant.tenant_with("a", vec![limited(&ledger), limited(&reader)]).await;
    tenant.turns().await;
    // The grace: everything goes.
    tenant.note("in time").await;
    let first = tenant.ask_once("key", "ledger", "note", json!({"text": "with a key", "amount": 1})).await.unwrap();
    plant.later(2 * HOUR);
    let problem = tenant.refused("ledger", "note", json!({"text": "too late", "amount": 1}), TRIAL_ENDED).await;
    assert_eq!((problem.status, problem.code.as_str()), (403, "trial-ended"));
    let notes = tenant.notes().await;
    assert_eq!(notes, ["in time", "with a key"], "what was entered is kept, and read");
    // A repetition is told what was done in time.
    let again = tenant.ask_once("key", "ledger", "note", json!({"text": "with a key", "amount": 1})).await;
    assert_eq!(again.unwrap(), first);
    // Machines go on, and what follows them does.
    tenant.post("press.state", &[(1, Sample::Word { value: "run".into() })]).await;
    tenant.turns().await;
    let changes = tenant.until("the change", || async {
        let changes = tenant.get("reader", "changes", json!({})).await;
        (changes != json!([])).then_some(changes)
    });
    assert_eq!(changes.await.as_array().map(Vec::len), Some(1));
    // A plan is chosen: the next entitlements let everything go on.
    tenant.agree(vec![ledger, reader]).await;
    tenant.note("paid").await;
    assert_eq!(tenant.notes().await, ["in time", "with a key", "paid"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_that_is_used_up_holds_to_the_end_of_its_month_without_anybody_saying_so() {
    let plant = Plant::new();
    let ledger = agree(&plant.load("ledger"));
    let until = Some(plant.now().plus_us(2 * HOUR_US));
    let read_only = Some(ReadOnly { refusal: OVER_CAP, from: plant.now(), until });
    let tenant = plant.tenant_with("a", vec![ModuleGrant { read_only, ..ledger }]).await;
    tenant.refused("ledger", "note", json!({"text": "over", "amount": 1}), OVER_CAP).await;
    // The registry may be away: the host's clock ends it.
    plant.later(2 * HOUR);
    tenant.note("next month").await;
    assert_eq!(tenant.notes().await, ["next month"]);
}
