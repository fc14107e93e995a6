//! `GET` and `POST /t/{tenant}/install/{module}`: what a module asks for, in plain words, what it costs, and one button to
//! agree.

use super::market::{beside, plan_name, yuan};
use super::wishes::{grants, rows, scopes};
use crate::failure::{Failure, status};
use crate::guard::ByMember;
use crate::visitor::Member;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::parse_decimal;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{ChoosePlan, ChosenPlan, Plan, PlanKind, Subscribe, Subscription, VersionPage};
use toolcrib_ui::form::FormText;
use toolcrib_ui::names::Known;
use toolcrib_ui::part::agreement::agreement;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

/// The fields of the plan and of the most that a month may cost.
const PLAN: &str = "plan";
const CAP: &str = "cap";
/// A choice that leaves things as they are.
const KEEP: &str = "";

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    version: String,
}

/// A version on offer to a tenant.
pub struct Offer {
    pub tenant: String,
    pub version: VersionPage,
    /// Hash of the page that is shown.
    pub shown: String,
    pub plans: Vec<Plan>,
    /// What the tenant chose and agreed to before.
    pub chosen: Option<ChosenPlan>,
    pub agreed: Option<Subscription>,
    /// The visitor's role may agree.
    pub decides: bool,
    /// Modules that it would work with and that do not run here.
    pub beside: Vec<Known>,
}

pub async fn show(
    member: Member,
    Path((_, module)): Path<(String, String)>,
    Query(Asked { version }): Query<Asked>,
) -> Result<Markup, Failure> {
    let offer = load(&member, &module, &version).await?;
    Ok(page(member.shell(), &offer, &FormText::default(), None))
}

async fn load(member: &Member, module: &str, version: &str) -> Result<Offer, Failure> {
    let (registry, tenant) = (&member.visitor.registry, &member.tenant);
    let shown = registry.consent_page_of(&tenant.id, module, version).await?;
    let (version, subscriptions, plans, chosen) = tokio::join!(
        registry.version(module, &shown.page.version),
        registry.subscriptions(&tenant.id),
        registry.plans(module),
        registry.chosen_plans(&tenant.id)
    );
    let version = version?;
    let wanted = version.wanted.iter().map(|wanted| wanted.capability.clone()).collect();
    Ok(Offer {
        tenant: tenant.name.clone(),
        beside: beside(registry, member.shell(), wanted).await,
        version,
        shown: shown.sha256,
        plans: plans?,
        chosen: chosen?.into_iter().find(|chosen| chosen.module == module),
        agreed: subscriptions?.into_iter().find(|known| known.module == module),
        decides: member.decides(),
    })
}

pub async fn agree(
    Path((_, module)): Path<(String, String)>,
    ByMember { member, form }: ByMember,
) -> Result<Response, Failure> {
    // The version that was on the page: what the person read is what is agreed to, whatever was approved meanwhile.
    let offer = load(&member, &module, form.get("version").unwrap_or_default()).await?;
    match subscribe(&member.visitor.registry, member.shell(), &member.tenant.id, &offer, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/modules", member.tenant.slug)).into_response()),
        Err(Failure::Problem(problem)) => {
            Ok((status(&problem), page(member.shell(), &offer, &form, Some(&problem))).into_response())
        }
        Err(other) => Err(other),
    }
}

async fn subscribe(
    registry: &Client,
    shell: &Shell,
    tenant: &str,
    offer: &Offer,
    form: &FormText,
) -> Result<(), Failure> {
    let grants = grants(&offer.version.wanted, form);
    // Everything that can be wrong on the page is told before anything is done.
    let scopes = scopes(shell.tr, &grants, form)?;
    let plan = plan(shell, offer, form)?;
    let module = &offer.version.module;
    if let Some(plan) = plan {
        registry.choose_plan(tenant, module, &plan).await?;
    }
    let (module, version) = (module.clone(), Some(offer.version.version.clone()));
    let shown = form.get("shown").map(str::to_owned);
    registry.subscribe(tenant, &Subscribe { module, version, grants, scopes, shown }).await?;
    Ok(())
}

/// The plan that was chosen anew, with its cap.
fn plan(shell: &Shell, offer: &Offer, form: &FormText) -> Result<Option<ChoosePlan>, Problem> {
    let code = form.get(PLAN).unwrap_or_default();
    let Some(plan) = offer.plans.iter().find(|plan| plan.code == code) else { return Ok(None) };
    let typed = form.get(CAP).unwrap_or_default().trim();
    let cap_fen = match plan.kind {
        PlanKind::Free | PlanKind::Trial => 0,
        // Without a word about it, a month costs what it costs.
        PlanKind::Monthly if typed.is_empty() => {
            parse_decimal(&plan.price, 4).map_or(0, |price_e4| (price_e4 + 99) / 100)
        }
        PlanKind::Monthly | PlanKind::PerUse => parse_decimal(typed, 2).map_err(|_| {
            Problem::input(vec![InputError { pointer: format!("/{CAP}"), message: shell.tr.t("market-cap-wrong") }])
        })?,
    };
    Ok(Some(ChoosePlan { plan: plan.code.clone(), cap_fen }))
}

/// `form` and `problem` of an agreement that was refused.
pub fn page(shell: &Shell, offer: &Offer, form: &FormText, problem: Option<&Problem>) -> Markup {
    let (tr, version) = (shell.tr, &offer.version);
    let names = shell.names_with(&version.words).and(&offer.beside);
    let title = tr.words(&version.manifest.title);
    let title = if title.is_empty() { &version.module } else { title };
    let (granted, narrowed) = match &offer.agreed {
        Some(agreed) => (agreed.grants.as_slice(), agreed.scopes.as_slice()),
        None => (&[][..], &[][..]),
    };
    let rows = rows(&version.wanted, form, granted, narrowed, problem);
    let asked = html! {
        input type="hidden" name="version" value=(version.version);
        input type="hidden" name="shown" value=(offer.shown);
        section { h2 { (tr.with("market-allow", &[("module", title)])) }
            @if version.wanted.is_empty() { (part::empty(&tr.t("wants-none"))) }
            (agreement(names, &rows))
            details { summary { (tr.t("market-own-data")) } (wants::own(names, &version.manifest, &version.wanted)) }
        }
        section { h2 { (tr.t("market-cost")) } (cost(shell, offer, form, problem)) }
        p { (tr.t("market-who-revokes")) " " a href={ "/market/m/" (version.module) "/security" } { (tr.t("market-how-vetted")) } }
        @if offer.decides { (agree_button(shell, offer)) } @else { (part::notice("warn", &tr.t("consent-not-yours"))) }
    };
    let body = html! {
        (part::problem_above(tr, problem))
        (part::lead(&tr.with("consent-lead", &[("module", title), ("provider", &version.org_name), ("version", &version.version), ("tenant", &offer.tenant)])))
        p { (tr.words(&version.manifest.summary)) }
        (shell.post(shell.back.split('?').next().unwrap_or_default(), asked))
    };
    shell.page(&tr.with("consent-title", &[("module", title)]), body)
}

fn agree_button(shell: &Shell, offer: &Offer) -> Markup {
    let tries = offer.chosen.is_none() && offer.plans.iter().any(|plan| plan.kind == PlanKind::Trial);
    let key = match offer.agreed {
        Some(_) => "consent-update",
        None if tries => "market-try",
        None => "consent-agree",
    };
    part::buttons(&[part::button(&shell.tr.t(key), Press::Main)])
}

/// What it costs, and the choice of a plan.
fn cost(shell: &Shell, offer: &Offer, form: &FormText, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    if offer.plans.is_empty() {
        return html! { p { (tr.t("market-plans-none")) } };
    }
    let suggested = match &offer.chosen {
        Some(_) => KEEP,
        None => first_choice(&offer.plans),
    };
    let chosen = form.get(PLAN).unwrap_or(suggested);
    let paid = offer.plans.iter().any(|plan| matches!(plan.kind, PlanKind::Monthly | PlanKind::PerUse));
    html! {
        fieldset { legend { (tr.t("market-plan")) }
            @if let Some(kept) = &offer.chosen { (choice(KEEP, chosen, &kept_plan(shell, kept))) }
            @for plan in &offer.plans { (choice(&plan.code, chosen, &plan_name(tr, plan))) }
        }
        @if paid { (cap(shell, form, problem)) }
    }
}

/// The most that a month may cost.
fn cap(shell: &Shell, form: &FormText, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
    // The registry speaks of fen, the page of yuan.
    let error = errors.iter().find(|error| error.pointer.trim_start_matches('/').starts_with(CAP));
    let (label, help) = (tr.t("market-cap"), tr.t("market-cap-help"));
    let error = error.map_or("", |error| &error.message);
    Field { name: CAP, label: &label, help: &help, error, required: false }.line(
        "text",
        form.get(CAP).unwrap_or_default(),
        "off",
    )
}

/// A trial where there is one, else the cheapest.
fn first_choice(plans: &[Plan]) -> &str {
    let trial = plans.iter().find(|plan| plan.kind == PlanKind::Trial);
    trial.or(plans.first()).map_or(KEEP, |plan| &plan.code)
}

fn choice(code: &str, chosen: &str, text: &str) -> Markup {
    part::agreement::radio(PLAN, code, chosen, text)
}

fn kept_plan(shell: &Shell, kept: &ChosenPlan) -> String {
    let tr = shell.tr;
    let until = kept.until.as_ref().and_then(|until| until.parse().ok()).map(|until| shell.zone.text(until));
    let plan = plan_name(tr, &kept.plan);
    match until {
        Some(until) => tr.with("market-plan-until", &[("plan", &plan), ("until", &until)]),
        None => tr.with("market-plan-kept", &[("plan", &plan), ("cap", &yuan(&fen(kept.cap_fen)))]),
    }
}

/// Fen as yuan with two digits.
fn fen(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
