//! Signing in, staying signed in, being thrown out.

use super::world::{PASSWORD, World};
use serde_json::json;
use toolcrib_trust::token::{AUDIENCE, ISSUER};
use toolcrib_trust::{Issuer, KeySet, Signer};

#[tokio::test]
async fn a_token_says_where_somebody_belongs() {
    let world = World::new().await;
    let token = world.login(" Owner@Red-Star.cn").await;
    let me = world.get("/v1/me", &token).await.json();
    assert_eq!(
        (me["orgs"][0]["slug"].as_str(), me["tenants"][0]["slug"].as_str()),
        (Some("red-star"), Some("red-star-shop"))
    );
    let jwks = world.get("/.well-known/jwks.json", "").await.json();
    let keys = KeySet::parse(&jwks.to_string()).unwrap();
    let claims = keys.verify(&token, world.registry.now(), ISSUER, AUDIENCE).unwrap();
    assert_eq!(claims.tenants.get(me["tenants"][0]["id"].as_str().unwrap()).map(String::as_str), Some("owner"));
    assert_eq!(claims.orgs.get("red-star").map(String::as_str), Some("owner"));
    world.pass_s(900);
    assert_eq!(world.get("/v1/me", &token).await.is(401).code(), "not-signed-in");
}

#[tokio::test]
async fn an_unknown_address_answers_like_a_wrong_password() {
    let world = World::new().await;
    let try_in = async |email: &str, password: &str| {
        world.post("/v1/auth/login", "", json!({"email": email, "password": password})).await.is(401).problem
    };
    let unknown = try_in("nobody@nowhere.cn", PASSWORD).await;
    assert_eq!(unknown, try_in("owner@acme.cn", "wrong horse!").await);
    assert_eq!(unknown, try_in("owner@acme.cn", "").await);
    assert_eq!(unknown.unwrap().code, "bad-credentials");
}

#[tokio::test]
async fn guessing_is_bounded_for_every_address() {
    let world = World::new().await;
    for email in ["owner@bolt.cn", "nobody@nowhere.cn"] {
        for _ in 0..toolcrib_catalog::ATTEMPTS {
            world.post("/v1/auth/login", "", json!({"email": email, "password": "wrong horse!"})).await.is(401);
        }
        let login = json!({"email": email, "password": PASSWORD});
        assert_eq!(world.post("/v1/auth/login", "", login).await.is(429).code(), "busy");
    }
    world.login("owner@acme.cn").await;
    world.pass_s(toolcrib_catalog::ATTEMPTS_WINDOW_MINUTES * 60 + 1);
    world.login("owner@bolt.cn").await;
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_everything() {
    let world = World::new().await;
    let login = json!({"email": "owner@red-star.cn", "password": PASSWORD});
    let first = world.post("/v1/auth/login", "", login).await.json();
    let refresh = async |tokens: &serde_json::Value| {
        world.post("/v1/auth/refresh", "", json!({"refresh_token": tokens["refresh_token"]})).await
    };
    let second = refresh(&first).await.json();
    let access = second["access_token"].as_str().unwrap();
    world.get("/v1/me", access).await.is(200);
    assert_eq!(refresh(&first).await.is(401).code(), "not-signed-in");
    assert_eq!(refresh(&second).await.is(401).code(), "not-signed-in");
    assert_eq!(world.get("/v1/me", access).await.is(401).code(), "not-signed-in");
    // Signing in again works at once, in the very same second.
    let again = world.login("owner@red-star.cn").await;
    world.get("/v1/me", &again).await.is(200);
}

#[tokio::test]
async fn signing_out_voids_access_tokens_too() {
    let world = World::new().await;
    let login = json!({"email": "owner@red-star.cn", "password": PASSWORD});
    let tokens = world.post("/v1/auth/login", "", login).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    world.post("/v1/auth/logout", "", refresh.clone()).await.is(204);
    world.post("/v1/auth/logout", "", refresh.clone()).await.is(204);
    world.get("/v1/me", access).await.is(401);
    world.post("/v1/auth/refresh", "", refresh).await.is(401);
    let host_hears = world.registry.catalog().entitlements(world.registry.now()).await.unwrap();
    assert_eq!(host_hears.cutoffs.len(), 1);
}

#[tokio::test]
async fn no_forged_or_foreign_token_is_believed() {
    let world = World::new().await;
    let me = world.get("/v1/me", &world.login("owner@acme.cn").await).await.json();
    let id = me["id"].as_str().unwrap().to_owned();
    let stranger = Issuer::new(&Signer::generate(&*world.chance));
    let now = world.registry.now();
    let forged = stranger.issue(id.clone(), Default::default(), Default::default(), now, &*world.chance).unwrap();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.";
    for token in ["", "x", "a.b.c", none, &forged, "tch_unknown", "tcd_unknown"] {
        assert_eq!(world.get("/v1/me", token).await.is(401).code(), "not-signed-in", "{token}");
    }
    // Where nobody needs to be signed in, a bad token is still an error.
    world.get("/v1/modules", "").await.is(200);
    world.get("/v1/modules", &forged).await.is(401);
    let basic = axum::http::Request::builder().uri("/v1/me").header("authorization", "Basic YTpi");
    world.send(basic.body(axum::body::Body::empty()).unwrap()).await.is(401);
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_gone_at_once() {
    let world = World::new().await;
    let members = "/v1/tenants/red-star-shop/members";
    world.join(members, "li@red-star.cn", "admin", "owner@red-star.cn").await.is(204);
    let li = world.login("li@red-star.cn").await;
    world.get("/v1/tenants/red-star-shop/devices", &li).await.is(200);
    world.join(members, "li@red-star.cn", "viewer", "owner@red-star.cn").await.is(204);
    world.get("/v1/tenants/red-star-shop/devices", &li).await.is(401);
    let li = world.login("li@red-star.cn").await;
    assert_eq!(world.get("/v1/tenants/red-star-shop/devices", &li).await.is(403).code(), "not-allowed");
}
