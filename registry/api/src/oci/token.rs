//! `GET /v2/token`: a token for repositories, for a person with their password or for nobody in particular.

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
use toolcrib_catalog::{OrgKind, Person};
use toolcrib_contract::limits::OCI_TOKEN_S;
use toolcrib_contract::types::Instant;
use toolcrib_trust::repository_token::{Access, NOBODY};
use toolcrib_trust::{TrustError, password};

/// Repositories of one token.
const SCOPES: usize = 20;

/// Gives a token for the repositories of `scope`.
///
/// With `Authorization: Basic` (e-mail and password) it is the person's, otherwise nobody's. It grants everything that
/// its holder may do there, also when less was asked: some clients keep the first token they get for all they do.
pub async fn token(
    State(registry): State<Registry>,
    ask: Ask,
    Params(query): Params<Vec<(String, String)>>,
) -> Result<Json<Value>, Refused> {
    let person = person(&registry, &ask).await?;
    let scopes = query.iter().filter(|(name, _)| name == "scope").flat_map(|(_, scopes)| scopes.split(' '));
    let scopes: Vec<_> = scopes.filter(|scope| !scope.is_empty()).collect();
    if scopes.len() > SCOPES {
        let message = format!("a token is for at most {SCOPES} repositories; ask for several tokens");
        return Err(Code::Unsupported.because(message).status(axum::http::StatusCode::BAD_REQUEST));
    }
    let access = scopes.into_iter().filter_map(|scope| access(scope, person.as_ref())).collect();
    let sub = person.as_ref().map_or_else(|| NOBODY.to_owned(), |person| person.id.to_string());
    // What is issued in the second of a cutoff must survive it.
    let void_before_s = person.map_or(0, |person| person.void_before_s.cast_signed());
    let issued = registry.now().max(Instant(void_before_s.saturating_mul(1_000_000)));
    let token = registry.issuer().issue_for_repositories(&sub, access, issued, registry.chance());
    let token = token.map_err(|error: TrustError| Refused::from(internal(&error)))?;
    // Some clients read the one name, some the other.
    Ok(Json(json!({
        "token": token, "access_token": token, "expires_in": OCI_TOKEN_S, "issued_at": issued.to_string(),
    })))
}

/// What may be done in the repository of `repository:<name>:<actions>`; nothing for any other scope.
fn access(scope: &str, person: Option<&Person>) -> Option<Access> {
    let name = scope.strip_prefix("repository:")?;
    let name = Name::parse(name.split_once(':').map_or(name, |(name, _)| name)).ok()?;
    let owns = |person: &Person| person.orgs.iter().any(|org| org.slug == name.org && org.kind == OrgKind::Provider);
    // What is public, and whether it exists at all, is told when it is pulled.
    let mut actions = vec![Action::Pull];
    if person.is_some_and(owns) {
        actions.extend([Action::Push, Action::Delete]);
    }
    let actions = actions.into_iter().map(|action| action.as_str().to_owned()).collect();
    Some(Access { kind: "repository".to_owned(), name: name.to_string(), actions })
}

/// Who asks. An unknown address and a wrong password are answered alike, after the same work, and counted.
async fn person(registry: &Registry, ask: &Ask) -> Result<Option<Person>, Refused> {
    let Some(header) = ask.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let wrong = || {
        let refused = Code::Unauthorized.because("the e-mail or password is wrong");
        refused.header(WWW_AUTHENTICATE, "Basic realm=\"toolcrib\"")
    };
    let (email, secret) = header.to_str().ok().and_then(basic).ok_or_else(wrong)?;
    // Counted before the password is looked at, so that guesses sent at once do not slip through together.
    registry.catalog().attempt(&email, registry.now()).await?;
    let (id, hash) = registry.catalog().credentials(&email).await?.unzip();
    let right = registry.passwords().run(move || match hash {
        Some(hash) => password::verify(&secret, &hash),
        None => password::verify_nobody(&secret),
    });
    let right = right.await?;
    let id = id.filter(|_| right).ok_or_else(wrong)?;
    registry.catalog().forget_attempts(&email, registry.now()).await?;
    registry.catalog().person(&id).await?.map(Some).ok_or_else(wrong)
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
