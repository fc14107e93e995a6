//! What is different from the last approved version: rights, imports, records and operations, texts, everything else.

use super::Shown;
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::finding::Report;
use toolcrib_contract::manifest::{HandlerKind, Manifest, Words};
use toolcrib_registry_client::wire::{Diff, Difference};
use toolcrib_ui::names::{NONE, Names};
use toolcrib_ui::part;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::diff::{Changed, diff};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

/// Places of one list; longer ones are for the API.
const PLACES: usize = 200;
/// Characters of one side.
const SIDE_CHARS: usize = 2_000;

pub fn part(shell: &Shell, shown: &Shown, report: &Report) -> Markup {
    let tr = shell.tr;
    let words = report.package.as_ref().map_or(&NONE, |package| &package.words);
    let names = shell.names_with(words);
    html! {
        (desk::block(&tr.t("wants"), html! {
            @match &shown.submission.previous {
                Some(previous) => p { (tr.with("wants-compared", &[("version", previous)])) },
                None => p { (tr.t("wants-first")) },
            }
            @if report.wanted.is_empty() { (part::empty(&tr.t("wants-none"))) }
            (wants::diff(names, &wants::changes(shown.wanted_before(), &report.wanted)))
            @if let Some(manifest) = &report.manifest { (wants::own(names, manifest, &report.wanted)) }
        }))
        @if let Some(difference) = &shown.diff { (differences(shell, report, difference)) }
        @if let Some(manifest) = &report.manifest { (desk::more(&tr.t("contents"), contents(names, manifest))) }
    }
}

fn differences(shell: &Shell, report: &Report, told: &Diff) -> Markup {
    let tr = shell.tr;
    let (came, went) = (&told.imports.added, &told.imports.removed);
    let imports = came
        .iter()
        .map(|name| Changed { place: name.clone(), before: None, after: Some(name.clone()) })
        .chain(went.iter().map(|name| Changed { place: name.clone(), before: Some(name.clone()), after: None }));
    let texts = report.evidence.texts.iter().flat_map(|change| {
        let side = |words: &Option<Words>, of: fn(&Words) -> &String| words.as_ref().map(|words| of(words).clone());
        let one = |language: &str, of: fn(&Words) -> &String| Changed {
            place: format!("{} ({language})", change.place),
            before: side(&change.before, of),
            after: side(&change.after, of),
        };
        [one("zh", |words| &words.zh), one("en", |words| &words.en)].into_iter().filter(|one| one.before != one.after)
    });
    // Words and texts overlap: the listing's are only in the comparison, the words of fields only in the report.
    let texts: Vec<_> = texts.chain(told.texts.iter().map(changed)).collect();
    html! {
        (section(shell, "vendor-diff-imports", &imports.collect::<Vec<_>>()))
        (section(shell, "vendor-diff-schemas", &told.schemas.iter().map(changed).collect::<Vec<_>>()))
        (section(shell, "vendor-diff-texts", &texts))
        (section(shell, "vendor-diff-views", &told.views.iter().map(changed).collect::<Vec<_>>()))
        (section(shell, "vendor-diff-manifest", &told.manifest.iter().map(changed).collect::<Vec<_>>()))
        @if told.before.is_none() { (part::dim(&tr.t("vendor-diff-first"))) }
    }
}

fn section(shell: &Shell, title: &str, rows: &[Changed]) -> Markup {
    let tr = shell.tr;
    let title = tr.t(title);
    html! {
        @if rows.is_empty() { (part::facts(&[(title, html! { (tr.t("vendor-diff-none")) })])) }
        @else {
            (diff(tr, &title, &rows[..rows.len().min(PLACES)]))
            @if rows.len() > PLACES { (part::dim(&tr.with("vendor-diff-more", &[("count", &(rows.len() - PLACES).to_string())]))) }
        }
    }
}

fn changed(difference: &Difference) -> Changed {
    let side = |value: &Option<Json>| value.as_ref().map(text);
    Changed { place: difference.place.clone(), before: side(&difference.before), after: side(&difference.after) }
}

/// A text as it is, anything else as JSON.
fn text(value: &Json) -> String {
    let whole = match value {
        Json::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    match whole.char_indices().nth(SIDE_CHARS) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole,
    }
}

/// Everything that the module answers to.
fn contents(names: Names<'_>, manifest: &Manifest) -> Markup {
    let tr = names.tr;
    let heads = ["handler", "handler-name", "handler-kind", "handler-about"].map(|key| tr.t(key));
    let rows = manifest.handlers.iter().map(|def| {
        let kind = match &def.kind {
            HandlerKind::Command => tr.t("kind-command"),
            HandlerKind::Query => tr.t("kind-query"),
            HandlerKind::OnSignal { signal }
            | HandlerKind::OnWindow { signal }
            | HandlerKind::OnLevel { signal, .. }
            | HandlerKind::OnSilence { signal, .. } => tr.with("kind-signal", &[("signal", signal)]),
            HandlerKind::OnEvent { event, .. } => tr.with("kind-event", &[("event", event)]),
            HandlerKind::Timer => tr.t("kind-timer"),
            HandlerKind::Connector => tr.t("kind-connector"),
        };
        let about = names.about(&def.name, &def.doc);
        vec![html! { code { (def.name) } }, html! { (names.operation(&def.name)) }, html! { (kind) }, html! { (about) }]
    });
    let rows: Vec<_> = rows.collect();
    html! {
        p { strong { (tr.words(&manifest.title)) } " — " (tr.words(&manifest.summary)) }
        (part::table(&tr.t("handlers"), &heads, &rows))
    }
}
