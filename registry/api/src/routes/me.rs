//! Who one is.

use crate::caller::Asker;
use crate::present;
use axum::Json;
use toolcrib_registry_client::wire::Me;

/// The person of the access token, with their present roles.
#[utoipa::path(get, path = "/v1/me", tag = "auth", responses((status = 200, body = Me)), security(("person" = [])))]
pub async fn me(Asker(person): Asker) -> Json<Me> {
    Json(present::me(person))
}
