//! What factories say is wrong with a module, for the marketplace to look at.

use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{Action, Viewer};
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire::{Complain, Complaint, SettleMark};

/// Says what is wrong with a module that is on offer. At most 20 of a tenant wait at once, and one person may report five
/// at once, then one an hour. By owners and admins.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/complaints/{module}", tag = "tenants",
    params(("tenant" = String, Path, description = "Id or slug"), ("module" = String, Path, description = "Name")),
    request_body = Complain, responses((status = 204, description = "The marketplace will look at it")),
    security(("person" = [])))]
pub async fn complain(
    State(registry): State<Registry>,
    asker: Asker,
    At((name, module)): At<(String, String)>,
    JsonBody(Complain { text }): JsonBody<Complain>,
) -> Result<StatusCode, Failed> {
    let tenant = asker.tenant(&registry, &name, &["owner", "admin"]).await?;
    registry.catalog().module(&Viewer::default(), &module).await?;
    registry.catalog().take(asker.id(), Action::Complaint, registry.now()).await?;
    registry.catalog().complain(&tenant.id, &module, &text, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What nobody has looked at yet, oldest first, at most 200. For administrators and reviewers of the marketplace.
#[utoipa::path(get, path = "/v1/complaints", tag = "submissions", responses((status = 200, body = Vec<Complaint>)),
    security(("person" = [])))]
pub async fn complaints(State(registry): State<Registry>, asker: Asker) -> Result<Json<Vec<Complaint>>, Failed> {
    asker.needs_marketplace(&["admin", "reviewer"])?;
    let row = |one: toolcrib_catalog::Complaint| Complaint {
        number: one.number,
        tenant: one.tenant,
        tenant_name: one.tenant_name,
        module: one.module,
        version: one.version,
        text: one.text,
        said_by: one.said_by,
        said_at: Instant(one.said_us).to_string(),
    };
    Ok(Json(registry.catalog().open_complaints().await?.into_iter().map(row).collect()))
}

/// Notes that somebody looked at it, and what came of it. The module itself is not changed by this.
#[utoipa::path(post, path = "/v1/complaints/{complaint}/settle", tag = "submissions",
    params(("complaint" = i64, Path, description = "Number")),
    request_body = SettleMark, responses((status = 204)), security(("person" = [])))]
pub async fn settle_complaint(
    State(registry): State<Registry>,
    asker: Asker,
    At(complaint): At<i64>,
    JsonBody(settle): JsonBody<SettleMark>,
) -> Result<StatusCode, Failed> {
    asker.needs_marketplace(&["admin", "reviewer"])?;
    registry.catalog().settle_complaint(complaint, &settle.reason, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
