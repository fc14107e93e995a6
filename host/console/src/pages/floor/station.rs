//! `GET` and `POST /t/{tenant}/s/{module}/{view}`: a module's view on a terminal, and what an operator does in it.

use crate::failure::{Failure, status};
use crate::live::{self, Looker, Open, ViewScreen};
use crate::pages::operation::new_key;
use crate::routes::App;
use crate::terminal::{AtStation, FromStation, Seated};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::future::join_all;
use maud::Markup;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use toolcrib_contract::limits::IDEMPOTENCY_HOURS;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{INTERNAL, METHOD, NOT_FOUND, NOT_SIGNED_IN, Problem, TOO_LATE};
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{Place, View};
use toolcrib_runtime::{Loaded, Request};
use toolcrib_ui::form::{self, FormText};
use toolcrib_ui::key::ONCE;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::station::done_pairs;
use toolcrib_ui::view::act::{CELL, OPERATION, address as joined};
use toolcrib_ui::view::ask::{Answers, Question};
use toolcrib_ui::view::board::{Turn, board};
use toolcrib_ui::view::page::page;
use toolcrib_ui::view::{Refused, Scene, Sent};

/// Characters of a key that a form may carry.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 16..=120;

type Address = Path<(String, String, String)>;

/// A view that somebody works in, or that a big screen shows.
pub struct Work<'a> {
    pub app: &'a App,
    pub station: &'a AtStation,
    pub seat: &'a Seated,
    pub loaded: &'a Loaded,
    pub view: &'a View,
}

pub async fn show(
    State(app): State<Arc<App>>,
    station: AtStation,
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let Some(seat) = station.seated() else { return Ok(Redirect::to(&station.base()).into_response()) };
    let work = Work::find(&app, &station, &seat, &module, &view)?;
    work.answer(FormText::new(pairs), None).await
}

/// `GET …/live`: what changes on the page while it is open.
pub async fn live(
    State(app): State<Arc<App>>,
    station: AtStation,
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let seat = station.seated().ok_or_else(|| NOT_SIGNED_IN.problem())?;
    Work::find(&app, &station, &seat, &module, &view)?;
    let loaded = station.view.modules.iter().find(|loaded| loaded.manifest.module == module);
    let loaded = loaded.ok_or_else(|| NOT_FOUND.problem())?.clone();
    let asked = live::Asked::new(pairs, &headers);
    let open = Open::at_station(&app, &station, &seat, loaded);
    let screen = ViewScreen { open, view, address: asked.address };
    let looker = Looker::station(&app, &station)?;
    Ok(live::stream(&app, looker, Box::new(screen), &asked.seen)?.into_response())
}

pub async fn press(
    State(app): State<Arc<App>>,
    Path((_, module, view)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    FromStation { station, form, pressed }: FromStation,
) -> Result<Response, Failure> {
    let Some(seat) = station.operator.as_ref().and_then(|_| station.seated()) else {
        return match pressed {
            Some(_) => Ok(told(station.shell.tr, &NOT_SIGNED_IN.problem())),
            None => Ok(Redirect::to(&station.base()).into_response()),
        };
    };
    let work = Work::find(&app, &station, &seat, &module, &view)?;
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
            let refused = Some(Refused { problem, beneath });
            work.answer(address, Some(Sent { cell, operation, form, step: 0, refused })).await
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
    fn find(app: &'a App, station: &'a AtStation, seat: &'a Seated, module: &str, view: &str) -> Result<Self, Problem> {
        let absent = || NOT_FOUND.because("this terminal has no such page");
        let loaded = station.view.modules.iter().find(|loaded| loaded.manifest.module == module).ok_or_else(absent)?;
        let view = loaded.manifest.view(view).ok_or_else(absent)?;
        // What a shown view leads to is shown too: a form of its own module.
        let shown = |view: &View| station.at.terminal.may_show(module, &view.name);
        let may = match view.place {
            Place::Station => station.operator.is_some() && loaded.manifest.views.iter().any(shown),
            Place::Board => station.boards().iter().any(|(of, board)| of.manifest.module == module && *board == view),
            Place::Page => false,
        };
        if may { Ok(Self { app, station, seat, loaded, view }) } else { Err(absent()) }
    }

    fn scene<'s>(&'s self, address: &'s FormText) -> Scene<'s> {
        Scene {
            shell: &self.station.shell,
            manifest: &self.loaded.manifest,
            view: self.view,
            role: &self.seat.actor.role,
            actor: &self.seat.code,
            now: self.app.console.clock.now(),
            address,
            sent: None,
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
            actor: self.seat.actor.clone(),
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

    /// What the page's questions are answered.
    async fn answers(&self, scene: &Scene<'_>) -> Answers {
        let asked = scene.questions().into_iter().map(|question| self.one(question));
        Answers(join_all(asked).await.into_iter().collect())
    }

    /// The view as a board among those that take turns.
    pub async fn board(&self, turn: Option<&Turn>) -> Markup {
        let address = FormText::default();
        let scene = self.scene(&address);
        board(&scene, &self.answers(&scene).await, turn)
    }

    async fn answer(&self, address: FormText, sent: Option<Sent>) -> Result<Response, Failure> {
        let scene = Scene { sent, ..self.scene(&address) };
        let answers = self.answers(&scene).await;
        let refused = scene.sent.as_ref().and_then(|sent| sent.refused.as_ref());
        let code = refused.map(|refused| status(&refused.problem));
        let page = page(&scene, &answers);
        Ok(match code {
            Some(code) => (code, page).into_response(),
            None => page.into_response(),
        })
    }
}
