//! `GET /t/{tenant}/m/{module}`: everything a person can ask of a module, and have it do.

use crate::failure::Failure;
use crate::visitor::Member;
use axum::extract::Path;
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{MODULE_PAUSED, MODULE_REVOKED, NOT_READY, NOT_SUBSCRIBED};
use toolcrib_contract::schema::Type;
use toolcrib_runtime::Loaded;
use toolcrib_ui::names::Names;
use toolcrib_ui::part::{self, Listed};
use toolcrib_ui::shell::Shell;

pub async fn show(member: Member, Path((_, module)): Path<(String, String)>) -> Result<Markup, Failure> {
    let loaded = find(&member, &module)?;
    Ok(page(member.shell(), &loaded.manifest, &member.actor.role))
}

/// The module as it runs for the member's tenant.
///
/// # Errors
/// The tenant is not known here yet, or has no such module.
pub fn find(member: &Member, module: &str) -> Result<Arc<Loaded>, Failure> {
    let view = member.view.as_ref().ok_or_else(|| NOT_READY.because("this host has not heard of the tenant yet"))?;
    let loaded = view.modules.iter().find(|loaded| loaded.manifest.module == module);
    let is_paused = view.paused.iter().any(|paused| paused.module.manifest.module == module);
    Ok(loaded.cloned().ok_or_else(|| match view.stopped.iter().find(|stopped| stopped.module == module) {
        Some(stopped) => MODULE_REVOKED.because(stopped.why.clone()),
        None if is_paused => MODULE_PAUSED.because(format!("module `{module}`")),
        None => NOT_SUBSCRIBED.because(format!("module `{}`", module.chars().take(60).collect::<String>())),
    })?)
}

/// Whether it can be asked without filling in anything.
pub fn asks_nothing(def: &HandlerDef) -> bool {
    def.input.fields().iter().all(|field| matches!(field.of, Type::Option { .. } | Type::Unit))
}

/// The queries that can be shown at once.
pub fn overviews<'a>(manifest: &'a Manifest, role: &'a str) -> impl Iterator<Item = &'a HandlerDef> {
    manifest.handlers.iter().filter(move |def| def.kind == HandlerKind::Query && asks_nothing(def) && def.admits(role))
}

fn listed(names: &Names<'_>, base: &str, manifest: &Manifest, def: &HandlerDef) -> Listed {
    let path = format!("{base}/m/{}/{}", manifest.module, def.name);
    Listed { path, name: names.operation(&def.name), about: names.about(&def.name, &def.doc).into_owned() }
}

/// The page of a module.
pub fn page(shell: &Shell, manifest: &Manifest, role: &str) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&manifest.module));
    let asked = |queries: bool| {
        let kind = move |def: &&HandlerDef| def.is_operation() && (def.kind == HandlerKind::Query) == queries;
        manifest.handlers.iter().filter(kind).filter(|def| def.admits(role)).collect::<Vec<_>>()
    };
    let groups = [(tr.t("module-queries"), asked(true)), (tr.t("module-commands"), asked(false))];
    let base = shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
    let body = html! {
        (part::lead(tr.words(&manifest.summary)))
        (toolcrib_ui::view::page::links(shell, manifest, role, ""))
        @for (title, operations) in &groups { @if !operations.is_empty() {
            section { h2 { (title) } (part::operations(&operations.iter().map(|def| listed(&names, &base, manifest, def)).collect::<Vec<_>>())) }
        } }
        (part::dim(&format!("{} {}", manifest.module, manifest.version)))
    };
    let title = tr.words(&manifest.title);
    shell.page(if title.is_empty() { &manifest.module } else { title }, body)
}
