//! `GET /t/{tenant}/s`: who is there, then the first of the terminal's pages; `POST …/in`, `…/out`, `…/place`.

use crate::failure::{Failure, status};
use crate::pages::login::local;
use crate::routes::App;
use crate::terminal::{AtStation, FromStation};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_PAIRED, Problem};
use toolcrib_floor::Proof;
use toolcrib_ui::part;
use toolcrib_ui::shell::Frame;
use toolcrib_ui::station;

pub async fn show(station: Result<AtStation, Failure>) -> Response {
    let station = match station {
        Ok(station) => station,
        // A device that is none, or none any more, is asked to pair.
        Err(Failure::Problem(problem)) if problem.is(NOT_PAIRED) => return Redirect::to("/pair").into_response(),
        Err(failure) => return failure.into_response(),
    };
    let Some(operator) = &station.operator else {
        return match station.boards().is_empty() {
            true => asked(&station, "", None),
            false => Redirect::to(&format!("{}/board", station.base())).into_response(),
        };
    };
    let first = station.views(&operator.role).into_iter().next();
    match first {
        Some((loaded, view)) => {
            let path = format!("{}/{}/{}", station.base(), loaded.manifest.module, view.name);
            Redirect::to(&path).into_response()
        }
        None => {
            let tr = station.shell.tr;
            let page =
                station.shell.framed(&tr.t("station-views"), part::empty(&tr.t("station-nothing")), Frame::Station, "");
            page.into_response()
        }
    }
}

fn asked(at: &AtStation, code: &str, problem: Option<&Problem>) -> Response {
    let bar = at.shell.station.clone().unwrap_or_default();
    let page = station::sign_in(&at.shell, &bar, code, problem);
    match problem {
        Some(problem) => (status(problem), page).into_response(),
        None => page.into_response(),
    }
}

pub async fn sign_in(State(app): State<Arc<App>>, FromStation { station, form, .. }: FromStation) -> Response {
    let typed = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let code = typed("code");
    let proof = match form.get("badge") {
        Some(badge) => Proof::Badge(badge.to_owned()),
        None => Proof::Pin { code: code.clone(), pin: typed("pin") },
    };
    match app.console.floor.sign_in(&station.at, proof).await {
        Ok(_) => Redirect::to(&station.base()).into_response(),
        Err(problem) => asked(&station, &code, Some(&problem)),
    }
}

pub async fn sign_out(State(app): State<Arc<App>>, FromStation { station, .. }: FromStation) -> Redirect {
    app.console.floor.sign_out(&station.at);
    Redirect::to(&station.base())
}

pub async fn choose_place(State(app): State<Arc<App>>, FromStation { station, form, .. }: FromStation) -> Redirect {
    app.console.floor.choose_place(&station.at, form.get("place").unwrap_or_default());
    match local(form.get("back").unwrap_or_default()) {
        "/" => Redirect::to(&station.base()),
        back => Redirect::to(back),
    }
}

/// `GET …/beat`: that there is a line.
pub async fn beat(_: AtStation) -> Json<bool> {
    Json(true)
}
