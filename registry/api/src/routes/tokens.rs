//! API tokens of a person.

use crate::body::JsonBody;
use crate::caller::Asker;
use crate::failed::Failed;
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{Action, NewToken};
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_registry_client::wire::{ApiToken, NewApiToken};

/// Makes a token that acts for the person within one of their organisations. Its text is in this answer and nowhere
/// else. It never does what takes a person: passwords, keys, tokens, consent, decisions.
#[utoipa::path(post, path = "/v1/me/tokens", tag = "auth", request_body = NewApiToken, responses((status = 201, body = ApiToken)), security(("person" = [])))]
pub async fn new_token(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(new): JsonBody<NewApiToken>,
) -> Result<(StatusCode, Json<ApiToken>), Failed> {
    let belongs = asker.0.org_role(&new.org).is_some() || asker.0.tenants.iter().any(|tenant| tenant.org == new.org);
    if !belongs {
        return Err(NOT_FOUND.because("there is no such organisation").into());
    }
    registry.catalog().take(asker.id(), Action::Credential, registry.now()).await?;
    let NewApiToken { name, org, scopes, modules, days } = new;
    let new = NewToken { name, org, scopes, modules, days };
    let (token, text) = registry.catalog().add_token(&new, asker.id(), registry.now(), registry.chance()).await?;
    Ok((StatusCode::CREATED, Json(shown(token, Some(text)))))
}

/// Tokens of the person that can still be used, newest first, without their text.
#[utoipa::path(get, path = "/v1/me/tokens", tag = "auth", responses((status = 200, body = Vec<ApiToken>)), security(("person" = [])))]
pub async fn tokens(State(registry): State<Registry>, asker: Asker) -> Result<Json<Vec<ApiToken>>, Failed> {
    let tokens = registry.catalog().tokens(asker.id(), registry.now()).await?;
    Ok(Json(tokens.into_iter().map(|token| shown(token, None)).collect()))
}

/// The token is void at once.
#[utoipa::path(delete, path = "/v1/me/tokens/{token}", tag = "auth", params(("token" = String, Path, description = "Id")),
    responses((status = 204, description = "Revoked")), security(("person" = [])))]
pub async fn revoke_token(
    State(registry): State<Registry>,
    asker: Asker,
    At(token): At<String>,
) -> Result<StatusCode, Failed> {
    registry.catalog().revoke_token(&token, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(token: toolcrib_catalog::ApiToken, text: Option<String>) -> ApiToken {
    ApiToken {
        id: token.id,
        name: token.name,
        org: token.org,
        scopes: token.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        modules: token.modules,
        made_at: token.made.to_string(),
        expires_at: token.expires.to_string(),
        used_at: token.used.map(|used| used.to_string()),
        token: text,
    }
}
