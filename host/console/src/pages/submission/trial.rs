//! What running the component in the sandbox showed: what it does, what it costs, what it is made of.

use maud::{Markup, html};
use toolcrib_contract::evidence::{Behaviour, CardLine, Compiled, Dependency, Trials};
use toolcrib_contract::finding::Report;
use toolcrib_ui::part;
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;

pub fn part(shell: &Shell, report: &Report) -> Markup {
    let tr = shell.tr;
    let evidence = &report.evidence;
    html! {
        (part::facts(&[compiled(shell, evidence.compiled.as_ref()), trials(shell, evidence.trials.as_ref())].concat()))
        (behaviour(shell, &evidence.behaviour))
        (card(shell, &evidence.card))
        (part::costs(tr, &report.costs))
        (desk::block(&tr.t("vendor-dependencies"), dependencies(shell, &evidence.dependencies)))
    }
}

fn compiled(shell: &Shell, compiled: Option<&Compiled>) -> Vec<(String, Markup)> {
    let tr = shell.tr;
    let Some(compiled) = compiled else { return vec![(tr.t("vendor-compile"), html! { (tr.t("vendor-not-run")) })] };
    vec![
        (tr.t("vendor-compile"), html! { (compiled.ms) " ms" }),
        (tr.t("vendor-code"), html! { (part::size(compiled.code_bytes)) }),
        (tr.t("vendor-peak"), html! { (part::size(compiled.peak_bytes)) }),
    ]
}

fn trials(shell: &Shell, trials: Option<&Trials>) -> Vec<(String, Markup)> {
    let tr = shell.tr;
    let Some(trials) = trials else { return vec![(tr.t("vendor-trials"), html! { (tr.t("vendor-not-run")) })] };
    let (inputs, malformed, faults) =
        (trials.inputs.to_string(), trials.malformed.to_string(), trials.faults.to_string());
    let told = tr.with("vendor-trials-told", &[("inputs", &inputs), ("malformed", &malformed), ("faults", &faults)]);
    let cut = trials.cut_short.then(|| part::tag("warn", &tr.t("vendor-trials-cut")));
    vec![
        (tr.t("vendor-trials"), html! { (told) " " @if let Some(cut) = cut { (cut) } }),
        (tr.t("vendor-seed"), html! { code { (trials.seed) } }),
    ]
}

fn behaviour(shell: &Shell, all: &[Behaviour]) -> Markup {
    let tr = shell.tr;
    let heads = ["handler", "vendor-writes", "vendor-reads", "vendor-calls-others", "vendor-sends", "vendor-depends"];
    let heads = heads.map(|key| tr.t(key));
    let names = |names: &[String]| html! { @if names.is_empty() { "–" } @for name in names { code { (name) } " " } };
    let row = |one: &Behaviour| {
        let depends = [(one.uses_time, "vendor-uses-time"), (one.uses_random, "vendor-uses-random")];
        let depends: Vec<_> = depends.iter().filter(|(uses, _)| *uses).map(|(_, key)| ("idle", tr.t(key))).collect();
        vec![
            html! { code { (one.handler) } },
            names(&[one.writes.as_slice(), &one.events, &one.timers].concat()),
            names(&[one.reads.as_slice(), &one.signals].concat()),
            names(&one.calls),
            names(&one.hosts),
            desk::tags(&depends),
        ]
    };
    html! {
        @if all.is_empty() { (part::empty(&tr.t("vendor-not-run"))) }
        @else { (part::table(&tr.t("vendor-behaviour"), &heads, &all.iter().map(row).collect::<Vec<_>>())) }
    }
}

fn card(shell: &Shell, card: &[CardLine]) -> Markup {
    let tr = shell.tr;
    let heads = ["handler", "vendor-calls", "vendor-fuel", "cost-memory", "cost-rows", "vendor-output"];
    let heads = heads.map(|key| tr.t(key));
    let row = |line: &CardLine| {
        vec![
            html! { code { (line.handler) } },
            part::amount(line.calls),
            part::amount(format!("{} / {}", line.fuel_p50, line.fuel_p99)),
            part::amount(part::size(line.memory_bytes)),
            part::amount(format!("{} / {}", line.rows_read, line.rows_written)),
            part::amount(part::size(line.output_bytes)),
        ]
    };
    html! {
        @if card.is_empty() { (part::empty(&tr.t("vendor-not-run"))) }
        @else { (part::table(&tr.t("vendor-card"), &heads, &card.iter().map(row).collect::<Vec<_>>())) }
    }
}

fn dependencies(shell: &Shell, all: &[Dependency]) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-package", "version", "licence", "vendor-advisories"].map(|key| tr.t(key));
    let row = |one: &Dependency| {
        let advisories: Vec<_> = one.advisories.iter().map(|id| ("bad", id.clone())).collect();
        vec![
            html! { (one.name) @if one.build { " " (part::tag("idle", &tr.t("vendor-build-only"))) } },
            html! { (one.version) },
            html! { (if one.licence.is_empty() { "–" } else { one.licence.as_str() }) },
            html! { @if advisories.is_empty() { "–" } @else { (desk::tags(&advisories)) } },
        ]
    };
    html! {
        @if all.is_empty() { (part::empty(&tr.t("vendor-dependencies-none"))) }
        @else { (desk::more(&tr.with("vendor-dependencies-count", &[("count", &all.len().to_string())]), part::table(&tr.t("vendor-dependencies"), &heads, &all.iter().map(row).collect::<Vec<_>>()))) }
    }
}
