//! A provider's desk: its modules, what is on its way, keys, tokens, use, and what it says of itself.

pub mod home;
pub mod keys;
pub mod module;
pub mod plans;
pub mod profile;
pub mod publish;
pub mod ratings;
pub mod revenue;
pub mod rollout;
pub mod submissions;
pub mod tokens;
pub mod trusted;
pub mod usage;

use crate::failure::Failure;
use crate::visitor::Visitor;
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::{MyOrg, OrgKind};
use toolcrib_ui::form::FormText;

/// The field that says for which of several providers somebody works.
pub const ORG: &str = "org";

/// The providers that somebody belongs to.
///
/// # Errors
/// There is none.
pub fn orgs(visitor: &Visitor) -> Result<Vec<&MyOrg>, Failure> {
    let orgs: Vec<_> = visitor.identity.me.orgs.iter().filter(|org| org.kind == OrgKind::Provider).collect();
    if orgs.is_empty() {
        return Err(NOT_ALLOWED.because("these pages are for the people of a provider").into());
    }
    Ok(orgs)
}

/// The provider that a form or an address names, or the first.
///
/// # Errors
/// There is none.
pub fn org<'a>(visitor: &'a Visitor, form: &FormText) -> Result<&'a MyOrg, Failure> {
    let orgs = orgs(visitor)?;
    let named = form.get(ORG).and_then(|slug| orgs.iter().find(|org| org.slug == slug));
    Ok(named.unwrap_or(&orgs[0]))
}

/// A module's own page.
pub fn path(module: &str) -> String {
    format!("/provider/modules/{module}")
}
