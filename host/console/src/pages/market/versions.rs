//! `GET /market/m/{module}/versions`: what came when, and what each version asked for that the one before did not.

use super::listing::{Head, framed};
use crate::failure::Failure;
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::Path;
use futures_util::future::try_join_all;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{VersionPage, VersionRow};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants::{self, Change};

/// Versions that are compared with the one before; older ones are only named.
const COMPARED: usize = 10;

pub async fn show(visitor: Visitor, Path(module): Path<String>) -> Result<Markup, Failure> {
    let head = Head::load(&visitor, &module).await?;
    let rows = head.module.versions.iter().take(COMPARED + 1);
    let versions = rows.map(|row| visitor.registry.version(&head.module.name, &row.version));
    let versions = try_join_all(versions).await?;
    Ok(page(&visitor.shell, &head, &versions))
}

/// `versions`: the newest of the head's, newest first.
pub fn page(shell: &Shell, head: &Head, versions: &[VersionPage]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        @if head.module.versions.is_empty() { (part::empty(&tr.t("market-versions-none"))) }
        @for (at, row) in head.module.versions.iter().enumerate() {
            section {
                h2 { (row.version) " " (standing::state(tr, row.state)) }
                p { (shell.zone.show_text(&row.submitted_at)) " · " (part::digest(&row.digest)) }
                @if let Some(version) = versions.get(at) { (news(shell, head, version, versions.get(at + 1), row)) }
            }
        }
    };
    framed(shell, head, "/versions", body)
}

fn news(shell: &Shell, head: &Head, version: &VersionPage, before: Option<&VersionPage>, row: &VersionRow) -> Markup {
    let tr = shell.tr;
    let first = head.module.versions.last().is_some_and(|last| last.version == row.version);
    html! {
        @if let Some(news) = &version.listing.changes { (part::prose(tr.words(news))) }
        @if let Some(why) = &version.withdrawn { (part::notice("warn", why)) }
        @match before {
            Some(before) => {
                @let changes: Vec<_> = wants::changes(&before.wanted, &version.wanted).into_iter()
                    .filter(|change| !matches!(change, Change::Kept(_))).collect();
                @if changes.is_empty() { p { (part::tag("ok", &tr.t("market-asks-same"))) } }
                @else { p { (tr.t("market-asks-changed")) } (wants::diff(head.names(shell, version), &changes)) }
            }
            None if first => p { (part::tag("idle", &tr.t("market-first-version"))) },
            None => {}
        }
    }
}
