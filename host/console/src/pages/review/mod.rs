//! The reviewers' desk: the queue, incidents, the audit, providers, the marketplace's money.

pub mod audit;
pub mod billing;
pub mod incidents;
pub mod providers;
pub mod queue;

use crate::failure::Failure;
use crate::visitor::Visitor;
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::OrgKind;

/// Lets people of the marketplace in.
///
/// # Errors
/// `not-allowed`.
pub fn admit(visitor: &Visitor) -> Result<(), Failure> {
    if visitor.reviews() {
        return Ok(());
    }
    Err(NOT_ALLOWED.because("these pages are for the marketplace's people").into())
}

/// Whether the visitor is an administrator of the marketplace. The registry decides; this spares what would be refused.
pub fn administers(visitor: &Visitor) -> bool {
    visitor.identity.me.orgs.iter().any(|org| org.kind == OrgKind::Marketplace && org.role == "admin")
}
