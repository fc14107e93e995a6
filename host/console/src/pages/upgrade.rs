//! `GET` and `POST /t/{tenant}/install/{module}/upgrade`, `POST …/decline`: a newer version, and only what it changes. The
//! old one runs until somebody agrees.

use super::market::beside;
use super::wishes::{grants, rows, scopes};
use crate::failure::{Failure, status};
use crate::guard::ByMember;
use crate::visitor::Member;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_contract::Capability;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_registry_client::wire::{AgreeToUpgrade, Subscription, Upgrade, UpgradeOffer, VersionPage};
use toolcrib_ui::form::FormText;
use toolcrib_ui::names::{Known, Names};
use toolcrib_ui::part::agreement::agreement;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

/// A newer version of what a tenant has.
pub struct Waiting {
    pub module: String,
    pub upgrade: Upgrade,
    /// What the tenant has now.
    pub current: Subscription,
    /// The version on offer; none when the tenant has the newest.
    pub version: Option<VersionPage>,
    pub decides: bool,
    /// Modules that it would work with and that do not run here.
    pub beside: Vec<Known>,
}

pub async fn show(member: Member, Path((_, module)): Path<(String, String)>) -> Result<Markup, Failure> {
    let waiting = load(&member, &module).await?;
    Ok(page(member.shell(), &waiting, &FormText::default(), None))
}

async fn load(member: &Member, module: &str) -> Result<Waiting, Failure> {
    let (registry, tenant) = (&member.visitor.registry, &member.tenant.id);
    let (upgrade, subscriptions) = tokio::join!(registry.upgrade(tenant, module), registry.subscriptions(tenant));
    let upgrade = upgrade?;
    let current = subscriptions?.into_iter().find(|known| known.module == module);
    let current = current.ok_or_else(|| NOT_FOUND.because(format!("no subscription of `{module}`")))?;
    let version = match &upgrade.offer {
        Some(offer) => Some(registry.version(module, &offer.page.version).await?),
        None => None,
    };
    let asked = version.iter().flat_map(|version| &version.wanted).map(|wanted| wanted.capability.clone());
    let dropped = upgrade.offer.iter().flat_map(|offer| offer.dropped.clone());
    let beside = beside(registry, member.shell(), asked.chain(dropped).collect()).await;
    Ok(Waiting { module: module.to_owned(), upgrade, current, version, decides: member.decides(), beside })
}

pub async fn agree(
    Path((_, module)): Path<(String, String)>,
    ByMember { member, form }: ByMember,
) -> Result<Response, Failure> {
    let waiting = load(&member, &module).await?;
    let Some(offer) = &waiting.upgrade.offer else {
        return Ok(Redirect::to(&own_path(&member, &module)).into_response());
    };
    match accept(&member, &module, &new_wishes(offer), &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/modules", member.tenant.slug)).into_response()),
        Err(Failure::Problem(problem)) => {
            Ok((status(&problem), page(member.shell(), &waiting, &form, Some(&problem))).into_response())
        }
        Err(other) => Err(other),
    }
}

async fn accept(member: &Member, module: &str, wanted: &[Wanted], form: &FormText) -> Result<(), Failure> {
    let grants = grants(wanted, form);
    let scopes = scopes(member.shell().tr, &grants, form)?;
    let (version, shown) = (form.get("version").map(str::to_owned), form.get("shown").map(str::to_owned));
    let agree = AgreeToUpgrade { version, grants, scopes, shown };
    member.visitor.registry.agree_to_upgrade(&member.tenant.id, module, &agree).await?;
    Ok(())
}

/// Stays at the old version until somebody changes their mind.
pub async fn decline(
    Path((_, module)): Path<(String, String)>,
    ByMember { member, .. }: ByMember,
) -> Result<Response, Failure> {
    let registry = &member.visitor.registry;
    let upgrade = registry.upgrade(&member.tenant.id, &module).await?;
    registry.set_policy(&member.tenant.id, &module, upgrade.policy, true).await?;
    Ok(Redirect::to(&own_path(&member, &module)).into_response())
}

fn own_path(member: &Member, module: &str) -> String {
    format!("/t/{}/install/{module}/upgrade", member.tenant.slug)
}

/// What is asked for beyond the consent.
fn new_wishes(offer: &UpgradeOffer) -> Vec<Wanted> {
    let wanted = |ask: &toolcrib_contract::consent::Ask| Wanted {
        capability: ask.capability.clone(),
        reason: ask.reason.clone(),
        optional: ask.optional,
    };
    offer.page.asks.iter().map(wanted).collect()
}

/// `form` and `problem` of an agreement that was refused.
pub fn page(shell: &Shell, waiting: &Waiting, form: &FormText, problem: Option<&Problem>) -> Markup {
    let (tr, module) = (shell.tr, &waiting.module);
    let title = shell.names(module).module(module);
    let body = match (&waiting.upgrade.offer, &waiting.version) {
        (Some(offer), Some(version)) => html! {
            (part::problem_above(tr, problem))
            (offered(shell, waiting, offer, version, form, problem))
        },
        _ => html! {
            (part::empty(&tr.with("market-up-to-date", &[("version", &waiting.upgrade.version)])))
            p { a href={ "/market/m/" (module) "/versions" } { (tr.t("versions")) } }
        },
    };
    shell.page(&tr.with("market-upgrade-title", &[("module", &title)]), body)
}

fn offered(
    shell: &Shell,
    waiting: &Waiting,
    offer: &UpgradeOffer,
    version: &VersionPage,
    form: &FormText,
    problem: Option<&Problem>,
) -> Markup {
    let (tr, names) = (shell.tr, shell.names_with(&version.words).and(&waiting.beside));
    let path = format!("/t/{}/install/{}", shell.tenant.as_ref().map_or("", |tenant| &tenant.slug), waiting.module);
    let versions = [("old", waiting.upgrade.version.as_str()), ("new", version.version.as_str())];
    let wanted = new_wishes(offer);
    let rows = rows(&wanted, form, &waiting.current.grants, &waiting.current.scopes, problem);
    let asked = html! {
        input type="hidden" name="version" value=(version.version);
        input type="hidden" name="shown" value=(offer.sha256);
        section { h2 { (tr.t("market-upgrade-new")) }
            @if wanted.is_empty() { p { (part::tag("ok", &tr.t("market-asks-same"))) } }
            (agreement(names, &rows))
        }
        (dropped(shell.beside().and(&waiting.beside), &offer.dropped))
        @if waiting.decides { (part::buttons(&[part::button(&tr.with("market-upgrade-agree", &versions), Press::Main)])) }
        @else { (part::notice("warn", &tr.t("consent-not-yours"))) }
    };
    html! {
        (part::lead(&tr.with("market-upgrade-lead", &versions)))
        @for why in &offer.waits { @if let Some(text) = tr.maybe(&format!("market-waits-{why}")) { p { (text) } } }
        @if let Some(news) = &version.listing.changes { section { h2 { (tr.t("market-news")) } (part::prose(tr.words(news))) } }
        (shell.post(&format!("{path}/upgrade"), asked))
        @if waiting.decides && !waiting.upgrade.pinned {
            (shell.post(&format!("{path}/decline"), html! {
                p { (tr.with("market-decline-help", &versions)) }
                (part::buttons(&[part::button(&tr.with("market-decline", &versions), Press::Plain)]))
            }))
        }
    }
}

/// What it does not ask for any more.
fn dropped(names: Names<'_>, dropped: &[Capability]) -> Markup {
    let tr = names.tr;
    html! { @if !dropped.is_empty() { section { h2 { (tr.t("market-upgrade-gone")) }
        ul { @for capability in dropped { li { (part::tag("ok", &tr.t("change-removed"))) " " (wants::sentence(names, capability)) } } }
    } } }
}
