//! A tenant cannot see another through any operation: generated from the OpenAPI documents, so that a new operation is
//! covered the day it appears.

use super::demo::{Answer, Demo, Person};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What stands where an operation takes the id of a row.
pub const SAMPLE_ID: &str = "018f0e6e-7b1c-7cc3-a1b2-0123456789ab";

/// One operation of a document.
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub input: Option<Value>,
    /// Nobody need be signed in.
    pub public: bool,
}

/// All operations of an OpenAPI document, with an input made from its schema.
pub fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("a document has paths");
    let mut found = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("a path has methods") {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let schema = operation.pointer("/requestBody/content/application~1json/schema");
            let input = schema.map(|schema| sample(document, schema));
            let security = operation["security"].as_array();
            let public = security.is_none_or(|schemes| schemes.contains(&json!({})));
            found.push(Operation { method, path: path.clone(), input, public });
        }
    }
    assert!(!found.is_empty());
    found
}

/// The smallest value that fits a schema.
fn sample(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(document, document.pointer(&reference[1..]).expect("references lead somewhere"));
    }
    let first = |key: &str| schema[key].as_array().and_then(|all| all.first());
    if let Some(case) = first("enum") {
        return case.clone();
    }
    if let Some(of) = first("anyOf").or_else(|| first("oneOf")).or_else(|| first("allOf")) {
        return sample(document, of);
    }
    let kind = schema["type"].as_array().map_or(&schema["type"], |kinds| &kinds[0]);
    match (kind.as_str().unwrap_or("object"), schema["format"].as_str().unwrap_or("")) {
        ("null", _) => Value::Null,
        ("boolean", _) => json!(true),
        ("integer" | "number", _) => json!(1),
        ("array", _) => json!([]),
        ("string", "date-time") => json!("2026-11-23T08:00:00Z"),
        ("string", "date") => json!("2026-11-23"),
        ("string", "uuid") => json!(SAMPLE_ID),
        ("string", _) => json!("1"),
        _ => {
            let wanted: BTreeSet<_> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let fields = properties.iter().filter(|(name, _)| wanted.contains(name.as_str()));
            Value::Object(fields.map(|(name, of)| (name.clone(), sample(document, of))).collect::<Map<_, _>>())
        }
    }
}

/// Asks one operation, with every parameter of the path filled in.
pub async fn ask(person: &Person, operation: &Operation, tenant: &str) -> Answer {
    let mut path = operation.path.replace("{tenant}", tenant);
    while let Some((before, (_, after))) =
        path.split_once('{').map(|(before, rest)| (before, rest.split_once('}').unwrap()))
    {
        path = format!("{before}1{after}");
    }
    if path.ends_with("/readings") && operation.method == Method::GET {
        path.push_str("?signal=a.b&from=2026-11-23T08:00:00Z&to=2026-11-23T09:00:00Z");
    }
    if path.ends_with("/readings/days") {
        path.push_str("?from=2026-11-23&to=2026-11-24");
    }
    let request = person.request(operation.method.clone(), &path);
    person.send(if let Some(input) = &operation.input { request.json(input) } else { request }).await
}

#[tokio::test]
async fn a_tenant_cannot_see_another_through_any_operation_of_the_host() {
    hidden_from_others(&Demo::shared()).await;
}

/// A factory is absent to everybody else, whatever he asks.
pub async fn hidden_from_others(demo: &Demo) {
    let ((first, ours), (second, theirs)) = (demo.owner(0).await, demo.owner(1).await);
    let device = demo.device(1);
    let stranger = demo.stranger();
    let document = first.get(&format!("/v1/t/{ours}/openapi.json")).await.ok();
    let operations = operations(&document);
    assert!(operations.iter().any(|operation| operation.path.contains("/m/oee/")), "modules are in the document");
    for operation in &operations {
        let name = format!("{} {}", operation.method, operation.path);
        for (who, other) in [("another tenant's owner", &second), ("another tenant's device", &device)] {
            let answer = ask(other, operation, &ours).await;
            let hidden = answer.status == 404 || (answer.status == 401 && who.ends_with("device"));
            assert!(hidden, "{name} answered {who} with {}: {}", answer.status, answer.text);
            let absent = ask(other, operation, "no-such-tenant").await;
            // The path differs, and the request id; nothing else may.
            assert_eq!(
                (absent.status, &absent.body["detail"]),
                (answer.status, &answer.body["detail"]),
                "{name}: {who} can tell"
            );
        }
        let answer = ask(&stranger, operation, &ours).await;
        assert_eq!(answer.status, 401, "{name} answered a stranger: {}", answer.text);
    }
    assert_ne!(ours, theirs);
}

#[tokio::test]
async fn a_tenant_cannot_see_another_through_any_operation_of_the_registry() {
    let demo = Demo::shared();
    let ((first, ours), (second, _)) = (demo.owner(0).await, demo.owner(1).await);
    let before = first.get(&format!("/v1/tenants/{ours}/subscriptions")).await.ok();
    let document = demo.stranger().get("/v1/registry/openapi.json").await.ok();
    let operations = operations(&document);
    let of_tenants: Vec<_> = operations.iter().filter(|operation| operation.path.contains("{tenant}")).collect();
    assert!(of_tenants.len() >= 5, "subscriptions, devices and members of tenants are in the document");
    for operation in of_tenants {
        let answer = ask(&second, operation, &ours).await;
        let name = format!("{} {}", operation.method, operation.path);
        // A body that is refused before anybody looks at the tenant tells nothing about it either.
        assert!(matches!(answer.status, 404 | 422), "{name}: {} {}", answer.status, answer.text);
        let absent = ask(&second, operation, "no-such-tenant").await;
        assert_eq!(absent.status, answer.status, "{name} tells whether a tenant exists");
        assert_eq!(ask(&demo.stranger(), operation, &ours).await.status, 401, "{name} for a stranger");
    }
    assert_eq!(first.get(&format!("/v1/tenants/{ours}/subscriptions")).await.ok(), before, "nothing changed");
}

#[tokio::test]
async fn a_provider_cannot_touch_another_through_any_operation_of_the_registry() {
    let demo = Demo::shared();
    let (first, second) = (demo.provider(0).await, demo.provider(1).await);
    let me = first.get("/v1/me").await.ok();
    let org = me["orgs"][0]["slug"].as_str().unwrap().to_owned();
    let module = demo.facts()["modules"][0]["name"].as_str().unwrap().to_owned();
    let before =
        (first.get(&format!("/v1/orgs/{org}")).await.ok(), first.get(&format!("/v1/modules/{module}")).await.ok());
    let document = demo.stranger().get("/v1/registry/openapi.json").await.ok();
    let of_providers = operations(&document).into_iter().filter(|operation| {
        let path = &operation.path;
        !operation.public && !path.contains("{tenant}") && (path.contains("{org}") || path.contains("{module}"))
    });
    let of_providers: Vec<_> = of_providers.collect();
    assert!(of_providers.len() >= 15, "{} operations of providers", of_providers.len());
    for operation in of_providers {
        let path = operation.path.replace("{org}", &org).replace("{module}", &module);
        let name = format!("{} {path}", operation.method);
        let operation = Operation { path, ..operation };
        let answer = ask(&second, &operation, "").await;
        assert!(matches!(answer.status, 400 | 403 | 404 | 422), "{name}: {} {}", answer.status, answer.text);
        assert_eq!(ask(&demo.stranger(), &operation, "").await.status, 401, "{name} for a stranger");
    }
    let after =
        (first.get(&format!("/v1/orgs/{org}")).await.ok(), first.get(&format!("/v1/modules/{module}")).await.ok());
    assert_eq!(after, before, "nothing changed");
}

#[tokio::test]
async fn rows_of_another_tenant_are_absent_to_every_operation_that_takes_an_id() {
    absent_under_their_ids(&Demo::shared()).await;
}

/// Who knows the id of another factory's row reads and changes nothing with it.
pub async fn absent_under_their_ids(demo: &Demo) {
    let ((first, ours), (second, theirs)) = (demo.owner(0).await, demo.owner(1).await);
    let document = second.get(&format!("/v1/t/{theirs}/openapi.json")).await.ok();
    let (rates, press) = (format!("/v1/t/{ours}/m/oee/rates"), json!({"equipment": "press-1"}));
    let foreign = ids(&first.post(&rates, &press).await.ok());
    assert!(!foreign.is_empty(), "the demo's first plant has ideal rates, whose rows show their ids");
    let mut asked = 0;
    for mut operation in operations(&document) {
        let Some(input) = operation.input.as_mut().and_then(Value::as_object_mut) else { continue };
        for (name, value) in input.clone() {
            if value == json!(SAMPLE_ID) {
                input.insert(name, json!(foreign[0]));
                asked += 1;
            }
        }
        let answer = ask(&second, &operation, &theirs).await;
        let taken = foreign.iter().any(|id| answer.text.contains(id.as_str()) && answer.status < 300);
        let lists = operation.method == Method::GET || !operation.path.contains("/m/");
        assert!(lists || !taken, "{} answered with a row of another tenant: {}", operation.path, answer.text);
    }
    assert!(asked > 0, "some operation takes an id");
    let after = first.post(&rates, &press).await.ok();
    assert_eq!(ids(&after), foreign, "the other tenant's rows are untouched");
}

/// Every `id` in an answer.
fn ids(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        Value::Object(fields) => {
            let own = fields.get("id").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(ids)).collect()
        }
        _ => Vec::new(),
    }
}
