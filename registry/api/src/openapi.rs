//! The OpenAPI document: what the endpoints have in common is added here, the rest stands beside each of them.

use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};

/// Security scheme of people: an access token.
pub const PERSON: &str = "person";
/// Security scheme of machines that act for a person: an API token with one of the scopes named beside it.
pub const TOKEN: &str = "token";
/// Security scheme of hosts: a host token.
pub const HOST: &str = "host";

/// The document before any endpoint.
pub fn base() -> OpenApi {
    let bearer = |description: &str| {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.description = Some(description.to_owned());
        SecurityScheme::Http(http)
    };
    let components = ComponentsBuilder::new()
        .security_scheme(PERSON, bearer("Access token of a person, from `/v1/auth/login`; good for 15 minutes"))
        .security_scheme(TOKEN, bearer("API token (`tcr_…`) with one of the scopes that the operation names"))
        .security_scheme(HOST, bearer("Token of a host (`tch_…`)"));
    let info = InfoBuilder::new()
        .title("Toolcrib registry")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Identity, modules, review, subscriptions. Every error is `application/problem+json`."));
    OpenApiBuilder::new().info(info).components(Some(components.build())).build()
}

/// The whole document as text.
pub fn text(document: OpenApi) -> Arc<str> {
    let mut document = serde_json::to_value(document).expect("the document is plain data");
    document["components"]["schemas"]["Problem"] = problem();
    if let Some(paths) = document["paths"].as_object_mut() {
        // The router's form of a parameter that takes the rest of the path is none of OpenAPI's.
        *paths = std::mem::take(paths).into_iter().map(|(path, what)| (path.replace("{*", "{"), what)).collect();
        for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|path| path.values_mut()) {
            if let Some(responses) = operation["responses"].as_object_mut() {
                let schema = json!({"$ref": "#/components/schemas/Problem"});
                let content = json!({"application/problem+json": {"schema": schema}});
                responses.insert("default".into(), json!({"description": "A problem", "content": content}));
            }
        }
    }
    document.to_string().into()
}

/// `toolcrib_contract::problem::Problem`, which knows no OpenAPI.
fn problem() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let error = json!({
        "type": "object", "required": ["pointer", "message"],
        "properties": {"pointer": text("JSON pointer into the body"), "message": text("What is wrong there")},
    });
    json!({
        "type": "object", "required": ["type", "code", "status", "title", "remedy"],
        "properties": {
            "type": text("Page with the remedy"), "code": text("Stable, kebab case"), "status": {"type": "integer"},
            "title": text("What kind of problem"), "detail": text("What happened here"), "remedy": text("What to do"),
            "errors": {"type": "array", "items": error}, "request_id": text("The same id stands in the log"),
        },
    })
}
