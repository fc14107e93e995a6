//! All routes in one list.

use crate::guard::{COMPONENT_FORM_BYTES, FORM_BYTES, UPLOAD_BYTES};
use crate::live::{Hubs, Watched};
use crate::pages::floor::{operators, pair, scan, screen, sign_in, station, terminals};
use crate::pages::{
    admin, board, city, consents, enterprise, export, file, gallery, home, identified, import, install, language,
    login, market, module, operation, project, provider, review, submission, tenant, theme, trade, upgrade, view, work,
    workbook,
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
use toolcrib_exhibit::Exhibit;
use toolcrib_floor::{Floor, PHOTO_BYTES};
use toolcrib_ingest::Mapping;
use toolcrib_ingest::mqtt::Brokers;
use toolcrib_registry_client::Client;
use toolcrib_runtime::{Gate, Runtime};

/// What the console needs.
pub struct Console {
    pub runtime: Runtime,
    /// What published messages mean.
    pub mapping: Arc<Mapping>,
    /// Factories' own brokers, which are subscribed to.
    pub brokers: Arc<Brokers>,
    /// What factories show others, and take over from them.
    pub exhibit: Arc<Exhibit>,
    pub floor: Arc<Floor>,
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
    pub pictures: market::Pictures,
    pub works: Works,
    pub hubs: Hubs,
    pub watched: Watched,
}

impl App {
    pub(crate) fn new(console: Console) -> Self {
        Self {
            console,
            sessions: Sessions::default(),
            pictures: market::Pictures::default(),
            works: Works::default(),
            hubs: Hubs::default(),
            watched: Watched::default(),
        }
    }
}

/// The console's pages, and what answers an address that nothing else knows. The caller merges them with the APIs.
pub fn router(console: Console) -> Router {
    routes(Arc::new(App::new(console)))
}

pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/login", get(login::show).post(login::login))
        .route("/logout", post(login::logout))
        .route("/language", post(language::choose))
        .route("/theme", post(theme::choose))
        .route("/t/{tenant}", get(tenant::show))
        .route("/t/{tenant}/m/{module}", get(module::show))
        .route("/t/{tenant}/m/{module}/{operation}", filled(get(operation::show).post(operation::run)))
        .route("/t/{tenant}/m/{module}/v/{view}", filled(get(view::show).post(view::press)))
        .route("/t/{tenant}/m/{module}/_file/{name}", get(file::show))
        .route("/t/{tenant}/m/{module}/v/{view}/xlsx", get(workbook::show))
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
        .merge(city())
        .merge(programme())
        .merge(station())
        .merge(boards())
        .merge(live())
        .merge(if app.console.gallery { designed() } else { Router::new() })
        .method_not_allowed_fallback(failure::wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), failure::around))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        // Outside of the frame: what is nobody's address takes requests of programs, too, which come from no page.
        .fallback(failure::absent)
        .with_state(app)
}

/// The marketplace and consent.
fn market() -> Router<Arc<App>> {
    Router::new()
        .route("/market", get(market::home::show))
        .route("/market/search", get(market::search::show))
        .route("/market/compare", get(market::compare::show))
        .route("/market/p/{provider}", get(market::provider::show))
        .route("/market/m/{module}", get(market::listing::show))
        .route("/market/m/{module}/security", get(market::security::show))
        .route("/market/m/{module}/versions", get(market::versions::show))
        .route("/market/m/{module}/reviews", get(market::reviews::show).post(market::reviews::rate))
        .route("/market/m/{module}/problem", get(market::problem::show).post(market::problem::send))
        .route("/t/{tenant}/install/{module}", get(install::show).post(install::agree))
        .route("/t/{tenant}/install/{module}/upgrade", get(upgrade::show).post(upgrade::agree))
        .route("/t/{tenant}/install/{module}/decline", post(upgrade::decline))
        .route("/t/{tenant}/consents", get(consents::show))
}

/// Looking after a factory.
fn admin() -> Router<Arc<App>> {
    use admin::{
        archive, audit, brokers, erase, evidence, grants, health, kits, mapping, me, module, modules, people, records,
        signals, sources, usage, versions,
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
        .route("/t/{tenant}/data/sources/{device}/switch", post(sources::switch))
        .route("/t/{tenant}/data/sources/{device}/certificate", post(sources::certify))
        .route("/t/{tenant}/data/brokers/{broker}", get(brokers::one).post(brokers::save))
        .route("/t/{tenant}/data/brokers/{broker}/remove", post(brokers::remove))
        .route("/t/{tenant}/data/signals", get(signals::show))
        .route("/t/{tenant}/data/signals/{signal}", get(signals::one))
        .route("/t/{tenant}/data/mapping", get(mapping::show))
        .route("/t/{tenant}/data/mapping/try", post(mapping::try_message))
        .route("/t/{tenant}/data/mapping/adopt", post(mapping::adopt))
        .route("/t/{tenant}/data/mapping/{rule}", get(mapping::one).post(mapping::save))
        .route("/t/{tenant}/data/mapping/{rule}/remove", post(mapping::remove))
        .route("/t/{tenant}/records", get(records::show))
        .route("/t/{tenant}/people", get(people::show).post(people::invite))
        .route("/t/{tenant}/people/{person}", get(people::one))
        .route("/t/{tenant}/people/{person}/role", post(people::role))
        .route("/t/{tenant}/people/{person}/remove", post(people::remove))
        .route("/t/{tenant}/audit", get(audit::show))
        .route("/t/{tenant}/audit/csv", get(audit::csv))
        .route("/t/{tenant}/evidence", get(evidence::show).post(evidence::make))
        .route("/t/{tenant}/evidence/{sha256}", get(evidence::one))
        .route("/t/{tenant}/evidence/{sha256}/download", get(evidence::file))
        .route("/t/{tenant}/evidence/{sha256}/send", post(evidence::send))
        .route("/t/{tenant}/kits", get(kits::show).post(kits::publish))
        .route("/t/{tenant}/kits/{kit}", get(kits::one))
        .route("/t/{tenant}/kits/{kit}/adopt", post(kits::adopt))
        .route("/t/{tenant}/kits/{kit}/withdraw", post(kits::withdraw))
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
        .route("/review/complaints/{complaint}", post(review::incidents::settle_complaint))
        .route("/review/audit", get(review::audit::show))
        .route("/review/billing", get(review::billing::show))
        .route("/review/billing/bill", post(review::billing::bill))
        .route("/review/billing/payouts", post(review::billing::make))
        .route("/review/billing/fee", post(review::billing::fee))
        .route("/review/billing/invoices/{invoice}", post(review::billing::paid))
        .route("/review/billing/payouts/{payout}", post(review::billing::paid_out))
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

/// A city's programme as its authority sees it.
fn city() -> Router<Arc<App>> {
    use city::{
        assess, budget, cases, coverage, create, factory, home, ledger, levels, looks, people, projects, providers,
        publicity, queue, rules, services,
    };
    Router::new()
        .route("/city", get(home::show))
        .route("/city/new", get(create::show).post(create::add))
        .route("/city/people", get(people::show).post(people::invite))
        .route("/city/providers", get(providers::show))
        .route("/city/looks", get(looks::show))
        .route("/city/factories/{tenant}", get(factory::show))
        .route("/city/{programme}", get(budget::show))
        .route("/city/{programme}/queue", get(queue::show))
        .route("/city/{programme}/projects", get(projects::show))
        .route("/city/{programme}/projects/csv", get(projects::file))
        .route("/city/{programme}/publicity", get(publicity::show))
        .route("/city/{programme}/coverage", get(coverage::show))
        .route("/city/{programme}/coverage/csv", get(coverage::file))
        .route("/city/{programme}/levels", get(levels::show))
        .route("/city/{programme}/cases", get(cases::show))
        .route("/city/{programme}/services", get(services::show).post(services::add))
        .route("/city/{programme}/services/{number}", paper(post(services::pay)))
        .route("/city/{programme}/services/{number}/claw-backs", post(services::claw_back))
        .route("/city/{programme}/services/{number}/claw-backs/{demand}", paper(post(services::recover)))
        .route("/city/{programme}/ledger", get(ledger::show))
        .route("/city/{programme}/ledger/close", post(ledger::close))
        .route("/city/{programme}/ledger/csv", get(ledger::file))
        .route("/city/{programme}/ledger/download", get(ledger::journal))
        .route("/city/{programme}/rules", get(rules::show).post(rules::add))
        .route("/assess", get(assess::show))
}

/// Projects, offers, contracts and identifications: the same pages for all sides; a firm's and a provider's own lists.
fn programme() -> Router<Arc<App>> {
    use enterprise::{audits, enrol, forecast, invoices, programme};
    use identified::{act as standing, one as identification, own};
    use project::{act, archive, evidence, one};
    use provider::revenue;
    use trade::{contract, make, offer, offers};
    let firm = Router::new()
        .route("/t/{tenant}/programme", get(programme::show))
        .route("/t/{tenant}/programme/enrol/{programme}", get(enrol::show).post(enrol::enrol))
        .route("/t/{tenant}/programme/forecast/{programme}", get(forecast::show))
        .route("/t/{tenant}/audits", get(audits::show).post(audits::act))
        .route("/t/{tenant}/invoices", get(invoices::show))
        .route("/t/{tenant}/invoices/csv", get(invoices::file))
        .route("/t/{tenant}/invoices/{invoice}", get(invoices::one))
        .route("/t/{tenant}/invoices/{invoice}/csv", get(invoices::one_file));
    let provider = Router::new()
        .route("/provider/identifications", paper(get(own::show).post(own::apply)))
        .route("/provider/revenue", get(revenue::show))
        .route("/provider/revenue/csv", get(revenue::file))
        .route("/provider/payouts/{payout}", get(revenue::payout))
        .route("/provider/payouts/{payout}/csv", get(revenue::payout_file))
        .route("/provider/offers", get(offers::show))
        .route("/provider/offers/new", get(make::show).post(make::send));
    Router::new()
        .route("/projects/{project}", get(one::show))
        .route("/projects/{project}/do/{act}", paper(get(act::show).post(act::run)))
        .route("/projects/{project}/evidence", paper(get(evidence::show).post(evidence::add)))
        .route("/projects/{project}/archive/download", get(archive::file))
        .route("/offers/{offer}", get(offer::show))
        .route("/offers/{offer}/sign", post(offer::sign))
        .route("/offers/{offer}/end", post(offer::end))
        .route("/contracts/{contract}", get(contract::show))
        .route("/identifications/{id}", get(identification::show))
        .route("/identifications/{id}/do/{act}", get(standing::show).post(standing::run))
        .merge(firm)
        .merge(provider)
}

/// With room for a paper: a contract, an invoice, a bank's slip.
fn paper(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.layer(DefaultBodyLimit::max(UPLOAD_BYTES))
}

/// With room for the files that operations take.
fn filled(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.layer(DefaultBodyLimit::max(file::FILES_FORM_BYTES))
}

/// With room for a component and what is said about it.
fn upload(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.layer(DefaultBodyLimit::max(COMPONENT_FORM_BYTES))
}

/// Terminals on the floor.
fn station() -> Router<Arc<App>> {
    Router::new()
        .route("/t/{tenant}/terminals", get(terminals::list).post(terminals::create))
        .route("/t/{tenant}/terminals/{id}", get(terminals::show).post(terminals::save))
        .route("/t/{tenant}/terminals/{id}/code", post(terminals::code))
        .route("/t/{tenant}/terminals/screen", post(terminals::add_screen))
        .route("/t/{tenant}/terminals/{id}/screen", post(terminals::confirm_screen))
        .route("/t/{tenant}/terminals/{id}/unpair", post(terminals::unpair))
        .route("/t/{tenant}/terminals/{id}/remove", post(terminals::remove))
        .route("/t/{tenant}/operators", get(operators::list).post(operators::save))
        .route("/t/{tenant}/operators/list", post(operators::save_list))
        .route("/t/{tenant}/operators/one", get(operators::show))
        .route("/pair", get(pair::show).post(pair::pair))
        .route("/screen", get(screen::wait))
        .route("/screen/confirm", get(screen::confirm))
        .route("/t/{tenant}/s", get(sign_in::show))
        .route("/t/{tenant}/s/in", post(sign_in::sign_in))
        .route("/t/{tenant}/s/out", post(sign_in::sign_out))
        .route("/t/{tenant}/s/place", post(sign_in::choose_place))
        .route("/t/{tenant}/s/beat", get(sign_in::beat))
        .route("/t/{tenant}/s/scan", get(scan::show))
        .route("/t/{tenant}/s/photo", post(scan::photo).layer(DefaultBodyLimit::max(PHOTO_BYTES + FORM_BYTES)))
        .route("/t/{tenant}/s/board", get(screen::board))
        .route("/t/{tenant}/s/{module}/{view}", get(station::show).post(station::press))
}

/// Big screens, print, long work.
fn boards() -> Router<Arc<App>> {
    Router::new()
        .route("/board", get(board::any))
        .route("/t/{tenant}/boards", get(board::list))
        .route("/t/{tenant}/board", get(board::show))
        .route("/t/{tenant}/transfers", get(work::list))
        .route("/t/{tenant}/transfers/{id}", get(work::show))
}

/// Streams of what changes on open pages.
fn live() -> Router<Arc<App>> {
    Router::new()
        .route("/t/{tenant}/m/{module}/v/{view}/live", get(view::live))
        .route("/t/{tenant}/s/{module}/{view}/live", get(station::live))
        .route("/t/{tenant}/m/{module}/{operation}/live", get(operation::live))
}

/// The gallery.
fn designed() -> Router<Arc<App>> {
    Router::new().route("/_gallery", get(gallery::index)).route("/_gallery/{number}", get(gallery::page))
}
