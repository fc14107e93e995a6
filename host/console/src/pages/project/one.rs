//! `GET /projects/{project}`: the whole file of a project, and what its reader may do next.

use super::{PATH, Sides, award, evidence, file, filing, money};
use crate::failure::Failure;
use crate::pages::city::{self, state, state_name};
use crate::pages::sent;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Assessment, EvidencePage, Project, ProjectState, Segment, Step};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::yuan;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::stepper::{Pace, Stage, stepper};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// The way of a project that goes well.
const WAY: [ProjectState; 10] = [
    ProjectState::Enrolled,
    ProjectState::Diagnosed,
    ProjectState::Filed,
    ProjectState::Delivering,
    ProjectState::Delivered,
    ProjectState::Accepted,
    ProjectState::Publicity,
    ProjectState::Awarded,
    ProjectState::Paid,
    ProjectState::Reviewed,
];

/// What the page shows.
pub struct Shown {
    pub project: Project,
    pub segments: Vec<Segment>,
    /// What proves it; none where the reader may not see it.
    pub evidence: Option<EvidencePage>,
    pub sides: Sides,
    /// Where the reader came from: path and name.
    pub back: (String, String),
    pub address: FormText,
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Markup, Failure> {
    let registry = &visitor.registry;
    let (project, segments, evidence) =
        tokio::join!(registry.project(&id), registry.segments(), registry.project_evidence(&id));
    let project = project?;
    let sides = Sides::of(&visitor, &project);
    let back = back(&visitor, &project, sides);
    let address = FormText::new(pairs);
    let shown = Shown { segments: segments?, evidence: evidence.ok(), sides, back, address, project };
    Ok(page(&visitor.shell, &shown))
}

/// The page above this one: the programme for the city, the factory's programme for its people.
pub fn back(visitor: &Visitor, project: &Project, sides: Sides) -> (String, String) {
    let tr = visitor.shell.tr;
    if !city::role(visitor, &project.authority).is_empty() {
        return (format!("{}/{}/projects", city::PATH, project.programme), project.programme_name.clone());
    }
    match visitor.identity.me.tenants.first() {
        Some(tenant) if sides.firm => (format!("/t/{}/programme", tenant.slug), tr.t("prog-mine")),
        _ => ("/provider/offers".to_owned(), tr.t("prog-offers")),
    }
}

pub fn page(shell: &Shell, shown: &Shown) -> Markup {
    let tr = shell.tr;
    let Shown { project, sides, .. } = shown;
    let body = html! {
        (part::crumbs(tr, &[(&shown.back.0, &shown.back.1)]))
        (sent::notice(tr, &shown.address))
        p { (state(tr, project.state)) " " (project.programme_name) }
        (next(shell, project, *sides))
        (desk::block(&tr.t("prog-firm-file"), file::firm(shell, &project.firm, &shown.segments)))
        @if let Some(filing) = &project.filing { (desk::block(&tr.t("prog-filing"), filing::filed(shell, filing))) }
        @if !project.assessments.is_empty() { (assessments(shell, &project.assessments)) }
        (money::spent(shell, project))
        (evidence::block(shell, project, shown.evidence.as_ref(), *sides))
        (award::outcome(shell, project, *sides))
        (desk::block(&tr.t("prog-steps"), html! { (part::log(&project.steps.iter().map(|step| entry(shell, step)).collect::<Vec<_>>())) }))
    };
    shell.page(&project.firm.name, body)
}

/// Where it stands on its way, what comes next, and buttons of what the reader can do for it.
fn next(shell: &Shell, project: &Project, sides: Sides) -> Markup {
    let tr = shell.tr;
    let acts = sides.acts(project);
    let links = acts.iter().enumerate().map(|(at, act)| {
        let press = if at == 0 { Press::Main } else { Press::Plain };
        part::link(&format!("{PATH}/{}/do/{act}", project.id), &tr.t(&format!("prog-do-{act}")), press)
    });
    let help = tr.maybe(&format!("prog-next-{}", city::code(project.state)));
    part::card(
        &tr.t("prog-next"),
        html! {
            (stepper(tr, &tr.t("prog-way"), &way(shell, project)))
            @if let Some(help) = help { p { (help) } }
            @if let Some(due) = project.due.as_ref().filter(|_| city::projects::is_due(project.state)) { p { (tr.with("prog-due", &[("day", due)])) } }
            (part::buttons(&links.collect::<Vec<_>>()))
        },
    )
}

/// The stages of the way; a project that left it stops at the last one that it reached.
fn way(shell: &Shell, project: &Project) -> Vec<Stage> {
    let tr = shell.tr;
    let here = WAY.iter().position(|state| *state == project.state);
    let reached = project.steps.iter().filter_map(|step| WAY.iter().position(|state| *state == step.after)).max();
    let last = here.or(reached).unwrap_or(0);
    let stage = |(at, state): (usize, &ProjectState)| {
        let pace = match here {
            Some(here) if at == here => Pace::Here,
            _ if at < last => Pace::Done,
            None if at == last => Pace::Failed,
            None => Pace::Skipped,
            Some(_) => Pace::Ahead,
        };
        Stage { title: state_name(tr, *state), pace, more: None }
    };
    WAY.iter().enumerate().map(stage).collect()
}

fn assessments(shell: &Shell, rows: &[Assessment]) -> Markup {
    let tr = shell.tr;
    let heads = [
        "prog-assessment",
        "prog-edition",
        "prog-base",
        "prog-management",
        "prog-results",
        "prog-score",
        "prog-scenes",
        "prog-level",
        "prog-by",
    ];
    let heads = heads.map(|key| tr.t(key));
    let points = |hundredths: u32| part::amount(format!("{}.{:02}", hundredths / 100, hundredths % 100));
    let row = |row: &Assessment| {
        let of = &row.assessment;
        let joined = |counts: &[u32; 4]| counts.map(|count| count.to_string()).join("/");
        vec![
            html! { (tr.t(&format!("prog-assess-{}", city::code(of.kind)))) },
            html! { (of.edition) },
            points(of.base),
            points(of.management),
            points(of.results),
            points(of.base + of.management + of.results),
            html! { (joined(&of.scenes)) " ★" (joined(&of.starred)) },
            html! { strong { (city::level(tr, (row.level > 0).then_some(row.level))) } },
            html! { (row.by) " · " (shell.zone.show_text(&row.at)) },
        ]
    };
    part::grid(&tr.t("prog-assessments"), &heads, &rows.iter().map(row).collect::<Vec<_>>())
}

fn entry(shell: &Shell, step: &Step) -> part::Step {
    let tr = shell.tr;
    let act = tr.maybe(&format!("prog-step-{}", step.act)).unwrap_or_else(|| step.act.clone());
    part::Step {
        what: html! {
            (shell.zone.show_text(&step.at)) " · " strong { (step.by) } " · " (act)
            @if step.before != Some(step.after) { " → " (state_name(tr, step.after)) }
        },
        words: city::words(tr, &step.why),
    }
}

/// An amount in a cell; a dash for nought.
pub fn amount(fen: i64) -> Markup {
    html! { @if fen == 0 { "–" } @else { (part::amount(yuan(fen))) } }
}
