//! Trusted publishing.

use super::publish::may_publish;
use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::{Failed, at};
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_contract::problem::{NOT_ALLOWED, Problem};
use toolcrib_registry_client::wire::{
    Exchange, Exchanged, NewTrustedPublisher, TrustedOnly, TrustedPublisher, TrustedPublishers,
};

/// Exchanges a CI's identity token for one that publishes versions of an existing module for half an hour.
///
/// An identity is exchanged once. Workflows in which code of strangers may run (`pull_request_target`, `workflow_run`)
/// get none. A version is signed by a publishing key of the provider all the same.
#[utoipa::path(post, path = "/v1/trusted-publishing/token", tag = "auth", request_body = Exchange, responses((status = 201, body = Exchanged)))]
pub async fn exchange(
    State(registry): State<Registry>,
    JsonBody(Exchange { module, identity }): JsonBody<Exchange>,
) -> Result<(StatusCode, Json<Exchanged>), Failed> {
    let claims = registry.ci_identity(&identity).await?;
    if claims.is_from_strangers() {
        let detail =
            format!("workflows started by `{}` publish nothing: others may decide what runs", claims.event_name);
        return Err(NOT_ALLOWED.because(detail).into());
    }
    let (token, expires) = registry.catalog().exchange(&module, &claims, registry.now(), registry.chance()).await?;
    metrics::counter!("toolcrib_registry_exchanges_total").increment(1);
    Ok((StatusCode::CREATED, Json(Exchanged { token, expires_at: expires.to_string() })))
}

/// Workflows that may publish the module. For the provider's people.
#[utoipa::path(get, path = "/v1/modules/{module}/trusted-publishers", tag = "modules", params(("module" = String, Path, description = "Name")),
    responses((status = 200, body = TrustedPublishers)), security(("person" = [])))]
pub async fn trusted_publishers(
    State(registry): State<Registry>,
    asker: Asker,
    At(module): At<String>,
) -> Result<Json<TrustedPublishers>, Failed> {
    may_publish(&registry, &asker, &module).await?;
    let publishers = registry.catalog().trusted_publishers(&module).await?;
    let trusted_only = registry.catalog().is_trusted_only(&module).await?;
    Ok(Json(TrustedPublishers { publishers: publishers.into_iter().map(shown).collect(), trusted_only }))
}

/// Trusts a workflow. By owners of the provider.
#[utoipa::path(post, path = "/v1/modules/{module}/trusted-publishers", tag = "modules", params(("module" = String, Path, description = "Name")),
    request_body = NewTrustedPublisher, responses((status = 201, body = TrustedPublisher)), security(("person" = [])))]
pub async fn new_trusted_publisher(
    State(registry): State<Registry>,
    asker: Asker,
    At(module): At<String>,
    JsonBody(new): JsonBody<NewTrustedPublisher>,
) -> Result<(StatusCode, Json<TrustedPublisher>), Failed> {
    owner(&registry, &asker, &module).await?;
    if !registry.issuers().knows(&new.issuer) {
        return Err(Problem::input(vec![at("/issuer", "this marketplace does not know the issuer")]).into());
    }
    let NewTrustedPublisher { issuer, owner_id, repository, workflow, environment } = new;
    let id = String::new();
    let new = toolcrib_catalog::TrustedPublisher { id, issuer, owner_id, repository, workflow, environment };
    let (now, chance) = (registry.now(), registry.chance());
    let made = registry.catalog().add_trusted_publisher(&module, &new, asker.id(), now, chance).await?;
    Ok((StatusCode::CREATED, Json(shown(made))))
}

/// The workflow is trusted no more; its tokens are void. By owners of the provider.
#[utoipa::path(delete, path = "/v1/modules/{module}/trusted-publishers/{publisher}", tag = "modules",
    params(("module" = String, Path, description = "Name"), ("publisher" = String, Path, description = "Id")),
    responses((status = 204, description = "Removed")), security(("person" = [])))]
pub async fn remove_trusted_publisher(
    State(registry): State<Registry>,
    asker: Asker,
    At((module, publisher)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    owner(&registry, &asker, &module).await?;
    registry.catalog().remove_trusted_publisher(&module, &publisher, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether versions come from trusted publishers only. By owners of the provider.
#[utoipa::path(put, path = "/v1/modules/{module}/trusted-only", tag = "modules", params(("module" = String, Path, description = "Name")),
    request_body = TrustedOnly, responses((status = 204, description = "Set")), security(("person" = [])))]
pub async fn set_trusted_only(
    State(registry): State<Registry>,
    asker: Asker,
    At(module): At<String>,
    JsonBody(TrustedOnly { trusted_only }): JsonBody<TrustedOnly>,
) -> Result<StatusCode, Failed> {
    owner(&registry, &asker, &module).await?;
    registry.catalog().set_trusted_only(&module, trusted_only, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn owner(registry: &Registry, asker: &Asker, module: &str) -> Result<(), Failed> {
    let org = may_publish(registry, asker, module).await?;
    asker.needs_org(&org, &["owner"])
}

fn shown(publisher: toolcrib_catalog::TrustedPublisher) -> TrustedPublisher {
    let toolcrib_catalog::TrustedPublisher { id, issuer, owner_id, repository, workflow, environment } = publisher;
    TrustedPublisher { id, issuer, owner_id, repository, workflow, environment }
}
