//! What published messages mean, over the API: rules with versions, mistakes with pointers, trials that keep nothing.

use super::demo::{Answer, Demo, Person};
use reqwest::Method;
use serde_json::{Value, json};

async fn put(owner: &Person, tenant: &str, version: u64, rules: Value) -> Answer {
    let body = json!({"version": version, "rules": rules});
    owner.send(owner.request(Method::PUT, &format!("/v1/t/{tenant}/mapping")).json(&body)).await
}

fn rule(path: &str) -> Value {
    let from = json!({"topic": "plant/+/status", "path": path});
    json!({"from": from, "equipment": "{1}", "signal": "temperature", "kind": "number", "scale": "0.1"})
}

#[tokio::test]
async fn rules_are_kept_by_version_and_tried_without_keeping_anything() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(2).await;
    let path = format!("/v1/t/{tenant}/mapping");
    let version = owner.get(&path).await.ok()["version"].as_u64().unwrap();

    let refused = put(&owner, &tenant, version, json!([rule("/t"), rule("t")])).await;
    refused.problem(422, "bad-input");
    assert_eq!(refused.body["errors"][0]["pointer"], "/rules/1/from/path", "{}", refused.text);
    let unversioned = owner.send(owner.request(Method::PUT, &path).json(&json!({"rules": []}))).await;
    unversioned.problem(422, "bad-input");
    assert_eq!(unversioned.body["errors"][0]["pointer"], "/version");

    assert_eq!(put(&owner, &tenant, version, json!([rule("/t")])).await.ok()["version"], version + 1);
    put(&owner, &tenant, version, json!([])).await.problem(409, "conflict");
    let kept = owner.get(&path).await.ok();
    assert_eq!((&kept["version"], &kept["rules"]), (&json!(version + 1), &json!([rule("/t")])));
    assert!(kept["by"].as_str().unwrap().starts_with("user:"), "{kept}");

    let messages = json!([
        {"topic": "plant/press-9/status", "payload": "{\"t\":215}"},
        {"topic": "plant/press-9/other", "payload": "7"},
        {"topic": "spBv1.0/g/DDATA/n/press-9", "metric": "Good", "datatype": "UInt16", "value": 7},
    ]);
    let tried = owner.post(&format!("{path}/try"), &json!({"messages": messages})).await.ok();
    let results = &tried["results"];
    assert_eq!(results[0]["readings"][0]["signal"], "press-9.temperature", "{tried}");
    assert_eq!(results[0]["readings"][0]["value"], 21.5);
    assert_eq!(results[1]["unknown"][0]["place"], "plant/press-9/other");
    assert_eq!(results[2]["unknown"][0]["rule"]["from"]["metric"], "Good");
    let other = json!({"messages": [{"topic": "plant/press-9/status", "payload": "{\"u\":1}"}], "rules": [rule("/u")]});
    let tried = owner.post(&format!("{path}/try"), &other).await.ok();
    assert_eq!(tried["results"][0]["readings"][0]["value"], 0.1);
    let signals =
        format!("/v1/t/{tenant}/readings?signal=press-9.temperature&from=2026-01-01T00:00:00Z&to=2199-01-01T00:00:00Z");
    assert_eq!(owner.get(&signals).await.ok()["samples"].as_array().map_or(0, Vec::len), 0);
    owner.post(&format!("{path}/try"), &json!({"messages": [{"topic": "a"}]})).await.problem(422, "bad-input");
    assert!(owner.get(&format!("{path}/unknown")).await.ok()["unknown"].is_array());
    demo.device(2).get(&path).await.problem(401, "not-signed-in");
}
