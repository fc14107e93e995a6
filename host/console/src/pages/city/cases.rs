//! `GET /city/{programme}/cases`: kits of the programme's beacon firms, and who took them over.

use super::frame;
use crate::failure::Failure;
use crate::pages::market::titled;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{KitRow, Programme};
use toolcrib_ui::names::Known;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let (programme, cases) = tokio::join!(visitor.registry.programme(&id), visitor.registry.cases(&id));
    let (programme, cases) = (programme?, cases?);
    let named = cases.iter().flat_map(|case| &case.modules).map(String::as_str);
    let modules = titled(&visitor.registry, &visitor.shell, named).await;
    Ok(page(&visitor.shell, &programme, &cases, &modules))
}

pub fn page(shell: &Shell, programme: &Programme, cases: &[KitRow], modules: &[Known]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::lead(&tr.t("prog-cases-lead")))
        @if cases.is_empty() { (part::empty(&tr.t("prog-cases-none"))) }
        @else { (table(shell, cases, modules)) }
    };
    frame(shell, programme, "/cases", &tr.t("prog-cases"), &body)
}

fn table(shell: &Shell, rows: &[KitRow], modules: &[Known]) -> Markup {
    let (tr, names) = (shell.tr, shell.beside().and(modules));
    let heads =
        ["prog-kit", "prog-firm", "vendor-modules", "prog-kit-rows", "prog-published-at", "prog-adopted", "prog-hash"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &KitRow| {
        vec![
            html! { (row.title) },
            html! { (row.firm) },
            html! { (row.modules.iter().map(|module| names.module(module)).collect::<Vec<_>>().join(&tr.t("list-separator"))) },
            part::amount(row.rows),
            shell.zone.show_text(&row.published_at),
            part::amount(row.adopted),
            part::digest(&row.sha256),
        ]
    };
    part::grid(&tr.t("prog-cases"), &heads, &rows.iter().map(row).collect::<Vec<_>>())
}
