//! Who asks. Roles are read anew for every request: what was taken away is gone at once, whatever the token says.

use crate::failed::Failed;
use crate::registry::Registry;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use toolcrib_catalog::{CatalogError, Person, PersonId, Tenant, Viewer};
use toolcrib_contract::problem::{NOT_ALLOWED, NOT_FOUND, NOT_SIGNED_IN};
use toolcrib_trust::secret;
use toolcrib_trust::token::{AUDIENCE, ISSUER};

/// A person with a valid access token.
pub struct Asker(pub Person);

/// A person, or nobody. A token that is sent but not valid is an error all the same.
pub struct Visitor(pub Option<Person>);

/// A host with its token: its name.
pub struct Host(pub String);

impl FromRequestParts<Registry> for Asker {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        let token = bearer(parts)?.ok_or_else(|| NOT_SIGNED_IN.because("the request has no bearer token"))?;
        person(registry, token).await.map(Self)
    }
}

impl FromRequestParts<Registry> for Visitor {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        match bearer(parts)? {
            Some(token) => person(registry, token).await.map(|person| Self(Some(person))),
            None => Ok(Self(None)),
        }
    }
}

impl FromRequestParts<Registry> for Host {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, registry: &Registry) -> Result<Self, Failed> {
        let token = bearer(parts)?.filter(|token| token.starts_with(secret::HOST));
        let token = token.ok_or_else(|| NOT_SIGNED_IN.because("hosts send their host token as bearer"))?;
        let name = registry.catalog().host(&secret::hash(token)).await?;
        name.map(Self).ok_or_else(|| NOT_SIGNED_IN.because("this host token is not known").into())
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

async fn person(registry: &Registry, token: &str) -> Result<Person, Failed> {
    let claims = registry.keys().verify(token, registry.now(), ISSUER, AUDIENCE)?;
    let person = match PersonId::parse(&claims.sub) {
        Some(id) => registry.catalog().person(&id).await?,
        None => None,
    };
    let person = person.ok_or_else(|| NOT_SIGNED_IN.because("the token names nobody here"))?;
    if claims.iat < person.void_before_s {
        return Err(NOT_SIGNED_IN.because("signed out, or a role changed, after this token was made").into());
    }
    Ok(person)
}

/// What this person may see; nobody sees what everybody sees.
pub fn viewer(person: Option<&Person>) -> Viewer {
    Viewer {
        person: person.map(|person| person.id.clone()),
        marketplace: person.is_some_and(|person| person.marketplace_role().is_some()),
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
