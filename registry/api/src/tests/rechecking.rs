//! Approved versions when what is known changes.

use super::component::{component, manifest};
use super::world::World;
use crate::recheck_slice;
use serde_json::{Value, json};
use std::sync::Arc;
use toolcrib_trust::digest;
use toolcrib_vetting::{Knowledge, KnownBad};

impl World {
    fn know_as_bad(&self, component: &[u8]) {
        let digest = digest::of(component);
        let known_bad = KnownBad::parse(&format!("{digest} sends everything to a stranger")).unwrap();
        let known_bad = Some(Arc::new(known_bad));
        self.registry.vetter().learn(Knowledge { known_bad, advisories: None });
    }
}

#[tokio::test]
async fn a_later_finding_raises_a_mark_and_stops_nothing_by_itself() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    assert_eq!(recheck_slice(&world.registry).await.unwrap(), 0, "nothing has changed since");
    let admin = world.login("admin@market.cn").await;
    let page = world.get("/v1/modules/counter/versions/1.0.0", "").await.json();

    world.know_as_bad(&component(&manifest("counter", "1.0.0", &[], &[]), 7));
    assert_eq!(recheck_slice(&world.registry).await.unwrap(), 1);
    assert_eq!(recheck_slice(&world.registry).await.unwrap(), 0, "each version once");
    let marks = world.get("/v1/marks", &admin).await.json();
    assert_eq!(marks.as_array().unwrap().len(), 1);
    assert_eq!((marks[0]["module"].as_str(), marks[0]["version"].as_str()), (Some("counter"), Some("1.0.0")));
    assert_eq!(marks[0]["findings"][0]["check"], "known-bad");

    // The version is as it was, and so is the report that it was approved with.
    assert_eq!(world.get("/v1/modules/counter/versions/1.0.0", "").await.json(), page);
    let id = marks[0]["submission"].as_str().unwrap();
    let submission = world.get(&format!("/v1/submissions/{id}"), &admin).await.json();
    assert_eq!(submission["state"], "approved");
    let found = |report: &Value| report["findings"].to_string().contains("known-bad");
    assert!(!found(&submission["report"]));
    let later = toolcrib_catalog::SubmissionId::parse(id).unwrap();
    let later = world.registry.catalog().newest_report(&later).await.unwrap().unwrap();
    assert!(!later.passed());
}

#[tokio::test]
async fn a_mark_is_settled_once_by_the_marketplace_with_a_reason() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    world.know_as_bad(&component(&manifest("counter", "1.0.0", &[], &[]), 7));
    recheck_slice(&world.registry).await.unwrap();
    let (admin, provider) = (world.login("admin@market.cn").await, world.login("owner@acme.cn").await);
    let number = world.get("/v1/marks", &admin).await.json()[0]["number"].as_i64().unwrap();
    let settle = format!("/v1/marks/{number}/settle");
    for (path, status) in [("/v1/marks", 403), ("/v1/marks?x=1", 403)] {
        world.get(path, &provider).await.is(status);
    }
    world.post(&settle, &provider, json!({"reason": "ours"})).await.is(403);
    assert_eq!(world.post(&settle, &admin, json!({"reason": " "})).await.is(422).code(), "bad-input");
    world.post(&settle, &admin, json!({"reason": "the version will be yanked"})).await.is(204);
    world.post(&settle, &admin, json!({"reason": "again"})).await.is(404);
    assert_eq!(world.get("/v1/marks", &admin).await.json(), json!([]));
}
