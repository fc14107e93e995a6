//! What every operation of the document accepts is what it enforces: generated, so that a new one is covered the day it
//! appears.

use super::world::World;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use toolcrib_catalog::Scope;

struct Operation {
    id: String,
    method: Method,
    path: String,
    /// Whether nobody may ask, too.
    open: bool,
    person: bool,
    scopes: Vec<String>,
}

async fn operations(world: &World) -> Vec<Operation> {
    let document = world.get("/v1/registry/openapi.json", "").await.json();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security = operation["security"].as_array().cloned().unwrap_or_default();
            let scheme = |name: &str| security.iter().find_map(|one| one.get(name).cloned());
            let scopes = scheme("token").unwrap_or(json!([]));
            found.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: fill(path),
                open: security.is_empty() || security.contains(&json!({})),
                person: scheme("person").is_some(),
                scopes: scopes.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned()).collect(),
            });
        }
    }
    found
}

fn fill(path: &str) -> String {
    let mut path = path.replace("{org}", "acme").replace("{module}", "counter").replace("{tenant}", "red-star-shop");
    while let Some((before, rest)) = path.split_once('{') {
        path = format!("{before}018f0e6e-7b1c-7cc3-a1b2-0123456789ab{}", rest.split_once('}').unwrap().1);
    }
    path
}

async fn token(world: &World, email: &str, org: &str, scopes: &[&str], modules: &[&str]) -> String {
    let new = json!({"name": "ci", "org": org, "scopes": scopes, "modules": modules, "days": 30});
    let made = world.post("/v1/me/tokens", &world.login(email).await, new).await.is(201).json();
    made["token"].as_str().unwrap().to_owned()
}

async fn code(world: &World, operation: &Operation, token: &str) -> (u16, String) {
    let body = (operation.method != Method::GET && operation.method != Method::DELETE).then(|| json!({}));
    let answer = world.request(operation.method.clone(), &operation.path, token, body).await;
    (answer.status.as_u16(), answer.problem.map(|problem| problem.code).unwrap_or_default())
}

#[tokio::test]
async fn a_token_without_the_scope_is_refused_everywhere_and_one_with_it_nowhere() {
    let world = World::new().await;
    let operations = operations(&world).await;
    let all: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let every = token(&world, "owner@acme.cn", "acme", &all, &["*"]).await;
    let (mut scoped, mut made) = (0, BTreeMap::<Vec<&str>, String>::new());
    for operation in &operations {
        let id = &operation.id;
        if !operation.person {
            // Nobody is needed, or a host is.
            let expected = if operation.open { 0 } else { 401 };
            let (status, _) = code(&world, operation, &every).await;
            assert!(expected == 0 || status == expected, "{id}: {status}");
            continue;
        }
        if !operation.open {
            assert_eq!(code(&world, operation, "").await, (401, "not-signed-in".into()), "{id} for nobody");
        }
        if operation.scopes.is_empty() {
            assert_eq!(code(&world, operation, &every).await, (403, "token-scope".into()), "{id} takes a person");
            continue;
        }
        scoped += 1;
        let others: Vec<_> =
            all.iter().copied().filter(|scope| !operation.scopes.iter().any(|own| own == scope)).collect();
        for scopes in [others.clone()].into_iter().chain(all.iter().map(|scope| vec![*scope])) {
            if !made.contains_key(&scopes) {
                // The bucket of new tokens fills again.
                world.pass_s(60);
                made.insert(scopes.clone(), token(&world, "owner@acme.cn", "acme", &scopes, &["*"]).await);
            }
        }
        let without = &made[&others];
        assert_eq!(code(&world, operation, without).await, (403, "token-scope".into()), "{id} without its scope");
        for scope in &operation.scopes {
            let (status, code) = code(&world, operation, &made[&vec![scope.as_str()]]).await;
            assert!(status != 401 && code != "token-scope", "{id} with `{scope}`: {status} {code}");
        }
    }
    assert!(scoped >= 15, "{scoped} operations take a token");
}

#[tokio::test]
async fn a_token_counts_for_its_modules_and_its_organisation_only() {
    let world = World::new().await;
    let narrow = token(&world, "owner@acme.cn", "acme", &["read", "publish-new", "publish-update"], &["press-*"]).await;
    let (status, code) = {
        let answer = world.get("/v1/modules/counter", &narrow).await;
        (answer.status.as_u16(), answer.code().to_owned())
    };
    assert_eq!((status, code.as_str()), (403, "token-scope"));
    let new = |name: &str, org: &str| json!({"name": name, "org": org});
    world.post("/v1/modules", &narrow, new("gauge", "acme")).await.is(403);
    world.post("/v1/modules", &narrow, new("press-gauge", "acme")).await.is(201);
    assert_eq!(world.post("/v1/modules", &narrow, new("press-two", "bolt")).await.is(404).code(), "not-found");

    world.approved("1.0.0", &[], &[]).await;
    let pages = world.get("/v1/modules/counter", "").await.json();
    let artifact = format!("/v1/artifacts/{}", pages["versions"][0]["digest"].as_str().unwrap());
    world.get(&artifact, "").await.is(200);
    assert_eq!(world.get(&artifact, &narrow).await.is(403).code(), "token-scope");

    // Somebody of two organisations: the token of one shows nothing of the other.
    world.join("/v1/orgs/bolt/members", "owner@acme.cn", "owner", "owner@bolt.cn").await.is(204);
    world.post("/v1/modules", &world.login("owner@bolt.cn").await, new("drill", "bolt")).await.is(201);
    let person = world.login("owner@acme.cn").await;
    world.get("/v1/modules/drill", &person).await.is(200);
    let acme = token(&world, "owner@acme.cn", "acme", &["read", "tenant-admin"], &["*"]).await;
    world.get("/v1/modules/drill", &acme).await.is(404);
    world.get("/v1/orgs/bolt", &acme).await.is(404);
    let me = world.get("/v1/me", &acme).await.json();
    assert_eq!(me["orgs"].as_array().unwrap().len(), 1);
    let listed = world.get("/v1/modules", &acme).await.json().to_string();
    assert!(listed.contains("counter") && !listed.contains("drill"), "{listed}");
    world.get("/v1/tenants/red-star-shop/devices", &acme).await.is(404);
}

#[tokio::test]
async fn a_token_is_listed_used_revoked_and_expires() {
    let world = World::new().await;
    let owner = world.login("owner@red-star.cn").await;
    let made = token(&world, "owner@red-star.cn", "red-star", &["tenant-admin"], &["*"]).await;
    let device = json!({"name": "press"});
    world.post("/v1/tenants/red-star-shop/devices", &made, device.clone()).await.is(201);
    let listed = world.get("/v1/me/tokens", &owner).await.json();
    assert!(listed[0]["used_at"].is_string() && listed[0]["token"].is_null(), "{listed}");
    assert!(!listed.to_string().contains(&made), "the text is kept nowhere");
    let path = format!("/v1/me/tokens/{}", listed[0]["id"].as_str().unwrap());
    world.delete(&path, &world.login("owner@acme.cn").await).await.is(404);
    world.delete(&path, &owner).await.is(204);
    world.delete(&path, &owner).await.is(404);
    assert_eq!(world.post("/v1/tenants/red-star-shop/devices", &made, device).await.is(401).code(), "not-signed-in");

    let short = token(&world, "owner@red-star.cn", "red-star", &["read"], &["*"]).await;
    world.get("/v1/me", &short).await.is(200);
    let mut typo = short.clone();
    typo.pop();
    world.get("/v1/me", &typo).await.is(401);
    world.pass_s(30 * 86_400);
    world.get("/v1/me", &short).await.is(401);
    let owner = world.login("owner@red-star.cn").await;
    assert_eq!(world.get("/v1/me/tokens", &owner).await.json(), json!([]));
    let endless = json!({"name": "x", "org": "red-star", "scopes": ["read", "all"], "modules": ["A*"], "days": 367});
    let wrong = world.post("/v1/me/tokens", &owner, endless).await.is(422).problem.unwrap();
    let pointers: Vec<_> = wrong.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/scopes/1", "/modules/0", "/days"]);
}

#[tokio::test]
async fn a_token_ends_with_its_persons_place() {
    let world = World::new().await;
    world.join("/v1/tenants/red-star-shop/members", "li@x.cn", "admin", "owner@red-star.cn").await.is(204);
    let made = token(&world, "li@x.cn", "red-star", &["tenant-admin"], &["*"]).await;
    world.get("/v1/tenants/red-star-shop/devices", &made).await.is(200);
    let id = world.get("/v1/me", &made).await.json()["id"].as_str().unwrap().to_owned();
    let owner = world.login("owner@red-star.cn").await;
    world.delete(&format!("/v1/tenants/red-star-shop/members/{id}"), &owner).await.is(204);
    world.get("/v1/tenants/red-star-shop/devices", &made).await.is(401);
}

#[tokio::test]
async fn a_person_has_a_bounded_number_of_tokens() {
    let world = World::new().await;
    for at in 0..=toolcrib_catalog::TOKENS {
        let owner = world.login("owner@acme.cn").await;
        let new = json!({"name": format!("t{at}"), "org": "acme", "scopes": ["read"], "modules": ["*"], "days": 30});
        let expected = if at < toolcrib_catalog::TOKENS { 201 } else { 409 };
        world.post("/v1/me/tokens", &owner, new).await.is(expected);
        world.pass_s(61);
    }
    let many: Vec<_> = (0..=toolcrib_catalog::TOKEN_PATTERNS).map(|at| json!(format!("m{at}-*"))).collect();
    let new = json!({"name": "t", "org": "acme", "scopes": ["read"], "modules": Value::Array(many), "days": 30});
    world.post("/v1/me/tokens", &world.login("owner@acme.cn").await, new).await.is(422);
}
