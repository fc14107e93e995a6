//! Every check with what became of it, and what shadow checks found.

use super::progress::open_checks;
use maud::{Markup, html};
use toolcrib_contract::evidence::{Checked, Mode, Outcome};
use toolcrib_contract::finding::Report;
use toolcrib_ui::part;
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;

pub fn part(shell: &Shell, report: &Report) -> Markup {
    let tr = shell.tr;
    let evidence = &report.evidence;
    let open: Vec<&Checked> = evidence.checks.iter().filter(|checked| checked.not_checked().is_some()).collect();
    html! {
        (desk::block(&tr.t("findings"), html! {
            (part::findings(tr, &report.findings))
            (part::dim(&tr.with("report-rules", &[("rules", &report.rules)])))
            @if !evidence.basis.is_empty() { (part::dim(&tr.with("vendor-basis", &[("basis", &evidence.basis)]))) }
        }))
        @if !open.is_empty() { (open_checks(shell, &open)) }
        @if !evidence.shadow.is_empty() { (desk::block(&tr.t("vendor-shadow"), html! {
            (part::dim(&tr.t("vendor-shadow-help")))
            (part::findings(tr, &evidence.shadow))
        })) }
        (desk::more(&tr.with("vendor-all-checks", &[("count", &evidence.checks.len().to_string())]), all(shell, &evidence.checks)))
    }
}

fn all(shell: &Shell, checks: &[Checked]) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-check", "vendor-stage", "vendor-outcome"].map(|key| tr.t(key));
    let row = |checked: &Checked| {
        let (tone, outcome) = match checked.outcome {
            Outcome::Clean => ("ok", "vendor-outcome-clean"),
            Outcome::Found => ("bad", "vendor-outcome-found"),
            Outcome::NotChecked(_) => ("warn", "vendor-outcome-open"),
        };
        let stage = checked.stage.map(|stage| tr.t(&format!("vendor-stage-{}", stage.as_str())));
        vec![
            html! { (part::check(tr, checked)) @if checked.mode == Mode::Shadow { " " (part::tag("idle", &tr.t("vendor-shadow-mode"))) } },
            html! { (stage.unwrap_or_else(|| "–".to_owned())) },
            part::tag(tone, &tr.t(outcome)),
        ]
    };
    part::table(&tr.t("vendor-checks"), &heads, &checks.iter().map(row).collect::<Vec<_>>())
}
