//! Tokens of hosts and keys of tokens: given out, exchanged, taken back, without anybody noticing.

use super::world::World;
use serde_json::json;
use toolcrib_catalog::{HOST_TOKEN_OVERLAP_S, HOST_TOKENS};
use toolcrib_trust::KeySet;
use toolcrib_trust::rotation::PUBLISHED_S;
use toolcrib_trust::token::{AUDIENCE, ISSUER};

#[tokio::test]
async fn a_host_gets_tokens_exchanges_them_and_loses_them() {
    let world = World::new().await;
    let admin = world.login("admin@market.cn").await;
    let days = json!({"days": 30});
    world.post("/v1/hosts/plant-1/tokens", &world.login("owner@acme.cn").await, days.clone()).await.is(403);
    let made = world.post("/v1/hosts/plant-1/tokens", &admin, days.clone()).await.is(201).json();
    let first = made["token"].as_str().unwrap();
    world.get("/v1/hosts/snapshot", first).await.is(200);
    world.pass_s(60);
    let next = world.post("/v1/hosts/rotate-token", first, json!({})).await.is(201).json();
    let second = next["token"].as_str().unwrap();
    for token in [first, second] {
        world.get("/v1/hosts/snapshot", token).await.is(200);
    }
    world.pass_s(HOST_TOKEN_OVERLAP_S);
    world.get("/v1/hosts/snapshot", first).await.is(401);
    world.get("/v1/hosts/snapshot", second).await.is(200);
    let admin = world.login("admin@market.cn").await;
    let hosts = world.get("/v1/hosts", &admin).await.json();
    assert_eq!((hosts[0]["name"].clone(), hosts[0]["tokens"].as_array().unwrap().len()), (json!("plant-1"), 1));
    assert!(!hosts.to_string().contains(second));
    let path = format!("/v1/hosts/plant-1/tokens/{}", next["id"].as_str().unwrap());
    world.delete(&path.replace("plant-1", "plant-2"), &admin).await.is(404);
    world.delete(&path, &admin).await.is(204);
    world.get("/v1/hosts/snapshot", second).await.is(401);

    world.post("/v1/hosts/plant-1/tokens", &admin, json!({"days": 367})).await.is(422);
    for _ in 0..HOST_TOKENS {
        world.post("/v1/hosts/plant-1/tokens", &admin, days.clone()).await.is(201);
    }
    assert_eq!(world.post("/v1/hosts/plant-1/tokens", &admin, days).await.is(409).code(), "wrong-state");
    world.host().await;
    let hosts = world.get("/v1/hosts", &world.login("admin@market.cn").await).await.json();
    let has_all = |at: usize| (hosts[at]["name"].clone(), hosts[at]["current"].clone());
    assert_eq!((has_all(0), has_all(1)), ((json!("host"), json!(true)), (json!("plant-1"), json!(false))));
    assert_eq!(world.post("/v1/hosts/rotate-token", super::world::HOST, json!({})).await.is(409).code(), "wrong-state");
}

#[tokio::test]
async fn another_token_key_takes_over_and_nobody_is_signed_out() {
    let world = World::new().await;
    let path = "/v1/marketplace/token-keys/rotate";
    let why = json!({"reason": "yearly"});
    let kept = KeySet::parse(&world.get("/.well-known/jwks.json", "").await.json().to_string()).unwrap();
    let admin = world.login("admin@market.cn").await;
    world.post(path, &world.login("owner@acme.cn").await, why.clone()).await.is(403);
    assert_eq!(world.post(path, &admin, why.clone()).await.is(409).code(), "wrong-state", "the next key is too young");
    world.pass_s(PUBLISHED_S);
    let before = world.login("owner@red-star.cn").await;
    let admin = world.login("admin@market.cn").await;
    let key_id = world.post(path, &admin, why).await.is(200).json()["key_id"].as_str().unwrap().to_owned();
    let after = world.login("owner@red-star.cn").await;
    for token in [&before, &after] {
        world.get("/v1/me", token).await.is(200);
    }
    assert_ne!(header(&before)["kid"], header(&after)["kid"]);
    assert_eq!(header(&after)["kid"], key_id);
    // A host that has not asked for the keys since before the change reads the new token, too.
    kept.verify(&after, world.registry.now(), ISSUER, AUDIENCE).unwrap();
    let keys = world.get("/.well-known/jwks.json", "").await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 3);
    assert_eq!(*world.kept_keys.lock().unwrap(), 1, "kept for the next start");
}

fn header(token: &str) -> serde_json::Value {
    let header = jsonwebtoken::decode_header(token).unwrap();
    serde_json::to_value(header).unwrap()
}
