//! `GET /city/{programme}/cases`: kits of the programme's beacon firms, and who took them over.

use super::frame;
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{KitRow, Programme};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let (programme, cases) = tokio::join!(visitor.registry.programme(&id), visitor.registry.cases(&id));
    Ok(page(&visitor.shell, &programme?, &cases?))
}

pub fn page(shell: &Shell, programme: &Programme, cases: &[KitRow]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::lead(&tr.t("prog-cases-lead")))
        @if cases.is_empty() { (part::empty(&tr.t("prog-cases-none"))) }
        @else { (table(shell, cases)) }
    };
    frame(shell, programme, "/cases", &tr.t("prog-cases"), &body)
}

fn table(shell: &Shell, rows: &[KitRow]) -> Markup {
    let tr = shell.tr;
    let heads =
        ["prog-kit", "prog-firm", "vendor-modules", "prog-kit-rows", "prog-published-at", "prog-adopted", "prog-hash"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &KitRow| {
        vec![
            html! { (row.title) },
            html! { (row.firm) },
            html! { (row.modules.join(&tr.t("list-separator"))) },
            part::amount(row.rows),
            shell.zone.show_text(&row.published_at),
            part::amount(row.adopted),
            part::digest(&row.sha256),
        ]
    };
    part::grid(&tr.t("prog-cases"), &heads, &rows.iter().map(row).collect::<Vec<_>>())
}
