//! `GET /v2/token`: a token for repositories, for a person with their password, for an API token, or for nobody in
//! particular.

use crate::authenticate::{Credentials, Source};
use crate::caller::{self, enrolled};
use crate::failed::internal;
use crate::oci::access::{Action, Ask};
use crate::oci::names::Name;
use crate::oci::refused::{Code, Refused};
use crate::params::Params;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::header::{self, WWW_AUTHENTICATE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use toolcrib_catalog::{ApiToken, OrgKind, Person, Scope};
use toolcrib_contract::limits::OCI_TOKEN_S;
use toolcrib_contract::problem::{BAD_CREDENTIALS, SECOND_FACTOR_NEEDED};
use toolcrib_contract::types::Instant;
use toolcrib_trust::repository_token::{Access, NOBODY};
use toolcrib_trust::{TrustError, secret};

/// Repositories of one token.
const SCOPES: usize = 20;
/// Realm of the challenge to name and password.
const BASIC: &str = "Basic realm=\"toolcrib\"";

/// Who asks.
struct Holder {
    person: Person,
    /// With which API token, and its hash.
    api_token: Option<(ApiToken, String)>,
}

/// Gives a token for the repositories of `scope`.
///
/// With `Authorization: Basic` it is the person's (e-mail and password) or the API token's (any name, the token as the
/// password), otherwise nobody's. It grants everything that its holder may do there, also when less was asked: some
/// clients keep the first token they get for all they do.
pub async fn token(
    State(registry): State<Registry>,
    ask: Ask,
    source: Source,
    Params(query): Params<Vec<(String, String)>>,
) -> Result<Json<Value>, Refused> {
    let holder = holder(&registry, &ask, source).await?;
    let scopes = query.iter().filter(|(name, _)| name == "scope").flat_map(|(_, scopes)| scopes.split(' '));
    let scopes: Vec<_> = scopes.filter(|scope| !scope.is_empty()).collect();
    if scopes.len() > SCOPES {
        let message = format!("a token is for at most {SCOPES} repositories; ask for several tokens");
        return Err(Code::Unsupported.because(message).status(axum::http::StatusCode::BAD_REQUEST));
    }
    let access = scopes.into_iter().filter_map(|scope| access(scope, holder.as_ref())).collect();
    let sub = holder.as_ref().map_or_else(|| NOBODY.to_owned(), |holder| holder.person.id.to_string());
    // What is issued in the second of a cutoff must survive it.
    let void_before_s = holder.as_ref().map_or(0, |holder| holder.person.void_before_s.cast_signed());
    let issued = registry.now().max(Instant(void_before_s.saturating_mul(1_000_000)));
    let token_sha256 = holder.and_then(|holder| holder.api_token).map(|(_, sha256)| sha256);
    let issuer = registry.token_keys().issuer();
    let token = issuer.issue_for_repositories(&sub, token_sha256, access, issued, registry.chance());
    let token = token.map_err(|error: TrustError| Refused::from(internal(&error)))?;
    // Some clients read the one name, some the other.
    Ok(Json(json!({
        "token": token, "access_token": token, "expires_in": OCI_TOKEN_S, "issued_at": issued.to_string(),
    })))
}

/// What may be done in the repository of `repository:<name>:<actions>`; nothing for any other scope.
fn access(scope: &str, holder: Option<&Holder>) -> Option<Access> {
    let name = scope.strip_prefix("repository:")?;
    let name = Name::parse(name.split_once(':').map_or(name, |(name, _)| name)).ok()?;
    let pushes = |holder: &&Holder| {
        let owns = holder.person.orgs.iter().any(|org| org.slug == name.org && org.kind == OrgKind::Provider);
        let may = |token: &ApiToken| token.scopes.contains(&Scope::PublishUpdate) && token.covers(&name.module);
        owns && holder.api_token.as_ref().is_none_or(|(token, _)| may(token))
    };
    // What is public, and whether it exists at all, is told when it is pulled.
    let mut actions = vec![Action::Pull];
    if holder.filter(pushes).is_some() {
        actions.extend([Action::Push, Action::Delete]);
    }
    let actions = actions.into_iter().map(|action| action.as_str().to_owned()).collect();
    Some(Access { kind: "repository".to_owned(), name: name.to_string(), actions })
}

/// Who asks. An unknown address and a wrong password are answered alike, after the same work, and counted.
async fn holder(registry: &Registry, ask: &Ask, source: Source) -> Result<Option<Holder>, Refused> {
    let Some(header) = ask.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let refused = |message: &str| Code::Unauthorized.because(message).header(WWW_AUTHENTICATE, BASIC);
    let wrong = || refused("the e-mail or password is wrong");
    let (email, password) = header.to_str().ok().and_then(basic).ok_or_else(wrong)?;
    if password.starts_with(secret::API) {
        let failed = |failed: crate::failed::Failed| match failed.0.status {
            401 => refused(&failed.0.to_string()),
            _ => failed.into(),
        };
        let presented = caller::present(registry, &password).await.map_err(failed)?;
        let person = caller::holder(registry, &presented).await.map_err(failed)?;
        return Ok(Some(Holder { person, api_token: Some((presented.token, secret::hash(&password))) }));
    }
    let credentials = Credentials { email: &email, password: &password, code: None, from: source.address };
    let id = registry.authenticate(credentials).await.map_err(|failed| match &failed.0 {
        problem if problem.is(BAD_CREDENTIALS) => wrong(),
        // There is no place for a code in this exchange.
        problem if problem.is(SECOND_FACTOR_NEEDED) => {
            refused("a second factor is set up for this person; make an API token and send it as the password")
        }
        _ => failed.into(),
    })?;
    let person = registry.catalog().person(&id).await?.ok_or_else(wrong)?;
    let person = enrolled(person).map_err(|failed| refused(&failed.0.to_string()))?;
    Ok(Some(Holder { person, api_token: None }))
}

/// Address and password of `Basic …`.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (email, secret) =
        std::str::from_utf8(&decoded).ok()?.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    Some((email, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_may_contain_a_colon_and_nothing_else_is_read() {
        let encoded = STANDARD.encode("li@acme.cn:a:b");
        assert_eq!(basic(&format!("Basic {encoded}")), Some(("li@acme.cn".into(), "a:b".into())));
        for bad in ["Basic", "Basic !", "Basic bm9jb2xvbg==", "Bearer bGk6YQ==", ""] {
            assert_eq!(basic(bad), None, "{bad}");
        }
    }

    #[test]
    fn nobody_gets_more_than_pull_and_only_for_repositories() {
        let granted = access("repository:acme/oee:pull,push", None).unwrap();
        assert_eq!((granted.name.as_str(), granted.actions), ("acme/oee", vec!["pull".to_owned()]));
        for none in ["", "registry:catalog:*", "repository:acme:pull", "repository:a/b/c:pull", "repository:A/b:pull"] {
            assert!(access(none, None).is_none(), "{none}");
        }
    }
}
