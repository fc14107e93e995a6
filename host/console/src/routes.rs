//! All routes in one list.

use crate::guard::{FORM_BYTES, UPLOAD_BYTES};
use crate::pages::{
    board, export, home, import, install, installed, language, login, market, module, operation, provider, review,
    submission, tenant, thread, view, work,
};
use crate::session::Sessions;
use crate::work::Works;
use crate::{asset, failure, live};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use std::sync::Arc;
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_registry_client::Client;
use toolcrib_runtime::{Gate, Runtime};

/// What the console needs.
pub struct Console {
    pub runtime: Runtime,
    /// Verifies the registry's access tokens.
    pub gate: Arc<dyn Gate>,
    /// The registry as nobody; each session speaks to it as its person.
    pub registry: Client,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    /// The public address begins with `https://`: cookies are marked so.
    pub https: bool,
    /// Whether the list of withdrawn versions is too old for anything new to be installed.
    pub list_is_stale: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// What the pages share.
pub struct App {
    pub console: Console,
    pub sessions: Sessions,
    pub works: Works,
}

/// The console's pages. The caller merges them with the APIs; an unknown address is the caller's to answer.
pub fn router(console: Console) -> Router {
    routes(Arc::new(App { console, sessions: Sessions::default(), works: Works::default() }))
}

pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/login", get(login::show).post(login::login))
        .route("/logout", post(login::logout))
        .route("/language", post(language::choose))
        .route("/provider", get(provider::show))
        .route("/review", get(review::show))
        .route("/submissions/{id}", get(submission::show))
        .route("/submissions/{id}/decision", post(submission::decide))
        .route("/submissions/{id}/claim", post(thread::claim))
        .route("/submissions/{id}/release", post(thread::release))
        .route("/submissions/{id}/comment", post(thread::comment))
        .route("/market", get(market::list))
        .route("/market/m/{module}", get(market::page))
        .route("/t/{tenant}", get(tenant::show))
        .route("/t/{tenant}/live", get(live::live))
        .route("/t/{tenant}/install/{module}", get(install::show).post(install::agree))
        .route("/t/{tenant}/modules", get(installed::show))
        .route("/t/{tenant}/modules/{module}/cancel", post(installed::cancel))
        .route("/t/{tenant}/m/{module}", get(module::show))
        .route("/t/{tenant}/m/{module}/{operation}", get(operation::show).post(operation::run))
        .route("/t/{tenant}/m/{module}/v/{view}", get(view::show).post(view::press))
        .route("/t/{tenant}/m/{module}/{operation}/csv", get(export::csv))
        .route("/t/{tenant}/m/{module}/{operation}/template", get(import::template))
        .route(
            "/t/{tenant}/m/{module}/{operation}/import",
            get(import::show).post(import::run).layer(DefaultBodyLimit::max(UPLOAD_BYTES)),
        )
        .route("/assets/{file}", get(asset::file))
        .merge(market())
        .merge(admin())
        .merge(vendor())
        .merge(station())
        .merge(boards())
        .layer(middleware::from_fn_with_state(app.clone(), failure::around))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .with_state(app)
}

/// The marketplace and consent.
fn market() -> Router<Arc<App>> {
    Router::new()
}

/// Looking after a factory.
fn admin() -> Router<Arc<App>> {
    Router::new()
}

/// Providers and reviewers.
fn vendor() -> Router<Arc<App>> {
    Router::new()
}

/// Terminals on the floor.
fn station() -> Router<Arc<App>> {
    Router::new()
}

/// Big screens, print, long work.
fn boards() -> Router<Arc<App>> {
    Router::new()
        .route("/board", get(board::any))
        .route("/t/{tenant}/boards", get(board::list))
        .route("/t/{tenant}/board", get(board::show))
        .route("/t/{tenant}/work", get(work::list))
        .route("/t/{tenant}/work/{id}", get(work::show))
}
