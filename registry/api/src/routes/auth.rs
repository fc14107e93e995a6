//! Signing in, staying signed in, signing out.

use crate::body::JsonBody;
use crate::failed::Failed;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_contract::problem::BAD_CREDENTIALS;
use toolcrib_registry_client::wire::{Login, Refresh, Tokens};
use toolcrib_trust::password;

/// Signs a person in.
///
/// An unknown address and a wrong password are answered alike, after the same work. After ten attempts for one address
/// within fifteen minutes, known or not, the next ones are refused unlooked-at (429).
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", request_body = Login, responses((status = 200, body = Tokens)))]
pub async fn login(State(registry): State<Registry>, JsonBody(login): JsonBody<Login>) -> Result<Json<Tokens>, Failed> {
    // Counted before the password is looked at, so that guesses sent at once do not slip through together.
    registry.catalog().attempt(&login.email, registry.now()).await?;
    let (person, hash) = registry.catalog().credentials(&login.email).await?.unzip();
    let right = registry.passwords().run(move || match hash {
        Some(hash) => password::verify(&login.password, &hash),
        None => password::verify_nobody(&login.password),
    });
    let right = right.await?;
    metrics::counter!("toolcrib_registry_logins_total", "outcome" => if right { "right" } else { "wrong" })
        .increment(1);
    let person = person.filter(|_| right).ok_or_else(|| BAD_CREDENTIALS.problem())?;
    let opened = registry.catalog().open_session(&person, registry.now(), registry.chance()).await?;
    Ok(Json(registry.tokens(&person, opened.refresh_token).await?))
}

/// Exchanges a refresh token for the next pair. Each works once: a second use ends the whole family, and every access
/// token of the person.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "auth", request_body = Refresh, responses((status = 200, body = Tokens)))]
pub async fn refresh(
    State(registry): State<Registry>,
    JsonBody(refresh): JsonBody<Refresh>,
) -> Result<Json<Tokens>, Failed> {
    let opened = registry.catalog().rotate(&refresh.refresh_token, registry.now(), registry.chance()).await?;
    Ok(Json(registry.tokens(&opened.person, opened.refresh_token).await?))
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
