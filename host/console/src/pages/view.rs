//! `GET` and `POST /t/{tenant}/m/{module}/v/{view}`: a page that a module describes. What is pressed on it is sent to the
//! page itself, runs an operation, and leads back to it.

use super::module::find;
use super::operation::{new_key, operation_of};
use crate::failure::{Failure, status};
use crate::guard::ByMember;
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
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{INTERNAL, METHOD, NOT_FOUND, Problem};
use toolcrib_contract::view::View;
use toolcrib_runtime::Request;
use toolcrib_ui::form::{self, FormText};
use toolcrib_ui::key::ONCE;
use toolcrib_ui::view::act::{CELL, OPERATION};
use toolcrib_ui::view::ask::{Answers, Outcome, Question};
use toolcrib_ui::view::page::page;
use toolcrib_ui::view::{DONE, Refused, Scene};

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
    ByMember { member, form }: ByMember,
) -> Result<Response, Failure> {
    let loaded = find(&member, &module)?;
    let found = view_of(&loaded.manifest, &view)?;
    let def = operation_of(&loaded.manifest, form.get(OPERATION).unwrap_or_default())?;
    if def.kind == HandlerKind::Query {
        return Err(METHOD.because("a query is asked by its address").into());
    }
    let address = FormText::new(pairs);
    let key = form.get(ONCE).filter(|key| KEY_CHARS.contains(&key.len())).map(str::to_owned);
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
    let answers = answers(app, member, &scene).await;
    let code = scene.refused.as_ref().map(|refused| status(&refused.problem));
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
