//! `GET` and `POST /t/{tenant}/m/{module}/v/{view}`: a page that a module describes. What is pressed on it is sent to the
//! page itself, runs an operation, and leads back to it.

use super::module::find;
use super::operation::{KEY, new_key, operation_of};
use crate::failure::{Failure, status};
use crate::form::{self, FormText};
use crate::guard::Posted;
use crate::parts;
use crate::routes::App;
use crate::shell::Shell;
use crate::view::act::{CELL, OPERATION};
use crate::view::ask::{Answers, Question};
use crate::view::{DONE, Refused, Scene, TAB};
use crate::visitor::Member;
use crate::widget;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::future::join_all;
use maud::{Markup, html};
use serde_json::Value as Json;
use std::sync::Arc;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{INTERNAL, METHOD, NOT_FOUND, Problem};
use toolcrib_contract::view::check::param_type;
use toolcrib_contract::view::{Param, Place, View, Widget};
use toolcrib_contract::{Manifest, Type};
use toolcrib_runtime::Request;

/// Characters of a key that a form may carry.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 16..=120;

type Address = Path<(String, String, String)>;

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    answer(&app, &member, &module, &view, FormText::new(pairs), None).await
}

pub async fn press(
    State(app): State<Arc<App>>,
    Path((tenant, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let member = visitor.member(&app, &tenant)?;
    let loaded = find(&member, &module)?;
    let found = view_of(&loaded.manifest, &view)?;
    let def = operation_of(&loaded.manifest, form.get(OPERATION).unwrap_or_default())?;
    if def.kind == HandlerKind::Query {
        return Err(METHOD.because("a query is asked by its address").into());
    }
    let address = FormText::new(pairs);
    let key = form.get(KEY).filter(|key| KEY_CHARS.contains(&key.len())).map(str::to_owned);
    let shell = member.shell();
    let input = form::read(shell.tr, &shell.zone, &def.input, &form).map_err(Problem::input);
    let result = match input {
        Ok(input) => ask(&app, &member, &module, &def.name, input, key).await,
        Err(problem) => Err(problem),
    };
    match result {
        Ok(_) => {
            let scene = scene(&app, &member, &loaded.manifest, found, &address);
            Ok(Redirect::to(&scene.here(&[(DONE, &def.name)])).into_response())
        }
        Err(problem) => {
            let cell = form.get(CELL).unwrap_or_default().to_owned();
            let told = shell.names(&module).refusal(&problem);
            let (problem, beneath) = told.unwrap_or((problem, None));
            let refused = Refused { cell, operation: def.name.clone(), form: form.clone(), problem, beneath };
            answer(&app, &member, &module, &view, address, Some(refused)).await
        }
    }
}

/// The view of this name.
fn view_of<'a>(manifest: &'a Manifest, name: &str) -> Result<&'a View, Failure> {
    let absent = || {
        let name: String = name.chars().take(60).collect();
        NOT_FOUND.because(format!("module `{}` has no view `{name}`", manifest.module)).into()
    };
    manifest.view(name).ok_or_else(absent)
}

fn scene<'a>(
    app: &App,
    member: &'a Member,
    manifest: &'a Manifest,
    view: &'a View,
    address: &'a FormText,
) -> Scene<'a> {
    Scene {
        shell: member.shell(),
        manifest,
        view,
        role: &member.actor.role,
        actor: &member.actor.id,
        now: app.console.clock.now(),
        address,
        refused: None,
        nonce: new_key(&*app.console.chance),
    }
}

async fn answer(
    app: &App,
    member: &Member,
    module: &str,
    view: &str,
    address: FormText,
    refused: Option<Refused>,
) -> Result<Response, Failure> {
    let loaded = find(member, module)?;
    let view = view_of(&loaded.manifest, view)?;
    let scene = Scene { refused, ..scene(app, member, &loaded.manifest, view, &address) };
    let asked = scene.questions().into_iter().map(|question| one(app, member, module, question));
    let answers = Answers(join_all(asked).await.into_iter().collect());
    let code = scene.refused.as_ref().map(|refused| status(&refused.problem));
    let page = page(&scene, &answers);
    Ok(match code {
        Some(code) => (code, page).into_response(),
        None => page.into_response(),
    })
}

async fn one(app: &App, member: &Member, module: &str, question: Question) -> (Question, Result<Json, Problem>) {
    let result = match serde_json::from_str(&question.input) {
        Ok(input) => ask(app, member, module, &question.query, input, None).await,
        Err(error) => Err(INTERNAL.because(error.to_string())),
    };
    (question, result)
}

async fn ask(
    app: &App,
    member: &Member,
    module: &str,
    operation: &str,
    input: Json,
    key: Option<String>,
) -> Result<Json, Problem> {
    let (module, operation, actor) = (module.to_owned(), operation.to_owned(), member.actor.clone());
    let request = Request { tenant: member.id, module, operation, input, actor, idempotency_key: key };
    let text = app.console.runtime.invoke(request).await?;
    serde_json::from_str(&text).map_err(|error| INTERNAL.because(error.to_string()))
}

/// Whether somebody with this role gets anything from a view: a widget that asks nothing, or a query that they may ask.
pub fn is_for(manifest: &Manifest, view: &View, role: &str) -> bool {
    let admits = |query: &str| manifest.handler(query).is_some_and(|(_, def)| def.admits(role));
    let mut operations =
        view.cells().flat_map(|(_, cell)| cell.widget.handed()).filter_map(|(target, _)| match target {
            toolcrib_contract::view::Target::Operation(name) => Some(name),
            toolcrib_contract::view::Target::View(_) => None,
        });
    let asks_nothing = view.cells().all(|(_, cell)| cell.widget.handed().is_empty());
    asks_nothing || operations.any(admits)
}

pub fn page(scene: &Scene<'_>, answers: &Answers) -> Markup {
    let (tr, view, shell) = (scene.tr(), scene.view, scene.shell);
    let tenant = shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
    // A page that shows what was typed and refused stays as it is.
    let live = scene.refused.is_none().then(|| format!("{tenant}/live"));
    let cells: Vec<_> = scene.cells().collect();
    let sections = view.tabs.get(scene.tab()).map_or(&[][..], |tab| &tab.sections);
    let mut rest = cells.as_slice();
    let sections = sections.iter().map(|section| {
        let (these, others) = rest.split_at(section.cells.len().min(rest.len()));
        rest = others;
        widget::section(scene, answers, section, these)
    });
    let sections: Vec<_> = sections.collect();
    let body = html! {
        @if view.place != Place::Board { (above(scene)) }
        @if let Some(help) = &view.help { p.lead { (tr.words(help)) } }
        (notices(scene))
        (params(scene, answers))
        (tabs(scene))
        div #live data-live=[live] { @for section in &sections { (section) } }
    };
    let prints = cells.iter().any(|(_, cell)| matches!(cell.widget, Widget::PrintCard(_)));
    let class = match view.place {
        Place::Page if prints => "view prints",
        Place::Page => "view",
        Place::Station => "view touch",
        Place::Board => "view board",
    };
    shell.framed(tr.words(&view.title), body, class)
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
        let filled = source.arguments.iter().filter(
            |argument| matches!(&argument.value, toolcrib_contract::view::Bind::Param { name } if *name == param.name),
        );
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
        @if let Some(refused) = &scene.refused { (parts::problem_of(scene.names(), &refused.operation, &refused.problem, refused.beneath.as_deref())) }
        @else if let Some(name) = done { (parts::notice("ok", &tr.with("view-done", &[("operation", &scene.operation(name))]))) }
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
