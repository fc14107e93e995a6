//! A firm's project in a programme: one file for the firm, its providers, the city's officials, assessors and auditors. What
//! somebody may do follows from the project's state and from which side they are on; the registry decides.

pub mod act;
pub mod archive;
pub mod award;
pub mod decide;
pub mod evidence;
pub mod file;
pub mod filing;
pub mod money;
pub mod one;
pub mod onsite;
pub mod spend;

use crate::visitor::Visitor;
use sha2::{Digest, Sha256};
use toolcrib_registry_client::wire::{OrgKind, Project, ProjectState};

/// Where these pages are.
pub const PATH: &str = "/projects";

/// On which sides of a project somebody stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    pub official: bool,
    pub assessor: bool,
    pub firm: bool,
    pub provider: bool,
}

impl Sides {
    pub fn of(visitor: &Visitor, project: &Project) -> Self {
        let orgs = &visitor.identity.me.orgs;
        let role = |role: &str| orgs.iter().any(|org| org.slug == project.authority && org.role == role);
        let firm = project.firm.org.as_deref();
        let contracts = project.filing.iter().flat_map(|filing| &filing.contracts);
        let providers: Vec<_> = contracts.map(|contract| contract.provider.as_str()).collect();
        Self {
            official: role("official"),
            assessor: role("assessor"),
            firm: firm.is_some() && orgs.iter().any(|org| org.kind == OrgKind::Sme && Some(org.slug.as_str()) == firm),
            provider: orgs.iter().any(|org| org.kind == OrgKind::Provider && providers.contains(&org.slug.as_str())),
        }
    }

    /// What they may do next, in the order in which it stands on the page. Names of forms of [`act`].
    pub fn acts(self, project: &Project) -> Vec<&'static str> {
        use ProjectState as State;
        let state = project.state;
        let runs = self.firm || self.official;
        let delivers = runs || self.provider;
        let measures = self.firm || self.assessor;
        let before = matches!(state, State::Enrolled | State::Diagnosed);
        let after = matches!(state, State::Delivering | State::Delivered | State::Rejected);
        let spends = state == State::Filed || after;
        let granted = matches!(state, State::Awarded | State::Paid | State::Reviewed | State::ClawedBack);
        let judged = matches!(state, State::Accepted | State::Publicity);
        let owes = project.claw_backs.iter().any(|back| back.recovered_on.is_none());
        let invoiced = !project.invoices.is_empty();
        let table: [(bool, &'static str); 17] = [
            (self.official && state == State::Delivered, "accept"),
            (self.official && state == State::Accepted, "publish"),
            (self.official && state == State::Publicity, "award"),
            (self.official && state == State::Awarded, "pay"),
            (self.official && state == State::Paid, "review"),
            (runs && state == State::Enrolled, "diagnose"),
            (self.firm && state == State::Diagnosed, "file"),
            (delivers && state == State::Filed, "start"),
            (delivers && matches!(state, State::Delivering | State::Rejected), "deliver"),
            (measures && (before || after), "assess"),
            (runs && spends, "invoice"),
            (runs && spends && invoiced, "payment"),
            (self.official && invoiced && (spends || judged || granted), "refund"),
            (self.official && granted, "claw-back"),
            (self.official && owes, "recover"),
            (state == State::Publicity && !self.official && !self.firm, "object"),
            (runs && (before || spends || judged), "withdraw"),
        ];
        table.into_iter().filter(|(may, _)| *may).map(|(_, act)| act).collect()
    }
}

/// The fingerprint of a file, as the registry wants it: 64 hex digits, empty for no file.
pub fn hash(file: &[u8]) -> String {
    if file.is_empty() {
        return String::new();
    }
    Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect()
}
