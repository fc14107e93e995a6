//! `GET` and `POST /t/{tenant}/s/scan`: a code that was scanned, typed or photographed leads to the view that says it
//! takes such codes.

use crate::failure::{Failure, status};
use crate::guard::parts_of;
use crate::routes::App;
use crate::terminal::{AtStation, admit};
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Semaphore;
use toolcrib_contract::problem::{BAD_FILE, BUSY, INTERNAL, NOT_FOUND, Problem, TOO_LARGE};
use toolcrib_contract::view::{Place, ScanRoute, View};
use toolcrib_floor::{PHOTO_BYTES, PHOTO_PIXELS, Unread, read_photo};
use toolcrib_runtime::Loaded;
use toolcrib_ui::station;
use toolcrib_ui::view::act::address;
use toolcrib_ui::view::page::is_for;

/// Characters of a code.
const CODE_CHARS: usize = 300;
/// Body of a form with a photo.
pub const PHOTO_FORM_BYTES: usize = PHOTO_BYTES + (64 << 10);
/// Photos that are read at once; one more is asked to try again.
const PHOTOS: usize = 2;
static READING: Semaphore = Semaphore::const_new(PHOTOS);

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

/// Reads a photo; what it says is scanned.
pub async fn photo(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let mut at = AtStation::from_request_parts(&mut parts, &app).await?;
    let path = parts.uri.path().to_owned();
    let (form, files) = parts_of(Request::from_parts(parts, body), &app).await?;
    admit(&app, &mut at, &path, &form).await?;
    if at.operator.is_none() {
        return Ok(Redirect::to(&at.base()).into_response());
    }
    let Ok(_one_of_few) = READING.try_acquire() else {
        return Err(BUSY.because(format!("{PHOTOS} photos are being read")).into());
    };
    let read = tokio::task::spawn_blocking(move || read_photo(files.first().map_or(&[][..], |(_, photo)| photo))).await;
    let problem = match read.map_err(|error| INTERNAL.because(error.to_string()))? {
        Ok(code) => return Ok(Redirect::to(&address(&path, &[("code".to_owned(), code)])).into_response()),
        Err(unread) => refused(&at, unread),
    };
    Ok((status(&problem), station::scan(&at.shell, "", Some(&problem))).into_response())
}

fn refused(at: &AtStation, unread: Unread) -> Problem {
    let tr = at.shell.tr;
    match unread {
        Unread::Large => {
            let (mib, megapixels) = ((PHOTO_BYTES >> 20).to_string(), (PHOTO_PIXELS / 1_000_000).to_string());
            TOO_LARGE.because(tr.with("station-photo-large", &[("mib", &mib), ("megapixels", &megapixels)]))
        }
        Unread::Broken => BAD_FILE.because(tr.t("station-photo-broken")),
        Unread::NoCode => NOT_FOUND.because(tr.t("station-photo-none")),
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
