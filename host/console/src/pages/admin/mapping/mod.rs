//! `/t/{tenant}/data/mapping`: what published messages mean. The rules, what none of them fits, and trying a message.

mod form;
mod trial;

pub use trial::{Tried, try_message};

use super::{age, base, block, hidden, press};
use crate::failure::{Failure, status};
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::types::Instant;
use toolcrib_ingest::Kept;
use toolcrib_ingest::payload::{From, Rule, Unknown, Unknowns};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// The address of a rule that is not there yet.
const NEW: &str = "new";

/// What the page shows.
pub struct Shown {
    pub kept: Kept,
    pub unknown: Unknowns,
    pub now: Instant,
}

async fn load(app: &App, member: &Member) -> Result<Shown, Failure> {
    let kept = app.console.mapping.kept(member.id).await?;
    Ok(Shown { kept, unknown: app.console.mapping.unknown(member.id), now: app.console.clock.now() })
}

pub async fn show(State(app): State<Arc<App>>, Decider(member): Decider) -> Result<Markup, Failure> {
    Ok(page(member.shell(), &load(&app, &member).await?, &FormText::default(), None, None))
}

pub async fn adopt(State(app): State<Arc<App>>, ByDecider { member, form }: ByDecider) -> Result<Response, Failure> {
    let place = form.get("place").unwrap_or_default();
    match app.console.mapping.adopt(member.id, place, &member.actor.id).await {
        Ok(_) => Ok(Redirect::to(&at(member.shell())).into_response()),
        Err(problem) => {
            let problem = form::told(member.shell().tr, problem);
            let shown = load(&app, &member).await?;
            Ok((status(&problem), page(member.shell(), &shown, &FormText::default(), None, Some(&problem)))
                .into_response())
        }
    }
}

/// The place of a rule in the list; none: it is new.
fn place(rule: &str, kept: &Kept) -> Result<Option<usize>, Failure> {
    if rule == NEW {
        return Ok(None);
    }
    let place = rule.parse().ok().filter(|place| *place < kept.rules.rules.len());
    Ok(Some(place.ok_or_else(|| NOT_FOUND.because("there is no such rule any more"))?))
}

pub async fn one(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Path((_, rule)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let kept = app.console.mapping.kept(member.id).await?;
    let known = place(&rule, &kept)?.map(|place| kept.rules.rules[place].clone());
    let fresh = || Rule { from: From { topic: Some(String::new()), ..From::default() }, ..Rule::default() };
    let typed = form::write(&known.unwrap_or_else(fresh));
    Ok(rule_page(member.shell(), &rule, kept.version, &sources(&member), &typed, None))
}

pub async fn save(
    State(app): State<Arc<App>>,
    Path((_, rule)): Path<(String, String)>,
    ByDecider { member, form: typed }: ByDecider,
) -> Result<Response, Failure> {
    let version = version(&typed);
    let saved = saved(&app, &member, &rule, version, &typed).await;
    refused_or_back(&member, saved, |problem| {
        rule_page(member.shell(), &rule, version, &sources(&member), &typed, Some(problem))
    })
}

async fn saved(app: &App, member: &Member, rule: &str, version: u64, typed: &FormText) -> Result<(), Failure> {
    let Kept { mut rules, .. } = app.console.mapping.kept(member.id).await?;
    let said = form::read(typed).map_err(form::wrong)?;
    match rule.parse::<usize>().ok().filter(|place| *place < rules.rules.len()) {
        Some(place) => rules.rules[place] = said,
        None => rules.rules.push(said),
    }
    app.console.mapping.put(member.id, version, rules, &member.actor.id).await?;
    Ok(())
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Path((_, rule)): Path<(String, String)>,
    ByDecider { member, form: typed }: ByDecider,
) -> Result<Response, Failure> {
    let Kept { mut rules, version: in_force, .. } = app.console.mapping.kept(member.id).await?;
    let version = version(&typed);
    // Of another version, another rule may stand there: then it is refused below.
    if let Some(place) = rule.parse::<usize>().ok().filter(|place| *place < rules.rules.len() && version == in_force) {
        rules.rules.remove(place);
    }
    app.console.mapping.put(member.id, version, rules, &member.actor.id).await?;
    Ok(Redirect::to(&at(member.shell())).into_response())
}

fn version(typed: &FormText) -> u64 {
    typed.get("version").and_then(|version| version.parse().ok()).unwrap_or_default()
}

/// Back to the list, or the page once more with what is wrong.
fn refused_or_back(
    member: &Member,
    done: Result<(), Failure>,
    page: impl FnOnce(&Problem) -> Markup,
) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&at(member.shell())).into_response()),
        Err(Failure::Problem(problem)) => {
            let problem = form::told(member.shell().tr, *problem);
            Ok((status(&problem), page(&problem)).into_response())
        }
        Err(sign_in) => Err(sign_in),
    }
}

/// Devices of the tenant: id and name.
fn sources(member: &Member) -> Vec<(String, String)> {
    let devices = member.view.iter().flat_map(|view| view.devices.iter());
    devices.map(|device| (device.id.clone(), device.name.clone())).collect()
}

fn at(shell: &Shell) -> String {
    format!("{}/data/mapping", base(shell))
}

/// `tried`: what a message would become, above what was typed of it.
pub fn page(
    shell: &Shell,
    shown: &Shown,
    typed: &FormText,
    tried: Option<&Tried>,
    problem: Option<&Problem>,
) -> Markup {
    let tr = shell.tr;
    let changed = shown.kept.changed.as_ref().map(|(when, _)| {
        tr.with("mapping-version", &[("version", &shown.kept.version.to_string()), ("age", &age(tr, shown.now, *when))])
    });
    let body = html! {
        (part::lead(&tr.t("mapping-lead")))
        (part::problem_above(tr, problem))
        (block(&tr.t("mapping-unknown"), unknown(shell, shown)))
        (block(&tr.t("mapping-rules"), html! {
            (rules(shell, &shown.kept))
            p { (part::link(&format!("{}/{NEW}", at(shell)), &tr.t("mapping-add"), Press::Main)) }
            @if let Some(changed) = changed { (part::dim(&changed)) }
        }))
        (block(&tr.t("mapping-try"), trial::card(shell, &format!("{}/try", at(shell)), typed, tried)))
    };
    shell.page(&tr.t("mapping-title"), body)
}

fn unknown(shell: &Shell, shown: &Shown) -> Markup {
    let tr = shell.tr;
    let list = shown.unknown.list();
    let row = |unknown: &Unknown| {
        let fields =
            html! { (hidden("place", &unknown.place)) p { (part::button(&tr.t("mapping-adopt"), Press::Main)) } };
        vec![
            html! { code { (unknown.place) } },
            html! { strong { (unknown.last_value) } },
            html! { (age(tr, shown.now, unknown.last_at)) },
            part::amount(unknown.count),
            html! { (unknown.rule.equipment) "." (unknown.rule.signal) },
            shell.post(&format!("{}/adopt", at(shell)), fields),
        ]
    };
    let heads =
        ["mapping-place", "admin-value", "admin-last-seen", "admin-readings", "mapping-becomes", "mapping-adopt"];
    html! {
        @if list.is_empty() { (part::empty(&tr.t("mapping-unknown-none"))) }
        @else {
            (part::dim(&tr.t("mapping-unknown-help")))
            (part::table(&tr.t("mapping-unknown"), &heads.map(|key| tr.t(key)), &list.iter().map(row).collect::<Vec<_>>()))
        }
        @if shown.unknown.more > 0 { (part::notice("idle", &tr.with("mapping-unknown-more", &[("count", &shown.unknown.more.to_string())]))) }
    }
}

/// Where a rule's values come from, in one line.
fn place_of(from: &From) -> String {
    let levels = [&from.group, &from.node, &from.device, &from.topic, &from.metric].into_iter().flatten();
    let base = levels.cloned().collect::<Vec<_>>().join(" / ");
    format!("{base} {}", from.path)
}

fn rules(shell: &Shell, kept: &Kept) -> Markup {
    let tr = shell.tr;
    let row = |(place, rule): (usize, &Rule)| {
        let kind = form::KINDS.iter().find(|(_, kind)| *kind == rule.kind).map_or("number", |(name, _)| name);
        vec![
            html! { a href={ (at(shell)) "/" (place) } { code { (place_of(&rule.from)) } } },
            html! { (rule.equipment) "." (rule.signal) },
            html! { (tr.t(&format!("mapping-kind-{kind}"))) },
            html! { (rule.unit.as_deref().unwrap_or_default()) },
        ]
    };
    let heads = ["mapping-place", "mapping-becomes", "mapping-kind", "mapping-unit"].map(|key| tr.t(key));
    html! {
        @if kept.rules.rules.is_empty() { (part::empty(&tr.t("mapping-rules-none"))) }
        @else { (part::table(&tr.t("mapping-rules"), &heads, &kept.rules.rules.iter().enumerate().map(row).collect::<Vec<_>>())) }
    }
}

/// The form of one rule.
pub fn rule_page(
    shell: &Shell,
    rule: &str,
    version: u64,
    sources: &[(String, String)],
    typed: &FormText,
    problem: Option<&Problem>,
) -> Markup {
    let (tr, here) = (shell.tr, format!("{}/{rule}", at(shell)));
    let version = version.to_string();
    let body = html! {
        (part::crumbs(tr, &[(&at(shell), &tr.t("mapping-title"))]))
        (part::problem_above(tr, problem))
        (shell.post(&here, html! { (hidden("version", &version)) (fields(shell, sources, typed)) p { (part::button(&tr.t("mapping-save"), Press::Main)) } }))
        @if rule != NEW {
            (super::more(&tr.t("mapping-remove"), press(shell, &format!("{here}/remove"), html! { (hidden("version", &version)) (part::button(&tr.t("mapping-remove"), Press::Danger)) })))
        }
    };
    shell.page(&tr.t(if rule == NEW { "mapping-add" } else { "mapping-rule" }), body)
}

fn fields(shell: &Shell, sources: &[(String, String)], typed: &FormText) -> Markup {
    let tr = shell.tr;
    let line = |name: &str| {
        let (label, help) = (tr.t(&format!("mapping-{name}")), tr.t(&format!("mapping-{name}-help")));
        Field { name, label: &label, help: &help, ..Field::default() }.line(
            "text",
            typed.get(name).unwrap_or_default(),
            "off",
        )
    };
    let choose = |name: &str, options: Vec<(String, String)>| {
        let (label, help) = (tr.t(&format!("mapping-{name}")), tr.t(&format!("mapping-{name}-help")));
        Field { name, label: &label, help: &help, ..Field::default() }
            .select(&options, typed.get(name).unwrap_or_default())
    };
    let option = |value: &str, key: &str| (value.to_owned(), tr.t(key));
    let kinds =
        form::KINDS.iter().map(|(name, _)| ((*name).to_owned(), tr.t(&format!("mapping-kind-{name}")))).collect();
    let mut devices = vec![option("", "mapping-source-any")];
    devices.extend(sources.iter().cloned());
    let ways = vec![option("topic", "mapping-where-topic"), option("metric", "mapping-where-metric")];
    let codes = vec![option("da", "mapping-codes-da"), option("ua", "mapping-codes-ua")];
    let (restarts, states) = (tr.t("mapping-restarts"), tr.t("mapping-states"));
    let (restarts_help, states_help) = (tr.t("mapping-restarts-help"), tr.t("mapping-states-help"));
    let restarts = Field { name: "restarts", label: &restarts, help: &restarts_help, ..Field::default() };
    let states = Field { name: "states", label: &states, help: &states_help, ..Field::default() };
    html! {
        (super::group(&tr.t("mapping-group-signal"), &[line("equipment"), line("signal"), choose("kind", kinds), line("unit")]))
        (super::group(&tr.t("mapping-group-from"), &[choose("where", ways), choose("source", devices), line("path")]))
        (super::group(&tr.t("mapping-where-topic"), &[line("topic"), line("time"), line("quality"), choose("codes", codes)]))
        (super::group(&tr.t("mapping-where-metric"), &[line("metric"), line("group"), line("node"), line("device")]))
        (super::group(&tr.t("mapping-group-number"), &[line("scale"), line("offset"), line("band")]))
        (super::group(&tr.t("mapping-kind-counter"), &[line("bits"), restarts.check("yes", typed.get("restarts").is_some())]))
        (super::group(&tr.t("mapping-kind-state"), &[states.lines(typed.get("states").unwrap_or_default(), 6), line("offline")]))
    }
}
