//! `/t/{tenant}/terminals`: the list, one terminal, its pairing code, taking it away.

use crate::failure::{Failure, status};
use crate::guard::Posted;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_ALLOWED, NOT_FOUND, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_contract::view::Place;
use toolcrib_floor::{Code, Terminal, TerminalDraft};
use toolcrib_ui::form::FormText;
use toolcrib_ui::station::{self, CodeShown, TerminalLine};

/// Only those who decide for the factory look after its floor.
pub fn decides(member: &Member) -> Result<(), Problem> {
    if member.decides() { Ok(()) } else { Err(NOT_ALLOWED.because("owners and administrators look after terminals")) }
}

fn line(member: &Member, terminal: &Terminal) -> TerminalLine {
    let at = |instant| member.shell().zone.text(instant);
    TerminalLine {
        id: terminal.id.to_string(),
        name: terminal.name.clone(),
        places: terminal.places.clone(),
        shows: terminal.shows.clone(),
        paired: terminal.paired.map(at),
        seen: terminal.seen.map(at),
    }
}

/// What terminals could show.
fn views(member: &Member) -> Vec<(String, String)> {
    let modules = member.view.iter().flat_map(|view| &view.modules);
    let views = modules.flat_map(|loaded| loaded.manifest.views.iter().map(move |view| (&loaded.manifest, view)));
    let tr = member.shell().tr;
    views
        .filter(|(_, view)| view.place == Place::Station)
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

pub async fn list(State(app): State<Arc<App>>, member: Member) -> Result<Response, Failure> {
    decides(&member)?;
    drawn(&app, &member, &FormText::default(), None).await
}

async fn drawn(app: &App, member: &Member, form: &FormText, problem: Option<&Problem>) -> Result<Response, Failure> {
    let all = app.console.floor.terminals(member.id).await?;
    let lines: Vec<_> = all.iter().map(|terminal| line(member, terminal)).collect();
    let page = station::terminals(member.shell(), &lines, &views(member), form, problem);
    Ok(match problem {
        Some(problem) => (status(problem), page).into_response(),
        None => page.into_response(),
    })
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let member = visitor.member(&app, &tenant)?;
    decides(&member)?;
    match app.console.floor.save_terminal(member.id, None, draft(&form), member.actor.id.clone()).await {
        Ok(id) => Ok(Redirect::to(&format!("/t/{}/terminals/{id}", member.tenant.slug)).into_response()),
        Err(problem) => drawn(&app, &member, &form, Some(&problem)).await,
    }
}

type Address = Path<(String, String)>;

async fn one(app: &App, member: &Member, id: &str) -> Result<Terminal, Failure> {
    decides(member)?;
    let absent = || Failure::from(NOT_FOUND.because("no such terminal"));
    let id: RawId = id.parse().map_err(|_| absent())?;
    app.console.floor.terminals(member.id).await?.into_iter().find(|terminal| terminal.id == id).ok_or_else(absent)
}

pub async fn show(State(app): State<Arc<App>>, member: Member, Path((_, id)): Address) -> Result<Response, Failure> {
    let terminal = one(&app, &member, &id).await?;
    let page =
        station::terminal(member.shell(), &line(&member, &terminal), &views(&member), &typed(&terminal), None, None);
    Ok(page.into_response())
}

pub async fn save(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Address,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let member = visitor.member(&app, &tenant)?;
    let terminal = one(&app, &member, &id).await?;
    let saved = app.console.floor.save_terminal(member.id, Some(terminal.id), draft(&form), member.actor.id.clone());
    match saved.await {
        Ok(_) => Ok(Redirect::to(&format!("/t/{}/terminals", member.tenant.slug)).into_response()),
        Err(problem) => {
            let line = line(&member, &terminal);
            let page = station::terminal(member.shell(), &line, &views(&member), &form, Some(&problem), None);
            Ok((status(&problem), page).into_response())
        }
    }
}

/// Shows a new code. Not a redirect: the code is shown once, to whoever asked for it.
pub async fn code(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Address,
    headers: HeaderMap,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Failure> {
    let member = visitor.member(&app, &tenant)?;
    let terminal = one(&app, &member, &id).await?;
    let Code { text, until } = app.console.floor.offer_code(member.id, terminal.id).await?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if app.console.https { "https" } else { "http" };
    let address = format!("{scheme}://{host}/pair?code={text}");
    let code = CodeShown { text, address, until: member.shell().zone.text(until) };
    let line = line(&member, &terminal);
    let page = station::terminal(member.shell(), &line, &views(&member), &typed(&terminal), None, Some(&code));
    Ok(page.into_response())
}

pub async fn unpair(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Address,
    Posted { visitor, .. }: Posted,
) -> Result<Redirect, Failure> {
    let member = visitor.member(&app, &tenant)?;
    let terminal = one(&app, &member, &id).await?;
    app.console.floor.unpair(member.id, terminal.id, member.actor.id.clone()).await?;
    Ok(Redirect::to(&format!("/t/{}/terminals/{}", member.tenant.slug, terminal.id)))
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Address,
    Posted { visitor, .. }: Posted,
) -> Result<Redirect, Failure> {
    let member = visitor.member(&app, &tenant)?;
    let terminal = one(&app, &member, &id).await?;
    app.console.floor.remove_terminal(member.id, terminal.id, member.actor.id.clone()).await?;
    Ok(Redirect::to(&format!("/t/{}/terminals", member.tenant.slug)))
}
