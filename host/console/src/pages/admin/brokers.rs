//! `/t/{tenant}/data/brokers/{broker}`: a broker of the factory's own that the host subscribes to; `new` for another one.
//! How each stands is told on the page of the sources.

use super::{age, base, hidden, press};
use crate::failure::{Failure, status};
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::types::Instant;
use toolcrib_ingest::mqtt::{Broker, KeptBrokers, Standing};
use toolcrib_runtime::Source;
use toolcrib_ui::form::FormText;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// The address of a broker that is not there yet.
const NEW: &str = "new";

/// A broker and how it stands; nothing of how to sign in there.
#[derive(Clone, Debug)]
pub struct Followed {
    pub name: String,
    pub url: String,
    pub standing: Standing,
    /// What came from it since the host started.
    pub heard: Source,
}

/// The brokers of a tenant.
///
/// # Errors
/// The disk.
pub async fn load(app: &App, member: &Member) -> Result<Vec<Followed>, Failure> {
    let console = &app.console;
    let kept = console.brokers.kept(member.id).await?;
    let followed = kept.brokers.into_iter().map(|broker| Followed {
        standing: console.brokers.standing(member.id, &broker.name),
        heard: console.runtime.sources().look(member.id, &broker.source()),
        name: broker.name,
        url: broker.url,
    });
    Ok(followed.collect())
}

/// The list, as a part of the page of the sources.
pub fn section(shell: &Shell, followed: &[Followed], now: Instant, decides: bool) -> Markup {
    let tr = shell.tr;
    let at = format!("{}/data/brokers", base(shell));
    let row = |broker: &Followed| {
        let name = html! { (broker.name) };
        vec![
            if decides {
                html! { a href={ (at) "/" (broker.name) } { (name) } }
            } else {
                name
            },
            html! { code { (broker.url) } },
            standing(tr, &broker.standing, now),
            part::amount(broker.heard.messages),
            part::amount(broker.heard.refused),
        ]
    };
    let heads = ["broker-name", "broker-url", "broker-standing", "admin-mqtt-messages", "admin-refused"];
    part::card(
        &tr.t("broker-title"),
        html! {
            p { (tr.t("broker-lead")) }
            @if !followed.is_empty() {
                (part::table(&tr.t("broker-title"), &heads.map(|key| tr.t(key)), &followed.iter().map(row).collect::<Vec<_>>()))
            }
            @if decides { p { (part::link(&format!("{at}/{NEW}"), &tr.t("broker-add"), Press::Plain)) } }
        },
    )
}

/// In words: what it does, since when, and what to do when it does not.
fn standing(tr: Tr, standing: &Standing, now: Instant) -> Markup {
    let (tone, mark) = match standing {
        Standing::Off => ("idle", "○"),
        Standing::Connecting => ("idle", "…"),
        Standing::Connected { .. } => ("ok", "●"),
        Standing::Waiting { .. } => ("warn", "▲"),
    };
    html! {
        (part::tag(tone, &format!("{mark} {}", tr.t(&format!("broker-is-{}", standing.code())))))
        @if let Some(since) = standing.since() { " " (age(tr, now, since)) }
        @if let Some(why) = standing.why() { (part::dim(&why)) }
    }
}

pub async fn one(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Path((_, name)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let kept = app.console.brokers.kept(member.id).await?;
    let known = kept.brokers.iter().find(|broker| broker.name == name);
    if known.is_none() && name != NEW {
        return Err(NOT_FOUND.because("there is no such broker any more").into());
    }
    let fresh = Broker { active: true, ..Broker::default() };
    Ok(page(member.shell(), &name, kept.version, &write(known.unwrap_or(&fresh)), None))
}

pub async fn save(
    State(app): State<Arc<App>>,
    Path((_, name)): Path<(String, String)>,
    ByDecider { member, form: typed }: ByDecider,
) -> Result<Response, Failure> {
    let KeptBrokers { mut brokers, .. } = app.console.brokers.kept(member.id).await?;
    let said = read(&typed);
    let place = brokers.iter().position(|broker| broker.name == name);
    let place = match place {
        Some(place) => {
            brokers[place] = said;
            place
        }
        None => {
            brokers.push(said);
            brokers.len() - 1
        }
    };
    keep(&app, &member, brokers, &typed, |problem| {
        let problem = told(member.shell().tr, problem, place);
        page(member.shell(), &name, version(&typed), &typed, Some(&problem))
    })
    .await
}

pub async fn remove(
    State(app): State<Arc<App>>,
    Path((_, name)): Path<(String, String)>,
    ByDecider { member, form: typed }: ByDecider,
) -> Result<Response, Failure> {
    let KeptBrokers { mut brokers, .. } = app.console.brokers.kept(member.id).await?;
    brokers.retain(|broker| broker.name != name);
    keep(&app, &member, brokers, &typed, |problem| page(member.shell(), &name, version(&typed), &typed, Some(&problem)))
        .await
}

async fn keep(
    app: &App,
    member: &Member,
    mut brokers: Vec<Broker>,
    typed: &FormText,
    page: impl FnOnce(Problem) -> Markup,
) -> Result<Response, Failure> {
    // Nobody types the passwords of the other brokers: theirs stay.
    brokers.iter_mut().for_each(|broker| broker.password = broker.password.take().filter(|typed| !typed.is_empty()));
    match app.console.brokers.put(member.id, version(typed), brokers, &member.actor.id).await {
        Ok(_) => Ok(Redirect::to(&format!("{}/data/sources", base(member.shell()))).into_response()),
        Err(problem) => {
            let status = status(&problem);
            Ok((status, page(problem)).into_response())
        }
    }
}

fn version(typed: &FormText) -> u64 {
    typed.get("version").and_then(|version| version.parse().ok()).unwrap_or_default()
}

/// A broker that a form says. An empty password or key: the one that is kept stays.
fn read(form: &FormText) -> Broker {
    let text = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
    let topics = form.get("topics").unwrap_or_default().lines().map(str::trim).filter(|topic| !topic.is_empty());
    Broker {
        name: text("name"),
        url: text("url"),
        user: text("user"),
        password: form.get("password").filter(|password| !password.is_empty()).map(str::to_owned),
        topics: topics.map(str::to_owned).collect(),
        ca: text("ca"),
        certificate: text("certificate"),
        key: Some(text("key")).filter(|key| !key.is_empty()),
        active: form.get("active").is_some(),
    }
}

/// A broker as a form would say it; its password and key never.
fn write(broker: &Broker) -> FormText {
    let mut pairs = vec![
        ("name".to_owned(), broker.name.clone()),
        ("url".to_owned(), broker.url.clone()),
        ("user".to_owned(), broker.user.clone()),
        ("topics".to_owned(), broker.topics.join("\n")),
        ("ca".to_owned(), broker.ca.clone()),
        ("certificate".to_owned(), broker.certificate.clone()),
    ];
    if broker.active {
        pairs.push(("active".to_owned(), "yes".to_owned()));
    }
    FormText::new(pairs)
}

/// The mistakes of the broker at this place, in the words of the form.
fn told(tr: Tr, problem: Problem, place: usize) -> Problem {
    let prefix = format!("/brokers/{place}/");
    let tell = |error: InputError| {
        let field = error.pointer.strip_prefix(&prefix).unwrap_or_default();
        match (tr.maybe(&format!("broker-{field}")), tr.maybe(&format!("broker-{field}-help"))) {
            (Some(label), Some(help)) => InputError { pointer: format!("/{label}"), message: help },
            _ => error,
        }
    };
    Problem { errors: problem.errors.into_iter().map(tell).collect(), ..problem }
}

/// `name`: as the address has it. `typed`: what stands in the form.
pub fn page(shell: &Shell, name: &str, version: u64, typed: &FormText, problem: Option<&Problem>) -> Markup {
    let (tr, sources) = (shell.tr, format!("{}/data/sources", base(shell)));
    let (at, is_new) = (format!("{}/data/brokers/{name}", base(shell)), name == NEW);
    let text = |name: &str| typed.get(name).unwrap_or_default().to_owned();
    let version = hidden("version", &version.to_string());
    let form = html! {
        (version)
        (question(tr, "name", true, |field| field.line("text", &text("name"), "off")))
        (question(tr, "url", true, |field| field.line("text", &text("url"), "off")))
        (question(tr, "user", false, |field| field.line("text", &text("user"), "off")))
        (question(tr, "password", false, |field| field.line("password", "", "new-password")))
        (question(tr, "topics", true, |field| field.lines(&text("topics"), 4)))
        (question(tr, "ca", false, |field| field.lines(&text("ca"), 3)))
        (question(tr, "certificate", false, |field| field.lines(&text("certificate"), 3)))
        (question(tr, "key", false, |field| field.lines("", 3)))
        (question(tr, "active", false, |field| field.check("yes", typed.get("active").is_some())))
        p { (part::button(&tr.t("broker-save"), Press::Main)) }
    };
    let body = html! {
        (part::crumbs(tr, &[(&sources, &tr.t("admin-sources"))]))
        (part::problem_above(tr, problem))
        (shell.post(&at, form))
        @if !is_new {
            (super::more(&tr.t("broker-remove"), html! {
                p { (tr.t("broker-remove-help")) }
                (press(shell, &format!("{at}/remove"), html! { (version) (part::button(&tr.t("broker-remove"), Press::Danger)) }))
            }))
        }
    };
    shell.page(&if is_new { tr.t("broker-add") } else { name.to_owned() }, body)
}

/// One field, with its words.
fn question(tr: Tr, name: &str, required: bool, draw: impl FnOnce(Field<'_>) -> Markup) -> Markup {
    let (label, help) = (tr.t(&format!("broker-{name}")), tr.t(&format!("broker-{name}-help")));
    draw(Field { name, label: &label, help: &help, required, error: "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ingest::mqtt::Trouble;
    use toolcrib_ui::language::Lang;

    #[test]
    fn a_broker_comes_back_from_its_form_without_its_password_and_key() {
        let broker = Broker {
            name: "plant".into(),
            url: "mqtts://broker.plant:8883".into(),
            user: "reader".into(),
            password: Some("secret".into()),
            topics: vec!["plant/#".into(), "spBv1.0/#".into()],
            ca: "-----BEGIN CERTIFICATE-----".into(),
            certificate: "-----BEGIN CERTIFICATE----- ours".into(),
            key: Some("-----BEGIN PRIVATE KEY-----".into()),
            active: true,
        };
        let form = write(&broker);
        assert_eq!(read(&form), Broker { password: None, key: None, ..broker.clone() });
        let off = Broker { active: false, ..broker };
        assert!(!read(&write(&off)).active);
    }

    #[test]
    fn every_standing_has_a_sentence_in_both_languages() {
        for lang in Lang::ALL {
            for code in Trouble::CODES {
                assert!(Tr::new(lang).maybe(&format!("broker-is-{code}")).is_some(), "{lang:?} {code}");
            }
        }
    }
}
