//! What hosts hear, and that changes wait for them.

use super::world::{HOST, World};
use crate::Waits;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire::{SignedSnapshot, Snapshot};
use toolcrib_trust::{secret, statement};

fn open(world: &World, answer: &super::world::Answer) -> Snapshot {
    let signed: SignedSnapshot = serde_json::from_value(answer.json()).unwrap();
    let public = world.notary.signer().public_key();
    assert_eq!(signed.key_id, public.key_id());
    let (context, message) = statement::snapshot(&signed.payload);
    public.verify(context, &message, &signed.signature).unwrap();
    serde_json::from_str(&signed.payload).unwrap()
}

#[tokio::test]
async fn snapshots_are_signed_complete_and_rise() {
    let world = World::new().await;
    world.approved("1.0.0", &["count"], &["state"]).await;
    world.registry.catalog().ensure_host("host", &secret::hash(HOST), world.registry.now()).await.unwrap();
    let owner = world.login("owner@red-star.cn").await;
    let before = open(&world, &world.get("/v1/hosts/snapshot", HOST).await);
    assert_eq!(before.tenants.len(), 2);
    assert!(before.tenants.iter().all(|tenant| tenant.active && tenant.modules.is_empty()));
    world.pass_s(41); // The host is away: nobody waits for it.
    let (provider, name) = (world.login("owner@acme.cn").await, json!({"zh": "月付", "en": "Monthly"}));
    let plan = json!({"code": "month", "kind": "monthly", "name": name, "price": "99", "readings_months": 24});
    let shown = world.post("/v1/modules/counter/plans", &provider, plan).await.is(201).json();
    assert_eq!(shown["readings_months"], 24);
    let chosen = json!({"plan": "month", "cap_fen": 9_900});
    let choose = "/v1/tenants/red-star-shop/plans/counter";
    world.request(axum::http::Method::PUT, choose, &owner, Some(chosen)).await.is(200);
    let made = world.post(
        "/v1/tenants/red-star-shop/subscriptions",
        &owner,
        json!({"module": "counter", "grants": ["readings:count"]}),
    );
    let made = made.await.json();
    assert_eq!(made["in_force"], false);
    let device = world.post("/v1/tenants/red-star-shop/devices", &owner, json!({"name": "press"})).await.json();
    let after = open(&world, &world.get(&format!("/v1/hosts/snapshot?after={}", before.seq), HOST).await);
    assert_eq!(after.seq, before.seq + 3);
    let tenant = after.tenants.iter().find(|tenant| tenant.slug == "red-star-shop").unwrap();
    assert_eq!(tenant.devices[0].token_sha256, secret::hash(device["token"].as_str().unwrap()));
    let kept = &tenant.readings[0];
    assert_eq!((kept.module.as_str(), kept.months, &kept.until), ("counter", 24, &None));
    let entitled = &tenant.modules[0];
    assert_eq!((entitled.module.as_str(), entitled.version.as_str()), ("counter", "1.0.0"));
    assert_eq!(json!(entitled.grants), json!(["readings:count"]));
    world.proven(&entitled.digest).await.unwrap();
    let artifact = world.get(&format!("/v1/artifacts/{}", entitled.digest), HOST).await.is(200);
    assert_eq!(toolcrib_trust::digest::of(&artifact.body), entitled.digest);
    // The same number again is the same text.
    let again = open(&world, &world.get("/v1/hosts/snapshot", HOST).await);
    assert_eq!(again, after);
    world.get(&format!("/v1/hosts/snapshot?after={}", after.seq), HOST).await.is(204);
    assert_eq!(world.get("/v1/hosts/snapshot?after=999", HOST).await.is(409).code(), "wrong-state");
}

#[tokio::test]
async fn what_came_back_from_a_backup_is_newer_than_anything_that_hosts_have_seen() {
    let world = World::new().await;
    let catalog = world.registry.catalog();
    catalog.ensure_host("host", &secret::hash(HOST), world.registry.now()).await.unwrap();
    let before = open(&world, &world.get("/v1/hosts/snapshot", HOST).await);
    // What was in force when the disk was lost.
    let known = before.seq + 40;
    let poll = format!("/v1/hosts/snapshot?after={known}");
    assert_eq!(world.get(&poll, HOST).await.is(409).code(), "wrong-state");
    let revocations = catalog.revocation_seq().await.unwrap();
    let number = catalog.came_back(world.registry.now()).await.unwrap();
    let after = open(&world, &world.get(&poll, HOST).await);
    assert_eq!((after.seq, after.tenants), (number, before.tenants));
    assert!(number > known && after.revocations > revocations + 40, "{number}, {}", after.revocations);
    // The same backup once more, after further changes: higher still, whatever the clock says.
    world.pass_s(1);
    assert!(catalog.came_back(world.registry.now()).await.unwrap() >= number + 1_000);
    let again = catalog.came_back(Instant(0)).await.unwrap();
    assert_eq!(again, catalog.came_back(Instant(0)).await.unwrap() - 1);
}

#[tokio::test]
async fn an_end_is_answered_when_every_connected_host_has_confirmed_it() {
    let world = Arc::new(World::new().await);
    world.approved("1.0.0", &["count"], &[]).await;
    let owner = world.login("owner@red-star.cn").await;
    let path = "/v1/tenants/red-star-shop/subscriptions";
    world.post(path, &owner, json!({"module": "counter", "grants": ["readings:count"]})).await.is(200);
    let seq = world.host().await;
    let ending = tokio::spawn({
        let (world, owner) = (world.clone(), owner.clone());
        async move { world.delete(&format!("{path}/counter"), &owner).await }
    });
    // A long poll hears of it at once; the answer still waits for the confirmation.
    let heard = world.get(&format!("/v1/hosts/snapshot?after={seq}&wait_s=20"), HOST).await;
    let snapshot = open(&world, &heard);
    assert_eq!(snapshot.seq, seq + 1);
    assert!(snapshot.tenants.iter().all(|tenant| tenant.modules.is_empty()));
    assert!(!ending.is_finished());
    world.get(&format!("/v1/hosts/snapshot?after={}", snapshot.seq), HOST).await.is(204);
    ending.await.unwrap().is(204);
    assert_eq!(world.get(path, &owner).await.json(), json!([]));
    world.delete(&format!("{path}/counter"), &owner).await.is(404);
}

#[tokio::test]
async fn a_change_says_so_when_no_host_is_there_to_confirm_it() {
    let world = World::new().await;
    world.approved("1.0.0", &["count"], &[]).await;
    world.host().await;
    world.pass_s(41);
    let owner = world.login("owner@red-star.cn").await;
    let path = "/v1/tenants/red-star-shop/subscriptions";
    let made = world.post(path, &owner, json!({"module": "counter", "grants": ["readings:count"]})).await.json();
    assert_eq!(made["in_force"], false);
    world.host().await;
    assert_eq!(world.get(path, &owner).await.json()[0]["in_force"], true);
    world.pass_s(41);
    world.delete(&format!("{path}/counter"), &owner).await.is(202);
}

#[tokio::test]
async fn every_wait_ends() {
    let world = World::patient(Waits { force: Duration::ZERO, poll: Duration::ZERO }).await;
    let seq = world.host().await;
    world.get(&format!("/v1/hosts/snapshot?after={seq}&wait_s=1000000"), HOST).await.is(204);
    // The host is connected and does not confirm.
    let owner = world.login("owner@red-star.cn").await;
    let path = "/v1/tenants/red-star-shop/devices";
    let device = world.post(path, &owner, json!({"name": "press"})).await.is(201).json();
    world.delete(&format!("{path}/{}", device["id"].as_str().unwrap()), &owner).await.is(202);
}

#[tokio::test]
async fn only_hosts_get_snapshots_and_only_what_was_approved() {
    let world = World::new().await;
    world.host().await;
    let admin = world.login("admin@market.cn").await;
    for token in ["", "tch_guessed", admin.as_str()] {
        assert_eq!(world.get("/v1/hosts/snapshot", token).await.is(401).code(), "not-signed-in");
    }
    assert_eq!(world.get("/v1/hosts/snapshot?after=-1", HOST).await.is(400).code(), "bad-request");
    let bytes = super::component::component(&super::component::manifest("counter", "1.0.0", &[], &[]), 7);
    let submitted: Value = world.publish("1.0.0", &bytes).await.is(202).json();
    let path = format!("/v1/artifacts/{}", submitted["digest"].as_str().unwrap());
    world.get(&path, HOST).await.is(404);
    world.get(&path, "tch_guessed").await.is(401);
    world.get(&path, &admin).await.is(200);
    world.get("/v1/artifacts/sha256:..", HOST).await.is(404);
}
