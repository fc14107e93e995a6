//! Where one is signed in, and the password.

use crate::authenticate::{Credentials, Source};
use crate::body::JsonBody;
use crate::caller::Enrollee;
use crate::failed::{Failed, at};
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::Action;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{ChangePassword, EndSessions, SessionRow};
use toolcrib_trust::password;

/// Sessions of the person that go on, the one used last first.
#[utoipa::path(get, path = "/v1/me/sessions", tag = "auth", responses((status = 200, body = Vec<SessionRow>)), security(("person" = [])))]
pub async fn sessions(
    State(registry): State<Registry>,
    Enrollee(person, current): Enrollee,
) -> Result<Json<Vec<SessionRow>>, Failed> {
    let sessions = registry.catalog().sessions(&person.id, registry.now()).await?;
    let row = |session: toolcrib_catalog::Session| SessionRow {
        current: current.as_ref() == Some(&session.id),
        id: session.id,
        device: session.device,
        started_at: session.started.to_string(),
        used_at: session.used.to_string(),
        expires_at: session.expires.to_string(),
    };
    Ok(Json(sessions.into_iter().map(row).collect()))
}

/// Ends one session. Every access token of the person is void, also of the session that asks: it refreshes.
#[utoipa::path(delete, path = "/v1/me/sessions/{session}", tag = "auth", params(("session" = String, Path, description = "Id")),
    responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = [])))]
pub async fn end_session(
    State(registry): State<Registry>,
    Enrollee(person, _): Enrollee,
    At(session): At<String>,
) -> Result<StatusCode, Failed> {
    let seq = registry.catalog().end_session(&session, &person.id, registry.now()).await?;
    registry.done(seq).await
}

/// Ends all sessions, or all but the one that asks.
#[utoipa::path(post, path = "/v1/me/sessions/end", tag = "auth", request_body = EndSessions,
    responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = [])))]
pub async fn end_sessions(
    State(registry): State<Registry>,
    Enrollee(person, current): Enrollee,
    JsonBody(end): JsonBody<EndSessions>,
) -> Result<StatusCode, Failed> {
    let except = current.as_deref().filter(|_| end.keep_current);
    let seq = registry.catalog().end_sessions(&person.id, except, registry.now()).await?;
    registry.done(seq).await
}

/// Changes the password and ends every session. API tokens stay; they can be revoked one by one.
#[utoipa::path(post, path = "/v1/me/password", tag = "auth", request_body = ChangePassword,
    responses((status = 204, description = "In force"), (status = 202, description = "Some host will know when it is back")),
    security(("person" = [])))]
pub async fn password(
    State(registry): State<Registry>,
    Enrollee(person, _): Enrollee,
    source: Source,
    JsonBody(change): JsonBody<ChangePassword>,
) -> Result<StatusCode, Failed> {
    registry.catalog().take(&person.id, Action::Credential, registry.now()).await?;
    let (current, code) = (change.current.as_str(), change.code.as_deref());
    let credentials = Credentials { email: &person.email, password: current, code, from: source.address };
    registry.authenticate(credentials).await?;
    let (new, hashing) = (change.new, registry.clone());
    let hash = registry.passwords().run(move || password::hash(&new, hashing.chance())).await?;
    let hash = hash.map_err(|error| Problem::input(vec![at("/new", error.to_string())]))?;
    let seq = registry.catalog().set_password(&person.id, &hash, registry.now()).await?;
    registry.done(seq).await
}
