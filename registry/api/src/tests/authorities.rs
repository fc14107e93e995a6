//! Cities over HTTP: who may do what, and what an auditor's look leaves behind.

use super::world::{PASSWORD, World};
use axum::http::Method;
use serde_json::json;

async fn with_city() -> World {
    let world = World::new().await;
    let official = json!({"email": "li@hangzhou.gov.cn", "name": "Li", "password": PASSWORD, "role": "official"});
    let org = json!({"slug": "hangzhou", "name": "杭州", "kind": "authority", "city": "330100", "owner": official});
    let admin = world.login("admin@market.cn").await;
    let mut headless = org.clone();
    headless["owner"]["role"] = "owner".into();
    assert_eq!(
        world.post("/v1/orgs", &admin, headless).await.is(422).problem.unwrap().errors[0].pointer,
        "/owner/role"
    );
    assert_eq!(world.post("/v1/orgs", &admin, org).await.json()["city"], "330100");
    for (email, role) in [("audit@hangzhou.gov.cn", "auditor"), ("expert@hangzhou.gov.cn", "assessor")] {
        world.join("/v1/orgs/hangzhou/members", email, role, "li@hangzhou.gov.cn").await.is(204);
    }
    world
}

#[tokio::test]
async fn officials_invite_for_their_city_and_others_find_none() {
    let world = with_city().await;
    let me = world.get("/v1/me", &world.login("audit@hangzhou.gov.cn").await).await.json();
    let place = json!({"slug": "hangzhou", "name": "杭州", "kind": "authority", "city": "330100", "role": "auditor"});
    assert_eq!(me["orgs"], json!([place]));
    let join = async |email: &str| world.join("/v1/orgs/hangzhou/members", "new@x.cn", "assessor", email).await;
    assert_eq!(join("audit@hangzhou.gov.cn").await.is(403).code(), "not-allowed");
    join("owner@acme.cn").await.is(404);
    world.get("/v1/orgs/hangzhou", &world.login("expert@hangzhou.gov.cn").await).await.is(200);
    world.get("/v1/orgs/hangzhou", &world.login("owner@acme.cn").await).await.is(404);
    // Everybody who is signed in may know that there is one: a factory agrees to its audit by name.
    let known = world.get("/v1/authorities", &world.login("owner@red-star.cn").await).await.json();
    assert_eq!(known, json!([{"slug": "hangzhou", "name": "杭州", "city": "330100"}]));
    for (email, status) in [("li@hangzhou.gov.cn", 200), ("expert@hangzhou.gov.cn", 403), ("owner@acme.cn", 404)] {
        world.get("/v1/authorities/330100/audited", &world.login(email).await).await.is(status);
    }
}

#[tokio::test]
async fn an_auditor_reads_what_a_factory_agreed_to_and_the_factory_sees_it() {
    let world = with_city().await;
    let auditor = world.login("audit@hangzhou.gov.cn").await;
    let owner = world.login("owner@red-star.cn").await;
    let path = "/v1/tenants/red-star-shop/audits/hangzhou";
    let agree =
        async |token: &str, days: u32| world.request(Method::PUT, path, token, Some(json!({"days": days}))).await;
    world.get("/v1/tenants/red-star-shop/subscriptions", &auditor).await.is(404);
    agree(&auditor, 30).await.is(404);
    agree(&owner, 0).await.is(422);
    agree(&owner, 30).await.is(204);
    world.get("/v1/tenants/red-star-shop/subscriptions", &auditor).await.is(200);
    world.get("/v1/tenants/red-star-shop/consents", &auditor).await.is(200);
    world.get("/v1/tenants/blue-sky-shop/consents", &auditor).await.is(404);
    // Looking is all: an auditor changes nothing, and sees no people.
    world.get("/v1/tenants/red-star-shop/members", &auditor).await.is(404);
    world.delete(path, &auditor).await.is(404);
    for other in ["li@hangzhou.gov.cn", "expert@hangzhou.gov.cn"] {
        world.get("/v1/tenants/red-star-shop/consents", &world.login(other).await).await.is(404);
    }

    let looks = world.get("/v1/tenants/red-star-shop/looks", &owner).await.json();
    let seen: Vec<_> = looks.as_array().unwrap().iter().map(|look| look["what"].as_str().unwrap()).collect();
    assert_eq!(seen, ["/v1/tenants/red-star-shop/consents", "/v1/tenants/red-star-shop/subscriptions"]);
    assert_eq!(world.get("/v1/me/looks", &auditor).await.json(), looks);
    assert_eq!(world.get("/v1/me/looks?before=1", &auditor).await.json(), json!([]));
    let audited = world.get("/v1/authorities/hangzhou/audited", &auditor).await.json();
    assert_eq!((audited[0]["tenant"].as_str(), audited[0]["in_force"].as_bool()), (Some("red-star-shop"), Some(true)));

    world.delete(path, &owner).await.is(204);
    world.get("/v1/tenants/red-star-shop/consents", &auditor).await.is(404);
    let kept = world.get("/v1/tenants/red-star-shop/audits", &owner).await.json();
    assert_eq!(kept[0]["in_force"], false);
}
