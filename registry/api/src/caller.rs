//! Who asks, and what a route accepts. Roles are read anew for every request: what was taken away is gone at once,
//! whatever the token says.
//!
//! Every route says by its parameter who may ask: [`Asker`] a signed-in person and nobody else, [`Acting`] also an API
//! token with one of the scopes that it names, [`Visitor`] anybody, [`Host`] a host. Tokens are weighed here and nowhere
//! else; what is left of their person in a handler belongs to the token's organisation.

use crate::failed::Failed;
use crate::registry::Registry;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use std::marker::PhantomData;
use std::ops::Deref;
use toolcrib_catalog::{ApiToken, CatalogError, OrgKind, OrgRole, Person, PersonId, Presented, Scope, Tenant, Viewer};
use toolcrib_contract::problem::{NOT_ALLOWED, NOT_FOUND, NOT_SIGNED_IN, SECOND_FACTOR_MISSING, TOKEN_SCOPE};
use toolcrib_trust::secret;
use toolcrib_trust::token::{AUDIENCE, ISSUER};

/// A person who signed in. Never a token: what takes a person takes a person.
pub struct Asker(pub Person);

/// A person who signed in but may still lack the second factor that their role wants; with the session.
pub struct Enrollee(pub Person, pub Option<String>);

/// A signed-in person, or a token with one of the scopes of `A`.
pub struct Acting<A> {
    asker: Asker,
    token: Option<ApiToken>,
    accepts: PhantomData<fn() -> A>,
}

/// A person, a token that may read, or nobody. A token that is sent but not valid is an error all the same.
pub struct Visitor(pub Option<Person>);

/// A host with its token: its name.
pub struct Host(pub String);

/// Hash of the host token that was sent, known or not; stands beside [`Host`].
pub struct HostSecret(pub String);

/// What tokens a route accepts.
pub trait Accepts: Send + Sync + 'static {
    const SCOPES: &'static [Scope];
}

macro_rules! accepts {
    ($($(#[$doc:meta])* $name:ident: $($scope:ident)|+;)*) => {
        $($(#[$doc])* pub struct $name;
        impl Accepts for $name {
            const SCOPES: &'static [Scope] = &[$(Scope::$scope),+];
        })*
    };
}
accepts! {
    /// See what its person sees.
    Reading: Read;
    /// Take a module's name.
    Naming: PublishNew;
    /// Submit a version.
    Publishing: PublishUpdate;
    /// Follow submissions.
    Following: Read | PublishUpdate | Review;
    /// Take something out of circulation.
    Yanking: Yank;
    /// Change how a module is found and what it costs.
    Listing: Listing;
    /// Look after tenants.
    TenantAdmin: TenantAdmin;
    /// See a tenant.
    TenantReading: Read | TenantAdmin;
}

impl FromRequestParts<Registry> for Asker {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        enrolled(Enrollee::from_request_parts(parts, registry).await?.0).map(Self)
    }
}

impl FromRequestParts<Registry> for Enrollee {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        let token = needed(parts)?;
        if token.starts_with(secret::API) {
            // An unknown one is told like everywhere; a good one that this takes a person.
            present(registry, token).await?;
            return Err(TOKEN_SCOPE.because("this takes a signed-in person; no token opens it").into());
        }
        signed_in(registry, token).await
    }
}

impl<A: Accepts> FromRequestParts<Registry> for Acting<A> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        let text = needed(parts)?.to_owned();
        let (person, token) = if text.starts_with(secret::API) {
            let (person, token) = token_holder(parts, registry, &text, A::SCOPES).await?;
            (person, Some(token))
        } else {
            (enrolled(signed_in(registry, &text).await?.0)?, None)
        };
        Ok(Self { asker: Asker(person), token, accepts: PhantomData })
    }
}

impl FromRequestParts<Registry> for Visitor {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        let Some(text) = bearer(parts)?.map(str::to_owned) else { return Ok(Self(None)) };
        if text.starts_with(secret::API) {
            return token_holder(parts, registry, &text, Reading::SCOPES).await.map(|(person, _)| Self(Some(person)));
        }
        // Without the second factor that a role wants, the role shows nothing.
        let Enrollee(person, _) = signed_in(registry, &text).await?;
        Ok(Self((!person.must_enrol()).then_some(person)))
    }
}

impl FromRequestParts<Registry> for Host {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        let token = bearer(parts)?.filter(|token| token.starts_with(secret::HOST));
        let token = token.ok_or_else(|| NOT_SIGNED_IN.because("hosts send their host token as bearer"))?;
        let name = registry.catalog().host(&secret::hash(token), registry.now()).await?;
        name.map(Self).ok_or_else(|| NOT_SIGNED_IN.because("this host token is not known, or has ended").into())
    }
}

impl FromRequestParts<Registry> for HostSecret {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &Registry) -> Result<Self, Failed> {
        needed(parts).map(|token| Self(secret::hash(token)))
    }
}

/// Whether the request carries a host's token, known or not.
pub fn is_host(parts: &Parts) -> bool {
    bearer(parts).is_ok_and(|token| token.is_some_and(|token| token.starts_with(secret::HOST)))
}

fn bearer(parts: &Parts) -> Result<Option<&str>, Failed> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let words = value.to_str().ok().and_then(|value| value.split_once(' '));
    let token = words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    token.map(Some).ok_or_else(|| NOT_SIGNED_IN.because("Authorization is not `Bearer …`").into())
}

fn needed(parts: &Parts) -> Result<&str, Failed> {
    bearer(parts)?.ok_or_else(|| NOT_SIGNED_IN.because("the request has no bearer token").into())
}

async fn signed_in(registry: &Registry, token: &str) -> Result<Enrollee, Failed> {
    let claims = registry.keys().verify(token, registry.now(), ISSUER, AUDIENCE)?;
    let person = match PersonId::parse(&claims.sub) {
        Some(id) => registry.catalog().person(&id).await?,
        None => None,
    };
    let person = person.ok_or_else(|| NOT_SIGNED_IN.because("the token names nobody here"))?;
    if claims.iat < person.void_before_s {
        return Err(NOT_SIGNED_IN.because("signed out, or a role changed, after this token was made").into());
    }
    Ok(Enrollee(person, claims.sid))
}

/// The person, unless they lack the second factor that a role of theirs wants.
///
/// # Errors
/// `second-factor-missing`.
pub fn enrolled(person: Person) -> Result<Person, Failed> {
    if person.must_enrol() { Err(SECOND_FACTOR_MISSING.problem().into()) } else { Ok(person) }
}

/// Whose API token this is.
///
/// # Errors
/// `not-signed-in`: mistyped, unknown, revoked or expired.
pub async fn present(registry: &Registry, text: &str) -> Result<Presented, Failed> {
    if !secret::is_whole(text) {
        return Err(NOT_SIGNED_IN.because("this API token is not complete; copy it again").into());
    }
    let presented = registry.catalog().present_token(&secret::hash(text), registry.now()).await?;
    presented.ok_or_else(|| NOT_SIGNED_IN.because("this API token is not known, was revoked, or has expired").into())
}

/// The holder of a token that has one of these scopes and is for the module of the path.
async fn token_holder(
    parts: &mut Parts,
    registry: &Registry,
    text: &str,
    scopes: &[Scope],
) -> Result<(Person, ApiToken), Failed> {
    let presented = present(registry, text).await?;
    let token = &presented.token;
    if !scopes.iter().any(|scope| token.scopes.contains(scope)) {
        let texts: Vec<_> = scopes.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
        return Err(TOKEN_SCOPE.because(format!("the token lacks the scope {}", texts.join(" or "))).into());
    }
    let path = RawPathParams::from_request_parts(parts, registry).await.map_err(|_| NOT_FOUND.problem())?;
    if let Some((_, module)) = path.iter().find(|(name, _)| *name == "module") {
        covers(token, module)?;
    }
    Ok((holder(registry, &presented).await?, presented.token))
}

/// The person of a token, with nothing but what they are in the token's organisation.
///
/// # Errors
/// `not-signed-in`: they are not there any more; `second-factor-missing`.
pub async fn holder(registry: &Registry, presented: &Presented) -> Result<Person, Failed> {
    let Presented { person, token } = presented;
    let person = registry.catalog().person(person).await?;
    let mut person = person.ok_or_else(|| NOT_SIGNED_IN.because("the token names nobody here"))?;
    person.orgs.retain(|org| org.slug == token.org);
    person.tenants.retain(|tenant| tenant.org == token.org);
    if token.trusted {
        // The repository stands for the organisation, whoever set it up and whether they are still there.
        let (slug, name) = (token.org.clone(), token.org.clone());
        person.orgs = vec![OrgRole { slug, name, kind: OrgKind::Provider, city: None, role: "member".to_owned() }];
        person.tenants.clear();
    } else if person.orgs.is_empty() && person.tenants.is_empty() {
        return Err(NOT_SIGNED_IN.because("the token's person left its organisation").into());
    } else {
        person = enrolled(person)?;
    }
    Ok(person)
}

fn covers(token: &ApiToken, module: &str) -> Result<(), Failed> {
    if token.covers(module) {
        return Ok(());
    }
    Err(TOKEN_SCOPE.because(format!("the token is not for the module `{module}`")).into())
}

/// What this person may see; nobody sees what everybody sees.
pub fn viewer(person: Option<&Person>) -> Viewer {
    Viewer {
        orgs: person.map(|person| person.orgs.iter().map(|org| org.slug.clone()).collect()).unwrap_or_default(),
        marketplace: person.is_some_and(|person| person.marketplace_role().is_some()),
    }
}

impl<A> Acting<A> {
    /// A module that the body or a record names must be one of the token's.
    ///
    /// # Errors
    /// `token-scope`.
    pub fn needs_module(&self, module: &str) -> Result<(), Failed> {
        self.token.as_ref().map_or(Ok(()), |token| covers(token, module))
    }

    /// Whether a module is one of the token's; every module is for a person.
    pub fn is_for(&self, module: &str) -> bool {
        self.token.as_ref().is_none_or(|token| token.covers(module))
    }

    /// Whether a CI asks, by trusted publishing.
    pub fn is_trusted_publisher(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.trusted)
    }
}

impl<A> Deref for Acting<A> {
    type Target = Asker;

    fn deref(&self) -> &Asker {
        &self.asker
    }
}

impl Asker {
    pub fn id(&self) -> &PersonId {
        &self.0.id
    }

    pub fn viewer(&self) -> Viewer {
        viewer(Some(&self.0))
    }

    /// Whether they administer the marketplace.
    pub fn is_marketplace_admin(&self) -> bool {
        self.0.marketplace_role() == Some("admin")
    }

    /// # Errors
    /// `not-allowed`.
    pub fn needs_marketplace(&self, roles: &[&str]) -> Result<(), Failed> {
        needs(self.0.marketplace_role().unwrap_or(""), roles, "in the marketplace")
    }

    /// An organisation they belong to is needed, in one of these roles.
    ///
    /// # Errors
    /// `not-found` for an organisation they do not belong to; `not-allowed`.
    pub fn needs_org(&self, org: &str, roles: &[&str]) -> Result<(), Failed> {
        let role = self.0.org_role(org).ok_or_else(|| NOT_FOUND.because("there is no such organisation"))?;
        needs(role, roles, "in the organisation")
    }

    /// The tenant of the path (id or slug), which they must belong to in one of these roles; empty: any.
    ///
    /// # Errors
    /// `not-found` for a tenant they do not belong to; `not-allowed`.
    pub async fn tenant(&self, registry: &Registry, name: &str, roles: &[&str]) -> Result<Tenant, Failed> {
        let role = self.0.tenant_role(name).ok_or(CatalogError::NotFound("tenant"))?;
        if !roles.is_empty() {
            needs(role, roles, "in the tenant")?;
        }
        Ok(registry.catalog().tenant(name).await?)
    }
}

fn needs(role: &str, roles: &[&str], place: &str) -> Result<(), Failed> {
    if roles.contains(&role) {
        return Ok(());
    }
    Err(NOT_ALLOWED.because(format!("the role {} {place} is needed", roles.join(" or "))).into())
}
