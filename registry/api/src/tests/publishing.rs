//! From a component to an approved version, with the real checks.

use super::component::{component, manifest};
use super::world::World;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use toolcrib_catalog::SubmissionId;
use toolcrib_contract::evidence::Stage;
use toolcrib_contract::limits::COMPONENT_BYTES;
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{PublicKey, Signer, digest};

#[tokio::test]
async fn a_version_is_absent_until_somebody_approves_it() {
    let world = World::new().await;
    let bytes = component(&manifest("counter", "1.0.0", &["count"], &[]), 7);
    let submitted = world.publish("1.0.0", &bytes).await.is(202).json();
    let (id, digest) = (submitted["submission"].as_str().unwrap(), submitted["digest"].as_str().unwrap());
    assert_eq!((submitted["version"].as_str(), digest), (Some("1.0.0"), digest::of(&bytes).as_str()));
    let paths = [
        "/v1/modules/counter".to_owned(),
        "/v1/modules/counter/versions/1.0.0".to_owned(),
        format!("/v1/artifacts/{digest}"),
    ];
    let visible = async |who: &str, status: u16| {
        let token = if who.is_empty() { String::new() } else { world.login(who).await };
        for path in &paths {
            world.get(path, &token).await.is(status);
        }
        let listed = world.get("/v1/modules?query=count&segment=36", &token).await.json();
        listed["modules"].as_array().unwrap().len()
    };
    let submission = format!("/v1/submissions/{id}");
    for who in ["owner@bolt.cn", "owner@red-star.cn", ""] {
        assert_eq!(visible(who, 404).await, 0, "{who}");
    }
    for who in ["owner@bolt.cn", "owner@red-star.cn"] {
        let token = world.login(who).await;
        world.get(&submission, &token).await.is(404);
        world.post(&format!("{submission}/decision"), &token, json!({"decision": "approve"})).await.is(404);
        assert_eq!(world.get("/v1/submissions", &token).await.json(), json!([]));
    }
    let report = world.checked(id).await;
    assert_eq!(report["state"], "review", "{report}");
    assert!(report["report"]["findings"].as_array().unwrap().iter().all(|finding| finding["severity"] != "error"));
    for who in ["owner@acme.cn", "admin@market.cn"] {
        assert_eq!(visible(who, 200).await, 1, "{who}");
    }
    assert_eq!(visible("", 404).await, 0);
    let decided = world.decide(id, "approve").await.json();
    assert_eq!((decided["state"].as_str(), decided["decisions"][0]["by"].as_str()), (Some("approved"), Some("Admin")));
    for who in ["owner@bolt.cn", "owner@red-star.cn", ""] {
        assert_eq!(visible(who, 200).await, 1, "{who}");
    }
    let page = world.get(&paths[1], "").await.json();
    assert_eq!(page["wanted"][0]["capability"], "readings:count");
    assert_eq!(page["costs"][0]["handler"], "count");
    let module = world.get(&paths[0], "").await.json();
    assert_eq!((module["latest"].as_str(), module["listing"]["licence"].as_str()), (Some("1.0.0"), Some("MIT")));

    // What was vetted is what is handed out, and what comes with it proves so.
    let artifact = world.get(&paths[2], "").await.is(200);
    assert_eq!(artifact.body, bytes);
    let proven = world.proven(digest).await.unwrap();
    assert_eq!(proven.key_id, world.key.key_id());
    assert_eq!(proven.approval.facts.rules, report["report"]["rules"].as_str().unwrap());
}

#[tokio::test]
async fn whoever_follows_a_submission_is_told_how_far_its_checks_are() {
    let world = World::new().await;
    let bytes = component(&manifest("counter", "1.0.0", &[], &[]), 7);
    let id = world.publish("1.0.0", &bytes).await.is(202).json()["submission"].as_str().unwrap().to_owned();
    let (path, token) = (format!("/v1/submissions/{id}"), world.login("owner@acme.cn").await);
    assert!(world.get(&path, &token).await.json().get("progress").is_none(), "nothing has begun");
    let known = SubmissionId::parse(&id).unwrap();
    world.registry.progress().begin(&known, Stage::Scenarios, world.registry.now());
    let told = world.get(&path, &token).await.json()["progress"].clone();
    assert_eq!(told, json!({"stage": "scenarios", "since": "2026-11-24T08:00:00Z"}));
    let checked = world.checked(&id).await;
    assert!(checked.get("progress").is_none(), "{checked}");
    let stages: Vec<_> = checked["report"]["evidence"]["checks"].as_array().unwrap().iter().collect();
    assert!(stages.iter().all(|check| check["stage"].is_string()), "every check says where it belongs");
    let queue = world.get("/v1/review/queue", &world.login("second@market.cn").await).await.json();
    assert_eq!(queue["counts"], json!({"all": 1, "free": 1, "mine": 0, "overdue": 0}));
    assert!(queue["entries"][0]["topics"].as_array().unwrap().contains(&json!("first-publication")), "{queue}");
}

#[tokio::test]
async fn a_version_that_fails_its_checks_comes_back_and_can_be_built_again() {
    let world = World::new().await;
    let wrong = component(&manifest("counter", "1.0.0", &[], &[]), 8);
    let id = world.publish("1.0.0", &wrong).await.is(202).json()["submission"].as_str().unwrap().to_owned();
    let again = world.publish("1.0.0", &wrong).await.is(202).json();
    assert_eq!(again["submission"], id.as_str(), "the same build is the same submission");
    let report = world.checked(&id).await;
    assert_eq!(report["state"], "failed", "{report}");
    assert!(!report["report"]["findings"].as_array().unwrap().is_empty());
    assert_eq!(world.decide(&id, "approve").await.is(409).code(), "wrong-state");

    let right = component(&manifest("counter", "1.0.0", &[], &[]), 7);
    let id = world.publish("1.0.0", &right).await.is(202).json()["submission"].as_str().unwrap().to_owned();
    assert_eq!(world.checked(&id).await["state"], "review");
    assert_eq!(world.decide(&id, "forget").await.is(422).problem.unwrap().errors[0].pointer, "/decision");
    let admin = world.login("admin@market.cn").await;
    let silent = world.post(&format!("/v1/submissions/{id}/decision"), &admin, json!({"decision": "reject"})).await;
    assert_eq!(silent.is(422).problem.unwrap().errors[0].pointer, "/reason");
    world.decide(&id, "reject").await.is(200);
    assert_eq!(world.publish("1.0.0", &right).await.is(409).code(), "version-exists");
}

#[tokio::test]
async fn what_is_no_component_of_this_provider_is_refused_and_leaves_nothing() {
    let world = World::new().await;
    let good = component(&manifest("counter", "1.0.0", &[], &[]), 7);
    assert_eq!(world.publish("1.0.0", b"no component").await.is(422).code(), "bad-component");
    assert_eq!(world.publish("1.0.0", &good[..good.len() / 2]).await.is(422).code(), "bad-component");
    assert_eq!(world.publish("1.0.0", &wat::parse_str("(module)").unwrap()).await.is(422).code(), "bad-component");
    assert_eq!(world.publish("1.0.0", b"").await.is(422).code(), "bad-component");
    let other = component(&manifest("other", "1.0.0", &[], &[]), 7);
    assert_eq!(world.publish("1.0.0", &other).await.is(422).code(), "bad-component");
    assert_eq!(world.publish("1.0.0", &vec![0; COMPONENT_BYTES + 1]).await.is(413).code(), "too-large");
    // A signature of something else, another key, nobody's key.
    assert_eq!(world.publish("1.0.1", &good).await.is(403).code(), "not-allowed");
    let stranger = Signer::generate(&*world.chance);
    assert_eq!(world.publish_with(&stranger, "counter", "1.0.0", &good).await.is(403).code(), "not-allowed");
    assert_eq!(world.publish_with(&world.key, "nothing", "1.0.0", &good).await.is(404).code(), "not-found");
    let bare = async |who: &str, headers: &[(&str, &str)]| {
        let mut request = Request::builder().method(Method::POST).uri("/v1/modules/counter/versions");
        request = request.header("authorization", format!("Bearer {}", world.login(who).await));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        world.send(request.body(Body::from(good.clone())).unwrap()).await
    };
    assert_eq!(bare("owner@bolt.cn", &[]).await.is(404).code(), "not-found");
    assert_eq!(bare("admin@market.cn", &[]).await.is(403).code(), "not-allowed");
    assert_eq!(bare("owner@acme.cn", &[]).await.is(400).code(), "bad-request");
    assert_eq!(bare("owner@acme.cn", &[("toolcrib-statement", "{}")]).await.is(403).code(), "not-allowed");
    let said = Publication::of(&good, &manifest("counter", "1.0.0", &[], &[]), "test").seal(&world.key);
    assert_eq!(bare("owner@acme.cn", &[("toolcrib-statement", &said)]).await.is(415).code(), "media-type");
    let wasm = ("content-type", "application/wasm");
    // The right bytes under a statement about another manifest.
    let other = Publication::of(&good, &manifest("counter", "1.0.0", &["state"], &[]), "test").seal(&world.key);
    assert_eq!(bare("owner@acme.cn", &[("toolcrib-statement", &other), wasm]).await.is(403).code(), "not-allowed");

    let token = world.login("owner@acme.cn").await;
    assert_eq!(world.get("/v1/submissions", &token).await.json(), json!([]));
    assert!(world.registry.catalog().component(&digest::of(&good)).await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_decides_on_their_own_organisation() {
    let world = World::new().await;
    let bytes = component(&manifest("counter", "1.0.0", &[], &[]), 7);
    let id = world.publish("1.0.0", &bytes).await.is(202).json()["submission"].as_str().unwrap().to_owned();
    world.checked(&id).await;
    world.join("/v1/orgs/marketplace/members", "owner@acme.cn", "reviewer", "admin@market.cn").await.is(204);
    let decide = async |who: &str| {
        let token = world.login(who).await;
        world.post(&format!("/v1/submissions/{id}/decision"), &token, json!({"decision": "approve"})).await
    };
    assert_eq!(decide("owner@acme.cn").await.is(403).code(), "not-allowed");
    world.join("/v1/orgs/acme/members", "wang@acme.cn", "member", "owner@acme.cn").await.is(204);
    assert_eq!(decide("wang@acme.cn").await.is(403).code(), "not-allowed");
    world.join("/v1/orgs/marketplace/members", "r@market.cn", "reviewer", "admin@market.cn").await.is(204);
    assert_eq!(decide("r@market.cn").await.json()["state"], "review", "a first publication needs two");
    assert_eq!(decide("r@market.cn").await.is(409).code(), "wrong-state", "two people");
    assert_eq!(decide("admin@market.cn").await.json()["state"], "approved");
    assert_eq!(decide("admin@market.cn").await.is(409).code(), "wrong-state");
}

#[tokio::test]
async fn a_revoked_key_publishes_nothing_more() {
    let world = World::new().await;
    let token = world.login("owner@acme.cn").await;
    world.delete(&format!("/v1/orgs/acme/keys/{}", world.key.key_id()), &token).await.is(204);
    let bytes = component(&manifest("counter", "1.0.0", &[], &[]), 7);
    assert_eq!(world.publish("1.0.0", &bytes).await.is(403).code(), "not-allowed");
    assert!(PublicKey::parse(&world.key.public_key().to_base64()).is_ok());
}
