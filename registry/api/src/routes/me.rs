//! Who one is.

use crate::caller::{Acting, TenantReading};
use crate::present;
use axum::Json;
use toolcrib_registry_client::wire::Me;

/// The person of the access token, with their present roles; for an API token, those within its organisation.
#[utoipa::path(get, path = "/v1/me", tag = "auth", responses((status = 200, body = Me)), security(("person" = []), ("token" = ["read", "tenant-admin"])))]
pub async fn me(asker: Acting<TenantReading>) -> Json<Me> {
    Json(present::me(asker.0.clone()))
}
