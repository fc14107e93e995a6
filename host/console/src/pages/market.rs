//! `GET /market?q=` and `GET /market/m/{module}`: what there is to check out.

use crate::failure::Failure;
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_registry_client::wire::{ModulePage, MyTenant, VersionPage};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

pub async fn list(visitor: Visitor, Query(Search { q }): Query<Search>) -> Result<Markup, Failure> {
    let listed = visitor.registry.modules(q.trim(), "").await?;
    Ok(list_page(&visitor.shell, &q, &listed.modules))
}

pub async fn page(visitor: Visitor, Path(module): Path<String>) -> Result<Markup, Failure> {
    let module = visitor.registry.module(&module).await?;
    let version = match &module.latest {
        Some(version) => Some(visitor.registry.version(&module.name, version).await?),
        None => None,
    };
    let tenants: Vec<_> =
        visitor.identity.me.tenants.iter().filter(|tenant| matches!(tenant.role.as_str(), "owner" | "admin")).collect();
    Ok(module_page(&visitor.shell, &module, version.as_ref(), &tenants))
}

fn title<'a>(shell: &Shell, module: &'a ModulePage) -> &'a str {
    let title = shell.tr.words(&module.title);
    if title.is_empty() { &module.name } else { title }
}

pub fn list_page(shell: &Shell, query: &str, modules: &[ModulePage]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        search { form.search action="/market" {
            label for="q" { (tr.t("market-search")) }
            input type="search" id="q" name="q" value=(query);
            button { (tr.t("search")) }
        } }
        @if modules.is_empty() { (part::empty(&tr.t("market-none"))) }
        ul.tiles { @for module in modules { li.card {
            h2 { a href={ "/market/m/" (module.name) } { (title(shell, module)) } }
            p { (tr.words(&module.summary)) }
            p.dim { (module.org_name) " · " (module.latest.as_deref().map_or_else(|| tr.t("market-not-approved"), str::to_owned)) }
        } } }
    };
    shell.page(&tr.t("market-title"), body)
}

/// `version`: the newest approved one. `tenants`: those that the visitor may subscribe for.
pub fn module_page(shell: &Shell, module: &ModulePage, version: Option<&VersionPage>, tenants: &[&MyTenant]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        p.lead { (tr.words(&module.summary)) }
        @if version.is_some() { p.buttons { @for tenant in tenants {
            a.button.main href={ "/t/" (tenant.slug) "/install/" (module.name) } { (tr.with("market-install", &[("tenant", &tenant.name)])) }
        } } } @else { (part::notice("warn", &tr.t("market-not-approved"))) }
        p.prose { (tr.words(&module.listing.description)) }
        (part::facts(&[
            (tr.t("provider"), html! { (module.org_name) }),
            (tr.t("version-latest"), html! { (module.latest.as_deref().unwrap_or("–")) }),
            (tr.t("licence"), html! { (module.listing.licence) }),
        ]))
        @if let Some(version) = version {
            section { h2 { (tr.t("wants")) }
                @if version.wanted.is_empty() { (part::empty(&tr.t("wants-none"))) }
                (wants::grouped(tr, &version.wanted, |wanted| wants::row(shell.names_with(&version.words), wanted)))
                (wants::own(shell.names_with(&version.words), &version.manifest, &version.wanted))
            }
            (part::costs(tr, &version.costs))
        }
        (versions(shell, module))
    };
    shell.page(title(shell, module), body)
}

fn versions(shell: &Shell, module: &ModulePage) -> Markup {
    let tr = shell.tr;
    let heads = ["version", "state", "submitted", "digest"].map(|key| tr.t(key));
    let rows = module.versions.iter().map(|row| {
        vec![
            html! { (row.version) },
            standing::state(tr, row.state),
            shell.zone.show_text(&row.submitted_at),
            part::digest(&row.digest),
        ]
    });
    part::table(&tr.t("versions"), &heads, &rows.collect::<Vec<_>>())
}
