//! OCI distribution: through the router, and with a client that others wrote over real HTTP.

mod blobs;
mod client;
mod manifests;
mod publishing;
mod referrers;
mod tags;
mod tokens;
mod uploads;

use super::component::{component, manifest};
use super::world::{PASSWORD, World};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, digest};
use tower::ServiceExt;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const SIGNATURE: &str = "application/vnd.toolcrib.signature.v1+json";
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// The repository of the tests' module.
pub const REPOSITORY: &str = "acme/counter";
pub const SCOPE: &str = "repository:acme/counter:pull,push";

/// An answer of an OCI endpoint.
pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Said {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and code of an error, whose shape is checked.
    #[track_caller]
    pub fn error(&self) -> (u16, String) {
        assert!(self.status >= 400, "{}", self.status);
        let errors = self.json()["errors"].clone();
        assert!(!errors[0]["message"].as_str().unwrap().is_empty(), "{errors}");
        (self.status, errors[0]["code"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    pub fn fails(self, status: u16, code: &str) -> Self {
        assert_eq!(self.error(), (status, code.to_owned()), "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }
}

/// Asks for something below `/v2`. An empty token is none.
pub async fn call(
    world: &World,
    method: &str,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Said {
    let path = if path.starts_with("/v2") { path.to_owned() } else { format!("/v2/{REPOSITORY}{path}") };
    let mut request = Request::builder().method(method).uri(path).header("host", "registry.test:8080");
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = world.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    assert_eq!(parts.headers["docker-distribution-api-version"], "registry/2.0");
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    Said { status: parts.status.as_u16(), headers: parts.headers, body }
}

pub async fn get(world: &World, path: &str, token: &str) -> Said {
    call(world, "GET", path, token, &[], "").await
}

/// Asks for a token, with everybody's password; nobody asks with an empty address.
pub async fn ask_token(world: &World, who: &str, password: &str, scopes: &[&str]) -> Said {
    let scopes: String = scopes.iter().map(|scope| format!("&scope={scope}")).collect();
    let basic = format!("Basic {}", STANDARD.encode(format!("{who}:{password}")));
    let headers = [("authorization", basic.as_str())];
    let headers = if who.is_empty() { &[][..] } else { &headers[..] };
    call(world, "GET", &format!("/v2/token?service=toolcrib-oci{scopes}"), "", headers, "").await
}

/// The token of somebody for the tests' repository.
pub async fn token(world: &World, who: &str) -> String {
    let said = ask_token(world, who, PASSWORD, &[SCOPE]).await.is(200);
    said.json()["token"].as_str().unwrap().to_owned()
}

/// Pushes content in one request. Returns its digest.
pub async fn push_blob(world: &World, token: &str, bytes: &[u8]) -> String {
    let digest = digest::of(bytes);
    call(world, "POST", &format!("/blobs/uploads/?digest={digest}"), token, &[], bytes.to_vec()).await.is(201);
    digest
}

pub fn described(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest::of(bytes), "size": bytes.len()})
}

/// The config that a client would write, unlike ours.
pub fn config(component: &[u8]) -> Vec<u8> {
    let layers = [digest::of(component)];
    json!({"architecture": "wasm", "os": "wasip2", "layerDigests": layers}).to_string().into_bytes()
}

/// The manifest of a component, as a client would write it.
pub fn image(component: &[u8]) -> Vec<u8> {
    let layers = [described("application/wasm", component)];
    let image = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": described(CONFIG, &config(component)), "layers": layers});
    serde_json::to_vec_pretty(&image).unwrap()
}

pub async fn put_manifest(world: &World, token: &str, reference: &str, content: &[u8]) -> Said {
    call(world, "PUT", &format!("/manifests/{reference}"), token, &[("content-type", MANIFEST)], content.to_vec()).await
}

/// A component of the tests' module.
pub fn counter(version: &str) -> Vec<u8> {
    component(&manifest("counter", version, &["count"], &[]), 7)
}

/// Pushes a component with its config, and its manifest under a tag. Returns the manifest.
pub async fn push_version(world: &World, token: &str, tag: &str, component: &[u8]) -> Vec<u8> {
    push_blob(world, token, component).await;
    push_blob(world, token, &config(component)).await;
    let image = image(component);
    put_manifest(world, token, tag, &image).await.is(201);
    image
}

/// The layer that signs a component with a key, as another version perhaps.
pub fn signature(world: &World, key: &Signer, version: &str, component: &[u8]) -> Vec<u8> {
    let described = world.registry.vetter().describe(component);
    let described = described.unwrap_or_else(|_| manifest("counter", version, &[], &[]));
    let said = Publication::of(component, &described, "a test");
    Publication { version: version.to_owned(), module: "counter".to_owned(), ..said }.seal(key).into_bytes()
}

/// Something that refers to a manifest.
pub fn referring(kind: &str, layer: &[u8], subject: &[u8]) -> Vec<u8> {
    let image = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind, "config": described(EMPTY, b"{}"),
        "layers": [described(kind, layer)], "subject": described(MANIFEST, subject), "annotations": {"made.by": "a test"},
    });
    image.to_string().into_bytes()
}

/// Pushes something that refers to a manifest.
pub async fn push_referring(world: &World, token: &str, kind: &str, layer: &[u8], subject: &[u8]) -> Said {
    push_blob(world, token, b"{}").await;
    push_blob(world, token, layer).await;
    let content = referring(kind, layer, subject);
    put_manifest(world, token, &digest::of(&content), &content).await
}

/// Signs what was pushed, with the organisation's key.
pub async fn sign(world: &World, token: &str, version: &str, component: &[u8], image: &[u8]) -> Said {
    push_referring(world, token, SIGNATURE, &signature(world, &world.key, version, component), image).await
}

/// The id of the only submission of a version.
pub async fn submission(world: &World, version: &str) -> Option<String> {
    let all = world.get("/v1/submissions", &world.login("owner@acme.cn").await).await.json();
    let found = all.as_array().unwrap().iter().find(|one| one["version"] == version)?;
    Some(found["id"].as_str().unwrap().to_owned())
}

/// Everything from a component to an approved version, pushed through OCI. Returns component and manifest.
pub async fn approved(world: &World, version: &str) -> (Vec<u8>, Vec<u8>) {
    let (owner, component) = (token(world, "owner@acme.cn").await, counter(version));
    let image = push_version(world, &owner, version, &component).await;
    sign(world, &owner, version, &component, &image).await.is(201);
    let id = submission(world, version).await.unwrap();
    assert_eq!(world.checked(&id).await["state"], "review");
    world.decide(&id, "approve").await.is(200);
    (component, image)
}
