//! `GET` and `POST /pair`: makes this device a terminal.

use crate::cookie;
use crate::failure::status;
use crate::guard::OpenForm;
use crate::language;
use crate::routes::App;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use serde::Deserialize;
use std::sync::Arc;
use toolcrib_contract::problem::Problem;
use toolcrib_ui::language::Tr;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::station;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    code: String,
}

pub async fn show(headers: HeaderMap, Query(Asked { code }): Query<Asked>) -> Markup {
    station::pair(&guest(&headers), &code, None)
}

pub async fn pair(State(app): State<Arc<App>>, headers: HeaderMap, OpenForm(form): OpenForm) -> Response {
    let code = form.get("code").unwrap_or_default();
    match paired(&app, code).await {
        Ok((kept, path)) => {
            let set = [(header::SET_COOKIE, cookie::terminal(&kept, app.console.https))];
            (set, Redirect::to(&path)).into_response()
        }
        Err(problem) => (status(&problem), station::pair(&guest(&headers), code, Some(&problem))).into_response(),
    }
}

/// What the device keeps, and where it goes.
async fn paired(app: &App, code: &str) -> Result<(String, String), Problem> {
    let kept = app.console.floor.pair(code).await?;
    let at = app.console.floor.terminal_of(&kept).await?;
    let tenant = app.console.runtime.tenant(&at.tenant.to_string())?;
    Ok((kept, format!("/t/{}/s", tenant.slug)))
}

fn guest(headers: &HeaderMap) -> Shell {
    Shell::guest(Tr::new(language::of(headers)), "/pair".to_owned())
}
