//! `POST /language`: keeps the language chosen and shows the same page in it.

use super::login::local;
use crate::cookie;
use crate::guard::OpenForm;
use crate::routes::App;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use toolcrib_ui::language::Lang;

pub async fn choose(State(app): State<Arc<App>>, OpenForm(form): OpenForm) -> Response {
    let lang = form.get("language").and_then(Lang::parse).unwrap_or(Lang::ZhCn);
    let set = [(header::SET_COOKIE, cookie::language(lang, app.console.https))];
    (set, Redirect::to(local(form.get("back").unwrap_or_default()))).into_response()
}
