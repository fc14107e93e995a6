//! `GET` and `POST /t/{tenant}/m/{module}/{operation}`: a query is a view with its parameters in the address, kept fresh
//! while it is open; a command is a form that is sent once, however often the button is pressed.

use super::file::Filled;
use super::login::local;
use super::module::{asks_nothing, find};
use crate::failure::{Failure, status};
use crate::live::{self, Ask, Gap, Looker, Open, Part, Screen, Told};
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{METHOD, NOT_FOUND, Problem};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_runtime::Request;
use toolcrib_ui::form::RUN;
use toolcrib_ui::form::{self, Drawing, FormText};
use toolcrib_ui::key::ONCE;
use toolcrib_ui::language::Tr;
use toolcrib_ui::live::{self as region, Feed};
use toolcrib_ui::output::{AFTER, NEXT, Showing, pages};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::view::ask::Question;

/// The field that says where the person came from.
const BACK: &str = "_back";
/// The element with what a query answered.
const OUTPUT: &str = "output";

type Address = Path<(String, String, String)>;

/// An operation on its page.
pub struct View<'a> {
    pub manifest: &'a Manifest,
    pub def: &'a HandlerDef,
    pub role: &'a str,
    pub form: FormText,
    /// None when it was not called yet.
    pub result: Option<Result<Json, Problem>>,
    /// Of a command: the key of this form.
    pub key: String,
    /// The page the person came from, of this tenant.
    pub from: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, operation)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = find(&member, &module)?;
    let def = operation_of(&loaded.manifest, &operation)?;
    let form = FormText::new(pairs);
    let edited = form.edited();
    let called = def.kind == HandlerKind::Query && edited.is_none() && (asks_nothing(def) || !form.is_empty());
    let form = edited.unwrap_or(form);
    let result = if called { Some(call(&app, &member, &module, def, &form, None).await) } else { None };
    let view = View {
        manifest: &loaded.manifest,
        def,
        role: &member.actor.role,
        form,
        result,
        key: new_key(&*app.console.chance),
        from: came_from(&headers, &member),
    };
    Ok(answer(member.shell(), &view))
}

pub async fn run(
    State(app): State<Arc<App>>,
    Path((_, module, operation)): Address,
    mut filled: Filled,
) -> Result<Response, Failure> {
    let loaded = find(&filled.member, &module)?;
    let def = operation_of(&loaded.manifest, &operation)?;
    if def.kind == HandlerKind::Query {
        return Err(METHOD.because("a query is asked by its address").into());
    }
    let wrong = filled.keep(&app, &module, def).await;
    let Filled { member, form, .. } = filled;
    let key = key_of(&app, &form);
    let edited = form.edited();
    let result = match &edited {
        Some(_) => None,
        None if !wrong.is_empty() => Some(Err(Problem::input(wrong))),
        None => Some(call(&app, &member, &module, def, &form, Some(key.clone())).await),
    };
    // A refused input is corrected and sent again: that is another request, so it needs another key.
    let key = if edited.is_some() { key } else { new_key(&*app.console.chance) };
    let from = form.get(BACK).map(|back| local(back).to_owned()).filter(|back| back != "/");
    let view = View {
        manifest: &loaded.manifest,
        def,
        role: &member.actor.role,
        form: edited.unwrap_or(form),
        result,
        key,
        from,
    };
    Ok(answer(member.shell(), &view))
}

/// `GET …/live`: what changes on a query's page while it is open.
pub async fn live(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, operation)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = find(&member, &module)?;
    let def = operation_of(&loaded.manifest, &operation)?;
    let asked = live::Asked::new(pairs, &headers);
    let shell = member.shell();
    if def.kind != HandlerKind::Query {
        return Err(METHOD.because("only what a query answers is kept fresh").into());
    }
    let input = form::read(shell.tr, &shell.zone, &def.input, &asked.address).map_err(Problem::input)?;
    let question = Question { query: operation, input: input.to_string() };
    let screen = QueryScreen { open: Open::new(&app, &member, loaded), question, form: asked.address };
    Ok(live::stream(&app, Looker::member(&member)?, Box::new(screen), &asked.seen)?.into_response())
}

/// An open page of a query: what it answered is one part.
struct QueryScreen {
    open: Open,
    question: Question,
    form: FormText,
}

impl Screen for QueryScreen {
    fn parts(&self, _: Instant) -> Vec<Part> {
        vec![Part { id: OUTPUT.to_owned(), asks: vec![self.open.ask(self.question.clone())], gap: Gap::Usual }]
    }

    fn draw(&self, _: &str, answers: &BTreeMap<Ask, Told>, _: Instant) -> String {
        let Open { shell, loaded, role, .. } = &self.open;
        let names = shell.names(&loaded.manifest.module);
        let (Some((_, def)), Some(told)) = (loaded.manifest.handler(&self.question.query), answers.values().next())
        else {
            return String::new();
        };
        match told.as_ref() {
            Ok(output) => answered(shell, &loaded.manifest, def, role, &self.form, output).into_string(),
            Err(problem) => {
                let (shown, beneath) = names.refusal(problem).unwrap_or_else(|| (problem.clone(), None));
                let told = part::problem_of(names, &def.name, &shown, beneath.as_deref());
                html! { div id=(OUTPUT) { (told) } }.into_string()
            }
        }
    }

    fn plain(&self, html: &str) -> String {
        html.to_owned()
    }

    fn build(&self) -> String {
        self.open.build()
    }
}

/// The operation of this name.
///
/// # Errors
/// `not-found`.
pub fn operation_of<'a>(manifest: &'a Manifest, name: &str) -> Result<&'a HandlerDef, Failure> {
    let found = manifest.handler(name).map(|(_, def)| def).filter(|def| def.is_operation());
    found.ok_or_else(|| {
        NOT_FOUND
            .because(format!(
                "module `{}` has no operation `{}`",
                manifest.module,
                name.chars().take(60).collect::<String>()
            ))
            .into()
    })
}

async fn call(
    app: &App,
    member: &Member,
    module: &str,
    def: &HandlerDef,
    form: &FormText,
    key: Option<String>,
) -> Result<Json, Problem> {
    let input = form::read(member.shell().tr, &member.shell().zone, &def.input, form).map_err(Problem::input)?;
    let (module, operation, actor) = (module.to_owned(), def.name.clone(), member.actor.clone());
    let request = Request { tenant: member.id, module, operation, input, actor, idempotency_key: key };
    let text = app.console.runtime.invoke(request).await?;
    serde_json::from_str(&text).map_err(|error| toolcrib_contract::problem::INTERNAL.because(error.to_string()))
}

/// The key that a form carries, or a new one.
pub fn key_of(app: &App, form: &FormText) -> String {
    let key = form.get(ONCE).filter(|key| (16..=64).contains(&key.len()));
    key.map_or_else(|| new_key(&*app.console.chance), str::to_owned)
}

/// A key for a form.
pub fn new_key(chance: &dyn Chance) -> String {
    let mut bytes = [0; 16];
    chance.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The path of the page with the link to here, if it is one of the same tenant.
fn came_from(headers: &HeaderMap, member: &Member) -> Option<String> {
    let referrer = headers.get(header::REFERER)?.to_str().ok()?;
    let path =
        referrer.split_once("://")?.1.find('/').map(|at| &referrer[referrer.find("://").unwrap_or(0) + 3 + at..])?;
    let inside = path.starts_with(&format!("/t/{}/m/", member.tenant.slug))
        && path.split('?').next() != member.shell().back.split('?').next();
    inside.then(|| local(path).to_owned())
}

fn answer(shell: &Shell, view: &View<'_>) -> Response {
    let code = view.result.as_ref().and_then(|result| result.as_ref().err()).map_or(axum::http::StatusCode::OK, status);
    (code, page(shell, view)).into_response()
}

pub fn page(shell: &Shell, view: &View<'_>) -> Markup {
    let (tr, def) = (shell.tr, view.def);
    let tenant = shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
    let base = format!("{tenant}/m/{}", view.manifest.module);
    let action = format!("{base}/{}", def.name);
    let names = shell.names(&view.manifest.module);
    let problem = view.result.as_ref().and_then(|result| result.as_ref().err());
    let refusal = problem.map(|problem| names.refusal(problem).unwrap_or_else(|| (problem.clone(), None)));
    let errors = refusal.as_ref().map_or(&[][..], |(problem, _)| &problem.errors);
    let fields = Drawing { names, operation: &def.name, zone: &shell.zone, form: &view.form, errors, within: "" };
    let about = names.about(&def.name, &def.doc);
    let body = html! {
        (part::crumbs(tr, &[(&base, tr.words(&view.manifest.title))]))
        @if !about.is_empty() { (part::lead(&about)) }
        (not_allowed(tr, def, view.role))
        @if let Some((shown, beneath)) = &refusal { (part::problem_of(names, &def.name, shown, beneath.as_deref())) }
        @if def.kind == HandlerKind::Query {
            (query(shell, view, &fields, &action))
        } @else if let Some(Ok(output)) = &view.result {
            (done(shell, view, output, &action))
        } @else {
            (command(shell, view, &fields, &action))
        }
    };
    shell.page(&names.operation(&def.name), body)
}

/// Says whose operation it is, to those whose it is not.
pub fn not_allowed(tr: Tr, def: &HandlerDef, role: &str) -> Markup {
    let name = |role: &String| tr.maybe(&format!("role-{role}")).unwrap_or_else(|| role.clone());
    let roles = def.roles.iter().map(name).collect::<Vec<_>>().join(&tr.t("list-separator"));
    html! { @if !def.admits(role) { (part::notice("warn", &tr.with("operation-roles", &[("roles", &roles)]))) } }
}

fn query(shell: &Shell, view: &View<'_>, fields: &Drawing<'_>, action: &str) -> Markup {
    let (tr, def) = (shell.tr, view.def);
    // Where a page begins is not for people to type; asking anew begins at the first.
    let asked = def.input.fields().iter().filter(|field| !(pages(def) && field.name == AFTER));
    let asked: Vec<_> = asked.cloned().collect();
    html! {
        @if !asked.is_empty() {
            (form::question(action, &tr.t("ask"), html! {
                input type="hidden" name=(RUN) value="1";
                (fields.fields(&asked))
            }))
        }
        @if let Some(Ok(output)) = &view.result {
            @let answered = answered(shell, view.manifest, def, view.role, &view.form, output);
            @let feed = Feed {
                path: format!("{action}/live?{}", view.form.query_without(&[])),
                build: region::build(view.manifest),
                seen: region::seen(std::iter::once(answered.0.as_str())),
            };
            (region::region(Some(&feed), html! { (answered) }))
            (super::export::links(shell.names(&view.manifest.module), def, &view.form, action))
        }
    }
}

/// What a query answered, in an element of its own.
fn answered(
    shell: &Shell,
    manifest: &Manifest,
    def: &HandlerDef,
    role: &str,
    form: &FormText,
    output: &Json,
) -> Markup {
    let tenant = shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
    let base = format!("{tenant}/m/{}", manifest.module);
    let showing = Showing {
        names: shell.names(&manifest.module),
        zone: &shell.zone,
        manifest,
        base: &base,
        role,
        operation: def,
    };
    let more = next(def, form, output).map(|next| format!("{base}/{}?{next}", def.name));
    html! { div id=(OUTPUT) {
        (showing.output(output))
        @if let Some(more) = more { (part::buttons(&[part::link(&more, &shell.tr.t("next-page"), Press::Plain)])) }
    } }
}

fn command(shell: &Shell, view: &View<'_>, fields: &Drawing<'_>, action: &str) -> Markup {
    let takes_file = toolcrib_tables::import::list(view.def).is_some();
    let back = view.from.iter().map(|from| part::link(from, &shell.tr.t("back"), Press::Plain));
    let pressed: Vec<_> = std::iter::once(part::button(&send(shell, view), Press::Main)).chain(back).collect();
    let send_to = |body| match form::takes_files(&view.def.input) {
        true => part::desk::upload(action, html! { (shell.proof(action)) (body) }),
        false => shell.post(action, body),
    };
    let form = send_to(html! {
        input type="hidden" name=(ONCE) value=(view.key);
        @if let Some(from) = &view.from { input type="hidden" name=(BACK) value=(from); }
        (fields.fields(view.def.input.fields()))
        (part::buttons(&pressed))
    });
    html! {
        @if takes_file { (part::buttons(&[part::link(&format!("{action}/import"), &shell.tr.t("import-link"), Press::Plain)])) }
        (form)
    }
}

fn send(shell: &Shell, view: &View<'_>) -> String {
    let operation = shell.names(&view.manifest.module).operation(&view.def.name);
    shell.tr.with("send", &[("operation", &operation)])
}

fn done(shell: &Shell, view: &View<'_>, output: &Json, action: &str) -> Markup {
    let tr = shell.tr;
    let back = view.from.iter().map(|from| part::link(from, &tr.t("back"), Press::Main));
    let links: Vec<_> = back.chain([part::link(action, &tr.t("operation-again"), Press::Plain)]).collect();
    html! {
        (part::notice("ok", &tr.t("operation-done")))
        (answered(shell, view.manifest, view.def, view.role, &FormText::default(), output))
        (part::buttons(&links))
    }
}

/// The query of the next page, when there is one.
fn next(def: &HandlerDef, form: &FormText, output: &Json) -> Option<String> {
    let next = output.get(NEXT)?.as_str()?;
    pages(def).then(|| form.query_with(AFTER, next))
}
