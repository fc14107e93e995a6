//! `/.well-known/wasm-pkg/registry.json`: tells tools for WebAssembly packages that versions are pulled by OCI.

use crate::oci::access::Ask;
use axum::Json;
use serde_json::{Value, json};

/// Package `acme:oee` is repository `acme/oee`.
pub async fn wasm_pkg(ask: Ask) -> Json<Value> {
    let mut oci = json!({"namespacePrefix": ""});
    if let Some((_, host)) = ask.base.split_once("://") {
        oci["registry"] = json!(host);
    }
    Json(json!({"preferredProtocol": "oci", "oci": oci}))
}
