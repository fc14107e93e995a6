//! Runs all checks on one component and gathers what they say.

use crate::RULES;
use crate::checks::{self, Context};
use crate::probe::{Answer, Probe};
use crate::rule::Rule;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::time::Duration;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::finding::{Finding, Report, Severity};
use toolcrib_sandbox::{ChildCommand, InspectError, Inspection, inspect};

const MORE: Rule = Rule { check: "more-findings", why: "A list that nobody can read helps nobody" };
const REFUSED: &str = "Hosts refuse it before anything of it runs";

/// Findings of one report; further ones are counted.
const FINDINGS: usize = 200;

/// A component on its way into the marketplace, and what it is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    pub bytes: &'a [u8],
    /// The name it is submitted under; none: any.
    pub module: Option<&'a str>,
    /// The manifest of the last approved version of the same module.
    pub previous: Option<&'a Manifest>,
    /// Manifests of the newest approved versions of all modules.
    pub others: &'a [Manifest],
}

/// Runs the checks. Cheap to make; share it between threads.
#[derive(Clone, Debug)]
pub struct Vetter {
    probe: Probe,
}

impl Vetter {
    /// `vet` is the program that ends in [`crate::vet_child_main`], `compile` the one that ends in
    /// [`toolcrib_sandbox::compile_child_main`].
    pub fn new(vet: ChildCommand, compile: ChildCommand) -> Self {
        Self { probe: Probe { vet, compile, wall: Probe::WALL } }
    }

    /// With another bound on the wall time of the child.
    #[must_use]
    pub fn limited(mut self, wall: Duration) -> Self {
        self.probe.wall = wall;
        self
    }

    /// Who the component says it is, with a good module name and version. Blocks for seconds; bounded.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn describe(&self, bytes: &[u8]) -> Result<Manifest, Vec<Finding>> {
        inspect(bytes).map_err(|errors| errors.iter().map(refused).collect::<Vec<_>>())?;
        let Answer { manifest, findings, .. } = self.probe.run(bytes, false);
        let Some(manifest) = manifest else { return Err(findings) };
        let found = checks::identity(&manifest);
        if found.iter().any(|finding| finding.severity == Severity::Error) { Err(found) } else { Ok(manifest) }
    }

    /// Everything the checks say. Blocks, at worst for the child's wall time and a little.
    pub fn vet(&self, submission: &Submission<'_>) -> Report {
        let bytes = submission.bytes;
        let mut report = Report {
            rules: RULES.to_owned(),
            digest: format!("sha256:{}", hex(&Sha256::digest(bytes))),
            manifest: None,
            package: None,
            wanted: Vec::new(),
            findings: Vec::new(),
            costs: Vec::new(),
        };
        match inspect(bytes) {
            Ok(inspection) => self.look_inside(submission, &inspection, &mut report),
            Err(errors) => report.findings = errors.iter().map(refused).collect(),
        }
        settle(&mut report.findings);
        report
    }

    fn look_inside(&self, submission: &Submission<'_>, inspection: &Inspection, report: &mut Report) {
        report.findings = checks::sections::check(submission.bytes);
        match checks::package::read(inspection.package.as_deref()) {
            Ok(package) => report.package = Some(package),
            Err(finding) => report.findings.push(*finding),
        }
        let Answer { manifest, findings, costs } = self.probe.run(submission.bytes, report.package.is_some());
        report.findings.extend(findings);
        if let Some(manifest) = &manifest {
            let interfaces = inspection.interfaces().into_iter().map(str::to_owned).collect();
            let Submission { module, previous, others, .. } = *submission;
            let context = Context { expected: module, previous, others, interfaces: &interfaces };
            report.findings.extend(checks::manifest(manifest, &context));
            report.wanted = wanted(manifest);
        }
        if let Some(package) = &report.package {
            report.findings.extend(checks::package(manifest.as_ref(), package, &costs));
        }
        (report.manifest, report.costs) = (manifest, costs);
    }
}

/// The functions of the host that a component imports, as `interface.function`, sorted; none of what is no component.
pub fn imports(bytes: &[u8]) -> Vec<String> {
    let imports = inspect(bytes).map(|inspection| inspection.imports).unwrap_or_default();
    imports.iter().map(|import| format!("{}.{}", import.interface, import.function)).collect()
}

fn refused(error: &InspectError) -> Finding {
    Rule { check: error.code, why: REFUSED }.error("", capitalised(&error.what), capitalised(&error.fix))
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Errors first, each finding once, no more than people read.
fn settle(findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    let mut kept = std::mem::take(findings);
    kept.retain(|finding| seen.insert((finding.check.clone(), finding.place.clone(), finding.what.clone())));
    kept.sort_by_key(|finding| finding.severity);
    if kept.len() > FINDINGS {
        let more = kept.split_off(FINDINGS);
        let worst = more.iter().map(|finding| finding.severity).min().unwrap_or(Severity::Note);
        let finding = MORE.note("", format!("{} more findings are not listed", more.len()), "Correct these first");
        kept.push(Finding { severity: worst, ..finding });
    }
    *findings = kept;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
