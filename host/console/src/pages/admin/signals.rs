//! `GET /t/{tenant}/data/signals`: every signal with its newest reading; `…/{signal}`: the last hours of one, who follows it,
//! and a line to try it.

use super::{SILENT_US, age, base};
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_contract::signal::{Sample, Samples};
use toolcrib_contract::types::Instant;
use toolcrib_runtime::SignalInfo;
use toolcrib_ui::form::{escape, question};
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// Signals of one page.
const PAGE: usize = 100;
/// The newest readings that are listed.
const NEWEST: usize = 20;
const HOUR_US: i64 = 3_600_000_000;
/// How far back the picture goes.
const HOURS: [i64; 3] = [8, 24, 168];

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

/// A signal on the list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub signal: SignalInfo,
    /// What its device is called; its id when it is gone.
    pub source: String,
    /// Modules that are told of it.
    pub followers: Vec<String>,
}

/// A page of them.
pub struct List {
    pub query: String,
    pub rows: Vec<Listed>,
    pub more: bool,
    pub now: Instant,
}

pub async fn show(State(app): State<Arc<App>>, member: Member, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let all = super::sources::all_signals(&app.console.runtime, member.id).await?;
    let query = asked.q.trim().to_lowercase();
    let mut found =
        all.into_iter().filter(|signal| signal.name > asked.after && signal.name.to_lowercase().contains(&query));
    let signals: Vec<_> = found.by_ref().take(PAGE).collect();
    let more = found.next().is_some();
    let rows = signals.into_iter().map(|signal| listed(&app, &member, signal)).collect::<Result<_, _>>()?;
    Ok(page(member.shell(), &List { query: asked.q.trim().to_owned(), rows, more, now: app.console.clock.now() }))
}

fn listed(app: &App, member: &Member, signal: SignalInfo) -> Result<Listed, Failure> {
    let devices = member.view.as_ref().map(|view| view.devices.clone());
    let names: HashMap<_, _> =
        devices.iter().flat_map(|devices| devices.iter()).map(|device| (&device.id, &device.name)).collect();
    let source = names.get(&signal.device).map_or(&signal.device, |name| name).clone();
    let followers = app.console.runtime.followers(member.id, &signal.name)?;
    Ok(Listed { followers, source, signal })
}

pub fn page(shell: &Shell, list: &List) -> Markup {
    let (tr, at) = (shell.tr, format!("{}/data/signals", base(shell)));
    let row = |listed: &Listed| {
        let Listed { signal, source, followers } = listed;
        vec![
            html! { a href=(address(shell, &signal.name)) { (signal.name) } },
            html! { strong { (value_text(&signal.last_value)) } },
            fresh(shell, signal.last_at, list.now),
            html! { (source) },
            part::amount(signal.count),
            html! { (titles(shell, followers)) },
        ]
    };
    let heads = ["admin-signal", "admin-value", "admin-last-seen", "admin-source", "admin-readings", "admin-followers"]
        .map(|key| tr.t(key));
    let last = list.rows.last().map(|listed| listed.signal.name.as_str()).unwrap_or_default();
    let next = format!("{at}?q={}&after={}", escape(&list.query), escape(last));
    let body = html! {
        (question(&at, &tr.t("admin-find"), html! {
            (Field { name: "q", label: &tr.t("admin-signal-find"), ..Field::default() }.line("search", &list.query, ""))
        }))
        @if list.rows.is_empty() {
            (part::empty(&tr.t("admin-signals-none")))
            p { (part::link(&format!("{}/data/sources", base(shell)), &tr.t("admin-sources"), Press::Main)) }
        } @else { (part::table(&tr.t("admin-signals"), &heads, &list.rows.iter().map(row).collect::<Vec<_>>())) }
        @if list.more { p { (part::link(&next, &tr.t("admin-next"), Press::Plain)) } }
        (part::dim(&tr.t("admin-signals-help")))
    };
    shell.page(&tr.t("admin-signals"), body)
}

/// When it was heard last, and whether that is long ago.
fn fresh(shell: &Shell, at: Instant, now: Instant) -> Markup {
    let text = age(shell.tr, now, at);
    if now.since_us(at) > SILENT_US {
        part::tag("warn", &format!("▲ {text}"))
    } else {
        part::tag("ok", &format!("● {text}"))
    }
}

fn titles(shell: &Shell, modules: &[String]) -> String {
    let titles: Vec<_> = modules.iter().map(|module| shell.beside().module(module)).collect();
    titles.join(&shell.tr.t("list-separator"))
}

/// The address of a signal's page.
pub fn address(shell: &Shell, signal: &str) -> String {
    format!("{}/data/signals/{}", base(shell), escape(signal))
}

/// A value as it was sent.
pub fn value_text(value: &Sample) -> String {
    match value {
        Sample::Flag { value } => value.to_string(),
        Sample::Count { value } => value.to_string(),
        Sample::Number { value } => value.to_string(),
        Sample::Word { value } => value.clone(),
    }
}

#[derive(Deserialize)]
pub struct Window {
    #[serde(default)]
    hours: i64,
}

/// A signal on its page.
pub struct One {
    pub listed: Listed,
    pub hours: i64,
    pub samples: Samples,
    pub now: Instant,
}

pub async fn one(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, signal)): Path<(String, String)>,
    Query(Window { hours }): Query<Window>,
) -> Result<Markup, Failure> {
    let all = super::sources::all_signals(&app.console.runtime, member.id).await?;
    let found = all.into_iter().find(|known| known.name == signal);
    let found = found.ok_or_else(|| NOT_FOUND.because("no reading of this signal ever came"))?;
    let hours = if HOURS.contains(&hours) { hours } else { HOURS[0] };
    let now = app.console.clock.now();
    let (from, until) = (now.plus_us(-hours * HOUR_US), now.plus_us(HOUR_US));
    let samples = app.console.runtime.samples(member.id, signal, from, until, limits::READINGS as u32).await?;
    let one = One { listed: listed(&app, &member, found)?, hours, samples, now };
    Ok(signal_page(member.shell(), &one))
}

/// The number in a value, if it is one.
fn number(value: &Sample) -> Option<f64> {
    match value {
        Sample::Count { value } => Some(*value as f64),
        Sample::Number { value } => Some(*value),
        Sample::Flag { value } => Some(f64::from(u8::from(*value))),
        Sample::Word { .. } => None,
    }
}

pub fn signal_page(shell: &Shell, one: &One) -> Markup {
    let tr = shell.tr;
    let Listed { signal, source, followers } = &one.listed;
    let at = address(shell, &signal.name);
    let values: Vec<_> = one.samples.times.iter().map(|at| Instant(*at)).zip(&one.samples.values).collect();
    let points: Vec<_> = values.iter().filter_map(|(at, value)| Some((*at, number(value)?))).collect();
    let hours = HOURS
        .map(|hours| (format!("{at}?hours={hours}"), tr.with("admin-last-hours", &[("count", &hours.to_string())])));
    let summary = tr.with(
        "admin-trace",
        &[("signal", &signal.name), ("count", &one.hours.to_string()), ("value", &value_text(&signal.last_value))],
    );
    let rows: Vec<_> = values
        .iter()
        .rev()
        .take(NEWEST)
        .map(|(at, value)| {
            vec![html! { time datetime=(at) { (shell.zone.exact(*at)) } }, html! { (value_text(value)) }]
        })
        .collect();
    let body = html! {
        (part::crumbs(tr, &[(&format!("{}/data/signals", base(shell)), &tr.t("admin-signals"))]))
        p { strong { (value_text(&signal.last_value)) } " " (fresh(shell, signal.last_at, one.now)) }
        (part::facts(&[
            (tr.t("admin-source"), html! { (source) }),
            (tr.t("admin-readings"), html! { (signal.count) }),
            (tr.t("admin-followers"), html! { @if followers.is_empty() { (tr.t("admin-followers-none")) } @else { (titles(shell, followers)) } }),
        ]))
        (part::tabs(&tr.t("admin-period"), &super::tabs(&hours, &format!("{at}?hours={}", one.hours))))
        (part::trace(tr, &shell.zone, &summary, &points))
        @if one.samples.times.len() >= limits::READINGS { (part::notice("idle", &tr.t("admin-trace-cut"))) }
        @if rows.is_empty() { (part::empty(&tr.t("admin-trace-none"))) }
        @else { (part::table(&tr.t("admin-newest-readings"), &[tr.t("admin-when"), tr.t("admin-value")], &rows)) }
    };
    shell.page(&signal.name, body)
}
