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
use toolcrib_catalog::{self as catalog, CatalogError};
use toolcrib_contract::CodecError;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire::{Key, NewKey};
use toolcrib_trust::{PublicKey, statement};

/// Registers a publishing key whose holder proves to hold it, and logs the registry's record of it. By owners of the
/// provider; by its other people when a valid older key signs for the new one.
#[utoipa::path(post, path = "/v1/orgs/{org}/keys", tag = "orgs", params(("org" = String, Path, description = "Slug")),
    request_body = NewKey, responses((status = 201, body = Key)), security(("person" = [])))]
pub async fn new_key(
    State(registry): State<Registry>,
    asker: Asker,
    At(org): At<String>,
    JsonBody(new): JsonBody<NewKey>,
) -> Result<(StatusCode, Json<Key>), Failed> {
    let roles: &[&str] = if new.introduced_by.is_some() { &["owner", "member"] } else { &["owner"] };
    asker.needs_org(&org, roles)?;
    let wrong = |pointer: &str, error: toolcrib_trust::TrustError| Problem::input(vec![at(pointer, error.to_string())]);
    let public = PublicKey::parse(&new.public_key).map_err(|error| wrong("/public_key", error))?;
    let (context, message) = statement::key(&org);
    public.verify(context, &message, &new.proof).map_err(|error| wrong("/proof", error))?;
    if let Some(introduced) = &new.introduced_by {
        let older = registry.catalog().keys(&org).await?.into_iter().find(|key| key.key_id == introduced.key_id);
        let older =
            older.ok_or_else(|| Problem::input(vec![at("/introduced_by/key_id", "no key of this provider")]))?;
        let older = PublicKey::parse(&older.public_key).map_err(|error| CatalogError::Damaged(error.to_string()))?;
        let (context, message) = statement::successor(&org, &public);
        let signed = older.verify(context, &message, &introduced.signature);
        signed.map_err(|error| wrong("/introduced_by/signature", error))?;
    }
    let new = catalog::NewKey {
        public,
        not_before: moment("/not_before", new.not_before.as_deref())?,
        not_after: moment("/not_after", new.not_after.as_deref())?,
        retires: new.introduced_by.as_ref().is_some_and(|introduced| introduced.retires),
        introduced_by: new.introduced_by.map(|introduced| introduced.key_id),
    };
    let key = registry.catalog().add_key(&org, &new, asker.id(), registry.now(), registry.notary()).await?;
    Ok((StatusCode::CREATED, Json(present::key(key))))
}

fn moment(pointer: &str, text: Option<&str>) -> Result<Option<Instant>, Problem> {
    let read =
        |text: &str| text.parse().map_err(|error: CodecError| Problem::input(vec![at(pointer, error.to_string())]));
    text.map(read).transpose()
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

/// Nothing more is published with this key, nor approved; what was logged before stays. By owners of the provider and
/// by administrators of the marketplace.
#[utoipa::path(delete, path = "/v1/orgs/{org}/keys/{key}", tag = "orgs",
    params(("org" = String, Path, description = "Slug"), ("key" = String, Path, description = "Id of the key")),
    responses((status = 204, description = "Every connected host knows"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = [])))]
pub async fn revoke_key(
    State(registry): State<Registry>,
    asker: Asker,
    At((org, key)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    if !asker.is_marketplace_admin() {
        asker.needs_org(&org, &["owner"])?;
    }
    let seq = registry.catalog().revoke_key(&org, &key, asker.id(), registry.now(), registry.notary()).await?;
    registry.done(seq).await
}
