//! All routes in one list.

use crate::guard::{FORM_BYTES, UPLOAD_BYTES};
use crate::pages::{
    admin, export, home, import, install, language, login, market, module, operation, provider, review, submission,
    tenant, thread, view,
};
use crate::session::Sessions;
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
}

/// The console's pages. The caller merges them with the APIs; an unknown address is the caller's to answer.
pub fn router(console: Console) -> Router {
    routes(Arc::new(App { console, sessions: Sessions::default() }))
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
    use admin::{
        archive, audit, erase, grants, health, me, module, modules, people, records, signals, sources, usage, versions,
    };
    Router::new()
        .route("/t/{tenant}/modules", get(modules::show))
        .route("/t/{tenant}/modules/{module}", get(module::show))
        .route("/t/{tenant}/modules/{module}/pause", post(module::pause))
        .route("/t/{tenant}/modules/{module}/resume", post(module::resume))
        .route("/t/{tenant}/modules/{module}/cancel", post(module::cancel))
        .route("/t/{tenant}/modules/{module}/settings", get(module::settings))
        .route("/t/{tenant}/modules/{module}/grants", get(grants::show).post(grants::revoke))
        .route("/t/{tenant}/modules/{module}/usage", get(usage::show))
        .route("/t/{tenant}/modules/{module}/health", get(health::show).post(health::act))
        .route("/t/{tenant}/modules/{module}/versions", get(versions::show).post(versions::policy))
        .route("/t/{tenant}/modules/{module}/rollback", post(versions::roll_back))
        .route("/t/{tenant}/data/sources", get(sources::show).post(sources::add))
        .route("/t/{tenant}/data/sources/{device}", get(sources::one))
        .route("/t/{tenant}/data/sources/{device}/rotate", post(sources::rotate))
        .route("/t/{tenant}/data/sources/{device}/remove", post(sources::remove))
        .route("/t/{tenant}/data/signals", get(signals::show))
        .route("/t/{tenant}/data/signals/{signal}", get(signals::one))
        .route("/t/{tenant}/records", get(records::show))
        .route("/t/{tenant}/people", get(people::show).post(people::invite))
        .route("/t/{tenant}/people/{person}", get(people::one))
        .route("/t/{tenant}/people/{person}/role", post(people::role))
        .route("/t/{tenant}/people/{person}/remove", post(people::remove))
        .route("/t/{tenant}/audit", get(audit::show))
        .route("/t/{tenant}/audit/csv", get(audit::csv))
        .route("/t/{tenant}/export", get(archive::show).post(archive::start))
        .route("/t/{tenant}/export/download", get(archive::file))
        .route("/t/{tenant}/export/discard", post(archive::discard))
        .route("/t/{tenant}/erase", get(erase::show).post(erase::erase))
        .route("/me", get(me::show))
        .route("/me/password", post(me::password))
        .route("/me/factor", get(me::without_factor).post(me::begin_factor))
        .route("/me/factor/confirm", post(me::confirm_factor))
        .route("/me/factor/disable", post(me::disable_factor))
        .route("/me/tokens", post(me::new_token))
        .route("/me/tokens/revoke", post(me::revoke_token))
        .route("/me/sessions/end", post(me::end_session))
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
}
