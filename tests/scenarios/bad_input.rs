//! Bad input gets its own clear problem, and nothing is half-written.

use super::demo::{Demo, Person};
use serde_json::{Value, json};
use toolcrib_contract::limits;

/// What the tenant's log and rates hold, to see that nothing changed.
async fn state(owner: &Person, tenant: &str) -> (Value, Value) {
    let audit = owner.post(&format!("/v1/t/{tenant}/m/oee/rates"), &json!({"equipment": "bad-input"})).await.ok();
    let reasons = owner.post(&format!("/v1/t/{tenant}/m/oee/stops"), &json!({"equipment": "bad-input"})).await.ok();
    (audit, reasons)
}

#[tokio::test]
async fn every_kind_of_bad_body_gets_its_own_problem_and_writes_nothing() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(0).await;
    let before = state(&owner, &tenant).await;
    let path = format!("/v1/t/{tenant}/m/oee/set_rate");
    let with = |name: &str, value: Value| {
        let mut body = json!({"equipment": "bad-input", "pieces_per_minute": "1.5"});
        body[name] = value;
        body
    };
    for (body, pointer) in [
        (with("colour", json!("red")), "/colour"),
        (with("equipment", json!(7)), "/equipment"),
        (with("equipment", json!("x".repeat(65))), "/equipment"),
        (with("equipment", json!("a\u{0}b")), "/equipment"),
        (with("pieces_per_minute", json!("1.2345")), "/pieces_per_minute"),
        (with("pieces_per_minute", json!("1000000000000000000")), "/pieces_per_minute"),
        (with("pieces_per_minute", json!("NaN")), "/pieces_per_minute"),
        (with("pieces_per_minute", json!({})), "/pieces_per_minute"),
        (with("valid_from", json!("1969-12-31T23:59:59Z")), "/valid_from"),
        (with("valid_from", json!("2200-01-01T00:00:00Z")), "/valid_from"),
        (with("valid_from", json!("2026-02-30T00:00:00Z")), "/valid_from"),
        (with("valid_from", json!("yesterday")), "/valid_from"),
        (json!({"equipment": "bad-input"}), "/pieces_per_minute"),
    ] {
        let answer = owner.post(&path, &body).await;
        answer.problem(422, "bad-input");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
    let json = "application/json";
    for (kind, bytes, status, code) in [
        (json, b"{\"equipment\":\"bad-input\",\"pieces_per_minute\":NaN}".to_vec(), 400, "bad-json"),
        (json, b"{\"equipment\":\"\xff\xfe\",\"pieces_per_minute\":\"1\"}".to_vec(), 400, "bad-json"),
        (json, b"{\"equipment\":".to_vec(), 400, "bad-json"),
        (json, "[".repeat(limits::JSON_DEPTH + 1).into_bytes(), 400, "bad-json"),
        (json, vec![b' '; limits::INPUT_BYTES + 1], 413, "too-large"),
        ("text/csv", b"bad-input;1".to_vec(), 415, "media-type"),
        (json, b"[]".to_vec(), 422, "bad-input"),
        (json, b"\"text\"".to_vec(), 422, "bad-input"),
    ] {
        owner.post_bytes(&path, kind, bytes).await.problem(status, code);
    }
    let good = with("pieces_per_minute", json!("1.5"));
    owner.post(&format!("/v1/t/{tenant}/m/oee/no_such_operation"), &good).await.problem(404, "not-found");
    owner.post(&format!("/v1/t/{tenant}/m/no-such-module/set_rate"), &good).await.problem(403, "not-subscribed");
    owner.post("/v1/t/no-such-tenant/m/oee/set_rate", &good).await.problem(404, "not-found");
    owner.post(&format!("/v1/t/{tenant}/m/oee/state_changed"), &good).await.problem(404, "not-found");
    owner.get(&path).await.problem(405, "method-not-allowed");
    owner.get("/v1/no/such/address").await.problem(404, "not-found");
    let long_key = owner.request(reqwest::Method::POST, &path).json(&good).header("idempotency-key", "k".repeat(200));
    owner.send(long_key).await.problem(400, "bad-request");
    assert_eq!(state(&owner, &tenant).await, before, "nothing was written");
}

#[tokio::test]
async fn a_bad_line_refuses_the_whole_batch_of_readings() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(0).await;
    let (device, path) = (demo.device(0), format!("/v1/t/{tenant}/readings"));
    let ndjson = "application/x-ndjson";
    let now = owner.get(&format!("/v1/t/{tenant}/events")).await.ok()["events"][0]["at"].as_str().unwrap().to_owned();
    let good = format!("{{\"signal\":\"bad-input.good\",\"at\":\"{now}\",\"value\":1}}\n");
    for bad in ["{", "{\"signal\":\"x\"}", "{\"signal\":\"a.b\",\"at\":\"2026-13-01T00:00:00Z\",\"value\":1}", "\u{1}"]
    {
        device.post_bytes(&path, ndjson, format!("{good}{bad}\n").into_bytes()).await.problem(422, "bad-input");
    }
    for no_number in ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"] {
        let bad = format!("{{\"signal\":\"bad-input.good\",\"at\":\"{now}\",\"value\":{no_number}}}\n");
        device.post_bytes(&path, ndjson, format!("{good}{bad}").into_bytes()).await.problem(422, "bad-input");
    }
    device.post_bytes(&path, ndjson, b"\xff\n".to_vec()).await.problem(422, "bad-input");
    device.post_bytes(&path, ndjson, Vec::new()).await.problem(422, "bad-input");
    for bytes in [limits::READINGS_BYTES + 1, 10 << 20] {
        device.post_bytes(&path, ndjson, vec![b' '; bytes]).await.problem(413, "too-large");
    }
    device.post_bytes(&path, ndjson, good.repeat(limits::READINGS + 1).into_bytes()).await.problem(413, "too-large");
    owner.post_bytes(&path, ndjson, good.into_bytes()).await.problem(404, "not-found");
    let stored = owner
        .get(&format!(
            "/v1/t/{tenant}/readings?signal=bad-input.good&from=2026-01-01T00:00:00Z&to=2199-01-01T00:00:00Z"
        ))
        .await
        .ok();
    assert_eq!(stored["samples"], json!([]));
    for bad in [
        "signal=bad-input.good",
        "signal=a&from=x&to=y",
        "signal=a&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&tenant=1",
        "signal=a&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&points=0",
        &format!("signal=a&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&points={}", limits::CHART_POINTS + 1),
    ] {
        owner.get(&format!("/v1/t/{tenant}/readings?{bad}")).await.problem(400, "bad-request");
    }
}
