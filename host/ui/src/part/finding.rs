//! What checks found, and what handlers cost.

use super::{empty, kib, table};
use crate::language::Tr;
use maud::{Markup, html};
use toolcrib_contract::finding::{Cost, Finding, Severity};

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
