//! The marketplace's shelves over HTTP: who may change what, and what everybody sees.

use super::world::{HOST, World};
use axum::http::Method;
use serde_json::{Value, json};

impl World {
    async fn put(&self, path: &str, email: &str, body: Value) -> super::world::Answer {
        self.request(Method::PUT, path, &self.login(email).await, Some(body)).await
    }
}

fn plan(code: &str, kind: &str, price: &str, days: u32) -> Value {
    json!({"code": code, "kind": kind, "name": {"zh": "套餐", "en": "Plan"}, "price": price, "trial_days": days})
}

#[tokio::test]
async fn the_marketplace_keeps_the_tree_and_providers_tag_their_own_modules() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    let segment = json!({"parent": "33", "name": {"zh": "金属工具制造", "en": "Metal tools"}});
    world.put("/v1/segments/332", "owner@acme.cn", segment.clone()).await.is(403);
    world.put("/v1/segments/332", "admin@market.cn", segment).await.is(204);
    world
        .put("/v1/tags/problem/scrap", "admin@market.cn", json!({"name": {"zh": "废品", "en": "Scrap"}}))
        .await
        .is(204);
    world.put("/v1/tags/colour/red", "admin@market.cn", json!({"name": {"zh": "红", "en": "Red"}})).await.is(404);
    let tags = json!({"segments": ["332"], "problems": ["scrap"], "equipment": []});
    world.put("/v1/modules/counter/tags", "owner@bolt.cn", tags.clone()).await.is(403);
    world.put("/v1/modules/counter/tags", "owner@acme.cn", tags.clone()).await.is(204);
    assert_eq!(world.get("/v1/modules/counter/tags", "").await.json(), tags);
    let found = world.get("/v1/shelf?segment=33&query=%E5%BA%9F%E5%93%81", "").await.json();
    assert_eq!((found["total"].clone(), found["cards"][0]["module"].clone()), (json!(1), json!("counter")));
    let names: Vec<_> = found["facets"].as_array().unwrap().iter().map(|facet| facet["name"]["en"].clone()).collect();
    assert!(names.contains(&json!("Metal tools")) && names.contains(&json!("Scrap")), "{names:?}");
    assert_eq!(world.get("/v1/segments", "").await.json().as_array().unwrap().len(), 32);
    assert_eq!(world.get("/v1/shelf?rows=101", "").await.is(422).code(), "bad-input");
    assert_eq!(world.get("/v1/shelf?colour=red", "").await.is(400).code(), "bad-request");
}

#[tokio::test]
async fn a_module_nobody_may_see_has_no_plans_tags_or_ratings_either() {
    let world = World::new().await;
    for what in ["plans", "tags", "ratings", "deprecation", "usage?from=2026-11-01&until=2026-11-02"] {
        let path = format!("/v1/modules/counter/{what}");
        let expected = if what.starts_with("usage") { 401 } else { 404 };
        world.get(&path, "").await.is(expected);
        world.get(&path, &world.login("owner@red-star.cn").await).await.is(404);
        let own = world.get(&path, &world.login("owner@acme.cn").await).await.status.as_u16();
        assert_eq!(own, if what == "deprecation" { 404 } else { 200 }, "{what}");
    }
    world.put("/v1/tenants/red-star-shop/plans/counter", "owner@red-star.cn", json!({"plan": "x"})).await.is(404);
    world
        .put("/v1/tenants/red-star-shop/ratings/counter", "owner@red-star.cn", json!({"stars": 1, "text": ""}))
        .await
        .is(404);
    assert_eq!(world.get("/v1/shelf", &world.login("admin@market.cn").await).await.json()["total"], 0);
}

#[tokio::test]
async fn a_priced_module_is_subscribed_with_a_plan_and_its_use_is_counted() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    world.host().await;
    world.pass_s(41);
    let provider = world.login("owner@acme.cn").await;
    world.post("/v1/modules/counter/plans", &provider, plan("use", "per_use", "0.0125", 0)).await.is(201);
    assert_eq!(
        world.post("/v1/modules/counter/plans", &provider, plan("no", "per_use", "0.00001", 0)).await.is(422).code(),
        "bad-input"
    );
    assert_eq!(world.get("/v1/modules/counter/plans", "").await.json()[0]["price"], "0.0125");
    let owner = world.login("owner@red-star.cn").await;
    let path = "/v1/tenants/red-star-shop/subscriptions";
    let subscribe = json!({"module": "counter", "grants": []});
    assert_eq!(world.post(path, &owner, subscribe.clone()).await.is(409).code(), "plan-needed");
    let choose = "/v1/tenants/red-star-shop/plans/counter";
    world.put(choose, "owner@red-star.cn", json!({"plan": "use", "cap_fen": 100})).await.is(200);
    world.post(path, &owner, subscribe.clone()).await.is(200);

    let me = world.get("/v1/me", &owner).await.json();
    let tenant = me["tenants"][0]["id"].clone();
    let day = &world.registry.now().to_string()[..10];
    let line = |calls: u64| json!({"tenant": tenant, "module": "counter", "day": day, "calls": calls, "faults": 1, "rows_written": 0, "cpu_us": 5});
    world.post("/v1/hosts/usage", &owner, json!({"lines": [line(1)]})).await.is(401);
    let stranger = json!({"tenant": "x", "module": "counter", "day": day, "calls": 1, "faults": 0, "rows_written": 0, "cpu_us": 0});
    for _ in 0..2 {
        let taken = world.post("/v1/hosts/usage", HOST, json!({"lines": [line(80), stranger]})).await.json();
        assert_eq!((taken["taken"].clone(), taken["refused"][0]["line"].clone()), (json!(1), json!(1)));
    }
    let chosen = world.get("/v1/tenants/red-star-shop/plans", &owner).await.json();
    assert_eq!(
        (chosen[0]["used"].clone(), chosen[0]["used_fen"].clone(), chosen[0]["over_cap"].clone()),
        (json!(80), json!(100), json!(true))
    );
    world.approved("1.1.0", &[], &[]).await;
    assert_eq!(world.post(path, &owner, subscribe).await.is(403).code(), "over-cap");
    // It came by itself, because it asks nothing new.
    let same = json!({"module": "counter", "version": "1.1.0", "grants": []});
    world.post(path, &owner, same).await.is(200);
    let usage = format!("/v1/modules/counter/usage?from={day}&until={day}");
    let provider = world.login("owner@acme.cn").await;
    let row = world.get(&usage, &provider).await.json()[0].clone();
    assert_eq!(
        (row["calls"].clone(), row["faults"].clone(), row["tenants"].clone()),
        (json!(80), json!(1), json!("1-4"))
    );
    assert!(!row.to_string().contains("red-star"), "no tenant is told: {row}");
    world.get(&usage, &owner).await.is(403);
    let owner = world.login("owner@red-star.cn").await;
    world.delete(&format!("{path}/counter"), &owner).await.is(202);
    assert_eq!(world.get("/v1/tenants/red-star-shop/plans", &owner).await.json(), json!([]));
}

#[tokio::test]
async fn a_providers_page_shows_its_papers_and_its_modules() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    let owner = world.login("owner@acme.cn").await;
    let paper = json!({"title": "ISO 9001", "issuer": "CQC", "number": "1", "valid_until": "2026-11-30", "digest": format!("sha256:{}", "a".repeat(64))});
    world.post("/v1/orgs/acme/qualifications", &world.login("owner@bolt.cn").await, paper.clone()).await.is(404);
    let made = world.post("/v1/orgs/acme/qualifications", &owner, paper).await.is(201).json();
    world.put("/v1/orgs/acme/about", "owner@acme.cn", json!({"about": {"zh": "我们", "en": "We"}})).await.is(204);
    world.pass_s(8 * 86_400);
    let page = world.get("/v1/providers/acme", "").await.json();
    assert_eq!((page["qualifications"][0]["expired"].clone(), page["about"]["en"].clone()), (json!(true), json!("We")));
    assert_eq!(page["modules"][0]["module"], "counter");
    world.get("/v1/providers/red-star", "").await.is(404);
    let path = format!("/v1/orgs/acme/qualifications/{}", made["id"].as_str().unwrap());
    let owner = world.login("owner@acme.cn").await;
    world.delete(&path, &owner).await.is(204);
    world.delete(&path, &owner).await.is(404);
}

#[tokio::test]
async fn a_notice_stands_where_the_module_is_shown() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    let notice = json!({"text": {"zh": "请迁移", "en": "Move on"}, "successor": null});
    world.put("/v1/modules/counter/deprecation", "owner@bolt.cn", notice.clone()).await.is(403);
    world.put("/v1/modules/counter/deprecation", "owner@acme.cn", notice.clone()).await.is(204);
    assert_eq!(world.get("/v1/modules/counter/deprecation", "").await.json(), notice);
    assert_eq!(world.get("/v1/shelf", "").await.json()["cards"][0]["deprecated"], true);
    world.delete("/v1/modules/counter/deprecation", &world.login("owner@acme.cn").await).await.is(204);
    world.get("/v1/modules/counter/deprecation", "").await.is(404);
}

#[tokio::test]
async fn a_factory_reports_a_problem_only_the_marketplace_reads_it_and_nobody_reports_without_end() {
    let world = World::new().await;
    let (path, owner) = ("/v1/tenants/red-star-shop/complaints/counter", world.login("owner@red-star.cn").await);
    let text = json!({"text": "数量对不上"});
    world.post(path, &owner, text.clone()).await.is(404);
    world.approved("1.0.0", &[], &[]).await;
    world.post(path, &world.login("owner@acme.cn").await, text.clone()).await.is(404);
    world.post(path, &owner, json!({"text": " "})).await.is(422);
    for _ in 0..4 {
        world.post(path, &owner, text.clone()).await.is(204);
    }
    assert_eq!(world.post(path, &owner, text).await.is(429).code(), "too-often");
    let (market, provider) = (world.login("admin@market.cn").await, world.login("owner@acme.cn").await);
    world.get("/v1/complaints", &provider).await.is(403);
    let open = world.get("/v1/complaints", &market).await.json();
    assert_eq!(open.as_array().unwrap().len(), 4);
    assert_eq!((&open[0]["tenant"], &open[0]["said_by"]), (&json!("red-star-shop"), &json!("Owner")));
    let settle = format!("/v1/complaints/{}/settle", open[0]["number"]);
    world.post(&settle, &provider, json!({"reason": "x"})).await.is(403);
    world.post(&settle, &market, json!({"reason": "provider told"})).await.is(204);
    world.post(&settle, &market, json!({"reason": "again"})).await.is(404);
    assert_eq!(world.get("/v1/complaints", &market).await.json().as_array().unwrap().len(), 3);
}
