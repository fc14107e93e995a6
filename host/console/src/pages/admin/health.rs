//! `GET /t/{tenant}/modules/{module}/health`: what failed, what waits; `POST …/health`: a dead letter once more, or dropped.

use super::module::{Module, frame, load};
use super::{again, base, hidden};
use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::{BAD_INPUT, CONFLICT, Problem};
use toolcrib_runtime::{AuditFilter, AuditRow, Dead, Standing};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Failed calls that are shown.
const FAILURES: u32 = 20;

/// How a module does.
pub struct Health {
    pub standing: Standing,
    pub failures: Vec<AuditRow>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let module = load(&member, &module).await?;
    let health = health(&app, &member, &module.name).await?;
    Ok(page(member.shell(), &module, &health, member.decides(), None))
}

async fn health(app: &App, member: &Member, module: &str) -> Result<Health, Failure> {
    let module = module.to_owned();
    let looked = app.console.runtime.look(member.id, move |reader| {
        let filter = AuditFilter { module: module.clone(), failed: true, ..AuditFilter::default() };
        Ok(Health {
            standing: reader.standing(&module)?,
            failures: reader.audit_before(&filter, u64::MAX, FAILURES)?.rows,
        })
    });
    Ok(looked.await?)
}

pub async fn act(
    State(app): State<Arc<App>>,
    Path((_, module)): Path<(String, String)>,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let done = match (form.get("letter").and_then(|letter| letter.parse::<u64>().ok()), form.get("do")) {
        (Some(letter), Some("replay")) => app.console.runtime.replay(member.id, letter).await.and_then(there),
        (Some(letter), Some("drop")) => {
            app.console.runtime.drop_letter(member.id, &module, letter, &member.actor.id).await.and_then(there)
        }
        _ => Err(BAD_INPUT.because("nothing was chosen")),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/modules/{module}/health", member.tenant.slug)).into_response()),
        Err(problem) => {
            let loaded = load(&member, &module).await?;
            let health = health(&app, &member, &module).await?;
            again(problem, |problem| page(member.shell(), &loaded, &health, member.decides(), Some(problem)))
        }
    }
}

fn there(found: bool) -> Result<(), Problem> {
    if found { Ok(()) } else { Err(CONFLICT.because("this letter is not there any more")) }
}

pub fn page(shell: &Shell, module: &Module, health: &Health, decides: bool, problem: Option<&Problem>) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&module.name));
    let action = format!("{}/modules/{}/health", base(shell), module.name);
    let Standing { behind, timers, timers_waiting, effects_waiting, dead, dead_letters } = &health.standing;
    let waiting: u64 = behind.iter().map(|(_, waiting, _)| waiting).sum();
    let figure = |key: &str, count: u64| (tr.t(key), html! { (count) });
    let letter = |dead: &Dead| {
        vec![
            html! { (shell.zone.show(dead.at)) },
            html! { (names.operation(dead.consumer.split_once('/').map_or("", |(_, handler)| handler))) },
            html! { span lang="en" { (dead.why) } },
            html! { @if decides { (shell.post(&action, html! {
                (hidden("letter", &dead.id.to_string()))
                (part::buttons(&[part::choice("do", "replay", &tr.t("admin-replay"), Press::Plain), part::choice("do", "drop", &tr.t("admin-drop"), Press::Danger)]))
            })) } },
        ]
    };
    let heads = |keys: &[&str]| keys.iter().map(|key| tr.t(key)).collect::<Vec<_>>();
    let late: Vec<_> = behind
        .iter()
        .filter(|(_, waiting, _)| *waiting > 0)
        .map(|(handler, waiting, attempts)| {
            vec![html! { (names.operation(handler)) }, part::amount(waiting), part::amount(attempts)]
        })
        .collect();
    let due: Vec<_> = timers
        .iter()
        .map(|timer| {
            vec![
                html! { (names.operation(&timer.timer)) },
                html! { (timer.key) },
                html! { (shell.zone.show(timer.due)) },
                part::amount(timer.attempts),
            ]
        })
        .collect();
    let failed: Vec<_> = health
        .failures
        .iter()
        .map(|row| {
            vec![
                html! { (shell.zone.show(row.at)) },
                html! { (names.operation(&row.action)) },
                html! { code { (row.actor) } },
                html! { code { (row.detail) } },
                part::amount(row.id),
            ]
        })
        .collect();
    let body = html! {
        (part::facts(&[
            figure("admin-dead-letters", *dead_letters), figure("admin-waiting-events", waiting), figure("admin-waiting-timers", *timers_waiting),
            figure("admin-waiting-effects", *effects_waiting),
        ]))
        @if dead.is_empty() { (part::empty(&tr.t("admin-dead-none"))) }
        @else { p { (tr.t("admin-dead-help")) }
            (part::table(&tr.t("admin-dead-letters"), &heads(&["admin-when", "admin-handler", "admin-why", "admin-more"]), &dead.iter().map(letter).collect::<Vec<_>>())) }
        @if !late.is_empty() { (part::table(&tr.t("admin-waiting-events"), &heads(&["admin-handler", "admin-waiting", "admin-attempts"]), &late)) }
        @if !due.is_empty() { (part::table(&tr.t("admin-waiting-timers"), &heads(&["admin-handler", "admin-key", "admin-due", "admin-attempts"]), &due)) }
        @if failed.is_empty() { (part::dim(&tr.t("admin-failed-none"))) }
        @else { (part::table(&tr.t("admin-failed"), &heads(&["admin-when", "admin-operation", "admin-who", "admin-detail", "admin-line"]), &failed)) }
    };
    frame(shell, module, "health", problem, body)
}
