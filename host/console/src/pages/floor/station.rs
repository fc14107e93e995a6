//! `GET` and `POST /t/{tenant}/s/{module}/{view}`: a module's view on a terminal, and what an operator does in it.

use crate::failure::{Failure, status};
use crate::pages::operation::new_key;
use crate::routes::App;
use crate::terminal::{AtStation, FromStation, actor};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use toolcrib_contract::limits::IDEMPOTENCY_HOURS;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{INTERNAL, METHOD, NOT_FOUND, NOT_SIGNED_IN, Problem, TOO_LATE};
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{Place, View};
use toolcrib_floor::Operator;
use toolcrib_runtime::{Loaded, Request};
use toolcrib_ui::form::{self, FormText};
use toolcrib_ui::key::ONCE;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::station::done_pairs;
use toolcrib_ui::view::act::{CELL, OPERATION, address as joined};
use toolcrib_ui::view::ask::{Answers, Question};
use toolcrib_ui::view::page::page;
use toolcrib_ui::view::{Refused, Scene};

/// Characters of a key that a form may carry.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 16..=120;

type Address = Path<(String, String, String)>;

/// A view that somebody works in.
struct Work<'a> {
    app: &'a App,
    station: &'a AtStation,
    operator: &'a Operator,
    loaded: &'a Loaded,
    view: &'a View,
}

pub async fn show(
    State(app): State<Arc<App>>,
    station: AtStation,
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let Some(operator) = &station.operator else { return Ok(Redirect::to(&station.base()).into_response()) };
    let work = Work::find(&app, &station, operator, &module, &view)?;
    work.answer(FormText::new(pairs), None).await
}

pub async fn press(
    State(app): State<Arc<App>>,
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    FromStation { station, form, pressed }: FromStation,
) -> Result<Response, Failure> {
    let Some(operator) = &station.operator else {
        return match pressed {
            Some(_) => Ok(told(station.shell.tr, &NOT_SIGNED_IN.problem())),
            None => Ok(Redirect::to(&station.base()).into_response()),
        };
    };
    let work = Work::find(&app, &station, operator, &module, &view)?;
    let address = FormText::new(pairs);
    let done = work.run(&form, pressed).await;
    let (operation, result) = match done {
        Ok((def, result)) => (def.name.clone(), result),
        Err(problem) => (String::new(), Err(problem)),
    };
    match (result, pressed) {
        (Ok(output), _) => {
            let go = work.after(&address, &operation, &output);
            Ok(match pressed {
                Some(_) => axum::Json(json!({"go": go})).into_response(),
                None => Redirect::to(&go).into_response(),
            })
        }
        (Err(problem), Some(_)) => {
            let problem = station.shell.names(&module).refusal(&problem).map_or(problem, |(told, _)| told);
            Ok(told(station.shell.tr, &problem))
        }
        (Err(problem), None) => {
            let cell = form.get(CELL).unwrap_or_default().to_owned();
            let words = station.shell.names(&module).refusal(&problem);
            let (problem, beneath) = words.unwrap_or((problem, None));
            work.answer(address, Some(Refused { cell, operation, form, problem, beneath })).await
        }
    }
}

/// A refusal for the script.
fn told(tr: Tr, problem: &Problem) -> Response {
    let title = part::problem_title(tr, problem);
    (status(problem), axum::Json(json!({"code": problem.code, "title": title, "detail": detail(problem)})))
        .into_response()
}

/// What happened, with what is wrong with each field.
fn detail(problem: &Problem) -> String {
    let mut said: Vec<_> = problem.detail.as_deref().into_iter().collect();
    said.extend(problem.errors.iter().map(|error| error.message.as_str()));
    // Modules often say the same of the field.
    said.dedup();
    said.join("; ")
}

impl<'a> Work<'a> {
    fn find(
        app: &'a App,
        station: &'a AtStation,
        operator: &'a Operator,
        module: &str,
        view: &str,
    ) -> Result<Self, Problem> {
        let absent = || NOT_FOUND.because("this terminal has no such page");
        let loaded = station.view.modules.iter().find(|loaded| loaded.manifest.module == module).ok_or_else(absent)?;
        let view = loaded.manifest.view(view).filter(|view| view.place == Place::Station).ok_or_else(absent)?;
        // What a shown view leads to is shown too: a form of its own module.
        let shown = |view: &View| station.at.terminal.may_show(module, &view.name);
        if !loaded.manifest.views.iter().any(shown) {
            return Err(absent());
        }
        Ok(Self { app, station, operator, loaded, view })
    }

    fn scene<'s>(&'s self, address: &'s FormText) -> Scene<'s> {
        Scene {
            shell: &self.station.shell,
            manifest: &self.loaded.manifest,
            view: self.view,
            role: &self.operator.role,
            actor: &self.operator.code,
            now: self.app.console.clock.now(),
            address,
            refused: None,
            nonce: new_key(&*self.app.console.chance),
        }
    }

    /// Runs what a form asks for; what was kept gets the time when it was pressed.
    async fn run(
        &self,
        form: &FormText,
        pressed: Option<Instant>,
    ) -> Result<(&'a HandlerDef, Result<Json, Problem>), Problem> {
        let absent = || NOT_FOUND.because("the page has no such operation");
        let name = form.get(OPERATION).unwrap_or_default();
        let def = self.loaded.manifest.handler(name).map(|(_, def)| def).filter(|def| def.is_operation());
        let def = def.ok_or_else(absent)?;
        if def.kind == HandlerKind::Query {
            return Err(METHOD.because("a query is asked by its address"));
        }
        // An answer is remembered for so long: what is sent again later could be done twice.
        let kept_us = IDEMPOTENCY_HOURS as i64 * 3_600_000_000;
        if pressed.is_some_and(|pressed| self.app.console.clock.now().since_us(pressed) >= kept_us) {
            return Ok((def, Err(TOO_LATE.because(format!("it was pressed more than {IDEMPOTENCY_HOURS} hours ago")))));
        }
        let shell = &self.station.shell;
        let input = form::read(shell.tr, &shell.zone, &def.input, form).map_err(Problem::input);
        let key = form.get(ONCE).filter(|key| KEY_CHARS.contains(&key.len())).map(str::to_owned);
        let result = match input {
            Ok(mut input) => {
                let late = self.view.lates.iter().find(|late| late.operation == def.name);
                if let (Some(late), Some(pressed)) = (late, pressed)
                    && input[&late.field].is_null()
                {
                    input[&late.field] = json!(pressed.to_string());
                }
                self.ask(&def.name, input, key).await
            }
            Err(problem) => Err(problem),
        };
        Ok((def, result))
    }

    async fn ask(&self, operation: &str, input: Json, key: Option<String>) -> Result<Json, Problem> {
        let request = Request {
            tenant: self.station.at.tenant,
            module: self.loaded.manifest.module.clone(),
            operation: operation.to_owned(),
            input,
            actor: actor(&self.station.at, self.operator),
            idempotency_key: key,
        };
        let text = self.app.console.runtime.invoke(request).await?;
        serde_json::from_str(&text).map_err(|error| INTERNAL.because(error.to_string()))
    }

    /// Where to go after an operation: here, with the confirmation and what takes it back.
    fn after(&self, address: &FormText, operation: &str, output: &Json) -> String {
        let scene = self.scene(address);
        let undo = self.view.undos.iter().find(|undo| undo.operation == operation);
        let by = undo.and_then(|undo| Some((undo, self.loaded.manifest.handler(&undo.by)?.1)));
        let pairs = by.map(|(undo, def)| scene.pairs(&undo.arguments, &def.input, output)).unwrap_or_default();
        let here = scene.here(&[]);
        let query = joined("", &done_pairs(operation, scene.now.0, &pairs));
        if here.contains('?') { format!("{here}&{}", query.trim_start_matches('?')) } else { format!("{here}{query}") }
    }

    async fn one(&self, question: Question) -> (Question, Arc<Result<Json, Problem>>) {
        let result = match serde_json::from_str(&question.input) {
            Ok(input) => self.ask(&question.query, input, None).await,
            Err(error) => Err(INTERNAL.because(error.to_string())),
        };
        (question, Arc::new(result))
    }

    async fn answer(&self, address: FormText, refused: Option<Refused>) -> Result<Response, Failure> {
        let scene = Scene { refused, ..self.scene(&address) };
        let asked = scene.questions().into_iter().map(|question| self.one(question));
        let answers = Answers(join_all(asked).await.into_iter().collect());
        let code = scene.refused.as_ref().map(|refused| status(&refused.problem));
        let page = page(&scene, &answers);
        Ok(match code {
            Some(code) => (code, page).into_response(),
            None => page.into_response(),
        })
    }
}
