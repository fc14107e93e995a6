//! A city's programme as a factory sees it: what it can take part in, its project, offers to it, who audits it.

pub mod audits;
pub mod enrol;
pub mod forecast;
pub mod invoices;
pub mod programme;

use crate::visitor::Member;
use toolcrib_registry_client::wire::{MyOrg, OrgKind};

/// The firms that somebody belongs to: projects and offers are theirs, not their factories'.
pub fn firms(member: &Member) -> impl Iterator<Item = &MyOrg> {
    member.visitor.identity.me.orgs.iter().filter(|org| org.kind == OrgKind::Sme)
}
