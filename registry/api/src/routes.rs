//! All routes in one list. One file per noun, each endpoint with its documentation.

mod artifacts;
mod audit;
mod auth;
mod authorities;
mod comments;
mod complaints;
mod consents;
mod contracts;
mod decision;
mod devices;
mod document;
mod drafts;
mod evidence;
mod exit;
mod factor;
mod hosts;
mod identifications;
mod invoices;
mod jwks;
mod keys;
mod kits;
mod ledgers;
mod log;
mod marks;
mod me;
mod members;
mod modules;
mod offers;
mod orgs;
mod payouts;
mod plans;
mod programmes;
mod projects;
mod providers;
pub(crate) mod publish;
mod queue;
mod ratings;
mod revocations;
mod rollouts;
mod sessions;
mod shelf;
mod snapshot;
mod standing;
mod submissions;
mod subscriptions;
mod tags;
mod tenants;
mod tokens;
mod trusted;
mod upgrades;
mod usage;
mod versions;
mod vetting;

use crate::failed::wrong_method;
use crate::openapi;
use crate::registry::Registry;
use axum::Router;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The API, without fallback and without the middleware that writes problems: the server adds both around everything.
pub fn router(registry: Registry) -> Router {
    let (router, document) = routes().split_for_parts();
    let document = openapi::text(document);
    router
        .route("/v1/registry/openapi.json", get(|| document::document(document)))
        .method_not_allowed_fallback(wrong_method)
        .merge(crate::oci::router())
        .with_state(registry)
}

fn routes() -> OpenApiRouter<Registry> {
    OpenApiRouter::with_openapi(openapi::base())
        // Signing in
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(jwks::jwks))
        .routes(routes!(me::me))
        .routes(routes!(sessions::sessions))
        .routes(routes!(sessions::end_session))
        .routes(routes!(sessions::end_sessions))
        .routes(routes!(sessions::password))
        .routes(routes!(tokens::new_token, tokens::tokens))
        .routes(routes!(tokens::revoke_token))
        .routes(routes!(factor::factor, factor::begin_factor))
        .routes(routes!(factor::confirm_factor))
        .routes(routes!(factor::disable_factor))
        .routes(routes!(factor::marketplace_policy, factor::set_marketplace_policy))
        .routes(routes!(factor::set_rate))
        // Organisations
        .routes(routes!(orgs::new_org, orgs::orgs))
        .routes(routes!(orgs::org))
        .routes(routes!(members::new_org_member))
        .routes(routes!(keys::new_key, keys::keys))
        .routes(routes!(keys::revoke_key))
        // Authorities and their auditors
        .routes(routes!(authorities::authorities))
        .routes(routes!(authorities::cases))
        .routes(routes!(authorities::audited))
        .routes(routes!(authorities::authority_looks))
        .routes(routes!(authorities::my_looks))
        .routes(routes!(authorities::audits))
        .routes(routes!(authorities::agree_to_audit, authorities::end_audit))
        .routes(routes!(authorities::tenant_looks))
        // Publishing and the marketplace
        .routes(routes!(modules::new_module, modules::modules))
        .routes(routes!(modules::module))
        .routes(routes!(publish::publish))
        .routes(routes!(versions::version))
        .routes(routes!(vetting::vetting))
        .routes(routes!(vetting::previews))
        .routes(routes!(artifacts::artifact))
        .routes(routes!(trusted::exchange))
        .routes(routes!(trusted::trusted_publishers, trusted::new_trusted_publisher))
        .routes(routes!(trusted::remove_trusted_publisher))
        .routes(routes!(trusted::set_trusted_only))
        .routes(routes!(artifacts::evidence))
        .routes(routes!(standing::set_standing))
        // The transparency log and what was withdrawn
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::tile))
        .routes(routes!(revocations::revocations))
        .routes(routes!(submissions::submissions))
        .routes(routes!(submissions::submission, drafts::discard))
        .routes(routes!(drafts::submit))
        .routes(routes!(queue::queue))
        .routes(routes!(queue::claim, queue::release))
        .routes(routes!(queue::compare))
        .routes(routes!(comments::comment, comments::comments))
        .routes(routes!(decision::decide))
        // The shelves
        .routes(routes!(shelf::shelf))
        .routes(routes!(tags::segments))
        .routes(routes!(tags::put_segment))
        .routes(routes!(tags::tags))
        .routes(routes!(tags::put_tag))
        .routes(routes!(tags::module_tags, tags::set_module_tags))
        .routes(routes!(providers::provider))
        .routes(routes!(providers::set_about))
        .routes(routes!(providers::new_qualification))
        .routes(routes!(providers::remove_qualification))
        .routes(routes!(plans::plans, plans::new_plan))
        .routes(routes!(plans::retire_plan))
        .routes(routes!(plans::chosen_plans))
        .routes(routes!(plans::choose_plan))
        .routes(routes!(ratings::ratings))
        .routes(routes!(ratings::rate))
        .routes(routes!(ratings::answer_rating))
        .routes(routes!(ratings::deprecation, ratings::deprecate, ratings::undeprecate))
        .routes(routes!(complaints::complain))
        .routes(routes!(complaints::complaints))
        .routes(routes!(complaints::settle_complaint))
        .routes(routes!(usage::report_usage))
        .routes(routes!(usage::module_usage))
        .routes(routes!(rollouts::start, rollouts::rollouts))
        .routes(routes!(rollouts::steer))
        .routes(routes!(audit::audit))
        .routes(routes!(audit::verify))
        .routes(routes!(exit::close))
        .routes(routes!(exit::succeed))
        .routes(routes!(marks::marks))
        .routes(routes!(marks::settle_mark))
        // Providers that a city identified, their offers and contracts
        .routes(routes!(identifications::identifications, identifications::identify))
        .routes(routes!(identifications::identification))
        .routes(routes!(identifications::step_identification))
        .routes(routes!(identifications::score_identification))
        .routes(routes!(identifications::object_to_identification))
        .routes(routes!(identifications::decide_objection))
        .routes(routes!(identifications::appeal))
        .routes(routes!(identifications::decide_appeal))
        .routes(routes!(offers::offers, offers::make_offer))
        .routes(routes!(offers::preview_offer))
        .routes(routes!(offers::offer))
        .routes(routes!(offers::revise_offer))
        .routes(routes!(offers::sign_offer))
        .routes(routes!(offers::end_offer))
        .routes(routes!(contracts::contracts))
        .routes(routes!(contracts::contract))
        .routes(routes!(contracts::change_contract_line))
        // What the marketplace bills
        .routes(routes!(invoices::invoices))
        .routes(routes!(invoices::bill_month))
        .routes(routes!(invoices::statement))
        .routes(routes!(invoices::invoice))
        .routes(routes!(invoices::credit))
        .routes(routes!(invoices::usage_events))
        .routes(routes!(payouts::platform_fees, payouts::set_platform_fee))
        .routes(routes!(payouts::note_paid))
        .routes(routes!(payouts::earnings))
        .routes(routes!(payouts::payouts_of))
        .routes(routes!(payouts::payouts))
        .routes(routes!(payouts::make_payouts))
        .routes(routes!(payouts::payout))
        .routes(routes!(payouts::note_paid_out))
        // Tenants
        .routes(routes!(tenants::new_tenant))
        .routes(routes!(tenants::tenant))
        .routes(routes!(members::new_member, members::members))
        .routes(routes!(members::remove_member))
        .routes(routes!(devices::new_device, devices::devices))
        .routes(routes!(devices::remove_device))
        .routes(routes!(devices::rotate_device))
        .routes(routes!(devices::disable_device))
        .routes(routes!(devices::enable_device))
        .routes(routes!(devices::certify_device, devices::uncertify_device))
        .routes(routes!(subscriptions::subscribe, subscriptions::subscriptions))
        .routes(routes!(subscriptions::unsubscribe))
        .routes(routes!(consents::page))
        .routes(routes!(consents::revoke))
        .routes(routes!(consents::history))
        .routes(routes!(consents::consents))
        .routes(routes!(upgrades::upgrade, upgrades::agree))
        .routes(routes!(upgrades::set_policy))
        .routes(routes!(upgrades::roll_back))
        // A city's programme
        .routes(routes!(programmes::new_programme, programmes::programmes))
        .routes(routes!(programmes::programme))
        .routes(routes!(programmes::rules, programmes::new_rules))
        .routes(routes!(programmes::projects, programmes::enrol))
        .routes(routes!(programmes::coverage))
        .routes(routes!(programmes::publicity))
        .routes(routes!(programmes::forecast))
        .routes(routes!(programmes::services, programmes::new_service))
        .routes(routes!(programmes::pay_service))
        .routes(routes!(programmes::claw_back_service))
        .routes(routes!(programmes::recover_service))
        .routes(routes!(projects::my_projects))
        .routes(routes!(projects::my_assessments))
        .routes(routes!(projects::project))
        .routes(routes!(projects::take_step))
        .routes(routes!(projects::file_project))
        .routes(routes!(projects::new_assessment))
        .routes(routes!(projects::new_invoice))
        .routes(routes!(projects::new_payment))
        .routes(routes!(projects::new_refund))
        .routes(routes!(projects::accept))
        .routes(routes!(projects::object))
        .routes(routes!(projects::answer_objection))
        .routes(routes!(projects::pay_tranche))
        .routes(routes!(projects::claw_back))
        .routes(routes!(projects::recover))
        .routes(routes!(ledgers::ledger))
        .routes(routes!(ledgers::balances))
        .routes(routes!(ledgers::periods, ledgers::close_period))
        .routes(routes!(ledgers::verify_ledger))
        .routes(routes!(ledgers::journal))
        // Firms' set-up for others
        .routes(routes!(kits::kits, kits::publish_kit))
        .routes(routes!(kits::kit_page, kits::withdraw_kit))
        .routes(routes!(kits::adoptions, kits::adopt_kit))
        // Evidence of projects
        .routes(routes!(evidence::project_evidence))
        .routes(routes!(evidence::add_statement))
        .routes(routes!(evidence::add_evidence_file))
        .routes(routes!(evidence::evidence_archive))
        .routes(routes!(evidence::evidence_file))
        .routes(routes!(evidence::withdraw_evidence))
        // Hosts
        .routes(routes!(snapshot::snapshot))
        .routes(routes!(hosts::hosts))
        .routes(routes!(hosts::new_host_token))
        .routes(routes!(hosts::revoke_host_token))
        .routes(routes!(hosts::rotate_host_token))
        .routes(routes!(hosts::rotate_token_keys))
        .routes(routes!(hosts::put_host_key))
        .routes(routes!(hosts::host_key))
        .routes(routes!(rollouts::health))
}
