//! The checklist: what is left for a person to judge, from what the checks saw.

use std::collections::BTreeSet;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::evidence::{Evidence, Task};
use toolcrib_contract::finding::{Finding, Report, Severity};
use toolcrib_contract::language::Lang;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::second::second_because;
use toolcrib_contract::words;
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
        let what = said(finding);
        tasks.push(task(
            &finding.check,
            words!("请判断这条警告及同类警告：{what}", "Judge this warning and those like it: {what}"; what),
        ));
    }
    tasks.truncate(TASKS);
    report.evidence.checklist = tasks;
    report.evidence.needs_two_reviewers = two;
}

/// What a finding says, in both languages.
fn said(finding: &Finding) -> Words {
    let what = |lang| finding.told(lang).what;
    Words { zh: what(Lang::ZhCn), en: what(Lang::En) }
}

fn task(topic: &str, what: impl Into<Words>) -> Task {
    let what = what.into();
    Task { topic: topic.to_owned(), what: what.en, zh: Some(what.zh) }
}

/// What one reviewer must not decide alone.
fn weighty(manifest: &Manifest, first: bool) -> Vec<Task> {
    let mut tasks = Vec::new();
    if first {
        let what = (
            "首次发布：服务商是否真实可信，模块是否如上架信息所说？",
            "First publication: is the provider who it says it is, and does the module do what its listing says?",
        );
        tasks.push(task("first-publication", what));
    }
    for wanted in wanted(manifest) {
        match &wanted.capability {
            Capability::Outbound { host } => {
                let reason = &wanted.reason;
                let what = words!(
                    "向 {host} 发送数据：主机属于谁，发送哪些数据？“{reason}”",
                    "Egress to {host}: whose host is it, and which data goes there? “{reason}”"; reason
                );
                tasks.push(task("egress", what));
            }
            Capability::Call { module, operation } => {
                let what = words!(
                    "它通过 {module}/{operation} 写入：可以改动那个模块的数据吗？",
                    "It writes through {module}/{operation}: may it change that module's data?"
                );
                tasks.push(task("foreign-writes", what));
            }
            _ => {}
        }
    }
    let commands = manifest.handlers.iter().any(|handler| handler.kind != HandlerKind::Query);
    for record in manifest.records.iter().filter(|record| record.shared && commands) {
        let what = words!(
            "其他模块可以读取 {}：内容正确吗，会一直保留吗？",
            "Other modules may read {}: is it right, and will it stay?",
            record.name
        );
        tasks.push(task("shared-writes", what));
    }
    tasks
}

fn reads(manifest: &Manifest) -> Vec<Task> {
    let read = |capability: Capability| match capability {
        Capability::Read { module, record, fields } => {
            let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
            Some(task(
                "reads",
                words!(
                    "它读取 {module}/{record}（{fields}）：每个字段都需要吗？",
                    "It reads {module}/{record} ({fields}): is each field needed?"
                ),
            ))
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
        tasks.push(task("not-checked", words!("`{check}` 没有检查：{why}", "`{check}` was not checked: {why}"; why)));
    }
    for finding in &evidence.shadow {
        let what = said(finding);
        tasks.push(task(
            "shadow",
            words!("新规则 `{}` 会说：{what}", "The new rule `{}` would say: {what}", finding.check; what),
        ));
    }
    if !evidence.texts.is_empty() {
        let what = words!(
            "有 {} 处人们阅读的文字变了：请逐一对照前后",
            "{} texts that people read have changed: read each before and after",
            evidence.texts.len()
        );
        tasks.push(task("texts", what));
    }
    for seen in evidence.behaviour.iter().filter(|seen| !seen.hosts.is_empty()) {
        tasks.push(task("egress", words!("{} 向 {} 发送数据", "{} sends to {}", seen.handler, seen.hosts.join(", "))));
    }
    if evidence.trials.is_some_and(|trials| trials.cut_short) {
        tasks.push(task(
            "trials",
            (
                "试验提前中止：相对其功能，它用了太多运算",
                "The trials were cut short: it takes many operations for what it does",
            ),
        ));
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
        report.findings.push(Rule { check: "words", why: ("", "") }.warning("", ("a", "a"), ("", "")));
        report.findings.push(Rule { check: "words", why: ("", "") }.warning("", ("b", "b"), ("", "")));
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
