//! Tenants: who may do what, consent, and that one is absent for the other.

use super::world::{PASSWORD, World};
use axum::http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn another_tenant_is_absent() {
    let world = World::new().await;
    world.approved("1.0.0", &["count"], &[]).await;
    let base = "/v1/tenants/red-star-shop";
    let owner = world.login("owner@red-star.cn").await;
    let device = world.post(&format!("{base}/devices"), &owner, json!({"name": "press"})).await.is(201).json();
    let device = device["id"].as_str().unwrap();
    let subscribe = json!({"module": "counter", "grants": ["readings:count"]});
    world.post(&format!("{base}/subscriptions"), &owner, subscribe.clone()).await.is(200);
    let member = json!({"email": "spy@x.cn", "name": "Spy", "password": PASSWORD, "role": "owner"});
    let requests: Vec<(Method, String, Option<Value>)> = vec![
        (Method::GET, base.to_owned(), None),
        (Method::GET, format!("{base}/members"), None),
        (Method::POST, format!("{base}/members"), Some(member)),
        (Method::GET, format!("{base}/devices"), None),
        (Method::POST, format!("{base}/devices"), Some(json!({"name": "spy"}))),
        (Method::DELETE, format!("{base}/devices/{device}"), None),
        (Method::POST, format!("{base}/devices/{device}/rotate"), None),
        (Method::POST, format!("{base}/devices/{device}/disable"), None),
        (Method::POST, format!("{base}/devices/{device}/enable"), None),
        (Method::PUT, format!("{base}/devices/{device}/certificate"), Some(json!({"pem": certificate()}))),
        (Method::DELETE, format!("{base}/devices/{device}/certificate"), None),
        (Method::GET, format!("{base}/subscriptions"), None),
        (Method::POST, format!("{base}/subscriptions"), Some(subscribe)),
        (Method::DELETE, format!("{base}/subscriptions/counter"), None),
    ];
    for who in ["owner@blue-sky.cn", "owner@acme.cn", "admin@market.cn"] {
        let token = world.login(who).await;
        for (method, path, body) in &requests {
            let answer = world.request(method.clone(), path, &token, body.clone()).await.is(404);
            assert_eq!(answer.code(), "not-found", "{who} {path}");
        }
        // Through one's own tenant to the other's device.
        world.delete(&format!("/v1/tenants/blue-sky-shop/devices/{device}"), &token).await.is(404);
    }
    assert_eq!(world.get(&format!("{base}/devices"), &owner).await.json().as_array().unwrap().len(), 1);
    assert_eq!(world.get(&format!("{base}/subscriptions"), &owner).await.json().as_array().unwrap().len(), 1);
}

/// Something that has the form of one.
fn certificate() -> String {
    format!("-----BEGIN CERTIFICATE-----\nMIGA{}=\n-----END CERTIFICATE-----\n", "A".repeat(171))
}

#[tokio::test]
async fn a_device_is_switched_and_certified_by_those_who_decide() {
    let world = World::new().await;
    let base = "/v1/tenants/red-star-shop";
    world.join(&format!("{base}/members"), "op@red-star.cn", "operator", "owner@red-star.cn").await.is(204);
    let (owner, operator) = (world.login("owner@red-star.cn").await, world.login("op@red-star.cn").await);
    let made = world.post(&format!("{base}/devices"), &owner, json!({"name": "press"})).await.is(201).json();
    assert_eq!((&made["active"], &made["certificate_sha256"]), (&json!(true), &Value::Null));
    let at = format!("{base}/devices/{}", made["id"].as_str().unwrap());
    for (what, active) in [("disable", false), ("enable", true)] {
        world.request(Method::POST, &format!("{at}/{what}"), &operator, None).await.is(403);
        let switched = world.request(Method::POST, &format!("{at}/{what}"), &owner, None).await.is(200).json();
        assert_eq!((&switched["active"], &switched["token"]), (&json!(active), &Value::Null));
    }
    let certify = |pem: String| Some(json!({"pem": pem}));
    let path = format!("{at}/certificate");
    world.request(Method::PUT, &path, &operator, certify(certificate())).await.is(403);
    let bad = world.request(Method::PUT, &path, &owner, certify("-----BEGIN PRIVATE KEY-----".into())).await.is(422);
    assert_eq!(bad.problem.as_ref().unwrap().errors[0].pointer, "/pem");
    let certified = world.request(Method::PUT, &path, &owner, certify(certificate())).await.is(200).json();
    assert_eq!(certified["certificate_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(
        world.get(&format!("{base}/devices"), &owner).await.json()[0]["certificate_sha256"],
        certified["certificate_sha256"]
    );
    world.delete(&path, &owner).await.is(204);
    assert_eq!(world.get(&format!("{base}/devices"), &owner).await.json()[0]["certificate_sha256"], Value::Null);
}

#[tokio::test]
async fn operators_look_and_admins_change() {
    let world = World::new().await;
    world.approved("1.0.0", &["count"], &[]).await;
    let base = "/v1/tenants/red-star-shop";
    for (email, role) in [("op@red-star.cn", "operator"), ("adm@red-star.cn", "admin")] {
        world.join(&format!("{base}/members"), email, role, "owner@red-star.cn").await.is(204);
    }
    let subscribe = json!({"module": "counter", "grants": ["readings:count"]});
    let operator = world.login("op@red-star.cn").await;
    world.get(&format!("{base}/subscriptions"), &operator).await.is(200);
    for path in ["members", "devices"] {
        world.get(&format!("{base}/{path}"), &operator).await.is(403);
    }
    world.post(&format!("{base}/subscriptions"), &operator, subscribe.clone()).await.is(403);
    world.post(&format!("{base}/devices"), &operator, json!({"name": "x"})).await.is(403);
    world.delete(&format!("{base}/subscriptions/counter"), &operator).await.is(403);

    let admin = world.login("adm@red-star.cn").await;
    world.post(&format!("{base}/subscriptions"), &admin, subscribe).await.is(200);
    world.post(&format!("{base}/devices"), &admin, json!({"name": "x"})).await.is(201);
    world.post(&format!("{base}/devices"), &admin, json!({"name": ""})).await.is(422);
    // An admin lifts nobody above themselves.
    let members = format!("{base}/members");
    assert_eq!(world.join(&members, "op@red-star.cn", "owner", "adm@red-star.cn").await.is(403).code(), "not-allowed");
    assert_eq!(world.join(&members, "adm@red-star.cn", "owner", "adm@red-star.cn").await.is(403).code(), "not-allowed");
    assert_eq!(
        world.join(&members, "owner@red-star.cn", "viewer", "adm@red-star.cn").await.is(403).code(),
        "not-allowed"
    );
    world.join(&members, "op@red-star.cn", "supervisor", "adm@red-star.cn").await.is(204);
    let listed = world.get(&members, &admin).await.json();
    let people = listed.as_array().unwrap();
    assert_eq!(people.len(), 3);
    let id = |email: &str| people.iter().find(|one| one["email"] == email).unwrap()["id"].as_str().unwrap().to_owned();
    world.delete(&format!("{members}/{}", id("owner@red-star.cn")), &admin).await.is(403);
    world.delete(&format!("{members}/{}", id("op@red-star.cn")), &admin).await.is(204);
    world.get(base, &operator).await.is(401);
}

#[tokio::test]
async fn consent_is_whole_and_names_what_is_missing() {
    let world = World::new().await;
    world.approved("1.0.0", &["count", "state"], &["temperature"]).await;
    let owner = world.login("owner@red-star.cn").await;
    let subscribe = async |grants: Value| {
        let body = json!({"module": "counter", "grants": grants});
        world.post("/v1/tenants/red-star-shop/subscriptions", &owner, body).await
    };
    let problem = subscribe(json!(["readings:temperature"])).await.is(403).problem.unwrap();
    assert_eq!(problem.code, "not-consented");
    let messages: Vec<_> = problem.errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(messages, ["`readings:count` is required", "`readings:state` is required"]);
    let surplus = subscribe(json!(["readings:count", "readings:state", "outbound:evil.cn:443"])).await.is(422);
    assert_eq!(surplus.problem.unwrap().errors[0].pointer, "/grants/2");
    let nonsense = subscribe(json!(["readings:count", "everything"])).await.is(422);
    assert_eq!(nonsense.problem.unwrap().errors[0].pointer, "/grants/1");
    assert_eq!(world.get("/v1/tenants/red-star-shop/subscriptions", &owner).await.json(), json!([]));
    let made = subscribe(json!(["readings:count", "readings:state"])).await.json();
    assert_eq!(
        (made["version"].as_str(), made["agreed_by"].as_str(), made["in_force"].as_bool()),
        (Some("1.0.0"), Some("Owner"), Some(true))
    );
    let missing = json!({"module": "nothing", "grants": []});
    world.post("/v1/tenants/red-star-shop/subscriptions", &owner, missing).await.is(404);
    let other = json!({"module": "counter", "version": "9.9.9", "grants": []});
    world.post("/v1/tenants/red-star-shop/subscriptions", &owner, other).await.is(404);
}

#[tokio::test]
async fn a_device_token_is_shown_once() {
    let world = World::new().await;
    let owner = world.login("owner@red-star.cn").await;
    let path = "/v1/tenants/red-star-shop/devices";
    let made = world.post(path, &owner, json!({"name": "press 1"})).await.is(201).json();
    assert!(made["token"].as_str().unwrap().starts_with("tcd_"));
    let listed = world.get(path, &owner).await.json();
    assert_eq!((listed[0]["name"].as_str(), listed[0].get("token")), (Some("press 1"), None));
    world.delete(&format!("{path}/{}", made["id"].as_str().unwrap()), &owner).await.is(204);
    world.delete(&format!("{path}/{}", made["id"].as_str().unwrap()), &owner).await.is(404);
}

#[tokio::test]
async fn tenants_are_added_by_their_owners_and_the_marketplace() {
    let world = World::new().await;
    let tenant = |slug: &str, zone: &str| json!({"org": "red-star", "slug": slug, "name": "New", "time_zone": zone});
    for (who, status) in
        [("owner@blue-sky.cn", 404), ("owner@acme.cn", 404), ("owner@red-star.cn", 201), ("admin@market.cn", 201)]
    {
        let slug = who.split_once('@').unwrap().0.to_owned() + &status.to_string();
        world.post("/v1/tenants", &world.login(who).await, tenant(&slug, "Europe/Berlin")).await.is(status);
    }
    let owner = world.login("owner@red-star.cn").await;
    let zone = world.post("/v1/tenants", &owner, tenant("zone", "Mars/Olympus")).await.is(422);
    assert_eq!(zone.problem.unwrap().errors[0].pointer, "/time_zone");
    assert_eq!(world.post("/v1/tenants", &owner, tenant("blue-sky-shop", "UTC")).await.is(409).code(), "not-unique");
}
