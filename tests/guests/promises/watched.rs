//! Who watches a tenant hears which answers a commit may have changed, and no others.

use crate::guests::plant::{Plant, START, agree};
use crate::guests::tenant::Tenant;
use serde_json::{Value as Json, json};
use toolcrib_contract::problem::{METHOD, NOT_SUBSCRIBED};
use toolcrib_contract::signal::Sample;
use toolcrib_runtime::{Answered, Changes, Watch};

async fn asked(tenant: Tenant<'_>, module: &str, query: &str, input: Json) -> Answered {
    tenant.plant.runtime().ask(&tenant.request(module, query, input)).await
}

/// What is told of everything that was done before.
async fn told(tenant: Tenant<'_>, watch: &mut Watch) -> Changes {
    tenant.turns().await;
    watch.changes().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_touches_the_answers_made_from_what_it_wrote() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    let mut watch = plant.runtime().watch(tenant.id).unwrap();
    let count = asked(tenant, "ledger", "count", json!({})).await;
    assert_eq!(count.answer, Ok("0".to_owned()));
    let empty = asked(tenant, "ledger", "empty", json!({})).await;
    // Another module's record; that it is not there yet is also read from its table.
    let peek = asked(tenant, "reader", "peek", json!({"code": "cash"})).await;
    let _ = told(tenant, &mut watch).await;

    tenant.note("one").await;
    let changes = told(tenant, &mut watch).await;
    assert!(changes.touch(&count.reads) && !changes.touch(&peek.reads) && !changes.touch(&empty.reads));
    tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 5})).await;
    let changes = told(tenant, &mut watch).await;
    assert!(changes.touch(&peek.reads) && !changes.touch(&count.reads));
    // What a module writes inside another one's call.
    tenant.get("reader", "pay", json!({"code": "cash", "amount": 1, "then": "pass"})).await;
    assert!(told(tenant, &mut watch).await.touch(&peek.reads));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_touches_what_sampled_its_signal_and_other_modules_touch_everything() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    let mut watch = plant.runtime().watch(tenant.id).unwrap();
    let input = |signal: &str| json!({"signal": signal, "from": START.to_string(), "until": START.plus_us(60_000_000).to_string()});
    let [mine, other] = [
        asked(tenant, "reader", "readings_of", input("press-1.state")).await,
        asked(tenant, "reader", "readings_of", input("press-2.state")).await,
    ];
    assert!(mine.answer.is_ok(), "{:?}", mine.answer);
    let _ = told(tenant, &mut watch).await;
    tenant.post("press-1.state", &[(1, Sample::Word { value: "run".to_owned() })]).await;
    let changes = watch.changes().await;
    assert!(changes.touch(&mine.reads) && !changes.touch(&other.reads));
    let absent = asked(tenant, "mirror", "seen", json!({})).await;
    assert!(absent.answer.is_err_and(|problem| problem.is(NOT_SUBSCRIBED)));
    tenant.agree(["ledger", "reader", "mirror"].map(|name| agree(&plant.load(name))).to_vec()).await;
    assert!(told(tenant, &mut watch).await.touch(&absent.reads), "what was refused may be answered now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_query_is_asked() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    let note = asked(tenant, "ledger", "note", json!({"text": "x", "amount": 1})).await;
    assert!(note.answer.is_err_and(|problem| problem.is(METHOD)));
    assert_eq!(tenant.get("ledger", "count", json!({})).await, json!(0));
}
