//! `GET /t/{tenant}/evidence`: signed statements of how the factory works with the platform. `POST` makes one, `…/{sha256}`
//! shows it, `…/download` is the file, `…/send` gives it to a project: only then does it leave.

use super::{again, base, block, reached};
use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde_json::Value as Json;
use std::sync::Arc;
use toolcrib_contract::attestation::{Attestation, Machine, ModuleUse, Told};
use toolcrib_contract::problem::{NOT_READY, Problem};
use toolcrib_exhibit::{KeptStatement, Period};
use toolcrib_registry_client::wire::{ProjectRow, SendStatement};
use toolcrib_runtime::TenantView;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What a statement can be filed as, each with its text `evidence-key-…`.
const KEYS: [&str; 4] = ["h2", "h1", "b0", "c1"];

/// What was typed to make one.
#[derive(Default)]
pub struct Days {
    pub from: String,
    pub until: String,
}

pub async fn show(State(app): State<Arc<App>>, Decider(member): Decider) -> Result<Markup, Failure> {
    let kept = app.console.exhibit.statements(member.id).await?;
    Ok(page(member.shell(), &kept, &Days::default(), None))
}

pub async fn make(State(app): State<Arc<App>>, ByDecider { member, form }: ByDecider) -> Result<Response, Failure> {
    let field = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
    let days = Days { from: field("from"), until: field("until") };
    match count(&app, &member, &days).await {
        Ok(made) => Ok(Redirect::to(&format!("/t/{}/evidence/{}", member.tenant.slug, made.sha256)).into_response()),
        Err(problem) => {
            let kept = app.console.exhibit.statements(member.id).await?;
            again(problem, |problem| page(member.shell(), &kept, &days, Some(problem)))
        }
    }
}

async fn count(app: &App, member: &Member, days: &Days) -> Result<KeptStatement, Problem> {
    let tenant = here(member)?;
    let period = Period::read(&days.from, &days.until, &tenant.time_zone, app.console.clock.now())?;
    app.console.exhibit.attest(tenant, &member.actor, &period).await.map(|(made, _)| made)
}

/// The factory on this host.
///
/// # Errors
/// `not-ready`: this host has not heard of it yet.
pub fn here(member: &Member) -> Result<&TenantView, Problem> {
    member.view.as_deref().ok_or_else(|| NOT_READY.problem())
}

pub async fn one(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Path((_, sha256)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let (kept, said) = app.console.exhibit.statement(member.id, &sha256).await?;
    let projects = projects(&member).await;
    Ok(statement_page(member.shell(), &kept, &said, &projects, None))
}

/// The firm's projects; nothing while the marketplace cannot be reached or knows of none.
async fn projects(member: &Member) -> Vec<ProjectRow> {
    let page = reached(member.visitor.registry.my_projects("").await);
    page.ok().flatten().map(|page| page.projects).unwrap_or_default()
}

pub async fn file(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Path((_, sha256)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (kept, _) = app.console.exhibit.statement(member.id, &sha256).await?;
    let mut response = app.console.exhibit.envelope(member.id, &sha256).await?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Slugs and days are ASCII.
    let name = format!("attachment; filename=\"{}-{}-{}.dsse.json\"", member.tenant.slug, kept.from, kept.until);
    if let Ok(name) = name.parse() {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

pub async fn send(
    State(app): State<Arc<App>>,
    Path((_, sha256)): Path<(String, String)>,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let (project, key) = (form.get("project").unwrap_or_default(), form.get("key").unwrap_or_default().to_uppercase());
    let exhibit = &app.console.exhibit;
    // The consent is in the audit before anything leaves.
    let envelope = exhibit.release(member.id, &sha256, project, &key, &member.actor.id).await?;
    let sent = member.visitor.registry.send_statement(project, &SendStatement { key, envelope }).await;
    match sent {
        Ok(_) => Ok(Redirect::to(&format!("/t/{}/evidence/{sha256}", member.tenant.slug)).into_response()),
        Err(error) => {
            let (kept, said) = exhibit.statement(member.id, &sha256).await?;
            let projects = projects(&member).await;
            again(error, |problem| statement_page(member.shell(), &kept, &said, &projects, Some(problem)))
        }
    }
}

pub fn page(shell: &Shell, kept: &[KeptStatement], days: &Days, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let at = format!("{}/evidence", base(shell));
    let wrong = |field: &str| {
        let pointer = format!("/{field}");
        let errors = problem.map(|problem| problem.errors.as_slice()).unwrap_or_default();
        errors.iter().find(|error| error.pointer == pointer).map(|error| error.message.clone()).unwrap_or_default()
    };
    let day = |name: &'static str, key: &str, value: &str| {
        let (label, error) = (tr.t(key), wrong(name));
        Field { name, label: &label, error: &error, required: true, ..Field::default() }.line("date", value, "")
    };
    let row = |one: &KeptStatement| {
        vec![
            html! { a href={ (at) "/" (one.sha256) } { (one.from) " – " (one.until) } },
            shell.zone.show_text(&one.made_at),
            part::amount(one.sent.len()),
            part::digest(&one.sha256),
        ]
    };
    let heads = ["evidence-period", "evidence-made-at", "evidence-sent-count"].map(|key| tr.t(key));
    let heads = [heads.to_vec(), vec!["SHA-256".to_owned()]].concat();
    let body = html! {
        (part::problem_above(tr, problem))
        (part::lead(&tr.t("evidence-lead")))
        (part::card(&tr.t("evidence-make"), shell.post(&at, html! {
            (day("from", "evidence-from", &days.from))
            (day("until", "evidence-until", &days.until))
            p { (part::button(&tr.t("evidence-make-do"), Press::Main)) }
        })))
        @if kept.is_empty() { (part::empty(&tr.t("evidence-none"))) }
        @else { (part::table(&tr.t("evidence-kept"), &heads, &kept.iter().map(row).collect::<Vec<_>>())) }
    };
    shell.page(&tr.t("evidence-title"), body)
}

pub fn statement_page(
    shell: &Shell,
    kept: &KeptStatement,
    said: &Attestation,
    projects: &[ProjectRow],
    problem: Option<&Problem>,
) -> Markup {
    let (tr, above) = (shell.tr, format!("{}/evidence", base(shell)));
    let at = format!("{above}/{}", kept.sha256);
    let title = tr.with("evidence-of", &[("from", &kept.from), ("until", &kept.until)]);
    let body = html! {
        (part::crumbs(tr, &[(&above, &tr.t("evidence-title"))]))
        (part::problem_above(tr, problem))
        (part::facts(&[
            (tr.t("evidence-made-at"), shell.zone.show_text(&kept.made_at)),
            (tr.t("evidence-machines"), part::amount(said.machines.connected)),
            (tr.t("evidence-sources"), part::amount(said.sources.connected)),
            (tr.t("evidence-audit-line"), part::amount(said.audit.line)),
            ("SHA-256".to_owned(), html! { code { (kept.sha256) } }),
            (tr.t("evidence-key-id"), html! { code { (kept.key_id) } }),
        ]))
        p { (part::download(&format!("{at}/download"), &tr.t("evidence-download"))) }
        (send_card(shell, kept, projects, &at))
        (machines(shell, said))
        (modules(shell, said))
    };
    shell.page(&title, body)
}

fn send_card(shell: &Shell, kept: &KeptStatement, projects: &[ProjectRow], at: &str) -> Markup {
    let tr = shell.tr;
    let options: Vec<_> =
        projects.iter().map(|one| (one.id.clone(), format!("{} · {}", one.programme_name, one.name))).collect();
    let keys = KEYS.map(|key| (key.to_owned(), tr.t(&format!("evidence-key-{key}"))));
    let (project, key) = (tr.t("evidence-project"), tr.t("evidence-as"));
    let sent: Vec<_> = kept
        .sent
        .iter()
        .map(|one| vec![html! { code { (one.project) } }, html! { (one.key) }, shell.zone.show_text(&one.at)])
        .collect();
    let heads = ["evidence-project", "evidence-as", "evidence-sent-at"].map(|key| tr.t(key));
    part::card(
        &tr.t("evidence-send"),
        html! {
            p { (tr.t("evidence-send-help")) }
            @if options.is_empty() { (part::empty(&tr.t("evidence-no-project"))) }
            @else { (shell.post(&format!("{at}/send"), html! {
                (Field { name: "project", label: &project, required: true, ..Field::default() }.select(&options, ""))
                (Field { name: "key", label: &key, required: true, ..Field::default() }.select(&keys, KEYS[0]))
                p { (part::button(&tr.t("evidence-send-do"), Press::Main)) }
            })) }
            @if !sent.is_empty() { (part::table(&tr.t("evidence-sent"), &heads, &sent)) }
        },
    )
}

fn machines(shell: &Shell, said: &Attestation) -> Markup {
    let tr = shell.tr;
    let row = |one: &Machine| {
        vec![
            html! { (one.equipment) },
            part::amount(one.days),
            part::amount(one.signals),
            part::amount(one.readings),
            html! { (one.first_day) " – " (one.last_day) },
        ]
    };
    let heads = ["evidence-machine", "evidence-days", "evidence-signals", "evidence-readings", "evidence-period"];
    let rows: Vec<_> = said.machines.list.iter().map(row).collect();
    match rows.is_empty() {
        true => block(&tr.t("evidence-machines"), part::empty(&tr.t("evidence-no-machines"))),
        false => part::table(&tr.t("evidence-machines"), &heads.map(|key| tr.t(key)), &rows),
    }
}

fn modules(shell: &Shell, said: &Attestation) -> Markup {
    let tr = shell.tr;
    let row = |one: &ModuleUse| {
        vec![
            html! { (shell.names(&one.module).module(&one.module)) " " (one.version) },
            part::amount(one.calls),
            part::amount(one.days),
            part::amount(one.people),
        ]
    };
    let heads = ["evidence-module", "evidence-calls", "evidence-days", "evidence-people"].map(|key| tr.t(key));
    html! {
        (part::table(&tr.t("evidence-modules"), &heads, &said.modules.list.iter().map(row).collect::<Vec<_>>()))
        @for one in &said.modules.list { @for told in &one.figures { (figures(shell, one, told)) } }
    }
}

/// What one query of a module told, in the module's own words.
fn figures(shell: &Shell, module: &ModuleUse, told: &Told) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&module.module));
    let title = format!("{} · {}", names.module(&module.module), names.operation(&told.query));
    let heads: Vec<_> = told.columns.iter().map(|column| names.output(&told.query, column)).collect();
    let cell = |value: &Json| match value {
        Json::Null => html! { "–" },
        Json::String(text) => html! { (text) },
        Json::Bool(flag) => html! { (tr.t(if *flag { "yes" } else { "no" })) },
        other => html! { (other.to_string()) },
    };
    let rows: Vec<Vec<_>> = told.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    match &told.refused {
        Some(code) => block(&title, part::notice("warn", &tr.with("evidence-refused", &[("code", code)]))),
        None if rows.is_empty() => block(&title, part::empty(&tr.t("evidence-no-figures"))),
        None => part::table(&title, &heads, &rows),
    }
}
