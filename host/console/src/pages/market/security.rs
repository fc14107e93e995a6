//! `GET /market/m/{module}/security`: what it may do, how it was vetted, what it is made of and what it costs a host.

use super::listing::{Head, asks, framed};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_contract::evidence::{CardLine, Checked, Dependency, Outcome};
use toolcrib_contract::finding::{Finding, Severity};
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_registry_client::wire::{VersionPage, VettingPage};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

/// Lines of the bill of materials that the page shows.
const DEPENDENCIES: usize = 200;

pub async fn show(visitor: Visitor, Path(module): Path<String>) -> Result<Markup, Failure> {
    let head = Head::load(&visitor, &module).await?;
    let absent = || NOT_FOUND.because(format!("module `{module}` has no approved version"));
    let version = head.version.as_ref().ok_or_else(absent)?;
    let vetted = visitor.registry.vetting(&version.module, &version.version).await?;
    Ok(page(&visitor.shell, &head, version, &vetted))
}

pub fn page(shell: &Shell, head: &Head, version: &VersionPage, vetted: &VettingPage) -> Markup {
    let tr = shell.tr;
    let found =
        |outcome: fn(&Outcome) -> bool| vetted.checks.iter().filter(|checked| outcome(&checked.outcome)).count();
    let clean = found(|outcome| matches!(outcome, Outcome::Clean));
    let not = found(|outcome| matches!(outcome, Outcome::NotChecked(_)));
    let approved = vetted
        .approved_by
        .iter()
        .map(|approval| html! { p { (approval.by) " · " (shell.zone.show_text(&approval.at)) } });
    let approved: Vec<_> = approved.collect();
    let findings: Vec<Finding> =
        vetted.findings.iter().filter(|finding| finding.severity != Severity::Note).cloned().collect();
    let body = html! {
        section { h2 { (tr.t("market-vetting")) }
            (part::facts(&[
                (tr.t("market-approved-by"), html! { @for approval in &approved { (approval) } }),
                (tr.t("market-checks"), html! { (tr.with("market-checks-said", &[
                    ("clean", &clean.to_string()), ("all", &vetted.checks.len().to_string()), ("not", &not.to_string()),
                ])) }),
                (tr.t("market-tried"), html! { @if let Some(trials) = &vetted.trials { (tr.with("market-tried-said", &[
                    ("inputs", &trials.inputs.to_string()), ("malformed", &trials.malformed.to_string()), ("faults", &trials.faults.to_string()),
                ])) } @else { (tr.t("market-not-tried")) } }),
                (tr.t("market-rules"), html! { (vetted.rules) }),
                (tr.t("size"), html! { (part::size(vetted.size_bytes)) }),
                (tr.t("digest"), html! { code { (vetted.digest) } }),
            ]))
            @if !findings.is_empty() { (part::found(tr, &findings)) }
            details { summary { (tr.t("market-every-check")) } (checks(tr, &vetted.checks)) }
        }
        section { h2 { (tr.t("market-data")) } (asks(head.names(shell, version), version)) }
        section { h2 { (tr.t("market-costs")) } (costs(shell, version, &vetted.card)) }
        section { h2 { (tr.t("market-made-of")) }
            @if vetted.dependencies.is_empty() { (part::empty(&tr.t("market-made-of-none"))) } @else {
                p { (tr.with("market-made-of-count", &[("count", &vetted.dependencies.len().to_string())])) }
                details { summary { (tr.t("market-bill")) } (bill(tr, &vetted.dependencies)) }
            }
        }
    };
    framed(shell, head, "/security", body)
}

fn checks(tr: Tr, checks: &[Checked]) -> Markup {
    let heads = ["market-check", "market-outcome"].map(|key| tr.t(key));
    let row = |checked: &Checked| {
        let outcome = match &checked.outcome {
            Outcome::Clean => part::tag("ok", &tr.t("market-clean")),
            Outcome::Found => part::tag("warn", &tr.t("market-found-something")),
            Outcome::NotChecked(_) => {
                html! { (part::tag("idle", &tr.t("market-not-checked"))) " " (checked.not_checked().map(|why| tr.words(&why).to_owned()).unwrap_or_default()) }
            }
        };
        vec![part::check(tr, checked), outcome]
    };
    part::table(&tr.t("market-every-check"), &heads, &checks.iter().map(row).collect::<Vec<_>>())
}

fn costs(shell: &Shell, version: &VersionPage, card: &[CardLine]) -> Markup {
    let (tr, names) = (shell.tr, shell.names_with(&version.words));
    if card.is_empty() {
        return part::empty(&tr.t("costs-none"));
    }
    let heads = ["cost-handler", "market-fuel", "cost-memory", "cost-rows"].map(|key| tr.t(key));
    let row = |line: &CardLine| {
        vec![
            html! { (names.operation(&line.handler)) },
            html! { (line.fuel_p50) " / " (line.fuel_p99) },
            html! { (part::size(line.memory_bytes)) },
            html! { (line.rows_read) " / " (line.rows_written) },
        ]
    };
    html! {
        p { (tr.t("market-costs-help")) }
        details { summary { (tr.t("market-costs-all")) } (part::table(&tr.t("market-costs"), &heads, &card.iter().map(row).collect::<Vec<_>>())) }
    }
}

fn bill(tr: Tr, dependencies: &[Dependency]) -> Markup {
    let heads = ["market-package", "version", "licence", "market-advisories"].map(|key| tr.t(key));
    let row = |one: &Dependency| {
        let known = if one.advisories.is_empty() { "–".to_owned() } else { one.advisories.join(", ") };
        vec![html! { (one.name) }, html! { (one.version) }, html! { (one.licence) }, html! { (known) }]
    };
    let rows: Vec<_> = dependencies.iter().take(DEPENDENCIES).map(row).collect();
    html! {
        (part::table(&tr.t("market-bill"), &heads, &rows))
        @if dependencies.len() > DEPENDENCIES { p { (tr.with("market-bill-cut", &[("count", &DEPENDENCIES.to_string())])) } }
    }
}
