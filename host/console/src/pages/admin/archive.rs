//! `GET /t/{tenant}/export`: taking everything out. `POST` begins, `…/export/download` is the file, `…/export/discard` removes
//! it from this host.

use super::{again, base, press, reached};
use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use toolcrib_contract::problem::Problem;
use toolcrib_runtime::{ArchiveNote, ArchiveState};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Bytes that are read from the disk at once.
const PIECE: usize = 64 << 10;

pub async fn show(State(app): State<Arc<App>>, Decider(member): Decider) -> Result<Markup, Failure> {
    let state = app.console.runtime.archive(member.id)?;
    Ok(page(member.shell(), &state, member.actor.role == "owner", None))
}

pub async fn start(State(app): State<Arc<App>>, ByDecider { member, .. }: ByDecider) -> Result<Response, Failure> {
    let also = from_registry(&member).await?;
    let started = app.console.runtime.start_archive(member.id, &member.actor.id, also).await;
    settled(&app, &member, started)
}

pub async fn discard(State(app): State<Arc<App>>, ByDecider { member, .. }: ByDecider) -> Result<Response, Failure> {
    let discarded = app.console.runtime.discard_archive(member.id);
    settled(&app, &member, discarded)
}

fn settled(app: &App, member: &Member, done: Result<(), Problem>) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/export", member.tenant.slug)).into_response()),
        Err(problem) => {
            let state = app.console.runtime.archive(member.id)?;
            again(problem, |problem| page(member.shell(), &state, member.actor.role == "owner", Some(problem)))
        }
    }
}

/// What the marketplace keeps of the factory, as lines of the archive: people, devices, consents. Nothing while it cannot be
/// reached: what this host keeps leaves all the same.
async fn from_registry(member: &Member) -> Result<Vec<Json>, Failure> {
    let (registry, tenant) = (&member.visitor.registry, &member.tenant.id);
    let mut lines = Vec::new();
    for person in reached(registry.members(tenant).await)?.unwrap_or_default() {
        lines.push(
            json!({"part": "member", "id": person.id, "email": person.email, "name": person.name, "role": person.role}),
        );
    }
    for device in reached(registry.devices(tenant).await)?.unwrap_or_default() {
        lines.push(json!({"part": "device", "id": device.id, "name": device.name}));
    }
    for subscription in reached(registry.subscriptions(tenant).await)?.unwrap_or_default() {
        for consent in reached(registry.consents(tenant, &subscription.module).await)?.unwrap_or_default() {
            let mut line = serde_json::to_value(&consent).unwrap_or_default();
            line["part"] = "consent".into();
            line["module"] = subscription.module.clone().into();
            lines.push(line);
        }
    }
    Ok(lines)
}

pub async fn file(State(app): State<Arc<App>>, Decider(member): Decider) -> Result<Response, Failure> {
    let (file, note) = app.console.runtime.open_archive(member.id)?;
    // The file that is open now stays whole, whatever becomes of its name meanwhile.
    let pieces = stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(note.bytes));
    // Slugs are ASCII.
    if let Ok(name) = format!("attachment; filename=\"{}-{}.ndjson\"", member.tenant.slug, &note.at[..10]).parse() {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// `owner`: the visitor may also have everything erased.
pub fn page(shell: &Shell, state: &ArchiveState, owner: bool, problem: Option<&Problem>) -> Markup {
    let (tr, at) = (shell.tr, format!("{}/export", base(shell)));
    let begin = |key: &str| press(shell, &at, part::button(&tr.t(key), Press::Main));
    let body = html! {
        (part::problem_above(tr, problem))
        p { (tr.t("admin-export-help")) }
        ul { @for key in ["admin-export-has-records", "admin-export-has-log", "admin-export-has-readings", "admin-export-has-people"] { li { (tr.t(key)) } } }
        @match state {
            ArchiveState::None => (begin("admin-export-begin")),
            ArchiveState::Running { lines, of } => {
                (part::progress(&tr.t("admin-export-running"), *lines, *of,
                    &tr.with("admin-export-lines", &[("lines", &lines.to_string()), ("of", &of.to_string())])))
                p { (part::link(&at, &tr.t("admin-look-again"), Press::Plain)) }
            },
            ArchiveState::Failed(failed) => { (part::problem(tr, failed)) (begin("admin-export-anew")) },
            ArchiveState::There(note) => { (there(shell, note, &at)) (begin("admin-export-anew")) },
        }
        @if owner { (part::card(&tr.t("admin-erase"), html! { p { (tr.t("admin-erase-short")) }
            p { (part::link(&format!("{}/erase", base(shell)), &tr.t("admin-erase"), Press::Danger)) } })) }
    };
    shell.page(&tr.t("admin-export"), body)
}

fn there(shell: &Shell, note: &ArchiveNote, at: &str) -> Markup {
    let tr = shell.tr;
    part::card(
        &tr.t("admin-archive"),
        html! {
            (part::facts(&[
                (tr.t("admin-archive-at"), shell.zone.show_text(&note.at)),
                (tr.t("admin-archive-size"), html! { (part::size(note.bytes)) }),
                (tr.t("admin-archive-lines"), html! { (note.lines) }),
                ("SHA-256".to_owned(), html! { code { (note.sha256) } }),
            ]))
            (parts(shell, &note.parts))
            p { (part::link(&format!("{at}/download"), &tr.t("admin-archive-download"), Press::Main)) }
            (super::more(&tr.t("admin-archive-discard"), html! { p { (tr.t("admin-archive-discard-help")) }
                (press(shell, &format!("{at}/discard"), part::button(&tr.t("admin-archive-discard"), Press::Danger))) }))
        },
    )
}

/// What there is of each part, with its sum.
pub fn parts(shell: &Shell, parts: &[toolcrib_runtime::PartSum]) -> Markup {
    let tr = shell.tr;
    let row = |sum: &toolcrib_runtime::PartSum| {
        vec![
            html! { (tr.maybe(&format!("admin-part-{}", sum.part)).unwrap_or_else(|| sum.part.clone())) },
            part::amount(sum.lines),
            part::digest(&sum.sha256),
        ]
    };
    let heads = [tr.t("admin-part"), tr.t("admin-archive-lines"), "SHA-256".to_owned()];
    html! { @if !parts.is_empty() { (part::table(&tr.t("admin-parts-of"), &heads, &parts.iter().map(row).collect::<Vec<_>>())) } }
}
