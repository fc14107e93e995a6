//! Publishing keys of a provider.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Following};
use crate::failed::{Failed, at};
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{Key, NewKey};
use toolcrib_trust::{PublicKey, statement};

/// Registers a publishing key whose holder proves to hold it. By owners of the provider.
#[utoipa::path(post, path = "/v1/orgs/{org}/keys", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    request_body = NewKey, responses((status = 201, body = Key)), security(("person" = [])))]
pub async fn new_key(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    JsonBody(new): JsonBody<NewKey>,
) -> Result<(StatusCode, Json<Key>), Failed> {
    asker.needs_org(&org, &["owner"])?;
    let wrong = |pointer: &str, error: toolcrib_trust::TrustError| Problem::input(vec![at(pointer, error.to_string())]);
    let public = PublicKey::parse(&new.public_key).map_err(|error| wrong("/public_key", error))?;
    let (context, message) = statement::key(&org);
    public.verify(context, &message, &new.proof).map_err(|error| wrong("/proof", error))?;
    let key = registry.catalog().add_key(&org, &public, asker.id(), registry.now()).await?;
    Ok((StatusCode::CREATED, Json(present::key(key))))
}

/// Keys of a provider that are not revoked, for its people.
#[utoipa::path(get, path = "/v1/orgs/{org}/keys", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    responses((status = 200, body = Vec<Key>)), security(("person" = []), ("token" = ["read", "publish-update", "review"])))]
pub async fn keys(
    State(registry): State<Registry>,
    asker: Acting<Following>,
    At(org): At<String>,
) -> Result<Json<Vec<Key>>, Failed> {
    asker.needs_org(&org, &["owner", "member"])?;
    let keys = registry.catalog().keys(&org).await?;
    Ok(Json(keys.into_iter().map(present::key).collect()))
}

/// Nothing more is published with this key; what was stays. By owners of the provider.
#[utoipa::path(delete, path = "/v1/orgs/{org}/keys/{key}", tag = "orgs",
    params(("org" = String, Path, description = "Slug"), ("key" = String, Path, description = "Id of the key")),
    responses((status = 204, description = "Revoked")), security(("person" = [])))]
pub async fn revoke_key(
    State(registry): State<Registry>,
    asker: Asker,
    At((org, key)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    asker.needs_org(&org, &["owner"])?;
    registry.catalog().revoke_key(&org, &key, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
