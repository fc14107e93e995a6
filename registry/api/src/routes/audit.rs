//! The audit, for administrators, reviewers and auditors of the marketplace.

use super::queue::MARKETPLACE;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::Params;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use toolcrib_catalog::CatalogError;
use toolcrib_contract::problem::INTERNAL;
use toolcrib_registry_client::wire::{AuditLine, AuditProof};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Lines {
    /// Number of the last line that is known.
    after: u64,
    /// Only lines about this module, organisation or tenant (by the name or id that the lines have).
    subject: Option<String>,
}

/// What was done by whom, oldest first, at most 500 lines.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(Lines), responses((status = 200, body = Vec<AuditLine>)), security(("person" = [])))]
pub async fn audit(
    State(registry): State<Registry>,
    asker: Asker,
    Params(lines): Params<Lines>,
) -> Result<Json<Vec<AuditLine>>, Failed> {
    asker.needs_marketplace(MARKETPLACE)?;
    let found = registry.catalog().audit(lines.after, lines.subject.as_deref()).await?;
    let line = |line: toolcrib_catalog::AuditLine| {
        let toolcrib_catalog::AuditLine { number, at, actor, name, act, subject, about, detail, hash } = line;
        AuditLine { number, at: at.to_string(), actor, name, act, subject, about, detail, hash }
    };
    Ok(Json(found.into_iter().map(line).collect()))
}

/// Reads the whole audit and checks that every line follows from the one before. A break is an `internal` problem that names
/// its place. For administrators and auditors.
#[utoipa::path(get, path = "/v1/audit/verify", tag = "audit", responses((status = 200, body = AuditProof)), security(("person" = [])))]
pub async fn verify(State(registry): State<Registry>, asker: Asker) -> Result<Json<AuditProof>, Failed> {
    asker.needs_marketplace(&["admin", "auditor"])?;
    let (lines, hash) = match registry.catalog().verify_audit().await {
        // Who asks came to know exactly this.
        Err(CatalogError::Damaged(what)) => return Err(INTERNAL.because(what).into()),
        read => read?,
    };
    Ok(Json(AuditProof { lines, hash }))
}
