//! Nothing runs that the tenant did not agree to, and what is taken back is gone with the next call.

use super::atomic::hold;
use crate::guests::plant::{Plant, agree, agree_to};
use crate::guests::tenant::{Tenant, texts};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use toolcrib_contract::Capability;
use toolcrib_contract::consent::Scope;
use toolcrib_contract::problem::{MODULE_REVOKED, NOT_ALLOWED, NOT_CONSENTED, NOT_FOUND, NOT_SUBSCRIBED};
use toolcrib_contract::signal::Sample;
use toolcrib_runtime::{ModuleGrant, Stopped, TenantGrant};

async fn shop(plant: &Plant) -> Tenant<'_> {
    let tenant = plant.tenant("a", &["ledger", "reader"]).await;
    let account = json!({"code": "cash", "kind": "k", "balance": 100, "owner": "secret"});
    tenant.get("ledger", "open", account).await;
    tenant
}

fn peek() -> Json {
    json!({"code": "cash"})
}

fn without(plant: &Plant, refused: &str) -> Vec<ModuleGrant> {
    let refused: Capability = refused.parse().unwrap();
    vec![agree(&plant.load("ledger")), agree_to(&plant.load("reader"), |wanted| *wanted != refused)]
}

/// Everything `reader` asks for.
const WANTED: [&str; 9] = [
    "read:ledger/account(balance,code)",
    "call:ledger/post",
    "call:ledger/collect",
    "call:ledger/seize",
    "call:ledger/missing",
    "listen:ledger/noted",
    "readings:good",
    "readings:state",
    "readings:temperature",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_comes_from_the_artifact() {
    let plant = Plant::new();
    let wanted: BTreeSet<_> = plant.load("reader").wanted.iter().map(|wanted| wanted.capability.to_string()).collect();
    assert_eq!(wanted, WANTED.iter().map(|text| (*text).to_owned()).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_record_is_read_with_the_declared_fields_and_no_others() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let row = tenant.get("reader", "peek", peek()).await;
    let fields: BTreeSet<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(["balance", "code", "created", "id", "rev", "updated"]));
    assert_eq!(row["balance"], json!(100));
    assert!(!row.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_consent_to_everything_required_nothing_of_the_module_runs() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    for refused in WANTED {
        tenant.agree(without(&plant, refused)).await;
        let problem = tenant.refused("reader", "peek", peek(), NOT_CONSENTED).await;
        assert!(problem.detail.unwrap().contains(refused), "the problem names what is missing");
    }
    // Fewer fields than asked for are not enough.
    let mut modules = without(&plant, WANTED[0]);
    modules[1].grants.push("read:ledger/account(code)".parse().unwrap());
    tenant.agree(modules).await;
    tenant.refused("reader", "peek", peek(), NOT_CONSENTED).await;
    tenant.agree(without(&plant, "readings:nothing")).await;
    tenant.get("reader", "peek", peek()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_does_not_help_when_the_owner_is_not_there() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let reader = agree(&plant.load("reader"));
    tenant.agree(vec![reader]).await;
    tenant.refused("reader", "peek", peek(), NOT_CONSENTED).await;
    let problem = tenant.ask("reader", "pay", json!({"code": "cash", "amount": 1, "then": "pass"})).await.unwrap_err();
    assert_eq!(problem.code, "not-consented");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_consent_to_listen_nothing_is_heard() {
    let plant = Plant::new();
    let tenant = plant.tenant_with("a", without(&plant, "listen:ledger/noted")).await;
    tenant.note("unheard").await;
    tenant.turns().await;
    assert_eq!(tenant.usage_of("reader", "noted").await.calls, 0);
    tenant.agree(without(&plant, "readings:nothing")).await;
    tenant.note("heard").await;
    tenant.turns().await;
    assert_eq!(tenant.get("reader", "heard", json!({})).await, json!(["heard"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_taken_back_refuses_the_next_call() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.get("reader", "peek", peek()).await;
    tenant.agree(without(&plant, WANTED[0])).await;
    tenant.refused("reader", "peek", peek(), NOT_CONSENTED).await;
    tenant.get("ledger", "empty", json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_module_says_why_and_keeps_its_data_and_its_place_in_the_log() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.note("before").await;
    tenant.turns().await;
    let whole = plant.grant(tenant.id);
    let (ledger, reader) = (agree(&plant.load("ledger")), agree(&plant.load("reader")));
    let why = "reader 0.1.0 was revoked: it leaks".to_owned();
    let stopped = vec![Stopped { module: "reader".into(), why: why.clone() }];
    plant.apply(TenantGrant { modules: vec![ledger], stopped, ..whole.clone() }).await;
    let problem = tenant.refused("reader", "peek", peek(), MODULE_REVOKED).await;
    assert_eq!(problem.detail, Some(why));
    tenant.note("meanwhile").await;
    tenant.turns().await;
    assert_eq!(tenant.usage_of("reader", "noted").await.calls, 1, "it is not called");
    // Another version would go on where this one stopped.
    plant.apply(TenantGrant { modules: vec![agree(&plant.load("ledger")), reader], ..whole }).await;
    tenant.turns().await;
    assert_eq!(tenant.get("reader", "heard", json!({})).await, json!(["before", "meanwhile"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_let_in_before_the_cancellation_and_run_after_it_is_refused() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let held = hold(tenant).await;
    let (before, (), after, ()) = tokio::join!(
        biased;
        tenant.ask("ledger", "note", json!({"text": "before", "amount": 1})),
        tenant.agree(Vec::new()),
        tenant.ask("ledger", "note", json!({"text": "after", "amount": 1})),
        async { drop(held) },
    );
    before.expect("it was there first");
    assert!(after.unwrap_err().is(NOT_SUBSCRIBED));
    tenant.agree(vec![agree(&plant.load("ledger"))]).await;
    assert_eq!(tenant.notes().await, ["before"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_for_some_roles_is_refused_to_all_others() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    let account = tenant.get("ledger", "whole", peek()).await["id"].clone();
    for role in ["operator", "", "Admin", "admin,owner"] {
        let mut request = tenant.request("ledger", "close", json!({"account": account}));
        request.actor.role = role.to_owned();
        assert!(tenant.send(request).await.unwrap_err().is(NOT_ALLOWED), "{role}");
    }
    assert_eq!(tenant.usage_of("ledger", "close").await.calls, 0);
    tenant.get("ledger", "close", json!({"account": account})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_wait_for_a_module_that_comes_back() {
    let plant = Plant::new();
    let tenant = shop(&plant).await;
    tenant.note("kept").await;
    tenant.agree(Vec::new()).await;
    tenant.refused("ledger", "recent", json!({"limit": 1}), NOT_SUBSCRIBED).await;
    tenant.agree(vec![agree(&plant.load("ledger"))]).await;
    assert_eq!(tenant.notes().await, ["kept"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_and_what_is_not_yours_look_the_same() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["ledger"]).await;
    tenant.refused("ledger", "nothing", json!({}), NOT_FOUND).await;
    tenant.refused("nobody", "nothing", json!({}), NOT_SUBSCRIBED).await;
    tenant.refused("reader", "peek", peek(), NOT_SUBSCRIBED).await;
    let mut request = tenant.request("ledger", "empty", json!({}));
    request.tenant = crate::guests::plant::tenant_id("no such tenant");
    assert!(tenant.send(request).await.unwrap_err().is(NOT_FOUND));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_narrowed_grant_tells_only_of_the_equipment_it_names() {
    let plant = Plant::new();
    let narrowed = |capability: &str| Scope {
        capability: capability.parse().unwrap(),
        equipment: ["press-*".to_owned(), "lathe".to_owned()].into(),
    };
    let scopes = vec![narrowed("readings:state"), narrowed("readings:good")];
    let reader = ModuleGrant { scopes, ..agree(&plant.load("reader")) };
    let modules = vec![agree(&plant.load("ledger")), reader];
    let tenant = plant.tenant_with("a", modules.clone()).await;
    tenant.turns().await;
    let run = || Sample::Word { value: "run".to_owned() };
    for equipment in ["press-1", "lathe", "lathe-2", "mill"] {
        tenant.post(&format!("{equipment}.state"), &[(1, run())]).await;
        let counts = [(5, Sample::Count { value: 1 }), (61, Sample::Count { value: 2 })];
        tenant.post(&format!("{equipment}.good"), &counts).await;
    }
    tenant.turns().await;
    tenant.turns().await;
    let told = async |operation: &str| {
        let rows = tenant.get("reader", operation, json!({})).await;
        texts(&rows, "equipment").into_iter().collect::<BTreeSet<_>>()
    };
    let reached = BTreeSet::from(["lathe".to_owned(), "press-1".to_owned()]);
    assert_eq!((told("changes").await, told("windows").await), (reached.clone(), reached));
    let samples = |equipment: &str| {
        let (from, until) = ("2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
        let input = json!({"signal": format!("{equipment}.state"), "from": from, "until": until});
        tenant.ask("reader", "readings_of", input)
    };
    assert_eq!(samples("lathe").await.unwrap().as_array().unwrap().len(), 1);
    assert_eq!(samples("mill").await.unwrap_err().code, "not-consented");
    // Widened again, with the next call.
    let whole: Vec<_> = modules.into_iter().map(|module| ModuleGrant { scopes: Vec::new(), ..module }).collect();
    tenant.agree(whole).await;
    assert_eq!(samples("mill").await.unwrap().as_array().unwrap().len(), 1);
}
