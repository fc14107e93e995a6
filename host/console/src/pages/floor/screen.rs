//! `GET /screen`: a device without keys shows a code until an administrator says what it is; `/screen/confirm` leads the
//! administrator's telephone to where that is said. `GET /t/{tenant}/s/board`: what a big screen shows then.

use super::station::Work;
use super::terminals::SCREEN;
use crate::cookie;
use crate::failure::Failure;
use crate::language;
use crate::pages::admin::origin;
use crate::pages::board::turn;
use crate::routes::App;
use crate::terminal::AtStation;
use crate::visitor::{Visitor, decides};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_ALLOWED, NOT_PAIRED, Problem};
use toolcrib_floor::Showing;
use toolcrib_ui::form::escape;
use toolcrib_ui::language::Tr;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::station::{self, CodeShown};

/// What the device asks for again and again; no form, since nobody presses a button there. It changes nothing but what the
/// device is, and only for the one that keeps the claim.
pub async fn wait(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    if let Some(kept) = cookie::read(&headers, cookie::TERMINAL)
        && let Ok(path) = station_of(&app, kept).await
    {
        return Ok(Redirect::to(&path).into_response());
    }
    let https = app.console.https;
    match app.console.floor.show_code(cookie::read(&headers, cookie::CLAIM)).await? {
        Showing::Paired { kept } => {
            let path = station_of(&app, &kept).await?;
            let set = [cookie::terminal(&kept, https), cookie::claim(None, https)];
            let set = set.map(|value| (header::SET_COOKIE, value));
            Ok((axum::response::AppendHeaders(set), Redirect::to(&path)).into_response())
        }
        Showing::Waits { code, claim } => {
            let shell = Shell::guest(Tr::new(language::of(&headers)), "/screen".to_owned());
            let address = format!("{}/screen/confirm?code={}", origin(&headers, https), code.text);
            let code = CodeShown { text: code.text, address, until: String::new() };
            let set = [(header::SET_COOKIE, cookie::claim(Some(&claim), https))];
            Ok((set, station::screen(&shell, &code)).into_response())
        }
    }
}

/// Where a device works that is a terminal.
async fn station_of(app: &App, kept: &str) -> Result<String, Problem> {
    let at = app.console.floor.terminal_of(kept).await?;
    let tenant = app.console.runtime.tenant(&at.tenant.to_string())?;
    Ok(format!("/t/{}/s", tenant.slug))
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    code: String,
}

/// The first factory that the visitor decides for, with the code filled in.
pub async fn confirm(visitor: Visitor, Query(Asked { code }): Query<Asked>) -> Result<Redirect, Failure> {
    let roles = &visitor.identity.person.roles;
    let mine = visitor.identity.me.tenants.iter().find(|tenant| {
        let role = tenant.id.parse().ok().and_then(|id| roles.get(&id));
        role.is_some_and(|role| decides(role))
    });
    let mine = mine.ok_or_else(|| NOT_ALLOWED.because("owners and administrators look after screens"))?;
    Ok(Redirect::to(&format!("/t/{}/terminals?{SCREEN}={}#screen", mine.slug, escape(&code))))
}

/// The boards that this screen is kept to, in turn.
pub async fn board(
    State(app): State<Arc<App>>,
    station: Result<AtStation, Failure>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let station = match station {
        Ok(station) => station,
        // A screen that is none any more shows a code again.
        Err(Failure::Problem(problem)) if problem.is(NOT_PAIRED) => return Ok(Redirect::to("/screen").into_response()),
        Err(failure) => return Err(failure),
    };
    let boards = station.boards();
    let Some(seat) = station.seated().filter(|_| !boards.is_empty()) else {
        return Ok(Redirect::to(&station.base()).into_response());
    };
    let (at, turn) = turn(&pairs, boards.len(), &format!("{}/board", station.base()), &[]);
    let (loaded, view) = boards[at];
    let work = Work { app: &app, station: &station, seat: &seat, loaded, view };
    Ok(work.board(turn.as_ref()).await.into_response())
}
