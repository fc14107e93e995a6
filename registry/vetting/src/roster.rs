//! Every check of the set: its id, whether it decides, and what it needs to run.
//!
//! A new rule begins in [`Mode::Shadow`]: its findings are shown in reports and decide nothing. When reviewers trust it,
//! it is set to [`Mode::Enforce`] here, and [`crate::RULES`] is raised.

use std::collections::BTreeSet;
use toolcrib_contract::evidence::{Checked, Mode, Outcome, Stage};
use toolcrib_contract::finding::{Finding, Report};

/// What must be there for a check to say anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// The bytes alone.
    Bytes,
    /// A component that passed the inspection.
    Component,
    /// What the component says of itself.
    Manifest,
    /// A manifest within its limits: the other checks compare everything with everything.
    Bounded,
    /// Listing, scenarios and words.
    Package,
    /// Scenarios that were replayed.
    Replay,
    /// Trials that ran.
    Trials,
    /// An approved version before this one.
    Previous,
    /// A report of the approved version before this one, with its costs.
    PreviousCosts,
    /// A list of known-bad digests.
    KnownBad,
    /// A bill of materials.
    Dependencies,
    /// A bill of materials and a database of advisories.
    Advisories,
}

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable, kebab case.
    pub id: &'static str,
    pub mode: Mode,
    pub needs: Needs,
}

impl Check {
    /// Under which step people look for it.
    pub fn stage(&self) -> Stage {
        match (self.id, self.needs) {
            ("unknown-import" | "other-version" | "missing-export" | "unknown-export" | "undeclared-import", _) => {
                Stage::World
            }
            ("package" | "contained" | "compile" | "describe" | "describe-differs", _) => Stage::Description,
            ("scenarios" | "scenario-coverage", _) | (_, Needs::Replay) => Stage::Scenarios,
            (_, Needs::Bytes) => Stage::Component,
            ("sbom", _) => Stage::Checks,
            (_, Needs::Component | Needs::KnownBad) => Stage::Component,
            (_, Needs::Manifest | Needs::Bounded | Needs::Package) => Stage::Description,
            (_, Needs::Trials | Needs::Previous | Needs::PreviousCosts | Needs::Dependencies | Needs::Advisories) => {
                Stage::Checks
            }
        }
    }
}

const fn enforced(id: &'static str, needs: Needs) -> Check {
    Check { id, mode: Mode::Enforce, needs }
}

const fn shadowed(id: &'static str, needs: Needs) -> Check {
    Check { id, mode: Mode::Shadow, needs }
}

/// Cheap and decisive first, as they run.
pub const CHECKS: &[Check] = &[
    // The inspection, which every host repeats.
    enforced("empty", Needs::Bytes),
    enforced("too-large", Needs::Bytes),
    enforced("precompiled", Needs::Bytes),
    enforced("core-module", Needs::Bytes),
    enforced("other-binary-format", Needs::Bytes),
    enforced("truncated", Needs::Bytes),
    enforced("text", Needs::Bytes),
    enforced("not-wasm", Needs::Bytes),
    enforced("malformed", Needs::Bytes),
    enforced("feature", Needs::Bytes),
    enforced("invalid", Needs::Bytes),
    enforced("unknown-import", Needs::Bytes),
    enforced("other-version", Needs::Bytes),
    enforced("missing-export", Needs::Bytes),
    enforced("unknown-export", Needs::Bytes),
    enforced("functions", Needs::Bytes),
    enforced("nested-components", Needs::Bytes),
    enforced("core-instances", Needs::Bytes),
    enforced("memories", Needs::Bytes),
    enforced("tables", Needs::Bytes),
    enforced("memory", Needs::Bytes),
    enforced("table-elements", Needs::Bytes),
    enforced("packages", Needs::Bytes),
    // What the bytes hold.
    enforced("budgets", Needs::Component),
    enforced("custom-sections", Needs::Component),
    enforced("debug-sections", Needs::Component),
    enforced("secrets", Needs::Component),
    shadowed("secret-entropy", Needs::Component),
    enforced("machine-paths", Needs::Component),
    enforced("known-bad", Needs::KnownBad),
    enforced("sbom", Needs::Component),
    enforced("advisories", Needs::Advisories),
    enforced("dependency-licences", Needs::Dependencies),
    enforced("package", Needs::Component),
    // What running it shows.
    enforced("contained", Needs::Component),
    enforced("compile", Needs::Component),
    enforced("describe", Needs::Component),
    enforced("describe-differs", Needs::Component),
    // What it says of itself.
    enforced("limits", Needs::Manifest),
    enforced("names", Needs::Manifest),
    enforced("version", Needs::Manifest),
    enforced("unique-names", Needs::Bounded),
    enforced("reserved-name", Needs::Bounded),
    enforced("confusable-name", Needs::Bounded),
    enforced("confusable-title", Needs::Bounded),
    enforced("words", Needs::Bounded),
    enforced("language", Needs::Bounded),
    enforced("mixed-scripts", Needs::Bounded),
    enforced("markup", Needs::Bounded),
    enforced("shapes", Needs::Bounded),
    enforced("handlers", Needs::Bounded),
    enforced("undeclared-import", Needs::Bounded),
    enforced("unused-declaration", Needs::Bounded),
    enforced("reads", Needs::Bounded),
    enforced("calls", Needs::Bounded),
    enforced("views", Needs::Bounded),
    enforced("compatibility", Needs::Previous),
    enforced("minor-version", Needs::Previous),
    enforced("capability-widened", Needs::Previous),
    enforced("segments", Needs::Package),
    enforced("problems", Needs::Package),
    enforced("licence", Needs::Package),
    enforced("offered", Needs::Package),
    enforced("unknown-words", Needs::Package),
    enforced("missing-words", Needs::Package),
    enforced("scenarios", Needs::Package),
    enforced("scenario-coverage", Needs::Package),
    enforced("scenario-mismatch", Needs::Replay),
    enforced("scenario-differs", Needs::Replay),
    enforced("scenarios-long", Needs::Replay),
    // What happens when others use it.
    enforced("generated-input", Needs::Trials),
    enforced("malformed-input", Needs::Trials),
    enforced("injected-fault", Needs::Trials),
    enforced("undeclared-behaviour", Needs::Trials),
    enforced("unused-capability", Needs::Trials),
    enforced("near-limits", Needs::Trials),
    enforced("query-random", Needs::Trials),
    shadowed("egress-entropy", Needs::Trials),
    enforced("cost-regression", Needs::PreviousCosts),
];

/// Ids of findings that are about the checks themselves.
pub const OWN: &[&str] = &["more-findings", "checks-unavailable", "checks-completed"];

/// What there was to check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Present {
    /// What each need that is not fulfilled lacks.
    pub lacks: Vec<(Needs, String)>,
}

/// Takes what shadow checks found out of the findings, and says of every check what became of it.
pub(crate) fn settle(report: &mut Report, present: &Present) {
    let is_shadow =
        |finding: &Finding| CHECKS.iter().any(|check| check.id == finding.check && check.mode == Mode::Shadow);
    let (shadow, decisive) = std::mem::take(&mut report.findings).into_iter().partition(is_shadow);
    (report.findings, report.evidence.shadow) = (decisive, shadow);
    let all = report.findings.iter().chain(&report.evidence.shadow);
    let found: BTreeSet<&str> = all.map(|finding| finding.check.as_str()).collect();
    let outcome = |check: &Check| {
        if found.contains(check.id) {
            return Outcome::Found;
        }
        let lacking = present.lacks.iter().find(|(needs, _)| *needs == check.needs);
        lacking.map_or(Outcome::Clean, |(_, why)| Outcome::NotChecked(why.clone()))
    };
    let checked = |check: &Check| Checked {
        check: check.id.to_owned(),
        mode: check.mode,
        stage: Some(check.stage()),
        outcome: outcome(check),
    };
    report.evidence.checks = CHECKS.iter().map(checked).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;

    #[test]
    fn every_check_has_one_id_in_kebab_case() {
        let ids: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CHECKS.len());
        for id in ids.iter().chain(OWN) {
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
        }
    }

    #[test]
    fn every_step_has_checks_of_its_own() {
        for stage in Stage::ALL {
            assert!(CHECKS.iter().any(|check| check.stage() == stage), "{stage:?}");
        }
    }

    #[test]
    fn a_shadow_finding_is_shown_and_decides_nothing() {
        let rule = |check| Rule { check, why: "" };
        let findings = vec![rule("secret-entropy").error("", "a", ""), rule("words").warning("", "b", "")];
        let mut report = Report { findings, ..Report::default() };
        let lacks = vec![(Needs::KnownBad, "there is no list".to_owned())];
        settle(&mut report, &Present { lacks });
        assert!(report.passed());
        assert_eq!(report.evidence.shadow.len(), 1);
        let outcome = |id: &str| &report.evidence.checks.iter().find(|checked| checked.check == id).unwrap().outcome;
        assert_eq!(*outcome("secret-entropy"), Outcome::Found);
        assert_eq!(*outcome("words"), Outcome::Found);
        assert_eq!(*outcome("names"), Outcome::Clean);
        assert_eq!(*outcome("known-bad"), Outcome::NotChecked("there is no list".to_owned()));
    }
}
