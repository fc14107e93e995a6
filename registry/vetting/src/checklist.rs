//! The checklist: what is left for a person to judge, from what the checks saw.

use std::collections::BTreeSet;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::evidence::{Evidence, Task};
use toolcrib_contract::finding::{Report, Severity};
use toolcrib_contract::second::second_because;
use toolcrib_contract::{Capability, manifest::HandlerKind};

/// Tasks of one report; findings of one check are one task.
const TASKS: usize = 60;

/// Fills in the checklist and whether two reviewers are needed. `first`: no version was approved before.
pub(crate) fn draw_up(report: &mut Report, first: bool) {
    let mut tasks = Vec::new();
    let mut two = false;
    if let Some(manifest) = &report.manifest {
        two = !second_because(manifest, first).is_empty();
        tasks.extend(weighty(manifest, first));
        tasks.extend(reads(manifest));
    }
    tasks.extend(evidence(&report.evidence));
    let mut seen = BTreeSet::new();
    let warnings = report.findings.iter().filter(|finding| finding.severity == Severity::Warning);
    for finding in warnings.filter(|finding| seen.insert(finding.check.as_str())) {
        tasks.push(task(&finding.check, format!("Judge this warning and those like it: {}", finding.what)));
    }
    tasks.truncate(TASKS);
    report.evidence.checklist = tasks;
    report.evidence.needs_two_reviewers = two;
}

fn task(topic: &str, what: impl Into<String>) -> Task {
    Task { topic: topic.to_owned(), what: what.into() }
}

/// What one reviewer must not decide alone.
fn weighty(manifest: &Manifest, first: bool) -> Vec<Task> {
    let mut tasks = Vec::new();
    if first {
        let what =
            "First publication: is the provider who it says it is, and does the module do what its listing says?";
        tasks.push(task("first-publication", what));
    }
    for wanted in wanted(manifest) {
        match &wanted.capability {
            Capability::Outbound { host } => {
                let what =
                    format!("Egress to {host}: whose host is it, and which data goes there? “{}”", wanted.reason.en);
                tasks.push(task("egress", what));
            }
            Capability::Call { module, operation } => {
                let what = format!("It writes through {module}/{operation}: may it change that module's data?");
                tasks.push(task("foreign-writes", what));
            }
            _ => {}
        }
    }
    let commands = manifest.handlers.iter().any(|handler| handler.kind != HandlerKind::Query);
    for record in manifest.records.iter().filter(|record| record.shared && commands) {
        let what = format!("Other modules may read {}: is it right, and will it stay?", record.name);
        tasks.push(task("shared-writes", what));
    }
    tasks
}

fn reads(manifest: &Manifest) -> Vec<Task> {
    let read = |capability: Capability| match capability {
        Capability::Read { module, record, fields } => {
            let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
            Some(task("reads", format!("It reads {module}/{record} ({fields}): is each field needed?")))
        }
        _ => None,
    };
    wanted(manifest).into_iter().filter_map(|wanted| read(wanted.capability)).collect()
}

fn evidence(evidence: &Evidence) -> Vec<Task> {
    let mut tasks = Vec::new();
    // Without something to compare with, and after an error, nobody has to judge what did not run.
    let open = evidence
        .not_checked()
        .filter(|(check, _)| matches!(*check, "advisories" | "known-bad" | "dependency-licences"));
    for (check, why) in open {
        tasks.push(task("not-checked", format!("`{check}` was not checked: {why}")));
    }
    for finding in &evidence.shadow {
        tasks.push(task("shadow", format!("The new rule `{}` would say: {}", finding.check, finding.what)));
    }
    if !evidence.texts.is_empty() {
        let what = format!("{} texts that people read have changed: read each before and after", evidence.texts.len());
        tasks.push(task("texts", what));
    }
    for seen in evidence.behaviour.iter().filter(|seen| !seen.hosts.is_empty()) {
        tasks.push(task("egress", format!("{} sends to {}", seen.handler, seen.hosts.join(", "))));
    }
    if evidence.trials.is_some_and(|trials| trials.cut_short) {
        tasks.push(task("trials", "The trials were cut short: it takes many operations for what it does"));
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::rule::Rule;
    use toolcrib_contract::manifest::{Request, RequestKind};

    fn drawn(change: impl FnOnce(&mut Manifest), first: bool) -> (bool, Vec<String>) {
        let mut manifest = example::manifest();
        change(&mut manifest);
        let mut report = Report { manifest: Some(manifest), ..Report::default() };
        report.findings.push(Rule { check: "words", why: "" }.warning("", "a", ""));
        report.findings.push(Rule { check: "words", why: "" }.warning("", "b", ""));
        draw_up(&mut report, first);
        let topics = report.evidence.checklist.iter().map(|task| task.topic.clone()).collect();
        (report.needs_two_reviewers(), topics)
    }

    #[test]
    fn two_reviewers_see_egress_shared_writes_and_first_publications() {
        assert_eq!(drawn(|_| (), false), (false, vec!["words".to_owned()]));
        assert_eq!(drawn(|_| (), true), (true, vec!["first-publication".to_owned(), "words".into()]));
        assert!(drawn(|manifest| manifest.records[0].shared = true, false).0);
        let kind = RequestKind::Outbound { host: "erp.example.com".into() };
        let request = Request { kind, reason: example::words(), optional: true };
        assert_eq!(drawn(|manifest| manifest.requests.push(request), false).1, ["egress", "words"]);
    }
}
