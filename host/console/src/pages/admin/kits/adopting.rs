//! Taking a kit over: what it would change, one consent, then subscriptions first and rows after them. Interrupted, the same
//! page shows what is left.

use super::super::again;
use super::super::evidence::here;
use super::drawn::{Kit, kit_page};
use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use std::sync::Arc;
use toolcrib_contract::consent::Page;
use toolcrib_contract::problem::{CONFLICT, NOT_READY, Problem};
use toolcrib_exhibit::Plan;
use toolcrib_registry_client::wire::{NewAdoption, Subscribe};

/// A kit with what it would change here and what it asks for.
struct Offer {
    shown: Kit,
    kit: toolcrib_contract::kit::Kit,
    sha256: String,
}

async fn load(app: &App, member: &Member, id: &str) -> Result<Offer, Failure> {
    let registry = &member.visitor.registry;
    let found = registry.kit(&member.tenant.id, id).await?;
    let (kit, sha256) = app.console.exhibit.open_kit(&found.envelope, &found.key)?;
    if found.row.tenant == member.tenant.slug {
        let adoptions = registry.adoptions(&member.tenant.id, id).await?;
        return Ok(Offer { shown: Kit { row: found.row, plan: None, asks: Vec::new(), adoptions }, kit, sha256 });
    }
    let plan = app.console.exhibit.plan(here(member)?, &member.actor, &kit, &sha256).await?;
    let mut asks = Vec::new();
    for missing in plan.missing() {
        let page = registry.consent_page_of(&member.tenant.id, &missing.module, &missing.version).await?;
        asks.push((page.page, page.sha256));
    }
    Ok(Offer { shown: Kit { row: found.row, plan: Some(plan), asks, adoptions: Vec::new() }, kit, sha256 })
}

pub async fn one(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Path((_, kit)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    Ok(kit_page(member.shell(), &load(&app, &member, &kit).await?.shown, None))
}

pub async fn adopt(
    State(app): State<Arc<App>>,
    Path((_, kit)): Path<(String, String)>,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let offer = load(&app, &member, &kit).await?;
    match take_over(&app, &member, &offer, form.get("shown").unwrap_or_default()).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/kits", member.tenant.slug)).into_response()),
        // What was done meanwhile is not on the page that was sent any more.
        Err(failure) => {
            let left = load(&app, &member, &kit).await?;
            again(failure, |problem| kit_page(member.shell(), &left.shown, Some(problem)))
        }
    }
}

/// Everything that the page said: the hash covers what is subscribed to and what is made.
async fn take_over(app: &App, member: &Member, offer: &Offer, shown: &str) -> Result<(), Failure> {
    let Some(plan) = &offer.shown.plan else { return Err(CONFLICT.because("the kit is this factory's own").into()) };
    if offer.shown.sha256() != shown {
        return Err(CONFLICT.because("what would change is not what was shown any more").into());
    }
    // Nothing is subscribed to for a kit that cannot be taken over.
    if let Some(against) = plan.against.first() {
        return Err(toolcrib_contract::problem::KIT_REFUSED.because(against.clone()).into());
    }
    let (registry, tenant) = (&member.visitor.registry, &member.tenant.id);
    let mut subscribed = Vec::new();
    for (page, sha256) in &offer.shown.asks {
        let agreed = plan.modules.iter().find(|module| module.module == page.module);
        let grants = grants(page, agreed.map(|module| module.grants.as_slice()).unwrap_or_default());
        let (module, version) = (page.module.clone(), Some(page.version.clone()));
        let subscribe = Subscribe { module, version, grants, scopes: Vec::new(), shown: Some(sha256.clone()) };
        if !registry.subscribe(tenant, &subscribe).await?.in_force {
            return Err(NOT_READY.because(format!("`{}` is subscribed to and not in force yet", page.module)).into());
        }
        subscribed.push(page.module.clone());
    }
    let adoption = rows(app, member, offer, plan).await?;
    let said = NewAdoption {
        sha256: offer.sha256.clone(),
        subscribed,
        made: i64::try_from(adoption.made).unwrap_or(i64::MAX),
    };
    registry.note_adoption(tenant, &offer.shown.row.id, &said).await?;
    Ok(())
}

/// What the module requires, and of the rest what the kit's firm agreed to.
fn grants(page: &Page, agreed: &[toolcrib_contract::Capability]) -> Vec<toolcrib_contract::Capability> {
    let wanted = page.asks.iter().filter(|ask| !ask.optional || agreed.contains(&ask.capability));
    wanted.map(|ask| ask.capability.clone()).collect()
}

/// With all modules there, what is left may only be less than what was shown.
async fn rows(app: &App, member: &Member, offer: &Offer, shown: &Plan) -> Result<toolcrib_exhibit::Adoption, Problem> {
    let tenant = app.console.runtime.tenant(&member.tenant.id)?;
    let exhibit = &app.console.exhibit;
    let left = exhibit.plan(&tenant, &member.actor, &offer.kit, &offer.sha256).await?;
    if !left.is_within(shown) {
        return Err(CONFLICT.because("what would change is not what was shown any more"));
    }
    exhibit.adopt(&tenant, &member.actor, &offer.kit, &offer.sha256, &left.sha256()).await
}
