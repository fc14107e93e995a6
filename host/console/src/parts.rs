//! The pieces that pages are made of.

use crate::language::Tr;
use crate::names::Names;
use crate::zone::Zone;
use maud::{Markup, html};
use toolcrib_contract::finding::{Cost, Finding, Severity};
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{Decision, SubmissionState};

/// A sentence above the content.
pub fn notice(tone: &str, text: &str) -> Markup {
    html! { p class={ "notice " (tone) } role="status" { (text) } }
}

/// A heading, a sentence and nothing else: what an empty list says.
pub fn empty(text: &str) -> Markup {
    html! { p.empty { (text) } }
}

/// Labels and values.
pub fn facts(rows: &[(String, Markup)]) -> Markup {
    html! { dl.facts { @for (name, value) in rows { div { dt { (name) } dd { (value) } } } } }
}

/// A table; narrow screens show each row as labels and values.
pub fn table(caption: &str, heads: &[String], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) { table {
            caption { (caption) }
            thead { tr { @for head in heads { th scope="col" { (head) } } } }
            tbody { @for row in rows { tr { @for (head, cell) in heads.iter().zip(row) { td data-label=(head) { (cell) } } } } }
        } }
    }
}

/// The state of a submission: word and colour.
pub fn state(tr: Tr, state: SubmissionState) -> Markup {
    let tone = match state {
        SubmissionState::Approved => "ok",
        SubmissionState::Review | SubmissionState::ChangesRequested => "warn",
        SubmissionState::Deprecated | SubmissionState::Yanked => "warn",
        SubmissionState::Failed | SubmissionState::Rejected | SubmissionState::Revoked => "bad",
        SubmissionState::Draft
        | SubmissionState::Discarded
        | SubmissionState::Submitted
        | SubmissionState::Checking => "idle",
    };
    html! { span class={ "tag " (tone) } { (tr.t(&format!("state-{}", state.as_str()))) } }
}

/// The first characters of a digest; the whole of it for whoever looks closer.
pub fn digest(text: &str) -> Markup {
    let short: String = text.trim_start_matches("sha256:").chars().take(12).collect();
    html! { code title=(text) { (short) "…" } }
}

pub fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1_024))
}

/// What the checks found, the worst first.
pub fn findings(tr: Tr, findings: &[Finding]) -> Markup {
    let mut findings: Vec<_> = findings.iter().collect();
    findings.sort_by_key(|finding| finding.severity);
    html! {
        @if findings.is_empty() { (empty(&tr.t("findings-none"))) }
        ul.findings { @for finding in findings {
            @let (tone, severity) = match finding.severity {
                Severity::Error => ("bad", "error"), Severity::Warning => ("warn", "warning"), Severity::Note => ("idle", "note"),
            };
            li {
                p { span class={ "tag " (tone) } { (tr.t(&format!("severity-{severity}"))) } " " strong { (finding.what) } " "
                    @if !finding.place.is_empty() { code { (finding.place) } } }
                p { (finding.why) }
                p { (tr.with("finding-fix", &[("fix", &finding.fix)])) " " span.dim { "(" (finding.check) ")" } }
            }
        } }
    }
}

/// What the golden scenarios cost.
pub fn costs(tr: Tr, costs: &[Cost]) -> Markup {
    let heads =
        ["cost-scenario", "cost-handler", "cost-fuel", "cost-memory", "cost-rows", "cost-calls"].map(|key| tr.t(key));
    let row = |cost: &Cost| {
        let step = cost.step.map_or(String::new(), |step| format!(" #{}", step + 1));
        vec![
            html! { (cost.scenario) (step) },
            html! { code { (cost.handler) } },
            html! { span.num { (cost.fuel) } },
            html! { span.num { (kib(cost.memory_bytes)) } },
            html! { span.num { (cost.rows_read) " / " (cost.rows_written) } },
            html! { span.num { (cost.host_calls) } },
        ]
    };
    html! {
        @if costs.is_empty() { (empty(&tr.t("costs-none"))) }
        @else { (table(&tr.t("costs"), &heads, &costs.iter().map(row).collect::<Vec<_>>())) }
    }
}

/// Who decided what, when and why.
pub fn decisions(tr: Tr, zone: &Zone, decisions: &[Decision]) -> Markup {
    html! { ol.log { @for decision in decisions { li {
        p { (state(tr, decision.state)) " " (decision.by) " · " (zone.show_text(&decision.at)) }
        @if !decision.reason.is_empty() { blockquote { (decision.reason) } }
    } } } }
}

/// What happened, in the visitor's language where it is known.
pub fn problem_title(tr: Tr, problem: &Problem) -> String {
    problem.known().map_or_else(|| problem.title.clone(), |kind| kind.title_in(tr.lang).to_owned())
}

/// What happened here and what to do.
pub fn problem(tr: Tr, problem: &Problem) -> Markup {
    problem_at(tr, problem, None, |pointer| pointer.trim_start_matches('/').to_owned())
}

/// The same with a message beneath that says more, in English; `place` names where each error is.
fn problem_at(tr: Tr, problem: &Problem, beneath: Option<&str>, place: impl Fn(&str) -> String) -> Markup {
    let remedy = problem.known().and_then(|kind| tr.maybe(&format!("problem-{}-remedy", kind.code)));
    html! {
        div.notice.bad role="alert" {
            @if let Some(detail) = &problem.detail { p { strong { (detail) } } }
            @if let Some(beneath) = beneath { p.dim lang="en" { (beneath) } }
            p { (remedy.as_ref().unwrap_or(&problem.remedy)) }
            @if !problem.errors.is_empty() { ul { @for error in &problem.errors {
                li { @if !error.pointer.is_empty() { strong { (place(&error.pointer)) } " " } (error.message) }
            } } }
            p.dim { code { (problem.code) } @if let Some(id) = &problem.request_id { " · " (tr.with("request-id", &[("id", id)])) } }
        }
    }
}

/// The problem of an operation above its form, in the words of its module.
pub fn problem_of(names: Names<'_>, operation: &str, shown: &Problem, beneath: Option<&str>) -> Markup {
    let place = |pointer: &str| names.place(operation, pointer);
    html! { h2.bad { (problem_title(names.tr, shown)) } (problem_at(names.tr, shown, beneath, place)) }
}

/// A problem above the form it belongs to.
pub fn problem_above(tr: Tr, problem: Option<&Problem>) -> Markup {
    html! { @if let Some(shown) = problem { h2.bad { (problem_title(tr, shown)) } (self::problem(tr, shown)) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use toolcrib_contract::problem::{NOT_SUBSCRIBED, REJECTED};

    #[test]
    fn a_problem_is_told_in_the_visitors_language_with_its_detail() {
        let shown = NOT_SUBSCRIBED.because("module `oee`");
        let zh = problem(Tr::new(Lang::ZhCn), &shown).into_string();
        assert!(zh.contains("module `oee`") && zh.contains("管理员"), "{zh}");
        let en = problem(Tr::new(Lang::En), &shown).into_string();
        assert!(en.contains(NOT_SUBSCRIBED.remedy), "{en}");
        let mut own = REJECTED.because("says the module");
        own.code = "rate-not-positive".into();
        assert_ne!(problem_title(Tr::new(Lang::ZhCn), &own), own.title, "a module's own code has its kind's title");
    }
}
