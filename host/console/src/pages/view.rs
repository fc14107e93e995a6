//! `GET` and `POST /t/{tenant}/m/{module}/v/{view}`: a page that a module describes. What is pressed on it is sent to the
//! page itself, runs an operation, and leads back to it.

use super::file::Filled;
use super::module::find;
use super::operation::{new_key, operation_of};
use crate::failure::{Failure, status};
use crate::live::{self, Looker, Open, ViewScreen};
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::future::join_all;
use maud::Markup;
use serde_json::Value as Json;
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::json::InputError;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{INTERNAL, METHOD, NOT_FOUND, Problem};
use toolcrib_contract::view::View;
use toolcrib_runtime::Request;
use toolcrib_ui::form::{self, FormText};
use toolcrib_ui::key::ONCE;
use toolcrib_ui::view::act::{CELL, OPERATION};
use toolcrib_ui::view::ask::{Answers, Outcome, Question};
use toolcrib_ui::view::page::page;
use toolcrib_ui::view::{DONE, Refused, Scene, Sent};
use toolcrib_ui::widget::stepped::{self, BACK, GO, Turn, at_step};

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
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    mut filled: Filled,
) -> Result<Response, Failure> {
    let loaded = find(&filled.member, &module)?;
    let found = view_of(&loaded.manifest, &view)?;
    let def = operation_of(&loaded.manifest, filled.form.get(OPERATION).unwrap_or_default())?;
    if def.kind == HandlerKind::Query {
        return Err(METHOD.because("a query is asked by its address").into());
    }
    let wrong = filled.keep(&app, &module, def).await;
    let Filled { member, form, .. } = filled;
    let address = FormText::new(pairs);
    let key = form.get(ONCE).filter(|key| KEY_CHARS.contains(&key.len())).map(str::to_owned);
    let shell = member.shell();
    let input = match form::read(shell.tr, &shell.zone, &def.input, &form) {
        Ok(input) if wrong.is_empty() => Ok(input),
        read => {
            // What is wrong with a file says more than that there is none.
            let told = |error: &InputError| wrong.iter().any(|wrong| wrong.pointer == error.pointer);
            let others: Vec<_> = read.err().into_iter().flatten().filter(|error| !told(error)).collect();
            Err([wrong, others].concat())
        }
    };
    let (cell, operation) = (form.get(CELL).unwrap_or_default().to_owned(), def.name.clone());
    let steps = stepped::steps(found, &cell, &operation);
    if let Some(steps) = steps
        && let Turn::Show(step) = stepped::turn(steps, &form, input.as_ref().err().map_or(&[][..], Vec::as_slice))
    {
        // What is wrong is told at the step where it is; steps to come say nothing yet.
        let errors = input.err().unwrap_or_default();
        let here: Vec<_> = match form.get(GO) == Some(BACK) || step > at_step(&form) {
            true => Vec::new(),
            false => stepped::of_step(steps, step, &errors).cloned().collect(),
        };
        let refused = (!here.is_empty()).then(|| Refused { problem: Problem::input(here), beneath: None });
        let sent = Sent { cell, operation, form, step, refused };
        return answer(&app, &member, &module, &view, address, Some(sent)).await;
    }
    let result = match input {
        Ok(input) => ask(&app, &member, &module, &def.name, input, key).await,
        Err(errors) => Err(Problem::input(errors)),
    };
    match result {
        Ok(_) => {
            let scene = scene(&app, &member, &loaded.manifest, found, &address);
            Ok(Redirect::to(&scene.here(&[(DONE, &def.name)])).into_response())
        }
        Err(problem) => {
            let step =
                steps.map_or(0, |steps| stepped::first_wrong(steps, &problem.errors).unwrap_or(steps.steps.len() - 1));
            let told = shell.names(&module).refusal(&problem);
            let (problem, beneath) = told.unwrap_or((problem, None));
            let sent = Sent { cell, operation, form, step, refused: Some(Refused { problem, beneath }) };
            answer(&app, &member, &module, &view, address, Some(sent)).await
        }
    }
}

/// `GET …/live`: what changes on the page while it is open.
pub async fn live(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = find(&member, &module)?;
    view_of(&loaded.manifest, &view)?;
    let asked = live::Asked::new(pairs, &headers);
    let screen = ViewScreen { open: Open::new(&app, &member, loaded), view, address: asked.address };
    Ok(live::stream(&app, Looker::member(&member)?, Box::new(screen), &asked.seen)?.into_response())
}

/// The view of this name.
pub fn view_of<'a>(manifest: &'a Manifest, name: &str) -> Result<&'a View, Failure> {
    let absent = || {
        let name: String = name.chars().take(60).collect();
        NOT_FOUND.because(format!("module `{}` has no view `{name}`", manifest.module)).into()
    };
    manifest.view(name).ok_or_else(absent)
}

/// A view's page about to be drawn.
pub fn scene<'a>(
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
        sent: None,
        nonce: new_key(&*app.console.chance),
    }
}

async fn answer(
    app: &App,
    member: &Member,
    module: &str,
    view: &str,
    address: FormText,
    sent: Option<Sent>,
) -> Result<Response, Failure> {
    let loaded = find(member, module)?;
    let view = view_of(&loaded.manifest, view)?;
    let scene = Scene { sent, ..scene(app, member, &loaded.manifest, view, &address) };
    let answers = answers(app, member, &scene).await;
    let refused = scene.sent.as_ref().and_then(|sent| sent.refused.as_ref());
    let code = refused.map(|refused| status(&refused.problem));
    let page = page(&scene, &answers);
    Ok(match code {
        Some(code) => (code, page).into_response(),
        None => page.into_response(),
    })
}

/// A view as `draw` makes a page of it.
pub async fn drawn(
    app: &App,
    member: &Member,
    manifest: &Manifest,
    view: &View,
    address: &FormText,
    draw: impl FnOnce(&Scene<'_>, &Answers) -> Markup,
) -> Markup {
    let scene = scene(app, member, manifest, view, address);
    let answers = answers(app, member, &scene).await;
    draw(&scene, &answers)
}

/// Asks each question of a page once.
async fn answers(app: &App, member: &Member, scene: &Scene<'_>) -> Answers {
    let module = &scene.manifest.module;
    let asked = scene.questions().into_iter().map(|question| one(app, member, module, question));
    Answers(join_all(asked).await.into_iter().collect())
}

async fn one(app: &App, member: &Member, module: &str, question: Question) -> (Question, Outcome) {
    let result = match serde_json::from_str(&question.input) {
        Ok(input) => ask(app, member, module, &question.query, input, None).await,
        Err(error) => Err(INTERNAL.because(error.to_string())),
    };
    (question, Arc::new(result))
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
