//! `GET /city/{programme}/projects?state=…`: firms with their projects, and the same as a file.

use super::{PATH, STATES, code, csv, frame, level, segment, state};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Programme, ProjectPage, ProjectRow, ProjectState, Segment};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{typed, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What the list can be asked, as the page's address has it.
const ASKED: [&str; 4] = ["state", "segment", "district", "after"];
/// Pages that one file gathers: a request to the registry each.
const PAGES: usize = 250;

/// The list with what it was asked.
pub struct List {
    pub programme: Programme,
    pub segments: Vec<Segment>,
    pub page: ProjectPage,
    pub asked: FormText,
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Markup, Failure> {
    let asked = asked(pairs);
    let query = asked.query_without(&[]);
    let registry = &visitor.registry;
    let (programme, segments, page) =
        tokio::join!(registry.programme(&id), registry.segments(), registry.programme_projects(&id, &query));
    Ok(self::page(&visitor.shell, &List { programme: programme?, segments: segments?, page: page?, asked }))
}

fn asked(pairs: Vec<(String, String)>) -> FormText {
    let known = |(name, value): &(String, String)| ASKED.contains(&name.as_str()) && !value.is_empty();
    FormText::new(pairs.into_iter().filter(known).collect())
}

pub fn page(shell: &Shell, list: &List) -> Markup {
    let tr = shell.tr;
    let List { programme, segments, page, asked } = list;
    let here = format!("{PATH}/{}/projects", programme.id);
    let heads = ["prog-firm", "prog-district", "prog-segment", "prog-state", "prog-since", "prog-levels", "prog-money"];
    let heads = heads.map(|key| tr.t(key));
    let rows: Vec<_> = page.projects.iter().map(|row| line(shell, segments, row)).collect();
    let body = html! {
        (filters(shell, list, &here))
        @if rows.is_empty() { (part::empty(&tr.t("prog-projects-none"))) }
        @else { (part::grid(&tr.t("prog-projects"), &heads, &rows)) }
        (part::buttons(&[
            html! { @if let Some(next) = &page.next { (part::link(&format!("{here}?{}", asked.query_with("after", next)), &tr.t("prog-next-page"), Press::Plain)) } },
            part::link(&format!("{here}/csv?{}", asked.query_without(&["after"])), &tr.t("csv-download"), Press::Plain),
        ]))
    };
    frame(shell, programme, "/projects", &tr.t("prog-projects"), &body)
}

fn line(shell: &Shell, segments: &[Segment], row: &ProjectRow) -> Vec<Markup> {
    let tr = shell.tr;
    vec![
        html! { a href={ "/projects/" (row.id) } { (row.name) } " " code { (row.uscc) } },
        html! { (row.district) },
        html! { (segment(tr, segments, &row.segment)) },
        html! { (state(tr, row.state)) @if let Some(due) = row.due.as_ref().filter(|_| is_due(row.state)) { " " (tr.with("prog-due", &[("day", due)])) } },
        shell.zone.show_text(&row.since),
        html! { (level(tr, row.level_before)) " → " (level(tr, row.level_after)) },
        money(tr, row),
    ]
}

/// Whether something is still to be delivered.
pub fn is_due(state: ProjectState) -> bool {
    matches!(state, ProjectState::Filed | ProjectState::Delivering | ProjectState::Rejected)
}

/// The figure that counts in its state: paid, awarded or committed.
fn money(tr: toolcrib_ui::language::Tr, row: &ProjectRow) -> Markup {
    let (fen, key) = match row {
        ProjectRow { paid_fen, .. } if *paid_fen > 0 => (*paid_fen, "prog-paid"),
        ProjectRow { award_fen, .. } if *award_fen > 0 => (*award_fen, "prog-award"),
        ProjectRow { committed_fen, .. } => (*committed_fen, "prog-committed"),
    };
    html! { @if fen > 0 { (part::amount(yuan(fen))) " " (tr.t(key)) } @else { "–" } }
}

fn filters(shell: &Shell, list: &List, here: &str) -> Markup {
    let tr = shell.tr;
    let kept = list.asked.pairs().filter(|(name, _)| *name != "after");
    let asked = &FormText::new(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    let count = |state| list.page.counts.iter().find(|row| row.state == state).map_or(0, |row| row.projects);
    let of = |state| {
        let query = asked.query_with("state", &code(state));
        (format!("{here}?{query}"), super::state_name(tr, state), Some(count(state).unsigned_abs()))
    };
    let all = list.page.counts.iter().map(|row| row.projects.unsigned_abs()).sum();
    let rest = asked.query_without(&["state"]);
    let every = if rest.is_empty() { here.to_owned() } else { format!("{here}?{rest}") };
    let links: Vec<_> = [(every.clone(), tr.t("prog-all"), Some(all))].into_iter().chain(STATES.map(of)).collect();
    let now = asked.get("state").map_or(every, |state| format!("{here}?{}", asked.query_with("state", state)));
    let options = list.programme.segments.iter().map(|code| (code.clone(), segment(tr, &list.segments, code)));
    let options: Vec<_> = [(String::new(), tr.t("prog-all"))].into_iter().chain(options).collect();
    let (segment_label, district_label) = (tr.t("prog-segment"), tr.t("prog-district"));
    html! {
        (desk::filters(&tr.t("prog-state"), &links, &now))
        (desk::ask(here, html! {
            @if let Some(state) = asked.get("state") { input type="hidden" name="state" value=(state); }
            (Field { name: "segment", label: &segment_label, ..Field::default() }.select(&options, asked.get("segment").unwrap_or_default()))
            (Field { name: "district", label: &district_label, ..Field::default() }.line("search", asked.get("district").unwrap_or_default(), ""))
            p { (part::button(&tr.t("search"), Press::Plain)) }
        }))
    }
}

/// The whole list, as far as a file reaches.
pub async fn file(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let (tr, mut asked) = (visitor.shell.tr, asked(pairs));
    let segments = visitor.registry.segments().await?;
    let mut lines = Vec::new();
    for _ in 0..PAGES {
        let page = visitor.registry.programme_projects(&id, &asked.query_with("limit", "100")).await?;
        lines.extend(page.projects.iter().map(|row| cells(tr, &segments, row)));
        let Some(next) = page.next else { break };
        let pairs = asked.pairs().filter(|(name, _)| *name != "after");
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        asked = FormText::new(pairs.chain([("after".to_owned(), next)]).collect());
    }
    let heads = [
        "prog-uscc",
        "prog-firm",
        "prog-district",
        "prog-segment",
        "prog-state",
        "prog-since",
        "prog-batch",
        "prog-level-before",
        "prog-level-after",
        "prog-committed",
        "prog-award",
        "prog-paid",
    ];
    Ok(csv(tr, "projects", &heads, &lines))
}

fn cells(tr: toolcrib_ui::language::Tr, segments: &[Segment], row: &ProjectRow) -> Vec<String> {
    let number = |level: Option<u8>| level.map(|level| level.to_string()).unwrap_or_default();
    vec![
        row.uscc.clone(),
        row.name.clone(),
        row.district.clone(),
        segment(tr, segments, &row.segment),
        super::state_name(tr, row.state),
        row.since.clone(),
        row.batch.map(|batch| batch.to_string()).unwrap_or_default(),
        number(row.level_before),
        number(row.level_after),
        typed(row.committed_fen),
        typed(row.award_fen),
        typed(row.paid_fen),
    ]
}
