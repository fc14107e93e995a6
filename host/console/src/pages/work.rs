//! `GET /t/{tenant}/transfers` and `/t/{tenant}/transfers/{id}`: imports and exports of the person, followed until they
//! have ended.

use super::import;
use super::module::find;
use super::operation::{new_key, operation_of};
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::Member;
use crate::work::{Kind, Outcome, Work};
use axum::extract::{Path, State};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_ui::form::FormText;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::part::work::{again, again_mark, progress};
use toolcrib_ui::shell::{Frame, Shell};

/// A page with running work is loaded again after so long.
const AGAIN_S: u32 = 2;

pub async fn list(State(app): State<Arc<App>>, member: Member) -> Result<Markup, Failure> {
    Ok(page(member.shell(), &app.works.of(member.id, &member.actor.id)))
}

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let absent = || NOT_FOUND.because("no such import or export, or the host has been started since");
    let work = app.works.find(member.id, &member.actor.id, &id).ok_or_else(absent)?;
    let shell = member.shell();
    let Some(outcome) = work.outcome() else { return Ok(running(shell, &work)) };
    let Outcome::Imported(result) = outcome else { return Ok(page(shell, &[work])) };
    let loaded = find(&member, &work.about.module)?;
    let def = operation_of(&loaded.manifest, &work.about.operation)?;
    let view = import::View {
        manifest: &loaded.manifest,
        def,
        role: &member.actor.role,
        form: FormText::default(),
        result: Some((**result).clone()),
        key: new_key(&*app.console.chance),
    };
    Ok(import::page(shell, &view))
}

/// How far one is.
pub fn running(shell: &Shell, work: &Work) -> Markup {
    let tr = shell.tr;
    let operation = shell.names(&work.about.module).operation(&work.about.operation);
    let (key, total) = match work.about.kind {
        Kind::Import { rows } => ("boards-work-import", Some(rows)),
        Kind::Export => ("boards-work-export", None),
    };
    let label = tr.with(key, &[("operation", &operation)]);
    let body = html! {
        div role="status" { (progress(tr, &label, work.done(), total)) }
        p { (tr.t("boards-work-leave")) }
        p { a href=(path(shell)) { (tr.t("boards-work")) } }
        (again_mark(AGAIN_S))
    };
    shell.whole(&tr.t("boards-work"), &body, Frame::Desk, "", &again(AGAIN_S))
}

/// `/t/{slug}/transfers`
pub fn path(shell: &Shell) -> String {
    format!("{}/transfers", shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default())
}

/// Several of them.
pub fn page(shell: &Shell, works: &[Arc<Work>]) -> Markup {
    let tr = shell.tr;
    let heads = ["boards-work-what", "boards-work-began", "boards-work-state"].map(|key| tr.t(key));
    let rows = works.iter().map(|work| {
        let kind = match work.about.kind {
            Kind::Import { .. } => "boards-work-kind-import",
            Kind::Export => "boards-work-kind-export",
        };
        let operation = shell.names(&work.about.module).operation(&work.about.operation);
        vec![
            html! { (tr.t(kind)) " " (operation) },
            html! { time datetime=(work.about.began) { (shell.zone.text(work.about.began)) } },
            html! { (state(tr, work)) " " @if matches!(work.about.kind, Kind::Import { .. }) { a href={ (path(shell)) "/" (work.id) } { (tr.t("boards-work-open")) } } },
        ]
    });
    let rows: Vec<_> = rows.collect();
    let runs = works.iter().any(|work| work.outcome().is_none());
    let body = html! {
        p { (tr.t("boards-work-lead")) }
        @if rows.is_empty() { (part::empty(&tr.t("boards-work-none"))) }
        @else { (part::table(&tr.t("boards-work"), &heads, &rows)) }
        @if runs { (again_mark(AGAIN_S)) }
    };
    let head = html! { @if runs { (again(AGAIN_S)) } };
    shell.whole(&tr.t("boards-work"), &body, Frame::Desk, "", &head)
}

fn state(tr: Tr, work: &Work) -> Markup {
    let done = work.done().to_string();
    match (work.outcome(), work.about.kind) {
        (None, Kind::Import { rows }) => {
            part::tag("warn", &tr.with("boards-work-rows-of", &[("done", &done), ("total", &rows.to_string())]))
        }
        (None, Kind::Export) => part::tag("warn", &tr.with("boards-work-rows", &[("done", &done)])),
        (Some(Outcome::Exported), _) => part::tag("ok", &tr.with("boards-work-exported", &[("rows", &done)])),
        (Some(Outcome::Stopped(None)), _) => part::tag("bad", &tr.t("boards-work-stopped")),
        (Some(Outcome::Stopped(Some(problem))), _) => part::tag("bad", &part::problem_title(tr, problem)),
        (Some(Outcome::Imported(result)), _) => match &**result {
            Ok(report) => {
                let counts = [("kept", report.kept.to_string()), ("rows", report.rows.to_string())];
                let counts = counts.each_ref().map(|(name, count)| (*name, count.as_str()));
                let tone = if report.refused == 0 { "ok" } else { "warn" };
                part::tag(tone, &tr.with("boards-work-imported", &counts))
            }
            Err(problem) => part::tag("bad", &part::problem_title(tr, problem)),
        },
    }
}
