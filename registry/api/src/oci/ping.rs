//! `GET /v2/`: whether this is a registry, and whether the token is good.

use crate::oci::access::Ask;
use crate::oci::refused::Refused;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// Without a token always 401, although anybody may pull: clients that see 200 here never get themselves a token.
pub async fn ping(State(registry): State<Registry>, ask: Ask) -> Result<Json<Value>, Refused> {
    ask.granted(&registry, None).await?;
    Ok(Json(json!({})))
}
