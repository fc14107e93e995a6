//! Tokens of hosts, and the keys of everybody's access tokens.

use crate::body::JsonBody;
use crate::caller::{Asker, Host, HostSecret};
use crate::failed::Failed;
use crate::params::At;
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_registry_client::wire::{HostKey, HostToken, KnownHost, NewHostKey, NewHostToken, Rotate, Rotated};

/// Hosts with their tokens. For administrators of the marketplace.
#[utoipa::path(get, path = "/v1/hosts", tag = "hosts", responses((status = 200, body = Vec<KnownHost>)), security(("person" = [])))]
pub async fn hosts(State(registry): State<Registry>, asker: Asker) -> Result<Json<Vec<KnownHost>>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let newest = *registry.catalog().newest().borrow();
    let host = |host: toolcrib_catalog::KnownHost| KnownHost {
        current: host.confirmed >= newest,
        name: host.name,
        confirmed: host.confirmed,
        polled_at: host.polled.map(|at| at.to_string()),
        tokens: host.tokens.into_iter().map(|token| shown(token, None)).collect(),
    };
    Ok(Json(registry.catalog().hosts(registry.now()).await?.into_iter().map(host).collect()))
}

/// Gives a host a token; a host that is not known yet is let in. The token's text is in this answer and nowhere else. By
/// administrators of the marketplace.
#[utoipa::path(post, path = "/v1/hosts/{host}/tokens", tag = "hosts", params(("host" = String, Path, description = "Name")),
    request_body = NewHostToken, responses((status = 201, body = HostToken)), security(("person" = [])))]
pub async fn new_host_token(
    State(registry): State<Registry>,
    asker: Asker,
    At(host): At<String>,
    JsonBody(NewHostToken { days }): JsonBody<NewHostToken>,
) -> Result<(StatusCode, Json<HostToken>), Failed> {
    asker.needs_marketplace(&["admin"])?;
    let (now, chance) = (registry.now(), registry.chance());
    let (token, text) = registry.catalog().add_host_token(&host, days, asker.id(), now, chance).await?;
    Ok((StatusCode::CREATED, Json(shown(token, Some(text)))))
}

/// The host's token is void at once. By administrators of the marketplace.
#[utoipa::path(delete, path = "/v1/hosts/{host}/tokens/{token}", tag = "hosts",
    params(("host" = String, Path, description = "Name"), ("token" = String, Path, description = "Id")),
    responses((status = 204, description = "Revoked")), security(("person" = [])))]
pub async fn revoke_host_token(
    State(registry): State<Registry>,
    asker: Asker,
    At((host, token)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    asker.needs_marketplace(&["admin"])?;
    registry.catalog().revoke_host_token(&host, &token, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A host exchanges its token for the next one, which lives as long; the old one is good for another hour.
#[utoipa::path(post, path = "/v1/hosts/rotate-token", tag = "hosts", request_body = Rotate,
    responses((status = 201, body = HostToken)), security(("host" = [])))]
pub async fn rotate_host_token(
    State(registry): State<Registry>,
    _: Host,
    HostSecret(token_sha256): HostSecret,
    JsonBody(Rotate { reason }): JsonBody<Rotate>,
) -> Result<(StatusCode, Json<HostToken>), Failed> {
    let (now, chance) = (registry.now(), registry.chance());
    let (token, text) = registry.catalog().rotate_host_token(&token_sha256, &reason, now, chance).await?;
    Ok((StatusCode::CREATED, Json(shown(token, Some(text)))))
}

/// A host names the key that it signs statements and kits with. The same key again changes nothing.
#[utoipa::path(put, path = "/v1/hosts/key", tag = "hosts", request_body = NewHostKey,
    responses((status = 200, body = HostKey)), security(("host" = [])))]
pub async fn put_host_key(
    State(registry): State<Registry>,
    Host(host): Host,
    HostSecret(token_sha256): HostSecret,
    JsonBody(NewHostKey { public_key, proof }): JsonBody<NewHostKey>,
) -> Result<Json<HostKey>, Failed> {
    let (said, now, notary) = ((public_key.as_str(), proof.as_str()), registry.now(), registry.notary());
    let key = registry.catalog().add_host_key(&host, &token_sha256, said, now, notary).await?;
    Ok(Json(present::host_key(key)))
}

/// A key that a host signs with, with the registry's signed word for it. For everybody: it proves what hosts say.
#[utoipa::path(get, path = "/v1/host-keys/{key}", tag = "hosts", params(("key" = String, Path, description = "Its id")),
    responses((status = 200, body = HostKey)), security(()))]
pub async fn host_key(State(registry): State<Registry>, At(key): At<String>) -> Result<Json<HostKey>, Failed> {
    Ok(Json(present::host_key(registry.catalog().host_key(&key).await?)))
}

/// The next key signs access tokens from now on; the last one verifies on, another one is published. Hosts notice
/// nothing: they have known the next key for a while. By administrators of the marketplace, at most every 15 minutes.
#[utoipa::path(post, path = "/v1/marketplace/token-keys/rotate", tag = "marketplace", request_body = Rotate,
    responses((status = 200, body = Rotated)), security(("person" = [])))]
pub async fn rotate_token_keys(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(Rotate { reason }): JsonBody<Rotate>,
) -> Result<Json<Rotated>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let key_id = registry.rotate_token_keys(asker.id(), &reason).await?;
    Ok(Json(Rotated { key_id }))
}

fn shown(token: toolcrib_catalog::HostToken, text: Option<String>) -> HostToken {
    let toolcrib_catalog::HostToken { id, made, expires } = token;
    HostToken { id, made_at: made.to_string(), expires_at: expires.to_string(), token: text }
}
