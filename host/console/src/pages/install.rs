//! `GET` and `POST /t/{tenant}/install/{module}`: what a module asks for, in plain words, and one button to agree.

use crate::failure::{Failure, status};
use crate::guard::Posted;
use crate::routes::App;
use crate::visitor::{Member, Visitor};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;
use toolcrib_contract::Capability;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_registry_client::wire::{Subscribe, VersionPage};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    version: String,
}

/// A version on offer to a tenant.
pub struct Offer {
    pub tenant: String,
    pub version: VersionPage,
    /// What the tenant agreed to for the version it has; none when it has none.
    pub agreed: Option<Vec<Capability>>,
    /// The visitor's role may agree.
    pub decides: bool,
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
    let registry = &member.visitor.registry;
    let version = if version.is_empty() {
        let latest = registry.module(module).await?.latest;
        latest.ok_or_else(|| NOT_FOUND.because(format!("module `{module}` has no approved version")))?
    } else {
        version.to_owned()
    };
    let (version, subscriptions) =
        tokio::join!(registry.version(module, &version), registry.subscriptions(&member.tenant.id));
    let agreed = subscriptions?.into_iter().find(|known| known.module == module).map(|known| known.grants);
    Ok(Offer { tenant: member.tenant.name.clone(), version: version?, agreed, decides: member.decides() })
}

pub async fn agree(
    State(app): State<Arc<App>>,
    Path((tenant, module)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let member = Visitor::member(visitor, &app, &tenant)?;
    // The version that was on the page: what the person read is what is agreed to, whatever was approved meanwhile.
    let offer = load(&member, &module, form.get("version").unwrap_or_default()).await?;
    let subscribe = Subscribe {
        module: module.clone(),
        version: Some(offer.version.version.clone()),
        grants: grants(&offer.version.wanted, &form),
        ..Subscribe::default()
    };
    match member.visitor.registry.subscribe(&member.tenant.id, &subscribe).await {
        Ok(_) => Ok(Redirect::to(&format!("/t/{}/modules", member.tenant.slug)).into_response()),
        Err(error) => match Failure::from(error) {
            Failure::Problem(problem) => {
                Ok((status(&problem), page(member.shell(), &offer, &form, Some(&problem))).into_response())
            }
            other => Err(other),
        },
    }
}

/// Every required capability, and the optional ones that were ticked.
fn grants(wanted: &[Wanted], form: &FormText) -> Vec<Capability> {
    let ticked: Vec<_> = form.all("grant").collect();
    let agreed =
        wanted.iter().filter(|wanted| !wanted.optional || ticked.contains(&wanted.capability.to_string().as_str()));
    agreed.map(|wanted| wanted.capability.clone()).collect()
}

/// `form` and `problem` of an agreement that was refused.
pub fn page(shell: &Shell, offer: &Offer, form: &FormText, problem: Option<&Problem>) -> Markup {
    let (tr, version) = (shell.tr, &offer.version);
    let names = shell.names_with(&version.words);
    let title = tr.words(&version.manifest.title);
    let title = if title.is_empty() { &version.module } else { title };
    let (required, optional): (Vec<Wanted>, Vec<Wanted>) =
        version.wanted.iter().cloned().partition(|wanted| !wanted.optional);
    let agreed = |wanted: &Wanted| {
        offer.agreed.as_ref().is_some_and(|agreed| agreed.iter().any(|grant| grant.covers(&wanted.capability)))
    };
    let required_row = |wanted: &Wanted| {
        html! {
            (wants::row(names, wanted))
            @if offer.agreed.is_some() && !agreed(wanted) { span.tag.warn { (tr.t("change-added")) } }
        }
    };
    let optional_row = |wanted: &Wanted| {
        let text = wanted.capability.to_string();
        let ticked = form.all("grant").any(|grant| grant == text) || (form.is_empty() && agreed(wanted));
        html! { label.check { input type="checkbox" name="grant" value=(text) checked[ticked]; " " span { (wants::row(names, wanted)) } } }
    };
    let asked = html! {
        input type="hidden" name="version" value=(version.version);
        section { h2 { (tr.t("consent-required")) }
            @if required.is_empty() { (part::empty(&tr.t("wants-none"))) }
            (wants::grouped(tr, &required, required_row)) }
        @if !optional.is_empty() { section { h2 { (tr.t("consent-optional")) } p { (tr.t("consent-optional-help")) } (wants::grouped(tr, &optional, optional_row)) } }
        section { h2 { (tr.t("consent-own")) } (wants::own(names, &version.manifest, &version.wanted)) }
        p { (tr.t("consent-revoke")) }
        @if offer.decides {
            p { button.main { (if offer.agreed.is_some() { tr.t("consent-update") } else { tr.t("consent-agree") }) } }
        } @else { (part::notice("warn", &tr.t("consent-not-yours"))) }
    };
    let body = html! {
        (part::problem_above(tr, problem))
        p.lead { (tr.with("consent-lead", &[("module", title), ("provider", &version.org_name), ("version", &version.version), ("tenant", &offer.tenant)])) }
        p { (tr.words(&version.manifest.summary)) }
        (shell.post(shell.back.split('?').next().unwrap_or_default(), asked))
    };
    shell.page(&tr.with("consent-title", &[("module", title)]), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_can_be_granted() {
        let wanted =
            |text: &str, optional| Wanted { capability: text.parse().unwrap(), reason: Default::default(), optional };
        let asked =
            [wanted("readings:state", false), wanted("readings:good", true), wanted("outbound:a.example", true)];
        let form = FormText::new(
            ["readings:good", "outbound:evil.example"].map(|grant| ("grant".to_owned(), grant.to_owned())).to_vec(),
        );
        let granted: Vec<_> = grants(&asked, &form).iter().map(ToString::to_string).collect();
        assert_eq!(granted, ["readings:state", "readings:good"]);
    }
}
