//! Approved versions that are withdrawn.

use crate::body::JsonBody;
use crate::caller::{Acting, Yanking};
use crate::failed::{Failed, at};
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use toolcrib_catalog::{Action, NewStanding};
use toolcrib_contract::problem::{NOT_ALLOWED, Problem};
use toolcrib_registry_client::wire::{SetStanding, VersionPage};
use toolcrib_trust::Standing;

/// Deprecates, yanks or revokes an approved version, or lifts the first two, and logs it.
///
/// `deprecated`: advised against, nothing is prevented. `yanked`: no new subscriptions, running ones go on. `revoked`:
/// for ever, every host stops calling it. Administrators of the marketplace may do all of it; the provider's people may
/// deprecate and yank. The answer comes when every connected host has it in force, or after five seconds.
#[utoipa::path(post, path = "/v1/modules/{module}/versions/{version}/standing", tag = "trust",
    params(("module" = String, Path, description = "Name"), ("version" = String, Path, description = "Semantic version")),
    request_body = SetStanding, responses((status = 200, body = VersionPage)), security(("person" = []), ("token" = ["yank"])))]
pub async fn set_standing(
    State(registry): State<Registry>,
    asker: Acting<Yanking>,
    At((module, version)): At<(String, String)>,
    JsonBody(set): JsonBody<SetStanding>,
) -> Result<Json<VersionPage>, Failed> {
    // Somebody who may not even see it learns nothing of it.
    let page = registry.catalog().version(&asker.viewer(), &module, &version).await?;
    let standing = Standing::parse(&set.standing)
        .ok_or_else(|| Problem::input(vec![at("/standing", "one of deprecated, yanked, revoked, approved")]))?;
    if !asker.is_marketplace_admin() {
        let own = asker.0.org_role(&page.org).is_some();
        let allowed = matches!(standing, Standing::Deprecated | Standing::Yanked);
        if !own || !allowed || page.state == toolcrib_catalog::State::Yanked {
            let detail = "its provider deprecates and yanks; everything else is up to the marketplace's administrators";
            return Err(NOT_ALLOWED.because(detail).into());
        }
    }
    registry.catalog().take(asker.id(), Action::Yank, registry.now()).await?;
    let new = NewStanding { module: &module, version: &version, standing, reason: &set.reason };
    let seq = registry.catalog().set_standing(new, asker.id(), registry.now(), registry.notary()).await?;
    metrics::counter!("toolcrib_registry_standings_total", "standing" => standing.as_str()).increment(1);
    registry.in_force(seq).await?;
    let page = registry.catalog().version(&asker.viewer(), &module, &version).await?;
    Ok(Json(present::version(page)))
}
