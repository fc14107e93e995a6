//! The pages that a module describes, drawn before and after beside each other, with the answers that vetting kept of each.

use super::Shown;
use maud::{Markup, html};
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Report;
use toolcrib_ui::names::NONE;
use toolcrib_ui::part;
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::view::preview::preview;

pub fn part(shell: &Shell, shown: &Shown, report: &Report) -> Markup {
    let tr = shell.tr;
    let Some(manifest) = &report.manifest else { return part::empty(&tr.t("vendor-not-run")) };
    let before = shown.before.version.as_ref().map(|version| &version.manifest);
    let earlier = shown.before.report.as_deref();
    let views = manifest.views.iter().map(|view| view.name.as_str());
    let gone = before.into_iter().flat_map(|before| before.views.iter().map(|view| view.name.as_str()));
    let gone = gone.filter(|name| manifest.view(name).is_none());
    let names: Vec<_> = views.chain(gone).collect();
    html! {
        (part::dim(&tr.t("vendor-views-help")))
        @if names.is_empty() { (part::empty(&tr.t("vendor-views-none"))) }
        @for name in names {
            @let same = before.is_some_and(|before| before.view(name) == manifest.view(name));
            @let pair = part::panes(&[
                (tr.t("vendor-diff-before"), side(shell, before, earlier, name, "b")),
                (tr.t("vendor-diff-after"), side(shell, Some(manifest), Some(report), name, "a")),
            ]);
            @let title = manifest.view(name).or_else(|| before?.view(name)).map_or(name, |view| tr.words(&view.title));
            @if same { (desk::more(&tr.with("vendor-view-same", &[("view", title)]), pair)) }
            @else { (desk::block(title, pair)) }
        }
    }
}

fn side(shell: &Shell, manifest: Option<&Manifest>, report: Option<&Report>, name: &str, ids: &str) -> Markup {
    let view = manifest.and_then(|manifest| Some((manifest, manifest.view(name)?)));
    let Some((manifest, view)) = view else { return part::empty(&shell.tr.t("vendor-view-absent")) };
    let words = report.and_then(|report| report.package.as_ref()).map_or(&NONE, |package| &package.words);
    let kept = report.and_then(|report| report.evidence.previews.iter().find(|preview| preview.view == name));
    preview(shell, (manifest, words), view, kept, &format!("{ids}-{name}-"))
}
