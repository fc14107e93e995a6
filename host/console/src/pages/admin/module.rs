//! `GET /t/{tenant}/modules/{module}` and its tabs' frame; `POST …/pause`, `…/resume`, `…/cancel`.

use super::{again, base, press, reached};
use crate::failure::Failure;
use crate::guard::{ByDecider, ByMember};
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, State as With};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::future::join_all;
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_registry_client::wire::{Policy, Subscription, Upgrade};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// How a module of a tenant stands on this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Paused,
    /// The marketplace withdrew it.
    Withdrawn,
    /// Subscribed, and not loaded here yet.
    Loading,
}

impl State {
    pub fn tag(self, tr: Tr) -> Markup {
        let (tone, mark, key) = match self {
            Self::Running => ("ok", "●", "admin-state-running"),
            Self::Paused => ("warn", "▲", "admin-state-paused"),
            Self::Withdrawn => ("bad", "■", "admin-state-withdrawn"),
            Self::Loading => ("idle", "○", "admin-state-loading"),
        };
        part::tag(tone, &format!("{mark} {}", tr.t(key)))
    }
}

/// A module of a tenant, from the host's and the registry's side.
#[derive(Clone, Debug)]
pub struct Module {
    pub name: String,
    pub state: State,
    pub version: String,
    pub digest: String,
    /// RFC 3339; empty while the registry cannot be reached.
    pub since: String,
    pub agreed_by: String,
    /// None while it is not loaded.
    pub manifest: Option<Manifest>,
    pub wanted: Vec<Wanted>,
    pub subscription: Option<Subscription>,
    /// Why it is withdrawn, or since when it is paused.
    pub why: String,
    /// A version that waits for an agreement.
    pub newer: Option<String>,
    pub upgrade: Option<Upgrade>,
}

impl Module {
    pub fn title(&self, tr: Tr) -> String {
        let title = self.manifest.as_ref().map(|manifest| tr.words(&manifest.title)).filter(|title| !title.is_empty());
        title.unwrap_or(&self.name).to_owned()
    }
}

/// All modules of the member's tenant, by name. Without the registry: those that this host knows.
///
/// # Errors
/// The registry refuses.
pub async fn load_all(member: &Member) -> Result<Vec<Module>, Failure> {
    let registry = &member.visitor.registry;
    let subscriptions = reached(registry.subscriptions(&member.tenant.id).await)?;
    let mut modules: Vec<_> = match subscriptions {
        Some(subscriptions) => {
            subscriptions.into_iter().map(|one| Module::of(member, &one.module.clone(), Some(one))).collect()
        }
        None => known(member).iter().map(|name| Module::of(member, name, None)).collect(),
    };
    let offers = modules.iter().map(|module| async {
        let asked = module.subscription.is_some() && member.decides();
        if asked { registry.upgrade(&member.tenant.id, &module.name).await.ok() } else { None }
    });
    for (upgrade, module) in join_all(offers).await.into_iter().zip(&mut modules) {
        module.newer = upgrade.as_ref().and_then(|upgrade| Some(upgrade.offer.as_ref()?.page.version.clone()));
        module.upgrade = upgrade;
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(modules)
}

/// One of them.
///
/// # Errors
/// `not-found`, or the registry refuses.
pub async fn load(member: &Member, module: &str) -> Result<Module, Failure> {
    let found = load_all(member).await?.into_iter().find(|known| known.name == module);
    Ok(found.ok_or_else(|| NOT_FOUND.because("this factory has no such module"))?)
}

fn known(member: &Member) -> Vec<String> {
    let Some(view) = &member.view else { return Vec::new() };
    let running = view.modules.iter().map(|loaded| loaded.manifest.module.clone());
    let paused = view.paused.iter().map(|paused| paused.module.manifest.module.clone());
    running.chain(paused).chain(view.stopped.iter().map(|stopped| stopped.module.clone())).collect()
}

impl Module {
    fn of(member: &Member, name: &str, subscription: Option<Subscription>) -> Self {
        let view = member.view.as_deref();
        let running = view.and_then(|view| view.modules.iter().find(|loaded| loaded.manifest.module == name));
        let paused = view.and_then(|view| view.paused.iter().find(|paused| paused.module.manifest.module == name));
        let stopped = view.and_then(|view| view.stopped.iter().find(|stopped| stopped.module == name));
        let (state, why) = match (running, paused, stopped) {
            (Some(_), ..) => (State::Running, String::new()),
            (None, Some(paused), _) => (State::Paused, member.shell().zone.text(paused.since)),
            (None, None, Some(stopped)) => (State::Withdrawn, stopped.why.clone()),
            (None, None, None) => (State::Loading, String::new()),
        };
        let loaded = running.or(paused.map(|paused| &paused.module));
        let text = |of: fn(&Subscription) -> &String| subscription.as_ref().map(of).cloned();
        Self {
            name: name.to_owned(),
            state,
            version: text(|one| &one.version)
                .or(loaded.map(|loaded| loaded.manifest.version.clone()))
                .unwrap_or_default(),
            digest: text(|one| &one.digest).or(loaded.map(|loaded| loaded.digest.clone())).unwrap_or_default(),
            since: text(|one| &one.since).unwrap_or_default(),
            agreed_by: text(|one| &one.agreed_by).unwrap_or_default(),
            manifest: loaded.map(|loaded| loaded.manifest.clone()),
            wanted: loaded.map(|loaded| loaded.wanted.clone()).unwrap_or_default(),
            subscription,
            why,
            newer: None,
            upgrade: None,
        }
    }
}

pub async fn show(member: Member, Path((_, module)): Path<(String, String)>) -> Result<Markup, Failure> {
    let module = load(&member, &module).await?;
    Ok(page(member.shell(), &module, member.decides(), None))
}

pub async fn pause(app: With<Arc<App>>, path: Path<(String, String)>, posted: ByDecider) -> Result<Response, Failure> {
    halt(app, path, posted, true).await
}

pub async fn resume(app: With<Arc<App>>, path: Path<(String, String)>, posted: ByDecider) -> Result<Response, Failure> {
    halt(app, path, posted, false).await
}

async fn halt(
    With(app): With<Arc<App>>,
    Path((_, module)): Path<(String, String)>,
    ByDecider { member, .. }: ByDecider,
    paused: bool,
) -> Result<Response, Failure> {
    let address = format!("/t/{}/modules/{module}", member.tenant.slug);
    // That it was so already is what the person wanted.
    app.console.runtime.pause(member.id, &module, &member.actor.id, paused).await?;
    Ok(Redirect::to(&address).into_response())
}

pub async fn cancel(
    Path((_, module)): Path<(String, String)>,
    ByMember { member, .. }: ByMember,
) -> Result<Response, Failure> {
    match member.visitor.registry.unsubscribe(&member.tenant.id, &module).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/modules", member.tenant.slug)).into_response()),
        Err(error) => {
            let loaded = load(&member, &module).await?;
            again(error, |problem| page(member.shell(), &loaded, member.decides(), Some(problem)))
        }
    }
}

/// The parts of a module's pages, with a problem above them.
pub fn frame(shell: &Shell, module: &Module, tab: &str, problem: Option<&Problem>, body: Markup) -> Markup {
    let (tr, at) = (shell.tr, format!("{}/modules/{}", base(shell), module.name));
    let tabs = ["", "settings", "grants", "usage", "health", "versions"].map(|tab| {
        let name = if tab.is_empty() { "overview" } else { tab };
        let slash = if tab.is_empty() { "" } else { "/" };
        (format!("{at}{slash}{tab}"), tr.t(&format!("admin-tab-{name}")))
    });
    let here = if tab.is_empty() { at.clone() } else { format!("{at}/{tab}") };
    let body = html! {
        (part::crumbs(tr, &[(&format!("{}/modules", base(shell)), &tr.t("nav-modules"))]))
        p { (module.state.tag(tr)) " " (module.version) }
        (part::tabs(&tr.t("admin-parts"), &super::tabs(&tabs, &here)))
        (part::problem_above(tr, problem))
        (body)
    };
    shell.page(&module.title(tr), body)
}

/// How it stands, and what can be done with it. `decides`: the visitor may.
pub fn page(shell: &Shell, module: &Module, decides: bool, problem: Option<&Problem>) -> Markup {
    let (tr, base) = (shell.tr, base(shell));
    let at = format!("{base}/modules/{}", module.name);
    let in_force = module.subscription.as_ref().is_none_or(|subscription| subscription.in_force);
    let body = html! {
        @match module.state {
            State::Running => {}
            State::Paused => (part::notice("warn", &tr.with("admin-paused-since", &[("time", &module.why)]))),
            State::Withdrawn => (part::notice("bad", &tr.with("admin-withdrawn-why", &[("why", &module.why)]))),
            State::Loading => (part::notice("idle", &tr.t("installed-loading"))),
        }
        @if !in_force { (part::notice("warn", &tr.t("installed-not-in-force"))) }
        @if let Some(newer) = &module.newer { (part::notice("warn", &tr.with("installed-newer", &[("version", newer)]))) }
        @if let Some(manifest) = &module.manifest { p { (tr.words(&manifest.summary)) } }
        (part::facts(&[
            (tr.t("version"), html! { (module.version) " " (part::digest(&module.digest)) }),
            (tr.t("installed-since"), html! { (shell.zone.show_text(&module.since)) " · " (module.agreed_by) }),
        ]))
        (part::buttons(&[
            html! { @if module.state == State::Running { (part::link(&format!("{base}/m/{}", module.name), &tr.t("admin-open"), Press::Main)) } },
            html! { (part::link(&format!("/market/m/{}", module.name), &tr.t("admin-in-market"), Press::Plain)) },
        ]))
        @if decides {
            @match module.state {
                State::Running => (part::card(&tr.t("admin-pause"), html! { p { (tr.t("admin-pause-help")) }
                    (press(shell, &format!("{at}/pause"), part::button(&tr.t("admin-pause"), Press::Plain))) })),
                State::Paused => (part::card(&tr.t("admin-resume"), html! { p { (tr.t("admin-resume-help")) }
                    (press(shell, &format!("{at}/resume"), part::button(&tr.t("admin-resume"), Press::Main))) })),
                _ => {}
            }
            (part::card(&tr.t("cancel-title"), html! { p { (tr.t("cancel-help")) }
                (super::more(&tr.t("cancel"), press(shell, &format!("{at}/cancel"),
                    part::button(&tr.with("cancel-confirm", &[("module", &module.title(tr))]), Press::Danger)))) }))
        }
    };
    frame(shell, module, "", problem, body)
}

/// `GET …/settings`: the contract knows no settings; modules keep theirs behind operations of this name.
pub async fn settings(member: Member, Path((_, module)): Path<(String, String)>) -> Result<Markup, Failure> {
    let module = load(&member, &module).await?;
    Ok(settings_page(member.shell(), &module, &member.actor.role))
}

pub fn settings_page(shell: &Shell, module: &Module, role: &str) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&module.name));
    let handlers = module.manifest.as_ref().map_or(&[][..], |manifest| &manifest.handlers);
    let own: Vec<_> =
        handlers.iter().filter(|def| def.is_operation() && def.name.contains("settings") && def.admits(role)).collect();
    let body = html! {
        @if own.is_empty() { (part::empty(&tr.t("admin-settings-none"))) }
        @else { p { (tr.t("admin-settings-own")) } (part::buttons(&own.iter().map(|def| {
            part::link(&format!("{}/m/{}/{}", base(shell), module.name, def.name), &names.operation(&def.name), Press::Plain)
        }).collect::<Vec<_>>())) }
    };
    frame(shell, module, "settings", None, body)
}

/// How new versions are taken, as a word of the form.
pub fn policy_word(policy: Policy) -> &'static str {
    match policy {
        Policy::Auto => "auto",
        Policy::Ask => "ask",
    }
}
