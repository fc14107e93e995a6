//! The OpenAPI document says everything.

use super::world::World;
use serde_json::Value;
use std::collections::BTreeSet;

/// What everybody may ask.
const OPEN: [&str; 8] = ["login", "refresh", "logout", "jwks", "exchange", "checkpoint", "tile", "revocations"];

#[tokio::test]
async fn every_operation_is_described_whole() {
    let world = World::new().await;
    let document = world.get("/v1/registry/openapi.json", "").await.json();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["host", "person", "token"]);
    let mut ids = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} stands twice");
            assert!(!operation["summary"].as_str().unwrap_or("").is_empty(), "{id} has no summary");
            assert_eq!(operation["security"].is_null(), OPEN.contains(&id), "{id}");
            // What these do, the address says alone.
            if method == "post" && !["rotate_device", "disable_device", "enable_device"].contains(&id) {
                assert!(operation["requestBody"]["content"].is_object(), "{id} takes a body");
            }
            for name in path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(parameters.iter().any(|one| one["name"] == name && one["in"] == "path"), "{id} {name}");
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses["default"]["content"]["application/problem+json"].is_object());
            for (status, response) in responses.iter().filter(|(status, _)| *status == "200" || *status == "201") {
                assert!(response["content"].is_object(), "{id} {status}");
            }
        }
    }
    assert!(ids.len() >= 110, "{} {ids:?}", ids.len());
    for reference in references(&document) {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{reference}");
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(reference)) => vec![reference.clone()],
                _ => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
