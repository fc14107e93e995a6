//! Who asks, and whether they may: the token says what was granted, the database what still holds.

use crate::caller::{enrolled, holder, viewer};
use crate::oci::names::Name;
use crate::oci::refused::{Code, Refused};
use crate::registry::Registry;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::convert::Infallible;
use toolcrib_catalog::{ApiToken, OciError, Person, PersonId, Repository, Scope};
use toolcrib_trust::repository_token::{NOBODY, REPOSITORIES, RepositoryClaims};

/// Put into a request's extensions: people reach this server through `https://`, whatever it hears itself.
#[derive(Clone, Copy, Debug)]
pub struct Https(pub bool);

/// What is done to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Pull,
    Push,
    Delete,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        }
    }
}

/// A request to an OCI endpoint.
pub struct Ask {
    pub headers: HeaderMap,
    /// How the client reaches this server, for example `http://127.0.0.1:8080`; empty when it does not say.
    pub base: String,
}

impl FromRequestParts<Registry> for Ask {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Registry) -> Result<Self, Infallible> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
        // It is repeated inside quotes.
        let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
        let forwarded = parts.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        let https = forwarded || parts.extensions.get::<Https>().is_some_and(|https| https.0);
        let scheme = if https { "https" } else { "http" };
        let base = if host.is_empty() || !plain { String::new() } else { format!("{scheme}://{host}") };
        Ok(Self { headers: parts.headers.clone(), base })
    }
}

/// Somebody whose token is good: nobody in particular when there is no person.
pub struct Granted {
    claims: RepositoryClaims,
    person: Option<Person>,
    /// The API token that they asked for this one with.
    api_token: Option<ApiToken>,
}

impl Granted {
    pub fn allows(&self, name: &Name, action: Action) -> bool {
        self.claims.allows(&name.to_string(), action.as_str())
    }

    /// Whether a CI asks, by trusted publishing.
    pub fn is_trusted_publisher(&self) -> bool {
        self.api_token.as_ref().is_some_and(|token| token.trusted)
    }

    /// Opens a repository for them. An API token shows what its person sees only of its own modules.
    ///
    /// # Errors
    /// As [`toolcrib_catalog::Catalog::repository`].
    pub async fn open(&self, registry: &Registry, name: &Name) -> Result<Repository, OciError> {
        let shows = |token: &ApiToken| {
            let reads = [Scope::Read, Scope::PublishUpdate].iter().any(|scope| token.scopes.contains(scope));
            reads && token.covers(&name.module)
        };
        let person = self.person.as_ref().filter(|_| self.api_token.as_ref().is_none_or(shows));
        let id = person.map(|person| &person.id);
        registry.catalog().repository(&viewer(person), id, &name.org, &name.module).await
    }
}

impl Ask {
    /// Where to get a token, and for what.
    fn challenge(&self, scope: Option<(&Name, Action)>, error: Option<&str>) -> String {
        let mut challenge = format!("Bearer realm=\"{}/v2/token\",service=\"{REPOSITORIES}\"", self.base);
        if let Some((name, action)) = scope {
            let actions = if action == Action::Pull { "pull" } else { "pull,push,delete" };
            challenge.push_str(&format!(",scope=\"repository:{name}:{actions}\""));
        }
        if let Some(error) = error {
            challenge.push_str(&format!(",error=\"{error}\""));
        }
        challenge
    }

    /// Reads the token.
    ///
    /// # Errors
    /// `UNAUTHORIZED` with a challenge.
    pub async fn granted(&self, registry: &Registry, scope: Option<(&Name, Action)>) -> Result<Granted, Refused> {
        let refused =
            |message: String, error| Code::Unauthorized.because(message).challenge(&self.challenge(scope, error));
        let Some(header) = self.headers.get(header::AUTHORIZATION) else {
            return Err(refused("get a token first; anybody may have one to pull what is public".into(), None));
        };
        let words = header.to_str().ok().and_then(|value| value.split_once(' '));
        let token = words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let Some(token) = token else { return Err(refused("send the token as `Bearer`".into(), None)) };
        let invalid = |message: String| refused(message, Some("invalid_token"));
        let claims = registry.keys().verify_for_repositories(token, registry.now());
        let claims = claims.map_err(|error| invalid(error.to_string()))?;
        if claims.sub == NOBODY {
            return Ok(Granted { claims, person: None, api_token: None });
        }
        if let Some(sha256) = &claims.token_sha256 {
            let presented = registry.catalog().present_token(sha256, registry.now()).await?;
            let presented = presented.ok_or_else(|| invalid("its API token was revoked or has expired".into()))?;
            let person = holder(registry, &presented).await.map_err(|failed| invalid(failed.0.to_string()))?;
            return Ok(Granted { claims, person: Some(person), api_token: Some(presented.token) });
        }
        let person = match PersonId::parse(&claims.sub) {
            Some(id) => registry.catalog().person(&id).await?,
            None => None,
        };
        let person = person.ok_or_else(|| invalid("the token names nobody here".into()))?;
        if claims.iat < person.void_before_s {
            return Err(invalid("signed out, or a role changed, after this token was made".into()));
        }
        let person = enrolled(person).map_err(|failed| invalid(failed.0.to_string()))?;
        Ok(Granted { claims, person: Some(person), api_token: None })
    }

    /// Whether this may be done there by whoever asks. The repository need not exist.
    ///
    /// # Errors
    /// `UNAUTHORIZED`, or `DENIED` for a token that was made for something else; both with a challenge, because some
    /// clients get another token after one of them only.
    pub async fn allowed(&self, registry: &Registry, name: &Name, action: Action) -> Result<Granted, Refused> {
        let granted = self.granted(registry, Some((name, action))).await?;
        if granted.allows(name, action) {
            return Ok(granted);
        }
        let message = format!("the token does not allow `{}` in {name}", action.as_str());
        let challenge = self.challenge(Some((name, action)), Some("insufficient_scope"));
        Err(Code::Denied.because(message).challenge(&challenge))
    }

    /// Opens a repository for whoever asks. One that they may not know of is told as `unknown`.
    ///
    /// # Errors
    /// As [`Self::allowed`]; `unknown`.
    pub async fn enter(
        &self,
        registry: &Registry,
        name: &Name,
        action: Action,
        unknown: OciError,
    ) -> Result<Repository, Refused> {
        let granted = self.allowed(registry, name, action).await?;
        match granted.open(registry, name).await {
            Err(OciError::NameUnknown) => Err(unknown.into()),
            opened => Ok(opened?),
        }
    }
}
