//! What stands in a report beside its findings: which checks ran, what running the component showed, what it costs,
//! what it is made of, and what is left for a person to judge.

use crate::capability::Capability;
use crate::finding::Finding;
use crate::language::Lang;
use crate::manifest::Words;
use crate::preview::Preview;
use serde::{Deserialize, Serialize};

/// Everything a report knows that is neither a finding nor the component's own words. Older reports lack parts of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Every check of the set, in its order, with what became of it.
    pub checks: Vec<Checked>,
    /// What checks in shadow mode found: shown, never decisive.
    pub shadow: Vec<Finding>,
    /// What the verdict rests on: rules, advisories and known-bad digests. Another basis is a reason to check again.
    pub basis: String,
    pub compiled: Option<Compiled>,
    pub consent: Consent,
    /// Texts that people read and that are not those of the last approved version, by place.
    pub texts: Vec<TextChange>,
    /// From the component's bill of materials; empty when it has none.
    pub dependencies: Vec<Dependency>,
    /// What each handler did while it was tried.
    pub behaviour: Vec<Behaviour>,
    /// What each handler cost.
    pub card: Vec<CardLine>,
    /// None when it did not run.
    pub trials: Option<Trials>,
    /// What its views show on sample data.
    pub previews: Vec<Preview>,
    /// For the person who decides.
    pub checklist: Vec<Task>,
    /// One reviewer is not enough: egress, writes that others depend on, or a first publication.
    pub needs_two_reviewers: bool,
}

/// A text that people read, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChange {
    /// `title`, `word report.good`, `reason to read plant/equipment` and the like.
    pub place: String,
    /// None: it is new.
    pub before: Option<Words>,
    /// None: it is gone.
    pub after: Option<Words>,
}

/// Whether a check decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Enforce,
    /// It is new: what it finds is shown, and decides nothing.
    Shadow,
}

/// A step of vetting, in the order in which it happens: what a provider follows while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The bytes: a component that hosts load, and what it holds.
    Component,
    /// The world it was built for, and nothing beside it.
    World,
    /// What it says of itself.
    Description,
    /// Its golden scenarios.
    Scenarios,
    /// Everything else: trials, the version before, dependencies.
    Checks,
}

impl Stage {
    pub const ALL: [Self; 5] = [Self::Component, Self::World, Self::Description, Self::Scenarios, Self::Checks];

    /// The text on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::World => "world",
            Self::Description => "description",
            Self::Scenarios => "scenarios",
            Self::Checks => "checks",
        }
    }
}

/// One check of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Its stable id.
    pub check: String,
    /// What people call it; older reports do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Words>,
    #[serde(default)]
    pub mode: Mode,
    /// Where it belongs; older reports do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    pub outcome: Outcome,
    /// Why it was not checked, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zh: Option<String>,
}

impl Checked {
    /// Why it could not run. Older reports say it in English alone.
    pub fn not_checked(&self) -> Option<Words> {
        let Outcome::NotChecked(en) = &self.outcome else { return None };
        Some(Words { zh: self.zh.clone().unwrap_or_else(|| en.clone()), en: en.clone() })
    }
}

/// What became of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Clean,
    /// There are findings of it.
    Found,
    /// It could not run, for this reason: that is never the same as clean.
    NotChecked(String),
}

/// What compiling took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiled {
    /// Wall time, the child's start included.
    pub ms: u64,
    /// Native code.
    pub code_bytes: u64,
    /// The most memory of the compiler child that was resident; 0 when the system does not tell.
    pub peak_bytes: u64,
}

/// What a tenant of the last approved version has to do for this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentClass {
    /// Nothing: it asks for no more than was agreed to.
    #[default]
    None,
    /// It asks for more and works without it.
    Optional,
    /// It does not run before the tenant agrees.
    Required,
}

/// How the capabilities differ from the last approved version's; for a first version, from nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    pub class: ConsentClass,
    pub added: Vec<Capability>,
    pub removed: Vec<Capability>,
}

/// A package that the component was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    pub name: String,
    pub version: String,
    /// Only used while building.
    #[serde(default)]
    pub build: bool,
    /// SPDX expression; empty when the component does not tell.
    #[serde(default)]
    pub licence: String,
    /// Ids of advisories that affect it.
    #[serde(default)]
    pub advisories: Vec<String>,
}

/// What one handler did in scenarios and trials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Behaviour {
    pub handler: String,
    /// Own records it wrote.
    pub writes: Vec<String>,
    pub events: Vec<String>,
    pub timers: Vec<String>,
    /// Hosts it sent effects to.
    pub hosts: Vec<String>,
    /// `module/record` of others that it read, `module/operation` that it called, signals it asked for.
    pub reads: Vec<String>,
    pub calls: Vec<String>,
    pub signals: Vec<String>,
    /// Another time, or another seed, gave another answer.
    pub uses_time: bool,
    pub uses_random: bool,
}

/// What the successful calls of one handler took. Operations are the sandbox's units of fuel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardLine {
    pub handler: String,
    pub calls: u32,
    pub fuel_p50: u64,
    pub fuel_p99: u64,
    /// The most of one call.
    pub memory_bytes: u64,
    pub rows_read: u32,
    pub rows_written: u32,
    pub events: u32,
    pub output_bytes: u64,
}

/// How much was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trials {
    /// The same seed gives the same inputs; it comes from the component's digest.
    pub seed: u64,
    /// Valid inputs made from the declared types.
    pub inputs: u32,
    /// Bytes that are no input of the handler.
    pub malformed: u32,
    /// Host calls that were refused or broken off on purpose.
    pub faults: u32,
    /// Operations of all of it.
    pub fuel: u64,
    /// The bound of all trials was met before everything was tried.
    pub cut_short: bool,
}

/// Something a person has to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Stable, kebab case: `egress`, `first-publication`, a check's id.
    pub topic: String,
    /// What to look at, a sentence.
    pub what: String,
    /// The same in Chinese; older reports speak English alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zh: Option<String>,
}

impl Task {
    /// The sentence in the reader's language, or in English when the report knows no other.
    pub fn told(&self, lang: Lang) -> &str {
        self.zh.as_deref().filter(|_| lang == Lang::ZhCn).unwrap_or(&self.what)
    }
}

impl Evidence {
    /// Checks that could not run, with the reason.
    pub fn not_checked(&self) -> impl Iterator<Item = (&str, Words)> {
        self.checks.iter().filter_map(|checked| Some((checked.check.as_str(), checked.not_checked()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_report_without_evidence_is_still_read() {
        assert_eq!(serde_json::from_str::<Evidence>("{}").unwrap(), Evidence::default());
        let checked = Checked {
            check: "advisories".into(),
            mode: Mode::Enforce,
            stage: None,
            outcome: Outcome::NotChecked("there is no database".into()),
            title: None,
            zh: Some("没有安全公告库".into()),
        };
        let evidence = Evidence { checks: vec![checked], ..Evidence::default() };
        let json = serde_json::to_string(&evidence).unwrap();
        assert!(json.contains(r#""outcome":{"not_checked":"there is no database"}"#), "{json}");
        assert_eq!(serde_json::from_str::<Evidence>(&json).unwrap(), evidence);
        assert_eq!(
            evidence.not_checked().collect::<Vec<_>>(),
            [("advisories", ("没有安全公告库", "there is no database").into())]
        );
    }
}
