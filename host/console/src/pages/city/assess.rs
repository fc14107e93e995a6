//! `GET /assess`: what waits for an assessor: firms to look at before and after the deed, providers to score; and what they
//! assessed so far.

use super::{code, level, places};
use crate::failure::Failure;
use crate::pages::identified;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_registry_client::wire::{
    AssessmentMade, AssessmentsMade, IdentificationRow, IdentificationState, ProgrammeRow, ProjectRow, ProjectState,
};
use toolcrib_ui::form::escape;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Programmes that are looked through, the newest first.
const PROGRAMMES: usize = 4;
/// Firms shown of each programme and state.
const SHOWN: usize = 50;
/// Before the deed, and after it.
const STATES: [ProjectState; 3] = [ProjectState::Delivered, ProjectState::Diagnosed, ProjectState::Enrolled];

/// What waits in one programme.
pub struct Waiting {
    pub programme: ProgrammeRow,
    /// Firms with the state that they wait in.
    pub firms: Vec<ProjectRow>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Which {
    /// Where the list of what was assessed goes on.
    after: Option<String>,
}

pub async fn show(visitor: Visitor, Query(Which { after }): Query<Which>) -> Result<Markup, Failure> {
    let registry = &visitor.registry;
    let mut waiting = Vec::new();
    for place in places(&visitor)?.into_iter().filter(|org| org.role == "assessor") {
        let programmes = registry.programmes(&format!("authority={}", escape(&place.slug))).await?;
        for programme in programmes.into_iter().take(PROGRAMMES) {
            let mut firms = Vec::new();
            for state in STATES {
                let query = format!("state={}&limit={SHOWN}", code(state));
                firms.extend(registry.programme_projects(&programme.id, &query).await?.projects);
            }
            waiting.push(Waiting { programme, firms });
        }
    }
    let scores = registry.identifications("view=expert").await?.rows;
    let after = after.as_deref().map(|after| format!("after={}", escape(after)));
    let made = registry.my_assessments(&after.unwrap_or_default()).await?;
    Ok(page(&visitor.shell, &waiting, &scores, &made))
}

pub fn page(shell: &Shell, waiting: &[Waiting], scores: &[IdentificationRow], made: &AssessmentsMade) -> Markup {
    let tr = shell.tr;
    let body = html! {
        @if waiting.iter().all(|one| one.firms.is_empty()) && scores.is_empty() { (part::empty(&tr.t("prog-assess-none"))) }
        @for one in waiting.iter().filter(|one| !one.firms.is_empty()) {
            (desk::block(&one.programme.name, firms(shell, one)))
        }
        @if !scores.is_empty() { (providers(shell, scores)) }
        @if !made.rows.is_empty() { (past(shell, made)) }
    };
    shell.page(&tr.t("prog-assess"), body)
}

fn firms(shell: &Shell, one: &Waiting) -> Markup {
    let tr = shell.tr;
    let heads =
        ["prog-firm", "prog-district", "prog-state", "prog-since", "prog-levels", "vendor-act"].map(|key| tr.t(key));
    let row = |row: &ProjectRow| {
        let path = format!("/projects/{}", row.id);
        vec![
            html! { a href=(path) { (row.name) } },
            html! { (row.district) },
            super::state(tr, row.state),
            shell.zone.show_text(&row.since),
            html! { (level(tr, row.level_before)) " → " (level(tr, row.level_after)) },
            part::link(&format!("{path}/do/assess"), &tr.t("prog-do-assess"), Press::Plain),
        ]
    };
    part::grid(&tr.t("prog-assess-firms"), &heads, &one.firms.iter().map(row).collect::<Vec<_>>())
}

/// What the assessor measured on site so far; nothing of it changes any more.
fn past(shell: &Shell, made: &AssessmentsMade) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-assess-at", "prog-firm", "prog-district", "prog-programme", "prog-assessment", "prog-level"];
    let row = |row: &AssessmentMade| {
        vec![
            shell.zone.show_text(&row.at),
            html! { a href={ "/projects/" (row.project) } { (row.name) } },
            html! { (row.district) },
            html! { (row.programme_name) },
            html! { (tr.t(&format!("prog-assess-{}", code(row.kind)))) },
            html! { strong { (level(tr, Some(row.level))) } },
        ]
    };
    let rows: Vec<_> = made.rows.iter().map(row).collect();
    let more = made.next.as_ref().map(|next| format!("/assess?after={}", escape(next)));
    html! {
        (part::grid(&tr.t("prog-assess-past"), &heads.map(|key| tr.t(key)), &rows))
        @if let Some(more) = more { (part::buttons(&[part::link(&more, &tr.t("next-page"), Press::Plain)])) }
    }
}

fn providers(shell: &Shell, scores: &[IdentificationRow]) -> Markup {
    let tr = shell.tr;
    let heads = ["provider", "prog-kind", "prog-state", "vendor-act"].map(|key| tr.t(key));
    let row = |row: &IdentificationRow| {
        let path = format!("{}/{}", identified::PATH, row.id);
        vec![
            html! { a href=(path) { (row.org_name) } },
            html! { (identified::kind(tr, row.kind)) },
            identified::state(tr, row.state),
            html! { @if row.state == IdentificationState::Reviewing { (part::link(&format!("{path}/do/score"), &tr.t("prog-act-score"), Press::Plain)) } @else { "–" } },
        ]
    };
    part::grid(&tr.t("prog-assess-providers"), &heads, &scores.iter().map(row).collect::<Vec<_>>())
}
