//! `GET /t/{tenant}`: what runs here, with every overview one touch away.

use crate::failure::Failure;
use crate::visitor::Member;
use maud::{Markup, html};
use toolcrib_contract::Manifest;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(member: Member) -> Result<Markup, Failure> {
    let modules: Vec<_> = member.view.iter().flat_map(|view| &view.modules).map(|loaded| &loaded.manifest).collect();
    Ok(page(member.shell(), &member.tenant.name, &modules, &member.actor.role))
}

pub fn page(shell: &Shell, name: &str, modules: &[&Manifest], role: &str) -> Markup {
    let tr = shell.tr;
    let base = shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
    let body = html! {
        p { (tr.with("tenant-role", &[("role", &tr.t(&format!("role-{role}")))])) }
        @if modules.is_empty() { (part::empty(&tr.t("tenant-none"))) p { a.button.main href="/market" { (tr.t("nav-market")) } } }
        ul.tiles { @for manifest in modules { li.card {
            h2 { a href={ (base) "/m/" (manifest.module) } { (tr.words(&manifest.title)) } }
            p { (tr.words(&manifest.summary)) }
            p.buttons { @for view in toolcrib_ui::view::page::opened_alone(manifest, role) {
                a.button.main href={ (base) "/m/" (manifest.module) "/v/" (view.name) } { (tr.words(&view.title)) }
            } }
            p.buttons { @for def in super::module::overviews(manifest, role) {
                a.button.main href={ (base) "/m/" (manifest.module) "/" (def.name) } title=(shell.names(&manifest.module).about(&def.name, &def.doc)) { (shell.names(&manifest.module).operation(&def.name)) }
            } }
        } } }
    };
    shell.page(name, body)
}
