//! `GET /t/{tenant}/s/scan`: a scanned or typed code leads to the view that says it takes such codes. `POST …/s/photo`: so
//! does one in a photo.

use crate::failure::{Failure, status};
use crate::guard::WithFiles;
use crate::routes::App;
use crate::terminal::{AtStation, admit};
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::view::{Place, ScanRoute, View};
use toolcrib_floor::PhotoError;
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

/// Takes the first code of the photo that leads anywhere.
pub async fn photo(
    State(app): State<Arc<App>>,
    mut at: AtStation,
    uri: Uri,
    sent: WithFiles,
) -> Result<Response, Failure> {
    admit(&app, &mut at, uri.path(), &sent.form).await?;
    let Some(operator) = &at.operator else { return Ok(Redirect::to(&at.base()).into_response()) };
    let photo = sent.files.into_iter().next().map(|(_, bytes)| bytes).unwrap_or_default();
    let codes = match app.console.floor.codes(photo).await {
        Ok(codes) => codes,
        Err(error) => {
            let problem = error.because(at.shell.tr.t(sentence(error)));
            return Ok((status(&problem), station::scan(&at.shell, "", Some(&problem))).into_response());
        }
    };
    let code = codes.iter().find(|code| led(&at, &operator.role, code).is_some()).or(codes.first());
    let pairs: Vec<_> = code.map(|code| ("code".to_owned(), code.clone())).into_iter().collect();
    Ok(Redirect::to(&address(&format!("{}/scan", at.base()), &pairs)).into_response())
}

/// What to say of a photo that tells nothing.
fn sentence(error: PhotoError) -> &'static str {
    match error {
        PhotoError::NotJpeg => "station-photo-not-jpeg",
        PhotoError::TooLarge => "station-photo-too-large",
        PhotoError::NoCode => "station-photo-no-code",
        PhotoError::Busy => "station-photo-busy",
    }
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
