//! `GET /t/{tenant}/data/sources`: machines and gateways that send readings. `POST` adds one, `…/{device}` shows it with a
//! line to try it, `…/{device}/rotate` and `…/{device}/remove` change it.

use super::{SILENT_US, again, age, base, origin, press};
use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_registry_client::wire::Device;
use toolcrib_runtime::{Refused, Runtime, SignalInfo, Source as Heard};
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What a device has sent so far: of the signals that it reported last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub signals: u64,
    pub readings: u64,
    pub last_at: Option<Instant>,
}

/// A device and what it sent.
#[derive(Clone, Debug)]
pub struct Source {
    pub id: String,
    pub name: String,
    pub sent: Sent,
}

impl Source {
    /// It has sent something, and nothing lately.
    pub fn is_silent(&self, now: Instant) -> bool {
        self.sent.last_at.is_some_and(|at| now.since_us(at) > SILENT_US)
    }
}

/// Every signal of a tenant, by name.
///
/// # Errors
/// The disk, or too many slow queries wait.
pub async fn all_signals(runtime: &Runtime, tenant: RawId) -> Result<Vec<SignalInfo>, Problem> {
    runtime.signals(tenant, String::new(), limits::SIGNALS as u32).await
}

/// What each device sent.
pub fn sent(signals: &[SignalInfo]) -> HashMap<&str, Sent> {
    let mut sent: HashMap<&str, Sent> = HashMap::new();
    for signal in signals {
        let of = sent.entry(&signal.device).or_default();
        of.signals += 1;
        of.readings += signal.count;
        of.last_at = of.last_at.max(Some(signal.last_at));
    }
    sent
}

/// The devices that this host lets in, with what they sent.
///
/// # Errors
/// As [`all_signals`].
pub async fn load(app: &App, member: &Member) -> Result<Vec<Source>, Failure> {
    let signals = all_signals(&app.console.runtime, member.id).await?;
    let sent = sent(&signals);
    let devices = member.view.as_ref().map(|view| view.devices.clone());
    let sources = devices.iter().flat_map(|devices| devices.iter()).map(|device| Source {
        id: device.id.clone(),
        name: device.name.clone(),
        sent: sent.get(device.id.as_str()).copied().unwrap_or_default(),
    });
    Ok(sources.collect())
}

pub async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Markup, Failure> {
    let sources = load(&app, &member).await?;
    Ok(page(member.shell(), &sources, app.console.clock.now(), member.decides(), "", None))
}

pub async fn add(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let name = form.get("name").unwrap_or_default().trim();
    match member.visitor.registry.new_device(&member.tenant.id, name).await {
        Ok(device) => Ok(fresh(member.shell(), &device, &origin(&headers, app.console.https), app.console.clock.now())
            .into_response()),
        Err(error) => {
            let sources = load(&app, &member).await?;
            again(error, |problem| page(member.shell(), &sources, app.console.clock.now(), true, name, Some(problem)))
        }
    }
}

/// The device of this id as this host knows it.
fn known(member: &Member, device: &str) -> Result<(String, String), Failure> {
    let devices = member.view.as_ref().map(|view| view.devices.clone());
    let found = devices.iter().flat_map(|devices| devices.iter()).find(|known| known.id == device);
    let found = found.map(|known| (known.id.clone(), known.name.clone()));
    Ok(found.ok_or_else(|| NOT_FOUND.because("there is no such source"))?)
}

pub async fn one(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, device)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let (id, name) = known(&member, &device)?;
    let signals = all_signals(&app.console.runtime, member.id).await?;
    let sent = sent(&signals).get(id.as_str()).copied().unwrap_or_default();
    let newest = signals.iter().filter(|signal| signal.device == id).max_by_key(|signal| signal.last_at).cloned();
    let heard = app.console.runtime.sources().look(member.id, &id);
    let one = One {
        source: Source { id, name, sent },
        heard,
        newest,
        now: app.console.clock.now(),
        origin: origin(&headers, app.console.https),
    };
    Ok(source_page(member.shell(), &one, member.decides(), None))
}

pub async fn rotate(
    State(app): State<Arc<App>>,
    Path((_, device)): Path<(String, String)>,
    headers: HeaderMap,
    ByDecider { member, .. }: ByDecider,
) -> Result<Response, Failure> {
    let device = member.visitor.registry.rotate_device(&member.tenant.id, &device).await?;
    Ok(fresh(member.shell(), &device, &origin(&headers, app.console.https), app.console.clock.now()).into_response())
}

pub async fn remove(
    Path((_, device)): Path<(String, String)>,
    ByDecider { member, .. }: ByDecider,
) -> Result<Response, Failure> {
    member.visitor.registry.delete_device(&member.tenant.id, &device).await?;
    Ok(Redirect::to(&format!("/t/{}/data/sources", member.tenant.slug)).into_response())
}

/// `name`: what was typed before it was refused.
pub fn page(
    shell: &Shell,
    sources: &[Source],
    now: Instant,
    decides: bool,
    name: &str,
    problem: Option<&Problem>,
) -> Markup {
    let tr = shell.tr;
    let at = format!("{}/data/sources", base(shell));
    let row = |source: &Source| {
        vec![
            html! { a href={ (at) "/" (source.id) } { (source.name) } },
            standing(shell, source, now),
            part::amount(source.sent.signals),
            part::amount(source.sent.readings),
        ]
    };
    let heads = ["admin-source", "admin-last-seen", "admin-signals", "admin-readings"].map(|key| tr.t(key));
    let error = problem.and_then(|problem| problem.errors.first()).map(|error| error.message.as_str());
    let body = html! {
        (part::problem_above(tr, problem))
        @if sources.is_empty() { (part::empty(&tr.t("admin-sources-none"))) }
        @else { (part::table(&tr.t("admin-sources"), &heads, &sources.iter().map(row).collect::<Vec<_>>())) }
        @if decides { (part::card(&tr.t("admin-source-add"), shell.post(&at, html! {
            (Field { name: "name", label: &tr.t("admin-source-name"), help: &tr.t("admin-source-name-help"), required: true, error: error.unwrap_or_default() }.line("text", name, ""))
            p { (part::button(&tr.t("admin-source-add"), Press::Main)) }
        }))) }
        p { (part::link(&format!("{}/data/signals", base(shell)), &tr.t("admin-signals"), Press::Plain)) }
    };
    shell.page(&tr.t("admin-sources"), body)
}

fn standing(shell: &Shell, source: &Source, now: Instant) -> Markup {
    let tr = shell.tr;
    match source.sent.last_at {
        None => part::tag("idle", &format!("○ {}", tr.t("admin-source-new"))),
        Some(at) if source.is_silent(now) => {
            part::tag("warn", &format!("▲ {}", tr.with("admin-source-silent", &[("age", &age(tr, now, at))])))
        }
        Some(at) => part::tag("ok", &format!("● {}", age(tr, now, at))),
    }
}

/// A source on its page.
pub struct One {
    pub source: Source,
    /// Since the host started.
    pub heard: Heard,
    /// Of its signals.
    pub newest: Option<SignalInfo>,
    pub now: Instant,
    pub origin: String,
}

pub fn source_page(shell: &Shell, one: &One, decides: bool, problem: Option<&Problem>) -> Markup {
    let (tr, sources) = (shell.tr, format!("{}/data/sources", base(shell)));
    let at = format!("{sources}/{}", one.source.id);
    let token = tr.t("admin-token-here");
    let body = html! {
        (part::crumbs(tr, &[(&sources, &tr.t("admin-sources"))]))
        (part::problem_above(tr, problem))
        p { (standing(shell, &one.source, one.now)) }
        (part::facts(&[
            (tr.t("admin-signals"), html! { (one.source.sent.signals) }),
            (tr.t("admin-readings"), html! { (one.source.sent.readings) }),
            (tr.t("admin-mqtt-user"), html! { code { (user_name(shell, &one.source.id)) } }),
        ]))
        (heard(shell, &one.heard))
        @if let Some(newest) = &one.newest { p {
            (tr.t("admin-newest-reading")) " " a href=(super::signals::address(shell, &newest.name)) { (newest.name) }
            " = " strong { (super::signals::value_text(&newest.last_value)) } " · " (shell.zone.show(newest.last_at))
        } }
        (part::card(&tr.t("admin-test"), html! {
            p { (tr.t("admin-test-help")) }
            (part::example(&tr.t("admin-test-line"), &line(shell, &one.origin, &token, one.now)))
            p { (part::link(&at, &tr.t("admin-test-again"), Press::Plain)) }
        }))
        @if decides {
            (part::card(&tr.t("admin-rotate"), html! { p { (tr.t("admin-rotate-help")) }
                (super::more(&tr.t("admin-rotate"), press(shell, &format!("{at}/rotate"), part::button(&tr.t("admin-rotate-do"), Press::Danger)))) }))
            (part::card(&tr.t("admin-disable"), html! { p { (tr.t("admin-disable-help")) }
                (super::more(&tr.t("admin-disable"), press(shell, &format!("{at}/remove"), part::button(&tr.t("admin-disable-do"), Press::Danger)))) }))
        }
    };
    shell.page(&one.source.name, body)
}

/// As the device signs in over MQTT; its token is the password.
fn user_name(shell: &Shell, device: &str) -> String {
    toolcrib_ingest::mqtt::user_name(shell.tenant.as_ref().map_or("", |tenant| tenant.slug.as_str()), device)
}

/// What came over MQTT, and what was refused; nothing when there was neither.
fn heard(shell: &Shell, heard: &Heard) -> Markup {
    if *heard == Heard::default() {
        return html! {};
    }
    let tr = shell.tr;
    let row = |refused: &Refused| {
        let why = match refused.code {
            "topic-not-allowed" | "filter-not-allowed" | "reading-conflict" | "not-storable" | "lost-at-quality-0" => {
                tr.t(&format!("admin-refused-{}", refused.code))
            }
            _ => refused.why.clone(),
        };
        let when = html! { (shell.zone.show(refused.at)) };
        vec![html! { (refused.what) }, html! { (why) }, part::amount(refused.count), when]
    };
    let heads = ["admin-refused-what", "admin-refused-why", "admin-refused-count", "admin-when"].map(|key| tr.t(key));
    part::card(
        &tr.t("admin-mqtt"),
        html! {
            p { (tr.t("admin-mqtt-since")) }
            (part::facts(&[
                (tr.t("admin-mqtt-connections"), html! { (heard.connections) }),
                (tr.t("admin-mqtt-messages"), html! { (heard.messages) }),
                (tr.t("admin-mqtt-delayed"), html! { (heard.delayed) }),
                (tr.t("admin-refused"), html! { (heard.refused) }),
            ]))
            @if !heard.refusals.is_empty() {
                (part::table(&tr.t("admin-refused"), &heads, &heard.refusals.iter().rev().map(row).collect::<Vec<_>>()))
            }
        },
    )
}

/// The page that shows a token once.
pub fn fresh(shell: &Shell, device: &Device, origin: &str, now: Instant) -> Markup {
    let (tr, sources) = (shell.tr, format!("{}/data/sources", base(shell)));
    let token = device.token.as_deref().unwrap_or_default();
    let body = html! {
        (part::once(&tr.t("admin-token"), token, &tr.t("admin-once")))
        (part::example(&tr.t("admin-test-line"), &line(shell, origin, token, now)))
        p { (part::link(&format!("{sources}/{}", device.id), &tr.t("admin-test-done"), Press::Main)) }
    };
    shell.page(&device.name, body)
}

/// The second that a moment lies in.
fn second(at: Instant) -> Instant {
    Instant(at.0 - at.0.rem_euclid(1_000_000))
}

/// One reading, sent from a terminal.
fn line(shell: &Shell, origin: &str, token: &str, now: Instant) -> String {
    let second = second(now);
    let tenant = shell.tenant.as_ref().map_or("", |tenant| tenant.slug.as_str());
    format!(
        "curl -H 'Authorization: Bearer {token}' \\\n  -d '{{\"signal\":\"press-1.state\",\"at\":\"{second}\",\"value\":\"running\"}}' \\\n  {origin}/v1/t/{tenant}/readings"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::signal::Sample;

    #[test]
    fn a_device_is_credited_with_the_signals_that_it_reported_last() {
        let signal = |name: &str, device: &str, at: i64, count: u64| SignalInfo {
            name: name.into(),
            device: device.into(),
            last_at: Instant(at),
            last_value: Sample::Count { value: 1 },
            count,
        };
        let signals = [signal("a.x", "one", 5, 10), signal("a.y", "one", 9, 1), signal("b.x", "two", 7, 2)];
        let sent = sent(&signals);
        assert_eq!(sent["one"], Sent { signals: 2, readings: 11, last_at: Some(Instant(9)) });
        let source = Source { id: "one".into(), name: "One".into(), sent: sent["one"] };
        assert!(!source.is_silent(Instant(9 + SILENT_US)) && source.is_silent(Instant(10 + SILENT_US)));
        let new = Source { sent: Sent::default(), ..source };
        assert!(!new.is_silent(Instant(i64::MAX / 2)), "what never spoke is new, not silent");
    }
}
