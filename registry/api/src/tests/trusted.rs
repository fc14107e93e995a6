//! Trusted publishing, with a small issuer that really answers over HTTP.

use super::component::{component, manifest};
use super::oci;
use super::world::{Answer, World};
use crate::{CiIssuer, Waits};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::get;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toolcrib_trust::publication::Publication;

/// A CI with its issuer. Its key set is whatever stands in it now.
struct Ci {
    url: String,
    keys: Arc<Mutex<Vec<(String, EncodingKey)>>>,
    fetched: Arc<Mutex<u32>>,
}

impl Ci {
    async fn start() -> Self {
        let (keys, fetched) = (Arc::new(Mutex::new(Vec::<(String, EncodingKey)>::new())), Arc::new(Mutex::new(0)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (served, count) = (keys.clone(), fetched.clone());
        let jwks = move || async move {
            *count.lock().unwrap() += 1;
            let key = |(kid, key): &(String, EncodingKey)| {
                let mut jwk = Jwk::from_encoding_key(key, Algorithm::ES256).unwrap();
                jwk.common.key_id = Some(kid.clone());
                serde_json::to_value(jwk).unwrap()
            };
            json!({"keys": served.lock().unwrap().iter().map(key).collect::<Vec<_>>()}).to_string()
        };
        let routes = axum::Router::new().route("/jwks", get(jwks));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let ci = Self { url, keys, fetched };
        ci.new_key("first");
        ci
    }

    fn new_key(&self, kid: &str) {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        self.keys.lock().unwrap().push((kid.to_owned(), EncodingKey::from_ec_der(pair.as_ref())));
    }

    /// An identity token of the newest key, with one claim changed.
    fn identity(&self, world: &World, jti: &str, change: (&str, Value)) -> String {
        let iat = toolcrib_trust::token::seconds(world.registry.now());
        let mut claims = json!({
            "iss": self.url, "aud": "toolcrib", "iat": iat, "exp": iat + 300, "jti": jti, "repository": "acme-soft/counter",
            "repository_owner_id": "4711", "environment": "release", "event_name": "push",
            "workflow_ref": "acme-soft/counter/.github/workflows/release.yml@refs/tags/v1",
        });
        claims[change.0] = change.1;
        let keys = self.keys.lock().unwrap();
        let (kid, key) = keys.last().unwrap();
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(kid.clone());
        jsonwebtoken::encode(&header, &claims, key).unwrap()
    }

    fn plain(&self, world: &World, jti: &str) -> String {
        self.identity(world, jti, ("event_name", json!("push")))
    }
}

async fn setting() -> (World, Ci) {
    let ci = Ci::start().await;
    let issuer = CiIssuer { issuer: ci.url.clone(), jwks_url: format!("{}/jwks", ci.url) };
    let waits = Waits { force: Duration::from_secs(20), poll: Duration::from_secs(20) };
    let world = World::with(waits, vec![issuer]).await;
    let owner = world.login("owner@acme.cn").await;
    let publisher = json!({"issuer": ci.url, "owner_id": "4711", "repository": "acme-soft/counter", "workflow": "release.yml", "environment": "release"});
    world.post("/v1/modules/counter/trusted-publishers", &owner, publisher).await.is(201);
    (world, ci)
}

async fn exchange(world: &World, module: &str, identity: &str) -> Answer {
    world.post("/v1/trusted-publishing/token", "", json!({"module": module, "identity": identity})).await
}

async fn publish(world: &World, token: &str, version: &str) -> Answer {
    let bytes = component(&manifest("counter", version, &[], &[]), 7);
    let said = Publication::of(&bytes, &manifest("counter", version, &[], &[]), "test");
    let request = Request::builder().method(Method::POST).uri("/v1/modules/counter/versions");
    let request = request
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/wasm")
        .header("toolcrib-statement", said.seal(&world.key));
    world.send(request.body(Body::from(bytes)).unwrap()).await
}

fn token(answer: &Answer) -> String {
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_workflow_publishes_with_what_it_is_and_makes_no_new_module() {
    let (world, ci) = setting().await;
    let made = token(&exchange(&world, "counter", &ci.plain(&world, "1")).await.is(201));
    assert!(made.starts_with("tcr_tp_"), "{made}");
    let submitted = publish(&world, &made, "1.0.0").await.is(202).json();
    let path = format!("/v1/submissions/{}", submitted["submission"].as_str().unwrap());
    world.get(&path, &made).await.is(200);
    assert_eq!(
        world.post("/v1/modules", &made, json!({"name": "gauge", "org": "acme"})).await.is(403).code(),
        "token-scope"
    );
    world.get("/v1/modules/other", &made).await.is(403);
    world.post("/v1/me/tokens", &made, json!({})).await.is(403);
    world.pass_s(1_800);
    publish(&world, &made, "1.0.1").await.is(401);
    let listed = world.get("/v1/me/tokens", &world.login("owner@acme.cn").await).await.json();
    assert_eq!(listed, json!([]), "it is nobody's own");
}

#[tokio::test]
async fn an_identity_is_exchanged_once_until_its_age_refuses_it() {
    let (world, ci) = setting().await;
    let identity = ci.plain(&world, "once");
    exchange(&world, "counter", &identity).await.is(201);
    assert_eq!(exchange(&world, "counter", &identity).await.is(403).code(), "not-allowed");
    // In the leeway after its end it is still readable, and still spent.
    world.pass_s(359);
    assert!(exchange(&world, "counter", &identity).await.is(403).problem.unwrap().detail.unwrap().contains("before"));
    world.pass_s(1);
    assert!(exchange(&world, "counter", &identity).await.is(403).problem.unwrap().detail.unwrap().contains("expired"));
}

#[tokio::test]
async fn only_the_workflow_that_was_set_up_is_trusted() {
    let (world, ci) = setting().await;
    for (at, (claim, value)) in [
        ("repository_owner_id", json!("4712")),
        ("repository", json!("acme-soft/other")),
        ("workflow_ref", json!("acme-soft/counter/.github/workflows/test.yml@refs/heads/main")),
        ("workflow_ref", json!("evil/counter/.github/workflows/release.yml@refs/heads/main")),
        ("environment", json!("test")),
        ("environment", Value::Null),
        ("event_name", json!("pull_request_target")),
        ("event_name", json!("workflow_run")),
        ("aud", json!("another-registry")),
        ("iss", json!("https://unknown.example")),
        ("exp", json!(1)),
    ]
    .into_iter()
    .enumerate()
    {
        let identity = ci.identity(&world, &at.to_string(), (claim, value.clone()));
        assert_eq!(exchange(&world, "counter", &identity).await.is(403).code(), "not-allowed", "{claim} {value}");
    }
    assert_eq!(exchange(&world, "absent", &ci.plain(&world, "a")).await.is(403).code(), "not-allowed");
    exchange(&world, "counter", "no token").await.is(403);
    exchange(&world, "counter", &ci.plain(&world, "b")).await.is(201);
}

#[tokio::test]
async fn a_new_key_of_the_issuer_is_fetched_and_strangers_keys_are_not_asked_for_all_the_time() {
    let (world, ci) = setting().await;
    exchange(&world, "counter", &ci.plain(&world, "1")).await.is(201);
    exchange(&world, "counter", &ci.plain(&world, "2")).await.is(201);
    assert_eq!(*ci.fetched.lock().unwrap(), 1);
    ci.new_key("second");
    exchange(&world, "counter", &ci.plain(&world, "3")).await.is(403);
    assert_eq!(*ci.fetched.lock().unwrap(), 1, "not twice within half a minute");
    world.pass_s(30);
    exchange(&world, "counter", &ci.plain(&world, "3")).await.is(201);
    assert_eq!(*ci.fetched.lock().unwrap(), 2);
    ci.keys.lock().unwrap().clear();
    ci.new_key("third");
    world.pass_s(600);
    exchange(&world, "counter", &ci.plain(&world, "4")).await.is(201);
}

#[tokio::test]
async fn a_module_can_take_versions_from_trusted_publishers_only() {
    let (world, ci) = setting().await;
    let owner = world.login("owner@acme.cn").await;
    let path = "/v1/modules/counter/trusted-publishers";
    let listed = world.get(path, &owner).await.json();
    let id = listed["publishers"][0]["id"].as_str().unwrap();
    let only = async |only: bool| {
        let body = Some(json!({"trusted_only": only}));
        world.request(Method::PUT, "/v1/modules/counter/trusted-only", &owner, body).await
    };
    only(true).await.is(204);
    assert_eq!(publish(&world, &owner, "1.0.0").await.is(403).code(), "not-allowed");
    let made = token(&exchange(&world, "counter", &ci.plain(&world, "1")).await);
    publish(&world, &made, "1.0.0").await.is(202);
    world.delete(&format!("{path}/{id}"), &world.login("owner@bolt.cn").await).await.is(404);
    world.delete(&format!("{path}/{id}"), &owner).await.is(204);
    publish(&world, &made, "1.0.1").await.is(401);
    exchange(&world, "counter", &ci.plain(&world, "2")).await.is(403);
    only(false).await.is(204);
    assert_eq!(only(true).await.is(409).code(), "wrong-state", "nobody could publish");
}

#[tokio::test]
async fn publishers_are_checked_and_bounded_in_number() {
    let (world, ci) = setting().await;
    let owner = world.login("owner@acme.cn").await;
    let path = "/v1/modules/counter/trusted-publishers";
    let with = |name: &str, value: &str| {
        let mut new = json!({"issuer": ci.url, "owner_id": "1", "repository": "a/b", "workflow": "r.yml"});
        new[name] = json!(value);
        new
    };
    for (name, value) in [
        ("issuer", "https://unknown.example"),
        ("owner_id", "acme"),
        ("repository", "acme"),
        ("repository", "a/b/c"),
        ("workflow", "../r.yml"),
        ("workflow", "r.sh"),
        ("environment", " "),
    ] {
        let problem = world.post(path, &owner, with(name, value)).await.is(422).problem.unwrap();
        assert_eq!(problem.errors[0].pointer, format!("/{name}"), "{value}");
    }
    for at in 1..toolcrib_catalog::TRUSTED_PUBLISHERS {
        world.post(path, &owner, with("workflow", &format!("r{at}.yml"))).await.is(201);
    }
    assert_eq!(world.post(path, &owner, with("workflow", "more.yml")).await.is(409).code(), "wrong-state");
}

#[tokio::test]
async fn such_a_module_is_pushed_to_by_trusted_publishers_only_as_well() {
    let (world, ci) = setting().await;
    let owner = world.login("owner@acme.cn").await;
    let body = Some(json!({"trusted_only": true}));
    world.request(Method::PUT, "/v1/modules/counter/trusted-only", &owner, body).await.is(204);
    let bytes = oci::counter("1.0.0");
    let person = oci::token(&world, "owner@acme.cn").await;
    oci::push_blob(&world, &person, &bytes).await;
    oci::push_blob(&world, &person, &oci::config(&bytes)).await;
    oci::put_manifest(&world, &person, "1.0.0", &oci::image(&bytes)).await.fails(403, "DENIED");
    oci::sign(&world, &person, "1.0.0", &bytes, &oci::image(&bytes)).await.fails(403, "DENIED");

    let made = token(&exchange(&world, "counter", &ci.plain(&world, "1")).await);
    let said = oci::ask_token(&world, "ci", &made, &[oci::SCOPE]).await.is(200).json();
    let workflow = said["token"].as_str().unwrap();
    let image = oci::push_version(&world, workflow, "1.0.0", &bytes).await;
    oci::sign(&world, workflow, "1.0.0", &bytes, &image).await.is(201);
    assert!(oci::submission(&world, "1.0.0").await.is_some());
    world.pass_s(toolcrib_catalog::TRUSTED_TOKEN_S);
    oci::get(&world, "/v2/", workflow).await.fails(401, "UNAUTHORIZED");
}
