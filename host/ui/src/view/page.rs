//! The whole page of a view.

use super::ask::Answers;
use super::{DONE, Scene, TAB, act};
use crate::asset;
use crate::form::{self, FormText};
use crate::live::{self, Feed};
use crate::shell::{Frame, Shell};
use crate::{part, widget};
use maud::{Markup, html};
use toolcrib_contract::view::check::param_type;
use toolcrib_contract::view::{Bind, Param, Place, Target, View, Widget};
use toolcrib_contract::{Manifest, Type};

/// Whether somebody with this role gets anything from a view: a widget that asks nothing, or a query that they may ask.
pub fn is_for(manifest: &Manifest, view: &View, role: &str) -> bool {
    let admits = |query: &str| manifest.handler(query).is_some_and(|(_, def)| def.admits(role));
    let mut operations =
        view.cells().flat_map(|(_, cell)| cell.widget.handed()).filter_map(|(target, _)| match target {
            Target::Operation(name) => Some(name),
            Target::View(_) => None,
        });
    let asks_nothing = view.cells().all(|(_, cell)| cell.widget.handed().is_empty());
    asks_nothing || operations.any(admits)
}

/// The page of a view, drawn from what its questions were answered.
pub fn page(scene: &Scene<'_>, answers: &Answers) -> Markup {
    if scene.view.place == Place::Board {
        return super::board::board(scene, answers, None);
    }
    let (tr, view, shell) = (scene.tr(), scene.view, scene.shell);
    let body = html! {
        @if keeps(scene) { (printed(scene)) }
        @if shell.station.is_none() { (above(scene)) }
        @if let Some(help) = &view.help { p.lead { (tr.words(help)) } }
        (notices(scene))
        @if shell.station.is_none() { (params(scene, answers)) }
        (tabs(scene))
        @if let Some(scan) = shell.station.as_ref().and_then(|_| view.scans.first()) { div hidden data-scanned=(scan.param) data-pattern=(scan.pattern) {} }
        (region(scene, answers))
        @if keeps(scene) { (keep(scene)) }
    };
    let card = scene.cells().find_map(|placed| match &placed.cell.widget {
        Widget::PrintCard(it) => Some((it.width_mm, it.height_mm)),
        _ => None,
    });
    let class = if view.place == Place::Page && card.is_some() { "view prints" } else { "view" };
    let frame = match view.place {
        Place::Page => Frame::Desk,
        Place::Station if shell.station.is_some() => Frame::Station,
        Place::Station => Frame::Touch,
        Place::Board => Frame::Board,
    };
    let head = html! { @if let Some((width, height)) = card {
        link rel="stylesheet" media="print" href=(asset::page_url(width, height));
    } };
    shell.whole(tr.words(&view.title), &body, frame, class, &head)
}

/// Whether the view shows anything that somebody would want to keep, at a place where files and printers are.
fn keeps(scene: &Scene<'_>) -> bool {
    let at_desk = scene.view.place == Place::Page && scene.shell.station.is_none();
    at_desk && scene.view.cells().any(|(_, cell)| cell.widget.source().is_some())
}

/// Whose page it is, what it was asked for and when: on paper alone, above everything else.
fn printed(scene: &Scene<'_>) -> Markup {
    let name = scene.shell.tenant.as_ref().map_or("", |tenant| tenant.name.as_str());
    html! { p.printed { (name) " · " (asked(scene)) (scene.zone().text(scene.now)) } }
}

/// How to keep what the view shows: as a workbook, and on paper or as PDF, which the browser makes.
fn keep(scene: &Scene<'_>) -> Markup {
    let tr = scene.tr();
    let chosen = scene.address.pairs().filter(|(name, value)| !name.starts_with('_') && !value.is_empty());
    let chosen: Vec<_> = chosen.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let workbook = act::address(&format!("{}/xlsx", scene.path(&scene.view.name)), &chosen);
    html! {
        div.buttons { (part::download(&workbook, &tr.t("view-xlsx"))) button type="button" class="quiet" data-print { (tr.t("view-print")) } }
        p.help { (tr.t("view-print-help")) }
    }
}

/// What the page was asked for, as paper has to say it: forms are not printed.
fn asked(scene: &Scene<'_>) -> String {
    let given = scene.view.params.iter().map(|param| (scene.tr().words(&param.label), scene.param_text(param)));
    given.filter(|(_, text)| !text.is_empty()).map(|(label, text)| format!("{label} {text} · ")).collect()
}

/// The part of the page that is kept fresh: the sections of the tab that is shown.
pub(super) fn region<'a>(scene: &Scene<'a>, answers: &'a Answers) -> Markup {
    let cells: Vec<_> = scene.cells().collect();
    let drawn: Vec<_> = cells.iter().map(|placed| widget::cell(scene, answers, placed)).collect();
    // A page that shows what was typed and refused stays as it is.
    let live: Vec<_> = cells.iter().zip(&drawn).filter(|(placed, _)| placed.is_live()).map(|(_, cell)| cell).collect();
    let feed = scene.sent.is_none().then(|| feed(scene, &live));
    live::region(feed.as_ref(), sections(scene, answers, &drawn))
}

/// The sections of the tab, with the cells in them.
pub(super) fn sections<'a>(scene: &Scene<'a>, answers: &'a Answers, drawn: &[Markup]) -> Markup {
    let cells: Vec<_> = scene.cells().collect();
    let mut from = 0;
    let sections = scene.view.tabs.get(scene.tab()).map_or(&[][..], |tab| &tab.sections);
    let sections = sections.iter().map(|section| {
        let these = from..(from + section.cells.len()).min(drawn.len());
        from = these.end;
        let shows = cells[these.clone()].iter().any(|placed| !widget::repeats(scene, answers, placed));
        widget::section(scene, section, &drawn[these], shows)
    });
    let sections: Vec<_> = sections.collect();
    html! { @for section in &sections { (section) } }
}

fn feed(scene: &Scene<'_>, drawn: &[&Markup]) -> Feed {
    let plain: Vec<_> = drawn.iter().map(|cell| scene.same_each_time(&cell.0)).collect();
    let (here, path) = (scene.here(&[]), scene.path(&scene.view.name));
    let query = here.strip_prefix(&path).unwrap_or_default();
    Feed {
        path: format!("{path}/live{query}"),
        build: live::build(scene.manifest),
        seen: live::seen(plain.iter().map(String::as_str)),
    }
}

/// The way back to the module, and the other views beside this one.
fn above(scene: &Scene<'_>) -> Markup {
    let (tr, manifest) = (scene.tr(), scene.manifest);
    html! {
        nav.crumbs aria-label=(tr.t("crumbs")) { a href=(scene.base()) { (tr.words(&manifest.title)) } }
        (links(scene.shell, manifest, scene.role, &scene.view.name))
    }
}

/// A module's views, those that need nothing first chosen: the one named is the page itself.
pub fn links(shell: &Shell, manifest: &Manifest, role: &str, here: &str) -> Markup {
    let views: Vec<_> = opened_alone(manifest, role).collect();
    let base = shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
    html! { @if !views.is_empty() { nav.views aria-label=(shell.tr.t("module-views")) { ul { @for view in views {
        li { a href={ (base) "/m/" (manifest.module) "/v/" (view.name) } aria-current=[(view.name == here).then_some("page")] { (shell.tr.words(&view.title)) } }
    } } } } }
}

/// Views that show something without being told what.
pub fn opened_alone<'a>(manifest: &'a Manifest, role: &'a str) -> impl Iterator<Item = &'a View> {
    let ready =
        |view: &View| view.params.iter().all(|param| param.initial.is_some() || is_optional(manifest, view, param));
    manifest.views.iter().filter(move |view| is_for(manifest, view, role) && ready(view))
}

/// Whether every query that takes the parameter can do without it.
fn is_optional(manifest: &Manifest, view: &View, param: &Param) -> bool {
    let needs = view.cells().filter_map(|(_, cell)| cell.widget.source()).any(|source| {
        let Some((_, def)) = manifest.handler(&source.query) else { return false };
        let filled = source
            .arguments
            .iter()
            .filter(|argument| matches!(&argument.value, Bind::Param { name } if *name == param.name));
        let mut fields =
            filled.filter_map(|argument| def.input.fields().iter().find(|field| field.name == argument.name));
        fields.any(|field| !matches!(field.of, Type::Option { .. }))
    });
    !needs
}

fn notices(scene: &Scene<'_>) -> Markup {
    let tr = scene.tr();
    let done = scene.address.get(DONE).filter(|name| scene.manifest.handler(name).is_some());
    html! {
        @if let Some((sent, refused)) = scene.sent.as_ref().and_then(|sent| Some((sent, sent.refused.as_ref()?))) {
            (part::problem_of(scene.names(), &sent.operation, &refused.problem, refused.beneath.as_deref()))
        }
        @else if let (Some(name), true) = (done, scene.shell.station.is_some()) { (crate::station::done(scene, name)) }
        @else if let Some(name) = done { (part::notice("ok", &tr.with("view-done", &[("operation", &scene.operation(name))]))) }
    }
}

fn tabs(scene: &Scene<'_>) -> Markup {
    let (tr, view, here) = (scene.tr(), scene.view, scene.tab());
    html! { @if view.tabs.len() > 1 { nav.tabs aria-label=(tr.t("view-tabs")) { ul { @for (at, tab) in view.tabs.iter().enumerate() {
        li { a href=(scene.here(&[(TAB, &(at + 1).to_string())])) aria-current=[(at == here).then_some("page")] {
            (tab.title.as_ref().map_or("", |title| tr.words(title)))
        } }
    } } } } }
}

fn params(scene: &Scene<'_>, answers: &Answers) -> Markup {
    if scene.view.params.is_empty() {
        return html! {};
    }
    let filled = scene.view.params.iter().map(|param| (param.name.clone(), scene.param_text(param))).collect();
    let filled = FormText::new(filled);
    let drawing = form::Drawing {
        names: scene.names(),
        operation: "",
        zone: scene.zone(),
        form: &filled,
        errors: &[],
        within: "p",
    };
    let tab = scene.address.get(TAB);
    html! { form.ask action=(scene.path(&scene.view.name)) {
        @if let Some(tab) = tab { input type="hidden" name=(TAB) value=(tab); }
        @for param in &scene.view.params { (param_field(scene, answers, &drawing, param)) }
        p { button { (scene.tr().t("ask")) } }
    } }
}

fn param_field(scene: &Scene<'_>, answers: &Answers, drawing: &form::Drawing<'_>, param: &Param) -> Markup {
    let of = param_type(scene.manifest, scene.view, &param.name).unwrap_or(Type::Text { max: 200 });
    let label = scene.tr().words(&param.label);
    let options = param.choices.as_ref().and_then(|choices| widget::options(scene, answers, choices));
    let of = Type::Option { of: Box::new(of) };
    drawing.named(&param.name, label, &of, options.as_deref())
}
