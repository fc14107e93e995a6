//! Sessions, passwords, second factors, and how often somebody may try.

use super::oci;
use super::world::{PASSWORD, World};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use std::net::IpAddr;
use toolcrib_catalog::{ATTEMPTS_FROM, Action, PersonId, Rate};
use toolcrib_trust::token::seconds;

impl World {
    async fn sign_in(&self, email: &str, password: &str, code: Option<&str>) -> super::world::Answer {
        self.post("/v1/auth/login", "", json!({"email": email, "password": password, "code": code, "device": "test"}))
            .await
    }

    /// What the app of this person shows.
    async fn app_code(&self, email: &str) -> String {
        let (person, _) = self.registry.catalog().credentials(email).await.unwrap().unwrap();
        let nonce = self.registry.catalog().factor(&person).await.unwrap().unwrap().nonce;
        self.registry.factor(&person, &nonce).code(seconds(self.registry.now()))
    }

    async fn enrol(&self, email: &str) -> Vec<String> {
        let token = self.login(email).await;
        let begun = self.post("/v1/me/second-factor", &token, json!({"password": PASSWORD})).await.is(201).json();
        assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Toolcrib:"), "{begun}");
        let code = json!({"code": self.app_code(email).await});
        let confirmed = self.post("/v1/me/second-factor/confirm", &token, code).await.is(200).json();
        serde_json::from_value(confirmed["recovery_codes"].clone()).unwrap()
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let world = World::new().await;
    let first = world.sign_in("owner@acme.cn", PASSWORD, None).await.json();
    world.pass_s(5);
    let second = world.sign_in("owner@acme.cn", PASSWORD, None).await.json();
    let access = |tokens: &Value| tokens["access_token"].as_str().unwrap().to_owned();
    let refresh = async |tokens: &Value| {
        world.post("/v1/auth/refresh", "", json!({"refresh_token": tokens["refresh_token"]})).await
    };
    let rows = world.get("/v1/me/sessions", &access(&second)).await.json();
    let rows = rows.as_array().unwrap();
    assert_eq!((rows[0]["current"].clone(), rows[0]["device"].clone()), (json!(true), json!("test")));
    let before = rows.len();
    let other = rows[1]["id"].as_str().unwrap();
    world.delete(&format!("/v1/me/sessions/{other}"), &world.login("owner@bolt.cn").await).await.is(404);
    world.delete(&format!("/v1/me/sessions/{other}"), &access(&second)).await.is(204);
    refresh(&first).await.is(401);
    // Access tokens are void everywhere; the session that goes on refreshes.
    world.get("/v1/me", &access(&second)).await.is(401);
    let second = refresh(&second).await.json();
    let end = json!({"keep_current": true});
    world.post("/v1/me/sessions/end", &access(&second), end).await.is(204);
    let second = refresh(&second).await.json();
    let left = world.get("/v1/me/sessions", &access(&second)).await.json();
    assert_eq!((left.as_array().unwrap().len(), before > 2), (1, true), "the world signed in before");
    world.post("/v1/me/sessions/end", &access(&second), json!({"keep_current": false})).await.is(204);
    refresh(&second).await.is(401);
}

#[tokio::test]
async fn a_changed_password_ends_every_session() {
    let world = World::new().await;
    let tokens = world.sign_in("owner@acme.cn", PASSWORD, None).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let change = |current: &str, new: &str| json!({"current": current, "new": new});
    world.post("/v1/me/password", access, change("wrong horse!", "another horse")).await.is(401);
    world.post("/v1/me/password", access, change(PASSWORD, "short")).await.is(422);
    world.post("/v1/me/password", access, change(PASSWORD, "another horse")).await.is(204);
    world.get("/v1/me", access).await.is(401);
    world.post("/v1/auth/refresh", "", json!({"refresh_token": tokens["refresh_token"]})).await.is(401);
    world.sign_in("owner@acme.cn", PASSWORD, None).await.is(401);
    world.sign_in("owner@acme.cn", "another horse", None).await.is(200);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_no_code_works_twice() {
    let world = World::new().await;
    let email = "owner@acme.cn";
    let recovery = world.enrol(email).await;
    assert_eq!(world.sign_in(email, PASSWORD, None).await.is(401).code(), "second-factor-needed");
    assert_eq!(world.sign_in(email, "wrong horse!", None).await.is(401).code(), "bad-credentials");
    // The code that confirmed it is used up.
    let code = world.app_code(email).await;
    assert_eq!(world.sign_in(email, PASSWORD, Some(&code)).await.is(401).code(), "second-factor-needed");
    world.pass_s(30);
    let code = world.app_code(email).await;
    world.sign_in(email, PASSWORD, Some(&code)).await.is(200);
    assert_eq!(world.sign_in(email, PASSWORD, Some(&code)).await.is(401).code(), "second-factor-needed");
    // An older one than the last used is refused, too: it was seen by somebody.
    world.pass_s(60);
    let old = world.app_code(email).await;
    world.pass_s(30);
    let new = world.app_code(email).await;
    world.sign_in(email, PASSWORD, Some(&new)).await.is(200);
    world.sign_in(email, PASSWORD, Some(&old)).await.is(401);
    world.sign_in(email, PASSWORD, Some(&recovery[3].to_uppercase())).await.is(200);
    world.sign_in(email, PASSWORD, Some(&recovery[3])).await.is(401);

    world.pass_s(30);
    let code = world.app_code(email).await;
    let tokens = world.sign_in(email, PASSWORD, Some(&code)).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let again = world.post("/v1/me/second-factor", access, json!({"password": PASSWORD})).await;
    assert_eq!(again.is(409).code(), "wrong-state");
    world.post("/v1/me/second-factor/disable", access, json!({"code": "000000"})).await.is(401);
    world.post("/v1/me/second-factor/disable", access, json!({"code": recovery[4]})).await.is(204);
    world.sign_in(email, PASSWORD, None).await.is(200);
    world.sign_in(email, PASSWORD, Some(&recovery[5])).await.is(200);
}

#[tokio::test]
async fn where_the_marketplace_insists_strong_roles_do_nothing_without_a_second_factor() {
    let world = World::new().await;
    let admin = world.login("admin@market.cn").await;
    let on = json!({"second_factor": true});
    let put =
        async |token: &str, body: Value| world.request(Method::PUT, "/v1/marketplace/policy", token, Some(body)).await;
    put(&world.login("owner@acme.cn").await, on.clone()).await.is(403);
    assert_eq!(put(&admin, on.clone()).await.is(409).code(), "wrong-state", "nobody could undo it");
    world.join("/v1/tenants/red-star-shop/members", "li@x.cn", "operator", "owner@red-star.cn").await.is(204);
    let token = json!({"name": "t", "org": "red-star", "scopes": ["read"], "modules": ["*"], "days": 1});
    let owner = world.login("owner@red-star.cn").await;
    let token = world.post("/v1/me/tokens", &owner, token).await.json()["token"].as_str().unwrap().to_owned();
    world.enrol("admin@market.cn").await;
    put(&admin, on).await.is(200);

    for path in ["/v1/me", "/v1/tenants/red-star-shop", "/v1/me/tokens"] {
        assert_eq!(world.get(path, &owner).await.is(403).code(), "second-factor-missing", "{path}");
    }
    assert_eq!(world.get("/v1/me", &token).await.is(403).code(), "second-factor-missing", "its tokens neither");
    let li = world.login("li@x.cn").await;
    world.get("/v1/tenants/red-star-shop", &li).await.is(200);
    // Hosts do not ask the registry: the token itself says nothing of the tenants.
    let owner = world.login("owner@red-star.cn").await;
    let claims = world.registry.keys().verify(&owner, world.registry.now(), "toolcrib-registry", "toolcrib").unwrap();
    assert!(claims.tenants.is_empty() && claims.orgs.is_empty());
    let status = world.get("/v1/me/second-factor", &owner).await.json();
    assert_eq!(status, json!({"enrolled": false, "needed": true}));
    world.enrol("owner@red-star.cn").await;
    world.get("/v1/tenants/red-star-shop", &owner).await.is(200);
}

#[tokio::test]
async fn guesses_from_one_place_are_bounded_and_right_ones_do_not_count() {
    let world = World::new().await;
    let from: IpAddr = "203.0.113.9".parse().unwrap();
    let attempt = async |at: u32, password: &str, peer: IpAddr, forwarded: &str| {
        let login = json!({"email": format!("nobody{at}@nowhere.cn"), "password": password});
        let request =
            Request::builder().method(Method::POST).uri("/v1/auth/login").header("x-forwarded-for", forwarded);
        let mut request =
            request.header("content-type", "application/json").body(Body::from(login.to_string())).unwrap();
        request.extensions_mut().insert(peer);
        world.send(request).await
    };
    for at in 0..ATTEMPTS_FROM {
        // What a stranger says of itself is not believed.
        attempt(at, "wrong horse!", from, &format!("198.51.100.{at}")).await.is(401);
    }
    assert_eq!(attempt(0, "wrong horse!", from, "").await.is(429).code(), "busy");
    let proxy = "127.0.0.1".parse().unwrap();
    attempt(1_000, "wrong horse!", proxy, "198.51.100.1, 203.0.113.9").await.is(429);
    attempt(1_001, "wrong horse!", proxy, "203.0.113.10").await.is(401);
    attempt(1_002, "wrong horse!", proxy, "").await.is(401);
    world.pass_s(toolcrib_catalog::ATTEMPTS_WINDOW_MINUTES * 60 + 1);
    attempt(0, "wrong horse!", from, "").await.is(401);
    for _ in 0..=ATTEMPTS_FROM {
        world.registry.catalog().attempt_from(from, world.registry.now()).await.unwrap();
        world.registry.catalog().right("owner@acme.cn", Some(from), true, world.registry.now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_bucket_empties_fills_and_can_be_another_for_one_person() {
    let world = World::new().await;
    let owner = world.login("owner@acme.cn").await;
    let name =
        async |at: u32| world.post("/v1/modules", &owner, json!({"name": format!("module-{at}"), "org": "acme"})).await;
    // The world took one name already.
    for at in 0..4 {
        name(at).await.is(201);
    }
    let refused = name(4).await.is(429);
    assert_eq!((refused.code(), refused.headers["retry-after"].to_str().unwrap()), ("too-often", "600"));
    world.pass_s(300);
    assert_eq!(name(4).await.is(429).headers["retry-after"], "300");
    world.pass_s(300);
    name(4).await.is(201);
    name(5).await.is(429);

    let id = world.get("/v1/me", &owner).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/people/{id}/rate");
    let rate = json!({"action": "publish-new", "every_s": 1, "burst": 1_000});
    world.request(Method::PUT, &path, &owner, Some(rate.clone())).await.is(403);
    let admin = world.login("admin@market.cn").await;
    world.request(Method::PUT, &path, &admin, Some(rate)).await.is(204);
    name(5).await.is(201);
    for wrong in
        [json!({"action": "all", "every_s": 1, "burst": 1}), json!({"action": "yank", "every_s": 0, "burst": 1})]
    {
        world.request(Method::PUT, &path, &admin, Some(wrong)).await.is(422);
    }
    world
        .request(Method::PUT, &path, &admin, Some(json!({"action": "publish-new", "every_s": 1, "burst": 0})))
        .await
        .is(204);
    let person = PersonId::parse(&id).unwrap();
    let now = world.registry.now();
    for action in Action::ALL {
        let Rate { burst, .. } = action.rate();
        let mut taken = 0;
        while taken <= burst && world.registry.catalog().take(&person, action, now).await.is_ok() {
            taken += 1;
        }
        assert!(taken <= burst, "{action:?}");
    }
}

#[tokio::test]
async fn clients_of_repositories_cannot_show_a_code_and_use_an_api_token_instead() {
    let world = World::new().await;
    let email = "owner@acme.cn";
    let api = json!({"name": "oci", "org": "acme", "scopes": ["publish-update"], "modules": ["*"], "days": 1});
    let api = world.post("/v1/me/tokens", &world.login(email).await, api).await.is(201).json();
    let before = oci::token(&world, email).await;
    world.enrol(email).await;
    let said = oci::ask_token(&world, email, PASSWORD, &[oci::SCOPE]).await.fails(401, "UNAUTHORIZED");
    assert!(String::from_utf8_lossy(&said.body).contains("API token"), "it says what to do");
    let wrong = oci::ask_token(&world, email, "wrong horse!", &[oci::SCOPE]).await.fails(401, "UNAUTHORIZED");
    assert!(String::from_utf8_lossy(&wrong.body).contains("wrong"), "a guess learns nothing of it");
    oci::ask_token(&world, email, api["token"].as_str().unwrap(), &[oci::SCOPE]).await.is(200);

    // Where the marketplace insists, a strong role without one does nothing here either.
    oci::get(&world, "/v2/", &before).await.is(200);
    world.enrol("admin@market.cn").await;
    let catalog = world.registry.catalog();
    let (admin, _) = catalog.credentials("admin@market.cn").await.unwrap().unwrap();
    let bolt = oci::token(&world, "owner@bolt.cn").await;
    catalog.set_needs_factors(true, &admin, world.registry.now()).await.unwrap();
    oci::get(&world, "/v2/", &bolt).await.fails(401, "UNAUTHORIZED");
    oci::ask_token(&world, "owner@bolt.cn", PASSWORD, &[]).await.fails(401, "UNAUTHORIZED");
}
