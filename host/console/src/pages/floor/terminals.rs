//! `/t/{tenant}/terminals`: the list, one terminal, its pairing code, taking it away; and big screens, which show a code of
//! their own.

use crate::failure::{Failure, status};
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_contract::view::Place;
use toolcrib_floor::{Code, Terminal, TerminalDraft, nothing_shown};
use toolcrib_ui::form::FormText;
use toolcrib_ui::station::{self, CodeShown, Floor, TerminalLine};

/// The field with the code that a screen shows.
pub const SCREEN: &str = "screen";

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    screen: String,
}

fn line(member: &Member, terminal: &Terminal) -> TerminalLine {
    let at = |instant| member.shell().zone.text(instant);
    let boards = views(member, Place::Board);
    TerminalLine {
        id: terminal.id.to_string(),
        name: terminal.name.clone(),
        places: terminal.places.clone(),
        boards: boards.into_iter().filter(|(view, _)| terminal.shows.contains(view)).map(|(_, title)| title).collect(),
        paired: terminal.paired.map(at),
        seen: terminal.seen.map(at),
    }
}

/// What terminals or big screens could show: `module/view` and title.
fn views(member: &Member, place: Place) -> Vec<(String, String)> {
    let modules = member.view.iter().flat_map(|view| &view.modules);
    let views = modules.flat_map(|loaded| loaded.manifest.views.iter().map(move |view| (&loaded.manifest, view)));
    let tr = member.shell().tr;
    views
        .filter(|(_, view)| view.place == place)
        .map(|(manifest, view)| {
            let title = format!("{} · {}", tr.words(&manifest.title), tr.words(&view.title));
            (format!("{}/{}", manifest.module, view.name), title)
        })
        .collect()
}

fn draft(form: &FormText) -> TerminalDraft {
    TerminalDraft {
        name: form.get("name").unwrap_or_default().to_owned(),
        places: form.get("places").unwrap_or_default().lines().map(str::to_owned).collect(),
        shows: form.all("shows").map(str::to_owned).collect(),
    }
}

fn typed(terminal: &Terminal) -> FormText {
    let mut pairs = vec![("name".to_owned(), terminal.name.clone()), ("places".to_owned(), terminal.places.join("\n"))];
    pairs.extend(terminal.shows.iter().map(|view| ("shows".to_owned(), view.clone())));
    FormText::new(pairs)
}

pub async fn list(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Query(Asked { screen }): Query<Asked>,
) -> Result<Response, Failure> {
    let form = FormText::new(vec![(SCREEN.to_owned(), screen)]);
    drawn(&app, &member, &form, None).await
}

async fn drawn(app: &App, member: &Member, form: &FormText, problem: Option<&Problem>) -> Result<Response, Failure> {
    let all = app.console.floor.terminals(member.id).await?;
    let floor = Floor {
        lines: all.iter().map(|terminal| line(member, terminal)).collect(),
        views: views(member, Place::Station),
        boards: views(member, Place::Board),
    };
    let page = station::terminals(member.shell(), &floor, form, problem);
    Ok(match problem {
        Some(problem) => (status(problem), page).into_response(),
        None => page.into_response(),
    })
}

pub async fn create(State(app): State<Arc<App>>, ByDecider { member, form }: ByDecider) -> Result<Response, Failure> {
    let made = app.console.floor.save_terminal(member.id, None, draft(&form), member.actor.id.clone()).await;
    begun(&app, &member, &form, made).await
}

/// A new big screen: the device that shows the code, and the boards that were chosen for it.
pub async fn add_screen(
    State(app): State<Arc<App>>,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let (floor, code) = (&app.console.floor, form.get(SCREEN).unwrap_or_default());
    let made = floor.add_screen(member.id, draft(&form), code, member.actor.id.clone()).await;
    begun(&app, &member, &form, made).await
}

async fn begun(app: &App, member: &Member, form: &FormText, made: Result<RawId, Problem>) -> Result<Response, Failure> {
    match made {
        Ok(id) => Ok(Redirect::to(&format!("/t/{}/terminals/{id}", member.tenant.slug)).into_response()),
        Err(problem) => drawn(app, member, form, Some(&problem)).await,
    }
}

type Address = Path<(String, String)>;

async fn one(app: &App, member: &Member, id: &str) -> Result<Terminal, Failure> {
    let absent = || Failure::from(NOT_FOUND.because("no such terminal"));
    let id: RawId = id.parse().map_err(|_| absent())?;
    app.console.floor.terminals(member.id).await?.into_iter().find(|terminal| terminal.id == id).ok_or_else(absent)
}

/// The page of a terminal, with what was typed or what it is.
fn page(
    member: &Member,
    terminal: &Terminal,
    form: Option<&FormText>,
    problem: Option<&Problem>,
    code: Option<&CodeShown>,
) -> Response {
    let line = line(member, terminal);
    let place = if line.boards.is_empty() { Place::Station } else { Place::Board };
    let kept = typed(terminal);
    let page = station::terminal(member.shell(), &line, &views(member, place), form.unwrap_or(&kept), problem, code);
    match problem {
        Some(problem) => (status(problem), page).into_response(),
        None => page.into_response(),
    }
}

pub async fn show(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Path((_, id)): Address,
) -> Result<Response, Failure> {
    let terminal = one(&app, &member, &id).await?;
    Ok(page(&member, &terminal, None, None, None))
}

pub async fn save(
    State(app): State<Arc<App>>,
    Path((_, id)): Address,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let terminal = one(&app, &member, &id).await?;
    let (draft, is_screen) = (draft(&form), !line(&member, &terminal).boards.is_empty());
    let saved = match is_screen && draft.shows.is_empty() {
        true => Err(nothing_shown()),
        false => app.console.floor.save_terminal(member.id, Some(terminal.id), draft, member.actor.id.clone()).await,
    };
    Ok(match saved {
        Ok(_) => Redirect::to(&format!("/t/{}/terminals", member.tenant.slug)).into_response(),
        Err(problem) => page(&member, &terminal, Some(&form), Some(&problem), None),
    })
}

/// Shows a new code. Not a redirect: the code is shown once, to whoever asked for it.
pub async fn code(
    State(app): State<Arc<App>>,
    Path((_, id)): Address,
    headers: HeaderMap,
    ByDecider { member, .. }: ByDecider,
) -> Result<Response, Failure> {
    let terminal = one(&app, &member, &id).await?;
    let Code { text, until } = app.console.floor.offer_code(member.id, terminal.id).await?;
    let address = format!("{}/pair?code={text}", crate::pages::admin::origin(&headers, app.console.https));
    let code = CodeShown { text, address, until: member.shell().zone.text(until) };
    Ok(page(&member, &terminal, None, None, Some(&code)))
}

/// The device that shows the code is this terminal from now on.
pub async fn confirm_screen(
    State(app): State<Arc<App>>,
    Path((_, id)): Address,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let terminal = one(&app, &member, &id).await?;
    let code = form.get(SCREEN).unwrap_or_default();
    let done = app.console.floor.confirm_screen(member.id, terminal.id, code, member.actor.id.clone()).await;
    Ok(match done {
        Ok(()) => Redirect::to(&format!("/t/{}/terminals/{id}", member.tenant.slug)).into_response(),
        Err(problem) => page(&member, &terminal, None, Some(&problem), None),
    })
}

pub async fn unpair(
    State(app): State<Arc<App>>,
    Path((_, id)): Address,
    ByDecider { member, .. }: ByDecider,
) -> Result<Redirect, Failure> {
    let terminal = one(&app, &member, &id).await?;
    app.console.floor.unpair(member.id, terminal.id, member.actor.id.clone()).await?;
    Ok(Redirect::to(&format!("/t/{}/terminals/{}", member.tenant.slug, terminal.id)))
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Path((_, id)): Address,
    ByDecider { member, .. }: ByDecider,
) -> Result<Redirect, Failure> {
    let terminal = one(&app, &member, &id).await?;
    app.console.floor.remove_terminal(member.id, terminal.id, member.actor.id.clone()).await?;
    Ok(Redirect::to(&format!("/t/{}/terminals", member.tenant.slug)))
}
