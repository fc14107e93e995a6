//! `GET /t/{tenant}/modules`: what a tenant checked out and how it stands.

use super::base;
use super::module::{Module, State, load_all};
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract;
use maud::{Markup, html};
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

pub async fn show(extract::State(app): extract::State<Arc<App>>, member: Member) -> Result<Markup, Failure> {
    let modules = load_all(&member).await?;
    let dead = app.console.runtime.look(member.id, |reader| reader.dead_letters()).await?;
    Ok(page(member.shell(), &modules, &dead.into_iter().collect()))
}

/// `dead`: dead letters by module.
pub fn page(shell: &Shell, modules: &[Module], dead: &HashMap<String, u64>) -> Markup {
    let (tr, base) = (shell.tr, base(shell));
    let heads = ["admin-module", "admin-state", "version", "installed-since", "admin-dead-letters", "admin-more"];
    let row = |module: &Module| {
        let at = format!("{base}/modules/{}", module.name);
        let title = module.title(tr);
        let dead = dead.get(&module.name).copied().unwrap_or_default();
        vec![
            html! { a href=(at) { (title) } },
            html! { (module.state.tag(tr)) @if module.newer.is_some() { " " (part::tag("warn", &tr.t("admin-newer"))) } },
            html! { (module.version) },
            html! { (shell.zone.show_text(&module.since)) },
            html! { @if dead > 0 { a href={ (at) "/health" } { (dead) } } @else { "0" } },
            html! {
                @if module.state == State::Running { a href={ (base) "/m/" (module.name) } { (tr.t("admin-open")) } " " }
                a href={ (at) "/grants" } { (tr.t("admin-tab-grants")) }
            },
        ]
    };
    let body = html! {
        @if modules.is_empty() { (part::empty(&tr.t("installed-none"))) }
        @else { (part::table(&tr.t("nav-modules"), &heads.map(|key| tr.t(key)), &modules.iter().map(row).collect::<Vec<_>>())) }
        p { (part::link("/market", &tr.t("nav-market"), Press::Plain)) }
    };
    shell.page(&tr.t("nav-modules"), body)
}
