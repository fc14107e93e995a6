//! `POST /theme`: keeps the appearance chosen and shows the same page in it.

use super::login::local;
use crate::cookie;
use crate::guard::OpenForm;
use crate::routes::App;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use toolcrib_ui::shell::Theme;

pub async fn choose(State(app): State<Arc<App>>, OpenForm(form): OpenForm) -> Response {
    let theme = form.get("theme").and_then(Theme::parse);
    let set = [(header::SET_COOKIE, cookie::theme(theme, app.console.https))];
    (set, Redirect::to(local(form.get("back").unwrap_or_default()))).into_response()
}
