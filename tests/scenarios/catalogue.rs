//! What the marketplace knows of modules and their use, and machines that act for people, on the running demo.

use super::demo::{Demo, Person};
use crate::wait::until_async;
use serde_json::json;
use std::time::Duration;

/// A host reports soon after its start, then less and less often.
const REPORTED: Duration = Duration::from_secs(300);

#[tokio::test]
async fn modules_are_found_in_both_languages_and_by_segment() {
    let demo = Demo::shared();
    let stranger = demo.stranger();
    let all = stranger.get("/v1/shelf").await.ok();
    assert_eq!(all["total"], 9, "all that the demo publishes: {all}");
    let first = |found: &serde_json::Value| found["cards"][0]["module"].as_str().unwrap_or_default().to_owned();
    assert_eq!(first(&stranger.get("/v1/shelf?query=OEE").await.ok()), "oee");
    let title =
        all["cards"].as_array().unwrap().iter().find(|card| card["module"] == "oee").unwrap()["title"]["zh"].clone();
    let beginning: String = title.as_str().unwrap().chars().take(2).collect();
    let encoded: String = beginning.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let found = stranger.get(&format!("/v1/shelf?query={encoded}")).await.ok();
    assert!(found["cards"].as_array().unwrap().iter().any(|card| card["module"] == "oee"), "{beginning}: {found}");
    let provider = all["cards"][0]["org"].as_str().unwrap();
    let page = stranger.get(&format!("/v1/providers/{provider}")).await.ok();
    let of_provider = all["cards"].as_array().unwrap().iter().filter(|card| card["org"] == provider).count();
    assert!(of_provider > 1);
    assert_eq!(page["modules"].as_array().unwrap().len(), of_provider, "all that it publishes");
    stranger.get("/v1/shelf?rows=0").await.problem(422, "bad-input");
}

#[tokio::test]
async fn a_provider_learns_how_its_module_is_used_and_nothing_of_the_tenants() {
    let demo = Demo::shared();
    let (provider, (owner, tenant)) = (demo.provider(0).await, demo.owner(0).await);
    let module = demo.facts()["modules"][0]["name"].as_str().unwrap();
    let now = days_around(&owner).await;
    let path = format!("/v1/modules/{module}/usage?from={}&until={}", now.0, now.1);
    let rows = until_async("the host's report", REPORTED, || async {
        let rows = provider.get(&path).await.ok();
        rows.as_array().is_some_and(|rows| !rows.is_empty()).then_some(rows)
    })
    .await;
    assert!(rows[0]["calls"].as_u64() > Some(0), "{rows}");
    assert_eq!(rows[0]["tenants"], "1-4");
    assert!(!rows.to_string().contains(&tenant), "{rows}");
    owner.get(&path).await.problem(403, "not-allowed");
    // A morning's use is not enough for an opinion.
    let rate = owner.request(reqwest::Method::PUT, &format!("/v1/tenants/{tenant}/ratings/{module}"));
    owner.send(rate.json(&json!({"stars": 5, "text": "好用"}))).await.problem(409, "wrong-state");
}

/// Yesterday and tomorrow, as the host's events tell the time.
async fn days_around(owner: &Person) -> (String, String) {
    let sessions = owner.get("/v1/me/sessions").await.ok();
    let today = sessions[0]["used_at"].as_str().unwrap()[..10].to_owned();
    let day: toolcrib_contract::types::Date = today.parse().unwrap();
    let shift = |by: i64| toolcrib_contract::types::Date(day.0 + by).to_string();
    (shift(-1), shift(1))
}

#[tokio::test]
async fn a_token_of_an_api_does_what_its_scope_says_at_the_registry_and_nothing_at_a_host() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(1).await;
    let org = owner.get("/v1/me").await.ok()["orgs"][0]["slug"].as_str().unwrap().to_owned();
    let new = json!({"name": "scenario", "org": org, "scopes": ["tenant-admin"], "modules": ["*"], "days": 1});
    let made = owner.post("/v1/me/tokens", &new).await.ok();
    let machine = Person { token: Some(made["token"].as_str().unwrap().to_owned()), ..owner.clone() };
    machine.get(&format!("/v1/tenants/{tenant}/devices")).await.ok();
    machine.get("/v1/submissions").await.problem(403, "token-scope");
    machine.post("/v1/me/tokens", &new).await.problem(403, "token-scope");
    machine.get(&format!("/v1/t/{tenant}/events")).await.problem(401, "not-signed-in");
    let id = made["id"].as_str().unwrap();
    owner.delete(&format!("/v1/me/tokens/{id}")).await.ok();
    machine.get(&format!("/v1/tenants/{tenant}/devices")).await.problem(401, "not-signed-in");
}
