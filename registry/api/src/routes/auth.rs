//! Signing in, staying signed in, signing out.

use crate::authenticate::{Credentials, Source};
use crate::body::JsonBody;
use crate::failed::Failed;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_registry_client::wire::{Login, Refresh, Tokens};

/// Signs a person in.
///
/// An unknown address and a wrong password are answered alike, after the same work. Where a second factor is set up, the
/// right password alone is answered with `second-factor-needed`: send it again with `code`. After ten attempts for one
/// address within fifteen minutes, known or not, the next ones are refused unlooked-at (429); so are those from a network
/// address after a hundred wrong ones.
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", request_body = Login, responses((status = 200, body = Tokens)))]
pub async fn login(
    State(registry): State<Registry>,
    source: Source,
    JsonBody(login): JsonBody<Login>,
) -> Result<Json<Tokens>, Failed> {
    let Login { email, password, code, device } = login;
    let credentials = Credentials { email: &email, password: &password, code: code.as_deref(), from: source.address };
    let person = registry.authenticate(credentials).await?;
    let device = device.unwrap_or(source.agent);
    let opened = registry.catalog().open_session_on(&person, &device, registry.now(), registry.chance()).await?;
    Ok(Json(registry.tokens(opened).await?))
}

/// Exchanges a refresh token for the next pair. Each works once: a second use ends the whole family, and every access
/// token of the person.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "auth", request_body = Refresh, responses((status = 200, body = Tokens)))]
pub async fn refresh(
    State(registry): State<Registry>,
    JsonBody(refresh): JsonBody<Refresh>,
) -> Result<Json<Tokens>, Failed> {
    let opened = registry.catalog().rotate(&refresh.refresh_token, registry.now(), registry.chance()).await?;
    Ok(Json(registry.tokens(opened).await?))
}

/// Ends the family of this refresh token, and every access token of the person.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", request_body = Refresh, responses(
    (status = 204, description = "Signed out, on every connected host"),
    (status = 202, description = "Signed out; some host will know when it is back"),
))]
pub async fn logout(
    State(registry): State<Registry>,
    JsonBody(refresh): JsonBody<Refresh>,
) -> Result<StatusCode, Failed> {
    match registry.catalog().sign_out(&refresh.refresh_token, registry.now()).await? {
        Some(seq) => registry.done(seq).await,
        None => Ok(StatusCode::NO_CONTENT),
    }
}
