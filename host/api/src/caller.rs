//! Who asks. A tenant that the caller does not belong to is absent, not forbidden.

use crate::answer::Failed;
use crate::routes::Host;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use http::{HeaderMap, header};
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_FOUND, NOT_SIGNED_IN, Problem};
use toolcrib_runtime::{Actor, TenantView};
pub use toolcrib_runtime::{Gate, Person};

/// The bearer token of a request, if it has one.
pub fn bearer(parts: &Parts) -> Option<&str> {
    token(&parts.headers)
}

/// The same, from the headers alone.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A person in one of their tenants: the tenant of the path.
pub struct Member {
    pub actor: Actor,
    pub tenant: Arc<TenantView>,
}

impl FromRequestParts<Host> for Member {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, host: &Host) -> Result<Self, Failed> {
        let token = bearer(parts).ok_or_else(|| NOT_SIGNED_IN.because("the request has no bearer token"))?;
        let person = host.gate.person(token)?;
        let path = RawPathParams::from_request_parts(parts, host).await.map_err(|_| NOT_FOUND.problem())?;
        let tenant = path.iter().find(|(name, _)| *name == "tenant");
        let (_, name) = tenant.ok_or_else(|| NOT_FOUND.problem())?;
        let tenant = host.runtime.tenant(name)?;
        let role = person.roles.get(&tenant.id).ok_or_else(|| NOT_FOUND.because("no such tenant"))?.clone();
        Ok(Self { actor: Actor::new(format!("user:{}", person.id), role), tenant })
    }
}

impl Member {
    /// # Errors
    /// The role is another one.
    pub fn needs(&self, roles: &[&str]) -> Result<(), Problem> {
        if roles.contains(&self.actor.role.as_str()) {
            return Ok(());
        }
        Err(toolcrib_contract::problem::NOT_ALLOWED.because(format!("one of the roles {} is needed", roles.join(", "))))
    }
}
