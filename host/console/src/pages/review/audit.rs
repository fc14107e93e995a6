//! `GET /review/audit?subject=&after=`: what was done by whom, as a chain; `?verify=1` has the whole chain read.

use super::admit;
use crate::failure::Failure;
use crate::pages::sent::told;
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{AuditLine, AuditProof, OrgKind};
use toolcrib_ui::form::escape;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/review/audit";
/// Characters of a line's detail on the page.
const DETAIL_CHARS: usize = 400;
/// Lines that the registry tells at once.
const PAGE: usize = 500;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    subject: String,
    after: u64,
    verify: String,
}

/// What is shown.
pub struct Chain {
    pub subject: String,
    pub lines: Vec<AuditLine>,
    /// What came of reading all of it, when that was asked for.
    pub proof: Option<Result<AuditProof, Problem>>,
    /// The visitor may have it read.
    pub verifies: bool,
}

pub async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    admit(&visitor)?;
    let (registry, subject) = (&visitor.registry, asked.subject.trim().to_owned());
    let lines = match subject.as_str() {
        "" => registry.audit(asked.after).await?,
        about => registry.audit_about(about, asked.after).await?,
    };
    let proof = if asked.verify.is_empty() { None } else { Some(told(registry.verify_audit().await)?) };
    let mut orgs = visitor.identity.me.orgs.iter();
    let verifies = orgs.any(|org| org.kind == OrgKind::Marketplace && matches!(org.role.as_str(), "admin" | "auditor"));
    Ok(page(&visitor.shell, &Chain { subject, lines, proof, verifies }))
}

pub fn page(shell: &Shell, chain: &Chain) -> Markup {
    let tr = shell.tr;
    let label = tr.t("vendor-audit-subject");
    let help = tr.t("vendor-audit-subject-help");
    let subject = part::Field { name: "subject", label: &label, help: &help, ..part::Field::default() };
    let next = chain.lines.last().filter(|_| chain.lines.len() >= PAGE);
    let body = html! {
        @match &chain.proof {
            Some(Ok(proof)) => (part::notice("ok", &tr.with("vendor-audit-whole", &[("lines", &proof.lines.to_string()), ("hash", &proof.hash)]))),
            Some(Err(problem)) => (part::problem_above(tr, Some(problem))),
            None => {},
        }
        @if chain.verifies { (part::buttons(&[part::link(&format!("{PATH}?verify=1"), &tr.t("vendor-audit-verify"), Press::Plain)])) }
        (desk::ask(PATH, html! { (subject.line("search", &chain.subject, "")) (part::button(&tr.t("search"), Press::Plain)) }))
        (lines(shell, &chain.lines))
        @if let Some(last) = next {
            (part::buttons(&[part::link(&format!("{PATH}?after={}&subject={}", last.number, escape(&chain.subject)), &tr.t("vendor-next-page"), Press::Plain)]))
        }
    };
    shell.page(&tr.t("vendor-audit"), body)
}

/// A name, with the id that the chain holds behind it: names change, and two people may have the same.
fn who(tr: Tr, line: &AuditLine) -> Markup {
    let name = line.name.clone().unwrap_or_else(|| standing::actor(tr, &line.actor));
    html! { span title=(line.actor) { (name) } }
}

/// What was done, in words; the word of the chain behind it.
fn act(tr: Tr, act: &str) -> Markup {
    match tr.maybe(&format!("vendor-act-{}", act.replace(['.', '_'], "-"))) {
        Some(words) => html! { span title=(act) { (words) } },
        None => html! { code { (act) } },
    }
}

/// What it was done to: its name, with the version where the line tells one, and the id behind it.
fn about(tr: Tr, line: &AuditLine) -> Markup {
    let version = line.detail["version"].as_str().filter(|_| line.act.starts_with("version.")).unwrap_or_default();
    // A session has no name but whose it is.
    let own = line.name.clone().filter(|_| line.act.starts_with("session."));
    let name = line.about.as_ref().map(|words| tr.words(words).to_owned()).or(own);
    match name.or_else(|| tr.maybe(&format!("vendor-about-{}", line.subject))) {
        Some(name) => html! { span title=(line.subject) { (name) @if !version.is_empty() { " " (version) } } },
        None => html! { (line.subject) },
    }
}

fn lines(shell: &Shell, lines: &[AuditLine]) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-number", "vendor-when", "vendor-by", "vendor-what", "vendor-about-what", "vendor-detail"];
    let heads = heads.map(|key| tr.t(key));
    let row = |line: &AuditLine| {
        let detail: String = line.detail.to_string().chars().take(DETAIL_CHARS).collect();
        vec![
            part::amount(line.number),
            shell.zone.show_text(&line.at),
            who(tr, line),
            act(tr, &line.act),
            about(tr, line),
            desk::more(
                &tr.t("vendor-show"),
                html! { code { (line.act) } br; code { (line.actor) } " → " code { (line.subject) } br; code { (detail) } br; code { (line.hash) } },
            ),
        ]
    };
    html! {
        @if lines.is_empty() { (part::empty(&tr.t("vendor-audit-none"))) }
        @else { (part::table(&tr.t("vendor-audit"), &heads, &lines.iter().map(row).collect::<Vec<_>>())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use serde_json::json;
    use toolcrib_ui::language::Lang;

    #[test]
    fn a_line_is_told_in_words_and_names_with_the_chains_codes_behind_them() {
        let line = |act: &str, actor: &str, subject: &str, about| {
            json!({"number": 1, "at": "2026-11-23T08:00:00.123456Z", "actor": actor, "name": null, "act": act, "subject": subject,
                "about": about, "detail": {"version": "1.2.0"}, "hash": "00"})
        };
        let title = json!({"zh": "设备效率", "en": "Equipment efficiency"});
        let lines = json!([
            line("version.decide", "vetting", "oee", title),
            line("payout.run", "server", "platform", json!(null)),
            line("host.let-in", "hall 2", "hall 2", json!(null)),
            json!({"number": 2, "at": "2026-11-23T08:00:00.123456Z", "actor": "019ef67e", "name": "周敏", "act": "session.open",
                "subject": "019ef67f", "about": null, "detail": {}, "hash": "00"}),
        ]);
        for (lang, said) in [
            (Lang::ZhCn, [">审核决定<", ">设备效率 1.2.0<", ">自动检查<", ">服务器<", ">平台<", ">hall 2<"]),
            (
                Lang::En,
                [
                    ">decided<",
                    ">Equipment efficiency 1.2.0<",
                    ">the checks<",
                    ">the server<",
                    ">the platform<",
                    ">hall 2<",
                ],
            ),
        ] {
            let chain = |lines| Chain { subject: String::new(), lines, proof: None, verifies: false };
            let shell = samples::shell(Tr::new(lang), PATH);
            let page = page(&shell, &chain(serde_json::from_value(lines.clone()).unwrap())).into_string();
            assert_eq!(page.matches(">周敏<").count(), 2, "a session is told by whose it is: {page}");
            for words in said.iter().chain(&[r#"title="version.decide""#, r#"title="oee""#]) {
                assert!(page.contains(words), "{words}: {page}");
            }
        }
    }
}
