//! Runs all checks on one component and gathers what they say.

use crate::checks::{self, Context, behaviour, bill, consent, costs};
use crate::knowledge::Knowledge;
use crate::probe::{Answer, Probe};
use crate::roster::{self, Needs, Present};
use crate::rule::Rule;
use crate::{RULES, checklist};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::evidence::{CardLine, Stage, TextChange};
use toolcrib_contract::finding::{Finding, Report, Severity};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Package;
use toolcrib_contract::words;
use toolcrib_sandbox::{ChildCommand, InspectError, Inspection, inspect};

const MORE: Rule = Rule {
    check: "more-findings",
    why: ("没人读得完的清单帮不了任何人", "A list that nobody can read helps nobody"),
};
const REFUSED: (&str, &str) = ("在它的任何代码运行之前，主机就会拒绝它", "Hosts refuse it before anything of it runs");

/// Findings of one report; further ones are counted.
const FINDINGS: usize = 200;

/// A component on its way into the marketplace, and what it is compared with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Submission<'a> {
    pub bytes: &'a [u8],
    /// The name it is submitted under; none: any.
    pub module: Option<&'a str>,
    /// The manifest of the last approved version of the same module.
    pub previous: Option<&'a Manifest>,
    /// What travelled with it: its texts are compared.
    pub previous_package: Option<&'a Package>,
    /// What that version's calls cost, from its report.
    pub previous_card: &'a [CardLine],
    /// Manifests of the newest approved versions of all modules.
    pub others: &'a [Manifest],
    /// Slugs of the other providers.
    pub providers: &'a [String],
}

/// Runs the checks. Cheap to make and to clone; clones share what is known.
#[derive(Clone, Debug)]
pub struct Vetter {
    probe: Probe,
    knowledge: Arc<RwLock<Knowledge>>,
}

impl Vetter {
    /// `vet` is the program that ends in [`crate::vet_child_main`], `compile` the one that ends in
    /// [`toolcrib_sandbox::compile_child_main`].
    pub fn new(vet: ChildCommand, compile: ChildCommand) -> Self {
        Self { probe: Probe { vet, compile, wall: Probe::WALL }, knowledge: Arc::default() }
    }

    /// With another bound on the wall time of the child.
    #[must_use]
    pub fn limited(mut self, wall: Duration) -> Self {
        self.probe.wall = wall;
        self
    }

    /// Takes over what the operator knows, for all clones. Reports that rest on something else are then outdated.
    pub fn learn(&self, knowledge: Knowledge) {
        *self.knowledge.write().unwrap_or_else(PoisonError::into_inner) = knowledge;
    }

    fn knowledge(&self) -> Knowledge {
        self.knowledge.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a report of now would rest on.
    pub fn basis(&self) -> String {
        self.knowledge().basis()
    }

    /// Who the component says it is, with a good module name and version. Blocks for seconds; bounded.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn describe(&self, bytes: &[u8]) -> Result<Manifest, Vec<Finding>> {
        inspect(bytes).map_err(|errors| errors.iter().map(refused).collect::<Vec<_>>())?;
        let Answer { manifest, findings, .. } = self.probe.run(bytes, None, &|_| {});
        let Some(manifest) = manifest else { return Err(findings) };
        let found = checks::identity(&manifest);
        if found.iter().any(|finding| finding.severity == Severity::Error) { Err(found) } else { Ok(manifest) }
    }

    /// Everything the checks say. Blocks, at worst for the child's wall time and a little.
    pub fn vet(&self, submission: &Submission<'_>) -> Report {
        self.vet_telling(submission, &|_| {})
    }

    /// The same, telling which step begins: each at most once, in their order. The last ones are missing when there is
    /// nothing to be done in them.
    pub fn vet_telling(&self, submission: &Submission<'_>, tell: &(dyn Fn(Stage) + Sync)) -> Report {
        tell(Stage::Component);
        let knowledge = self.knowledge();
        let digest = Sha256::digest(submission.bytes);
        let mut report =
            Report { rules: RULES.to_owned(), digest: format!("sha256:{}", hex(&digest)), ..Report::default() };
        report.evidence.basis = knowledge.basis();
        let mut vetting = Vetting { submission: *submission, knowledge, report, present: Present::default(), tell };
        match inspect(submission.bytes) {
            Ok(inspection) => {
                let seed = digest[..8].iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte));
                vetting.look_inside(&self.probe, &inspection, seed);
            }
            Err(errors) => vetting.refuse(&errors),
        }
        let Vetting { mut report, present, .. } = vetting;
        roster::settle(&mut report, &present);
        settle(&mut report.findings);
        checklist::draw_up(&mut report, submission.previous.is_none());
        report
    }
}

/// One vetting under way.
struct Vetting<'a> {
    submission: Submission<'a>,
    knowledge: Knowledge,
    report: Report,
    present: Present,
    tell: &'a (dyn Fn(Stage) + Sync),
}

impl Vetting<'_> {
    fn lacks(&mut self, needs: &[Needs], why: (&str, &str)) {
        self.present.lacks.extend(needs.iter().map(|needs| (*needs, why.into())));
    }

    /// Nothing further can be said of what hosts refuse.
    fn refuse(&mut self, errors: &[InspectError]) {
        use Needs::{
            Advisories, Bounded, Component, Dependencies, KnownBad, Manifest, Package, Previous, PreviousCosts, Replay,
            Trials,
        };
        let all = [
            Component,
            Manifest,
            Bounded,
            Package,
            Replay,
            Trials,
            Previous,
            PreviousCosts,
            KnownBad,
            Dependencies,
            Advisories,
        ];
        self.lacks(
            &all,
            ("在组件的任何代码运行之前，主机就会拒绝它", "hosts refuse the component before anything of it runs"),
        );
        self.report.findings = errors.iter().map(refused).collect();
    }

    fn look_inside(&mut self, probe: &Probe, inspection: &Inspection, seed: u64) {
        self.bytes();
        (self.tell)(Stage::World);
        let interfaces = inspection.interfaces().into_iter().map(str::to_owned).collect();
        (self.tell)(Stage::Description);
        match checks::package::read(inspection.package.as_deref()) {
            Ok(package) => self.report.package = Some(package),
            Err(finding) => {
                self.report.findings.push(*finding);
                self.lacks(&[Needs::Package, Needs::Replay, Needs::Trials], ("没有包", "there is no package"));
            }
        }
        let seed = self.report.package.is_some().then_some(seed);
        let mut answer = probe.run(self.submission.bytes, seed, self.tell);
        self.report.findings.append(&mut answer.findings);
        match answer.manifest.take() {
            Some(manifest) => self.manifest(manifest, &interfaces),
            None => {
                let needs = [Needs::Manifest, Needs::Bounded, Needs::Previous, Needs::Replay, Needs::Trials];
                self.lacks(&needs, ("无法询问组件它是什么", "the component could not be asked what it is"));
            }
        }
        self.ran(answer, &interfaces);
    }

    /// What the bytes themselves show.
    fn bytes(&mut self) {
        let bytes = self.submission.bytes;
        let mut found = checks::budgets::check(bytes);
        found.extend(checks::sections::check(bytes));
        match self.knowledge.known_bad.clone() {
            Some(known) => found.extend(checks::known_bad::check(bytes, &known)),
            None => self.lacks(&[Needs::KnownBad], ("没有不良摘要名单", "there is no list of known-bad digests")),
        }
        let advisories = self.knowledge.advisories.clone();
        if advisories.is_none() {
            self.lacks(&[Needs::Advisories], ("没有安全公告库", "there is no database of advisories"));
        }
        match bill::read(bytes) {
            Ok(Some(sbom)) => {
                found.extend(bill::licences(&sbom));
                found.extend(advisories.iter().flat_map(|all| bill::advisories(&sbom, all)));
                self.report.evidence.dependencies = bill::dependencies(&sbom, advisories.as_deref());
            }
            other => {
                self.lacks(
                    &[Needs::Dependencies, Needs::Advisories],
                    ("没有软件物料清单", "there is no bill of materials"),
                );
                found.push(other.map_or_else(|finding| *finding, |_| bill::missing()));
            }
        }
        self.report.findings.extend(found);
    }

    fn manifest(&mut self, manifest: Manifest, interfaces: &BTreeSet<String>) {
        let Submission { module, previous, others, providers, .. } = self.submission;
        if previous.is_none() {
            self.lacks(&[Needs::Previous], ("此前没有批准过任何版本", "no version was approved before"));
        }
        let over = checks::bounds(&manifest);
        if over.is_empty() {
            let context = Context { expected: module, previous, others, providers, interfaces };
            self.report.findings.extend(checks::manifest(&manifest, &context));
            self.report.wanted = wanted(&manifest);
            let consent = consent::difference(&manifest, previous);
            self.report.findings.extend(consent::check(&consent, previous));
            self.report.evidence.consent = consent;
        } else {
            self.lacks(&[Needs::Bounded, Needs::Previous], ("清单超出限值", "the manifest exceeds the limits"));
            self.report.findings.extend([checks::identity(&manifest), over].concat());
        }
        self.report.manifest = Some(manifest);
    }

    /// What running it showed.
    fn ran(&mut self, answer: Answer, interfaces: &BTreeSet<String>) {
        let Answer { costs, compiled, behaviour, card, trials, previews, .. } = answer;
        let mut found = Vec::new();
        if let Some(package) = &self.report.package {
            found.extend(checks::package(self.report.manifest.as_ref(), package, &costs));
        }
        if let Some(manifest) = self.report.manifest.as_ref().filter(|_| trials.is_some()) {
            found.extend(behaviour::random(manifest, &behaviour));
            found.extend(behaviour::near_limits(&card));
            // A scenario that broke off shows less than it would.
            if !self.report.findings.iter().any(|finding| finding.check == "scenario-mismatch") {
                found.extend(behaviour::unused(manifest, &behaviour, interfaces));
            }
        }
        found.extend(costs::check(&card, self.submission.previous_card));
        if self.submission.previous_card.is_empty() || card.is_empty() {
            self.lacks(
                &[Needs::PreviousCosts],
                ("没有已批准版本的消耗可供比较", "there are no costs of an approved version to compare with"),
            );
        }
        self.report.findings.extend(found);
        self.report.evidence.texts = self.texts();
        self.report.costs = costs;
        let evidence = &mut self.report.evidence;
        (evidence.compiled, evidence.behaviour, evidence.card, evidence.trials) = (compiled, behaviour, card, trials);
        evidence.previews = previews;
    }
}

impl Vetting<'_> {
    /// The texts that differ from those of the last approved version.
    fn texts(&self) -> Vec<TextChange> {
        let Submission { previous, previous_package, .. } = self.submission;
        let (before, report) = (previous.zip(previous_package), &self.report);
        let texts = before.zip(report.manifest.as_ref().zip(report.package.as_ref()));
        texts.map(|(before, after)| checks::wording::changes(before, after)).unwrap_or_default()
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

fn capitalised(Words { zh, en }: &Words) -> Words {
    let mut chars = en.chars();
    let en = chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default();
    Words { zh: zh.clone(), en }
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
        let finding = MORE.note(
            "",
            words!("另有 {} 条发现未列出", "{} more findings are not listed", more.len()),
            ("请先改正这些", "Correct these first"),
        );
        kept.push(Finding { severity: worst, ..finding });
    }
    *findings = kept;
}

/// Two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
