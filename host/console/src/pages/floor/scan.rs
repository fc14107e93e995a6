//! `GET /t/{tenant}/s/scan`: a scanned or typed code leads to the view that says it takes such codes.

use crate::failure::Failure;
use crate::terminal::AtStation;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::view::{Place, ScanRoute, View};
use toolcrib_runtime::Loaded;
use toolcrib_ui::station;
use toolcrib_ui::view::act::address;
use toolcrib_ui::view::page::is_for;

/// Characters of a code.
const CODE_CHARS: usize = 300;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    code: String,
}

pub async fn show(at: AtStation, Query(Asked { code }): Query<Asked>) -> Result<Response, Failure> {
    let Some(operator) = &at.operator else { return Ok(Redirect::to(&at.base()).into_response()) };
    let code: String = code.trim().chars().take(CODE_CHARS).collect();
    if code.is_empty() {
        return Ok(station::scan(&at.shell, "", None).into_response());
    }
    if let Some((module, view, route, captured)) = led(&at, &operator.role, &code) {
        let pairs = [(route.param.clone(), captured.to_owned())];
        return Ok(Redirect::to(&address(&format!("{}/{module}/{view}", at.base()), &pairs)).into_response());
    }
    let told = at.shell.tr.with("station-scan-unknown", &[("code", &code)]);
    let problem: Problem = NOT_FOUND.because(told);
    Ok((StatusCode::NOT_FOUND, station::scan(&at.shell, &code, Some(&problem))).into_response())
}

/// The view that a code leads to: of those that fit, the one whose pattern says most.
fn led<'s, 'c>(at: &'s AtStation, role: &str, code: &'c str) -> Option<(&'s str, &'s str, &'s ScanRoute, &'c str)> {
    let shown = |loaded: &Loaded, view: &View| {
        view.place == Place::Station
            && is_for(&loaded.manifest, view, role)
            && at.at.terminal.may_show(&loaded.manifest.module, &view.name)
    };
    let views = at.view.modules.iter().flat_map(|loaded| loaded.manifest.views.iter().map(move |view| (loaded, view)));
    let fits = views.filter(|(loaded, view)| shown(loaded, view)).flat_map(|(loaded, view)| {
        let routes = view.scans.iter().filter_map(|route| Some((route, route.captured(code)?)));
        routes.map(move |(route, captured)| (&*loaded.manifest.module, &*view.name, route, captured))
    });
    // The first of the most exact: later ones must say more.
    fits.reduce(|best, next| if next.2.exactness() > best.2.exactness() { next } else { best })
}
