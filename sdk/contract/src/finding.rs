//! What vetting found out about a component: the same report at the author's desk, in the registry and for the reviewer.
//! Reports grow: who reads one passes over what it does not know.

use crate::capability::Wanted;
use crate::evidence::Evidence;
use crate::language::Lang;
use crate::manifest::Manifest;
use crate::package::Package;
use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The version cannot be published.
    Error,
    /// A reviewer should look at it.
    Warning,
    /// Worth knowing.
    Note,
}

/// One thing a check found, told so that its author can act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's stable id, kebab case.
    pub check: String,
    pub severity: Severity,
    /// What is the matter.
    pub what: String,
    /// Where: a handler, a field, a scenario's step; empty when it is the whole component.
    pub place: String,
    /// Why it matters.
    pub why: String,
    /// What to do about it.
    pub fix: String,
    /// The same in Chinese; older reports speak English alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zh: Option<Box<Told>>,
}

/// A finding in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub what: String,
    pub why: String,
    pub fix: String,
}

impl Finding {
    /// What, why and fix in the reader's language, or in English when the report knows no other.
    pub fn told(&self, lang: Lang) -> Told {
        match &self.zh {
            Some(zh) if lang == Lang::ZhCn => (**zh).clone(),
            _ => Told { what: self.what.clone(), why: self.why.clone(), fix: self.fix.clone() },
        }
    }
}

/// What one invocation in a scenario took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    pub scenario: String,
    /// The step's position, from 0; none for invocations that no step asked for (a timer that fell due).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    pub handler: String,
    /// Units of the sandbox, close to executed instructions.
    pub fuel: u64,
    /// Linear memory at the end.
    pub memory_bytes: u64,
    pub rows_read: u32,
    pub rows_written: u32,
    pub host_calls: u32,
}

/// Everything the checks say about one component.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of the set of rules.
    pub rules: String,
    /// `sha256:` and the hex digest of the component's bytes.
    pub digest: String,
    /// None when the component could not be asked.
    pub manifest: Option<Manifest>,
    pub package: Option<Package>,
    /// What a tenant will be asked to agree to.
    pub wanted: Vec<Wanted>,
    pub findings: Vec<Finding>,
    pub costs: Vec<Cost>,
    /// How the findings came about, and what else was seen.
    #[serde(default)]
    pub evidence: Evidence,
}

impl Report {
    /// Whether nothing stands in the way of publishing.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    /// Whether one reviewer is not enough for it.
    pub fn needs_two_reviewers(&self) -> bool {
        self.evidence.needs_two_reviewers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_stops_a_version() {
        let finding = |severity| Finding {
            check: "limits".into(),
            severity,
            what: "The component is large".into(),
            place: String::new(),
            why: "It loads slowly".into(),
            fix: "Build it with --release".into(),
            zh: None,
        };
        let report = |findings| Report { rules: "1".into(), digest: "sha256:00".into(), findings, ..Report::default() };
        assert!(report(vec![]).passed());
        assert!(report(vec![finding(Severity::Note), finding(Severity::Warning)]).passed());
        assert!(!report(vec![finding(Severity::Warning), finding(Severity::Error)]).passed());
        let json = serde_json::to_string(&report(vec![finding(Severity::Error)])).unwrap();
        assert!(json.contains(r#""severity":"error""#), "{json}");
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report(vec![finding(Severity::Error)]));
    }
}
