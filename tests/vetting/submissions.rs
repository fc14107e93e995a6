//! A submission as the registry hands it to the checks, and what they say of it.

use super::forge::{Forge, manifest};
use std::collections::BTreeSet;
use std::time::Duration;
use toolcrib_contract::Manifest;
use toolcrib_contract::evidence::CardLine;
use toolcrib_contract::finding::Report;
use toolcrib_contract::package::Package;
use toolcrib_vetting::{Knowledge, Submission, Vetter};

/// A hostile submission: the check that must catch it, and whether no other does.
pub struct Case {
    pub name: &'static str,
    pub check: &'static str,
    pub alone: bool,
    pub make: fn() -> Submitted,
}

/// Caught by one check only.
pub const fn only(check: &'static str, name: &'static str, make: fn() -> Submitted) -> Case {
    Case { name, check, alone: true, make }
}

/// Caught by several.
pub const fn also(check: &'static str, name: &'static str, make: fn() -> Submitted) -> Case {
    Case { name, check, alone: false, make }
}

/// Everything that the registry knows when it checks.
#[derive(Default)]
pub struct Submitted {
    pub bytes: Vec<u8>,
    pub module: Option<&'static str>,
    pub previous: Option<Manifest>,
    pub previous_package: Option<Package>,
    pub previous_card: Vec<CardLine>,
    pub others: Vec<Manifest>,
    pub providers: Vec<String>,
    pub knowledge: Knowledge,
    /// Bound of the child's wall time.
    pub wall: Option<Duration>,
}

impl From<Forge> for Submitted {
    fn from(forge: Forge) -> Self {
        Self::of(forge.build())
    }
}

impl Submitted {
    pub fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// After an approved version with this manifest.
    pub fn after(mut self, previous: Manifest) -> Self {
        self.previous = Some(previous);
        self
    }

    /// Beside another module of this name.
    pub fn beside(mut self, module: &str) -> Self {
        self.others
            .push(Manifest { module: module.into(), title: super::forge::words("其他", "Other"), ..manifest() });
        self
    }

    pub fn vet(&self) -> Report {
        let tools = cargo_toolcrib::Tools::of(env!("CARGO_BIN_EXE_toolcrib-under-test"));
        let mut vetter: Vetter = tools.vetter();
        vetter.learn(self.knowledge.clone());
        if let Some(wall) = self.wall {
            vetter = vetter.limited(wall);
        }
        vetter.vet(&Submission {
            bytes: &self.bytes,
            module: self.module,
            previous: self.previous.as_ref(),
            previous_package: self.previous_package.as_ref(),
            previous_card: &self.previous_card,
            others: &self.others,
            providers: &self.providers,
        })
    }
}

/// Ids of the checks that found something, shadow ones too.
pub fn caught(report: &Report) -> BTreeSet<&str> {
    report.findings.iter().chain(&report.evidence.shadow).map(|finding| finding.check.as_str()).collect()
}
