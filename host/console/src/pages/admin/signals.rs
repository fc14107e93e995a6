//! `GET /t/{tenant}/data/signals`: every signal with its newest reading; `…/{signal}`: the last hours of one, who follows it,
//! and a line to try it.

use super::{SILENT_US, age, base, retention};
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
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;
use toolcrib_runtime::{Chart, Retention, SignalInfo, Stored};
use toolcrib_ui::form::{escape, question};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// Signals of one page.
const PAGE: usize = 100;
/// The newest readings that are listed.
const NEWEST: usize = 20;
const HOUR_US: i64 = 3_600_000_000;
/// Points of the picture, about.
const POINTS: u32 = 240;
/// How far back the newest readings are looked for, one after the other: most machines say something every minute.
const NEWEST_WITHIN_US: [i64; 3] = [5 * 60_000_000, HOUR_US, 24 * HOUR_US];
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
    pub retention: Retention,
}

pub async fn show(State(app): State<Arc<App>>, member: Member, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let all = super::sources::all_signals(&app.console.runtime, member.id).await?;
    let query = asked.q.trim().to_lowercase();
    let mut found =
        all.into_iter().filter(|signal| signal.name > asked.after && signal.name.to_lowercase().contains(&query));
    let signals: Vec<_> = found.by_ref().take(PAGE).collect();
    let more = found.next().is_some();
    let rows = signals.into_iter().map(|signal| listed(&app, &member, signal)).collect::<Result<_, _>>()?;
    let (query, now) = (asked.q.trim().to_owned(), app.console.clock.now());
    let retention = app.console.runtime.retention(member.id).await?;
    Ok(page(member.shell(), &List { query, rows, more, now, retention }))
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
        (retention::section(shell, &list.retention))
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
    /// The last hours, as the picture draws them.
    pub chart: Chart,
    /// Oldest first, bad ones too.
    pub newest: Vec<Stored>,
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
    let chart = app.console.runtime.chart(member.id, signal, from, until, POINTS).await?;
    let newest = newest(&app, &member, &found).await?;
    let one = One { listed: listed(&app, &member, found)?, hours, chart, newest, now };
    Ok(signal_page(member.shell(), &one))
}

/// The newest readings, without reading all the others.
async fn newest(app: &App, member: &Member, signal: &SignalInfo) -> Result<Vec<Stored>, Failure> {
    let mut found = Vec::new();
    for within_us in NEWEST_WITHIN_US {
        let (from, until) = (signal.last_at.plus_us(-within_us), signal.last_at.plus_us(1));
        let (runtime, name) = (&app.console.runtime, signal.name.clone());
        found = runtime.stored(member.id, name, from, until, limits::READINGS as u32).await?;
        if found.len() >= NEWEST {
            break;
        }
    }
    Ok(found.split_off(found.len().saturating_sub(NEWEST)))
}

/// What the picture draws: of sums their means, otherwise what was said; nothing that is bad.
fn points(chart: &Chart) -> Vec<(Instant, f64)> {
    match chart {
        Chart::Readings(readings) => {
            let trusted = readings.iter().filter(|stored| stored.quality != Quality::Bad);
            trusted.filter_map(|stored| Some((stored.at, number(&stored.value)?))).collect()
        }
        Chart::Sums { points, .. } => points.iter().filter_map(|point| Some((point.at, point.sum.mean()?))).collect(),
    }
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

/// How far a reading can be trusted, when its source doubts it.
fn doubt(tr: Tr, quality: Quality) -> Markup {
    match quality {
        Quality::Good => html! {},
        Quality::Uncertain => html! { " " (part::tag("warn", &format!("? {}", tr.t("admin-quality-uncertain")))) },
        Quality::Bad => html! { " " (part::tag("bad", &format!("✕ {}", tr.t("admin-quality-bad")))) },
    }
}

/// The last so many hours; days from two of them on.
fn period(tr: Tr, hours: i64) -> String {
    match hours {
        48.. if hours % 24 == 0 => tr.with("admin-last-days", &[("count", &(hours / 24).to_string())]),
        _ => tr.with("admin-last-hours", &[("count", &hours.to_string())]),
    }
}

pub fn signal_page(shell: &Shell, one: &One) -> Markup {
    let tr = shell.tr;
    let Listed { signal, source, followers } = &one.listed;
    let at = address(shell, &signal.name);
    let hours = HOURS.map(|hours| (format!("{at}?hours={hours}"), period(tr, hours)));
    let (period, value) = (period(tr, one.hours), value_text(&signal.last_value));
    let summary = tr.with("admin-trace", &[("signal", &signal.name), ("period", &period), ("value", &value)]);
    let row = |stored: &Stored| {
        vec![
            html! { time datetime=(stored.at) { (shell.zone.exact(stored.at)) } },
            html! { (value_text(&stored.value)) (doubt(tr, stored.quality)) },
        ]
    };
    let rows: Vec<_> = one.newest.iter().rev().map(row).collect();
    let body = html! {
        (part::crumbs(tr, &[(&format!("{}/data/signals", base(shell)), &tr.t("admin-signals"))]))
        p { strong { (value_text(&signal.last_value)) } " " (fresh(shell, signal.last_at, one.now)) }
        (part::facts(&[
            (tr.t("admin-source"), html! { (source) }),
            (tr.t("admin-readings"), html! { (signal.count) }),
            (tr.t("admin-followers"), html! { @if followers.is_empty() { (tr.t("admin-followers-none")) } @else { (titles(shell, followers)) } }),
        ]))
        (part::tabs(&tr.t("admin-period"), &super::tabs(&hours, &format!("{at}?hours={}", one.hours))))
        (part::trace(tr, &shell.zone, &summary, &points(&one.chart)))
        @if rows.is_empty() { (part::empty(&tr.t("admin-trace-none"))) }
        @else { (part::table(&tr.t("admin-newest-readings"), &[tr.t("admin-when"), tr.t("admin-value")], &rows)) }
    };
    shell.page(&signal.name, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_runtime::{Point, Sum};

    #[test]
    fn the_picture_draws_means_of_sums_and_leaves_out_what_is_bad() {
        let said = |at, value, quality| Stored { at: Instant(at), value: Sample::Count { value }, quality };
        let readings = vec![said(1, 4, Quality::Good), said(2, 0, Quality::Bad), said(3, 5, Quality::Uncertain)];
        assert_eq!(points(&Chart::Readings(readings)), [(Instant(1), 4.0), (Instant(3), 5.0)]);
        let sum = |values: &[i64]| {
            let mut sum = Sum::default();
            values.iter().for_each(|value| sum.add(Instant(0), &Sample::Count { value: *value }, Quality::Good));
            sum
        };
        let sums = vec![Point { at: Instant(0), sum: sum(&[1, 2]) }, Point { at: Instant(60), sum: sum(&[]) }];
        assert_eq!(points(&Chart::Sums { step_us: 60, points: sums }), [(Instant(0), 1.5)]);
    }
}
