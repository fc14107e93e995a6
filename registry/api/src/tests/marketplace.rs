//! Organisations, keys, names: who may do what.

use super::world::{PASSWORD, World};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use toolcrib_trust::{Signer, statement};

#[tokio::test]
async fn only_the_marketplace_adds_organisations() {
    let world = World::new().await;
    let owner = json!({"email": "x@x.cn", "name": "X", "password": PASSWORD, "role": "owner"});
    let org = json!({"slug": "xx", "name": "X", "kind": "provider", "owner": owner});
    assert_eq!(world.post("/v1/orgs", "", org.clone()).await.is(401).code(), "not-signed-in");
    assert_eq!(
        world.post("/v1/orgs", &world.login("owner@acme.cn").await, org.clone()).await.is(403).code(),
        "not-allowed"
    );
    let admin = world.login("admin@market.cn").await;
    let mut bad = org.clone();
    bad["owner"]["password"] = "short".into();
    let problem = world.post("/v1/orgs", &admin, bad).await.is(422).problem.unwrap();
    assert_eq!(problem.errors[0].pointer, "/owner/password");
    let mut bad = org.clone();
    bad["kind"] = "marketplace".into();
    world.post("/v1/orgs", &admin, bad).await.is(422);
    let mut bad = org.clone();
    bad["owner"]["role"] = "admin".into();
    world.post("/v1/orgs", &admin, bad).await.is(422);
    assert_eq!(world.post("/v1/orgs", &admin, org.clone()).await.json()["members"][0]["role"], "owner");
    assert_eq!(world.post("/v1/orgs", &admin, org).await.is(409).code(), "not-unique");
    // A reviewer is no administrator.
    world.join("/v1/orgs/marketplace/members", "r@market.cn", "reviewer", "admin@market.cn").await.is(204);
    let org = json!({"slug": "yy", "name": "Y", "kind": "sme", "owner": {"email": "y@y.cn", "name": "Y", "password": PASSWORD, "role": "owner"}});
    world.post("/v1/orgs", &world.login("r@market.cn").await, org).await.is(403);
}

#[tokio::test]
async fn an_organisation_is_absent_for_those_outside() {
    let world = World::new().await;
    for (email, status) in
        [("owner@acme.cn", 200), ("admin@market.cn", 200), ("owner@bolt.cn", 404), ("owner@red-star.cn", 404)]
    {
        let token = world.login(email).await;
        world.get("/v1/orgs/acme", &token).await.is(status);
        let keys = if email == "owner@acme.cn" { 200 } else { 404 };
        world.get("/v1/orgs/acme/keys", &token).await.is(keys);
        world.get("/v1/orgs/none", &token).await.is(404);
    }
    world.join("/v1/orgs/acme/members", "wang@acme.cn", "member", "owner@acme.cn").await.is(204);
    assert_eq!(
        world.join("/v1/orgs/acme/members", "z@acme.cn", "member", "wang@acme.cn").await.is(403).code(),
        "not-allowed"
    );
    world.join("/v1/orgs/acme/members", "z@acme.cn", "member", "owner@bolt.cn").await.is(404);
}

#[tokio::test]
async fn only_the_marketplace_lists_organisations() {
    let world = World::new().await;
    world.get("/v1/orgs?kind=provider", &world.login("owner@acme.cn").await).await.is(403);
    let rows = world.get("/v1/orgs?kind=provider", &world.login("second@market.cn").await).await.json();
    let facts = |at: usize| json!([rows[at]["slug"], rows[at]["people"], rows[at]["modules"], rows[at]["keys"]]);
    assert_eq!((facts(0), facts(1)), (json!(["acme", 1, 1, 1]), json!(["bolt", 1, 0, 0])));
    assert_eq!(rows.as_array().unwrap().len(), 2, "factories are no providers");
}

#[tokio::test]
async fn a_key_needs_proof_of_possession() {
    let world = World::new().await;
    let token = world.login("owner@bolt.cn").await;
    let key = Signer::generate(&*world.chance);
    let proof = |org: &str| key.sign(statement::key(org).0, &statement::key(org).1);
    let add = async |public: String, proof: String| {
        world.post("/v1/orgs/bolt/keys", &token, json!({"public_key": public, "proof": proof})).await
    };
    let public = key.public_key().to_base64();
    for (public, proof, pointer) in [
        (public.clone(), proof("acme"), "/proof"),
        (public.clone(), String::new(), "/proof"),
        (world.key.public_key().to_base64(), proof("bolt"), "/proof"),
        ("AAAA".into(), proof("bolt"), "/public_key"),
    ] {
        assert_eq!(add(public, proof).await.is(422).problem.unwrap().errors[0].pointer, pointer);
    }
    let added = add(public.clone(), proof("bolt")).await.is(201).json();
    assert_eq!(added["key_id"], key.key_id());
    // Another provider's key.
    let (context, message) = statement::key("bolt");
    let stolen = add(world.key.public_key().to_base64(), world.key.sign(context, &message)).await;
    assert_eq!(stolen.is(409).code(), "not-unique");
    world.delete(&format!("/v1/orgs/bolt/keys/{}", key.key_id()), &token).await.is(204);
    assert_eq!(world.get("/v1/orgs/bolt/keys", &token).await.json(), json!([]));
}

#[tokio::test]
async fn a_name_is_taken_once_by_a_provider() {
    let world = World::new().await;
    let take = async |name: &str, org: &str, who: &str| {
        world.post("/v1/modules", &world.login(who).await, json!({"name": name, "org": org})).await
    };
    assert_eq!(take("counter", "bolt", "owner@bolt.cn").await.is(409).code(), "not-unique");
    take("counter", "acme", "owner@acme.cn").await.is(201);
    assert_eq!(take("spc", "acme", "owner@bolt.cn").await.is(404).code(), "not-found");
    assert_eq!(take("spc", "red-star", "owner@red-star.cn").await.is(422).code(), "bad-input");
    assert_eq!(take("No Name", "bolt", "owner@bolt.cn").await.is(422).problem.unwrap().errors[0].pointer, "/name");
}

#[tokio::test]
async fn bad_bodies_and_addresses_are_told_what_is_wrong() {
    let world = World::new().await;
    let send = async |body: Vec<u8>, kind: &str| {
        let request = Request::builder().method(Method::POST).uri("/v1/auth/login").header("content-type", kind);
        world.send(request.body(Body::from(body)).unwrap()).await
    };
    assert_eq!(send(b"{".to_vec(), "application/json").await.is(400).code(), "bad-json");
    assert_eq!(send(b"{\"email\":\"\xff\"}".to_vec(), "application/json").await.is(400).code(), "bad-json");
    assert_eq!(send(b"{}".to_vec(), "text/plain").await.is(415).code(), "media-type");
    assert_eq!(send(b"[1]".to_vec(), "application/json; charset=utf-8").await.is(422).code(), "bad-input");
    let large = json!({"email": "x".repeat(crate::body::JSON_BYTES), "password": ""}).to_string();
    assert_eq!(send(large.into_bytes(), "application/json").await.is(413).code(), "too-large");
    let unknown = world.post("/v1/auth/login", "", json!({"email": "a", "password": "b", "otp": 1})).await.is(422);
    assert_eq!(unknown.problem.unwrap().errors[0].pointer, "/otp");
    assert_eq!(world.get("/v1/auth/login", "").await.is(405).code(), "method-not-allowed");
    assert_eq!(world.get("/v1/modules?sort=x", "").await.is(400).code(), "bad-request");
    assert_eq!(world.get("/v1/modules/%ff", "").await.is(404).code(), "not-found");
    let admin = world.login("admin@market.cn").await;
    assert_eq!(world.get("/v1/submissions?state=lost", &admin).await.is(400).code(), "bad-request");
    assert_eq!(world.get("/v1/submissions/1", &admin).await.is(404).code(), "not-found");
}
