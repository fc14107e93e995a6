//! `GET /city/{programme}/queue`: what waits for the city, by what has to be done: filings to know of, deliveries to accept,
//! awards to publish, to grant, to pay, to review.

use super::{PATH, code, frame, level};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Programme, ProjectPage, ProjectRow, ProjectState};
use toolcrib_ui::money::yuan;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Projects shown of each kind; the rest are behind a link.
const SHOWN: usize = 20;
/// What waits, the most pressing first.
const WAITING: [ProjectState; 6] = [
    ProjectState::Delivered,
    ProjectState::Accepted,
    ProjectState::Publicity,
    ProjectState::Awarded,
    ProjectState::Paid,
    ProjectState::Filed,
];

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let programme = visitor.registry.programme(&id).await?;
    let mut waiting = Vec::new();
    for state in WAITING {
        let query = format!("state={}&limit={SHOWN}", code(state));
        waiting.push((state, visitor.registry.programme_projects(&id, &query).await?));
    }
    Ok(page(&visitor.shell, &programme, &waiting))
}

pub fn page(shell: &Shell, programme: &Programme, waiting: &[(ProjectState, ProjectPage)]) -> Markup {
    let tr = shell.tr;
    let nothing = waiting.iter().all(|(_, page)| page.projects.is_empty());
    let body = html! {
        @if nothing { (part::empty(&tr.t("prog-queue-none"))) }
        @for (state, page) in waiting.iter().filter(|(_, page)| !page.projects.is_empty()) {
            (part(shell, programme, *state, page))
        }
    };
    frame(shell, programme, "/queue", &tr.t("prog-queue"), &body)
}

fn part(shell: &Shell, programme: &Programme, state: ProjectState, page: &ProjectPage) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-firm", "prog-district", "prog-since", "prog-levels", "prog-committed", "prog-award"];
    let heads = heads.map(|key| tr.t(key));
    let title = tr.t(&format!("prog-wait-{}", code(state)));
    let row = |row: &ProjectRow| {
        vec![
            html! { a href={ "/projects/" (row.id) } { (row.name) } },
            html! { (row.district) },
            shell.zone.show_text(&row.since),
            html! { (level(tr, row.level_before)) " → " (level(tr, row.level_after)) },
            part::amount(yuan(row.committed_fen)),
            part::amount(yuan(row.award_fen)),
        ]
    };
    let rows: Vec<_> = page.projects.iter().map(row).collect();
    let all = format!("{PATH}/{}/projects?state={}", programme.id, code(state));
    let body = html! {
        (part::grid(&title, &heads, &rows))
        @if page.next.is_some() { (part::buttons(&[part::link(&all, &tr.t("prog-queue-all"), Press::Plain)])) }
    };
    desk::block(&title, body)
}
