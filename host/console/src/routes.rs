//! All routes in one list.

use crate::guard::{COMPONENT_FORM_BYTES, FORM_BYTES, UPLOAD_BYTES};
use crate::live::Hubs;
use crate::pages::{
    board, export, gallery, home, import, install, installed, language, login, market, module, operation, provider,
    review, submission, tenant, theme, view, work,
};
use crate::session::Sessions;
use crate::work::Works;
use crate::{asset, failure};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
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
    /// Shows `/_gallery`, everything that pages can be made of.
    pub gallery: bool,
}

/// What the pages share.
pub struct App {
    pub console: Console,
    pub sessions: Sessions,
    pub works: Works,
    pub hubs: Hubs,
}

/// The console's pages. The caller merges them with the APIs; an unknown address is the caller's to answer.
pub fn router(console: Console) -> Router {
    routes(Arc::new(App { console, sessions: Sessions::default(), works: Works::default(), hubs: Hubs::default() }))
}

pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/login", get(login::show).post(login::login))
        .route("/logout", post(login::logout))
        .route("/language", post(language::choose))
        .route("/theme", post(theme::choose))
        .route("/market", get(market::list))
        .route("/market/m/{module}", get(market::page))
        .route("/t/{tenant}", get(tenant::show))
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
        .merge(live())
        .merge(if app.console.gallery { designed() } else { Router::new() })
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
    let provider = Router::new()
        .route("/provider", get(provider::home::show))
        .route("/provider/usage", get(provider::usage::show))
        .route("/provider/submissions", get(provider::submissions::show))
        .route("/provider/keys", get(provider::keys::show).post(provider::keys::add))
        .route("/provider/keys/{key}/retire", post(provider::keys::retire))
        .route("/provider/tokens", get(provider::tokens::show).post(provider::tokens::make))
        .route("/provider/tokens/{token}/revoke", post(provider::tokens::revoke))
        .route("/provider/profile", get(provider::profile::show))
        .route("/provider/profile/about", post(provider::profile::about))
        .route("/provider/profile/papers", upload(post(provider::profile::add_paper)))
        .route("/provider/profile/papers/{paper}/remove", post(provider::profile::remove_paper))
        .route("/provider/publish", upload(get(provider::publish::show).post(provider::publish::upload)));
    let module = Router::new()
        .route("/provider/modules/{module}", get(provider::module::show))
        .route("/provider/modules/{module}/versions/{version}", post(provider::module::stand))
        .route("/provider/modules/{module}/notice", post(provider::module::leave))
        .route("/provider/modules/{module}/plans", post(provider::plans::add))
        .route("/provider/modules/{module}/plans/{plan}/retire", post(provider::plans::retire))
        .route("/provider/modules/{module}/rollouts", post(provider::rollout::start))
        .route("/provider/modules/{module}/rollouts/{version}", post(provider::rollout::steer))
        .route("/provider/modules/{module}/ratings/{rating}", post(provider::ratings::answer))
        .route("/provider/modules/{module}/trusted", post(provider::trusted::add))
        .route("/provider/modules/{module}/trusted/{id}/remove", post(provider::trusted::remove))
        .route("/provider/modules/{module}/trusted-only", post(provider::trusted::only));
    let review = Router::new()
        .route("/review", get(review::queue::show))
        .route("/review/incidents", get(review::incidents::show))
        .route("/review/incidents/{module}/{version}", get(review::incidents::case).post(review::incidents::withdraw))
        .route("/review/marks/{mark}", post(review::incidents::settle))
        .route("/review/audit", get(review::audit::show))
        .route("/review/providers", get(review::providers::show))
        .route("/review/providers/{org}", get(review::providers::one));
    let submission = Router::new()
        .route("/submissions/{id}", get(submission::show))
        .route("/submissions/{id}/decision", post(submission::decide))
        .route("/submissions/{id}/submit", post(submission::hand_in))
        .route("/submissions/{id}/discard", post(submission::discard))
        .route("/submissions/{id}/claim", post(submission::claim))
        .route("/submissions/{id}/release", post(submission::release))
        .route("/submissions/{id}/comment", post(submission::comment));
    provider.merge(module).merge(review).merge(submission)
}

/// With room for a component and what is said about it.
fn upload(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.layer(DefaultBodyLimit::max(COMPONENT_FORM_BYTES))
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

/// Streams of what changes on open pages.
fn live() -> Router<Arc<App>> {
    Router::new()
        .route("/t/{tenant}/m/{module}/v/{view}/live", get(view::live))
        .route("/t/{tenant}/m/{module}/{operation}/live", get(operation::live))
}

/// The gallery.
fn designed() -> Router<Arc<App>> {
    Router::new().route("/_gallery", get(gallery::index)).route("/_gallery/{number}", get(gallery::page))
}
