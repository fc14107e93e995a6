//! `GET /t/{tenant}`: where a day in a factory begins: what wants attention, what is still to set up, what runs.

use super::admin::module::{Module, State as Standing, load_all};
use super::admin::{age, reached, sources};
use crate::failure::Failure;
use crate::lapse::{self, Lapse};
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::State;
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::types::Instant;
use toolcrib_ui::part::{self, Press, Todo};
use toolcrib_ui::shell::Shell;

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub tone: &'static str,
    pub text: String,
    pub href: String,
}

/// What the page shows.
pub struct Home<'a> {
    pub name: &'a str,
    pub role: &'a str,
    /// Those that run.
    pub modules: Vec<&'a Manifest>,
    pub open: Vec<Open>,
    /// Empty once everything is set up, and for those who do not decide.
    pub steps: Vec<Todo>,
}

pub async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Markup, Failure> {
    let modules: Vec<_> = member.view.iter().flat_map(|view| &view.modules).map(|loaded| &loaded.manifest).collect();
    let (mut open, mut steps) = (Vec::new(), Vec::new());
    if member.decides() {
        let known = load_all(&member).await?;
        let sources = sources::load(&app, &member).await?;
        let people = reached(member.visitor.registry.members(&member.tenant.id).await)?.map(|people| people.len());
        let dead = app.console.runtime.look(member.id, |reader| reader.dead_letters()).await?;
        let now = app.console.clock.now();
        open = problems(member.shell(), &known, &dead, &sources, now);
        let lapses = lapse::all(member.view.as_deref(), now);
        open.splice(0..0, lapses.iter().map(|lapse| lapsing(member.shell(), &known, lapse)));
        steps = setup(member.shell(), known.len(), &sources, people);
    }
    Ok(page(member.shell(), &Home { name: &member.tenant.name, role: &member.actor.role, modules, open, steps }))
}

/// A module that can only be read, now or soon.
fn lapsing(shell: &Shell, modules: &[Module], lapse: &Lapse) -> Open {
    let title = modules.iter().find(|known| known.name == lapse.module).map(|known| known.title(shell.tr));
    let text = lapse.text(shell, title.as_deref().unwrap_or(&lapse.module));
    Open { tone: lapse.tone(), text, href: lapse.way(&super::admin::base(shell)) }
}

/// What wants attention, the gravest first.
pub fn problems(
    shell: &Shell,
    modules: &[Module],
    dead: &[(String, u64)],
    sources: &[sources::Source],
    now: Instant,
) -> Vec<Open> {
    let (tr, base) = (shell.tr, super::admin::base(shell));
    let at = |module: &Module, tab: &str| format!("{base}/modules/{}{tab}", module.name);
    let told = |key: &str, module: &Module| tr.with(key, &[("module", &module.title(tr))]);
    let mut open = Vec::new();
    for module in modules.iter().filter(|module| module.state == Standing::Withdrawn) {
        open.push(Open { tone: "bad", text: told("admin-open-withdrawn", module), href: at(module, "") });
    }
    for (module, count) in dead {
        let title = modules.iter().find(|known| known.name == *module).map_or(module.clone(), |known| known.title(tr));
        let text = tr.with("admin-open-dead", &[("module", &title), ("count", &count.to_string())]);
        open.push(Open { tone: "bad", text, href: format!("{base}/modules/{module}/health") });
    }
    for source in sources.iter().filter(|source| source.is_silent(now)) {
        let since = source.sent.last_at.map(|at| age(tr, now, at)).unwrap_or_default();
        let text = tr.with("admin-open-silent", &[("source", &source.name), ("age", &since)]);
        open.push(Open { tone: "warn", text, href: format!("{base}/data/sources/{}", source.id) });
    }
    for module in modules {
        if module.state == Standing::Paused {
            open.push(Open { tone: "warn", text: told("admin-open-paused", module), href: at(module, "") });
        }
        if let Some(version) = &module.newer {
            let text = tr.with("admin-open-upgrade", &[("module", &module.title(tr)), ("version", version)]);
            open.push(Open { tone: "info", text, href: at(module, "/versions") });
        }
    }
    open
}

/// The way from an empty workspace to a factory that works. `people`: unknown without the registry.
pub fn setup(shell: &Shell, modules: usize, sources: &[sources::Source], people: Option<usize>) -> Vec<Todo> {
    let (tr, base) = (shell.tr, super::admin::base(shell));
    let step = |key: &str, help: &str, href: String, done| Todo { text: tr.t(key), help: tr.t(help), href, done };
    let sending = sources.iter().any(|source| source.sent.readings > 0);
    let steps = vec![
        step("admin-setup-module", "admin-setup-module-help", "/market".to_owned(), Some(modules > 0)),
        step("admin-setup-source", "admin-setup-source-help", format!("{base}/data/sources"), Some(sending)),
        step(
            "admin-setup-people",
            "admin-setup-people-help",
            format!("{base}/people"),
            people.map(|people| people > 1),
        ),
        step("admin-setup-terminal", "admin-setup-terminal-help", format!("{base}/terminals"), None),
    ];
    // What nobody but a person knows keeps no checklist open.
    if steps.iter().any(|step| step.done == Some(false)) { steps } else { Vec::new() }
}

pub fn page(shell: &Shell, home: &Home<'_>) -> Markup {
    let (tr, base) = (shell.tr, super::admin::base(shell));
    let open: Vec<_> = home.open.iter().map(|open| html! {
        (part::tag(open.tone, &tr.t(&format!("admin-tone-{}", open.tone)))) " " a href=(open.href) { (open.text) }
    }).collect();
    let body = html! {
        p { (tr.with("tenant-role", &[("role", &tr.t(&format!("role-{}", home.role)))])) }
        @if !open.is_empty() { (part::card(&tr.t("admin-open-problems"), html! { ul { @for open in &open { li { (open) } } } })) }
        @if !home.steps.is_empty() { (part::card(&tr.t("admin-setup"),
            part::checklist(&tr.t("admin-done"), &tr.t("admin-todo"), &tr.t("admin-check"), &home.steps))) }
        @if home.modules.is_empty() { (part::empty(&tr.t("tenant-none"))) p { (part::link("/market", &tr.t("nav-market"), Press::Main)) } }
        @else { (super::admin::block(&tr.t("admin-your-modules"), part::tiles(&home.modules.iter().map(|manifest| tile(shell, &base, manifest, home.role)).collect::<Vec<_>>()))) }
    };
    shell.page(home.name, body)
}

fn tile(shell: &Shell, base: &str, manifest: &Manifest, role: &str) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&manifest.module));
    let at = format!("{base}/m/{}", manifest.module);
    let views = toolcrib_ui::view::page::opened_alone(manifest, role);
    let views = views.map(|view| part::link(&format!("{at}/v/{}", view.name), tr.words(&view.title), Press::Plain));
    let mut ways: Vec<_> = views.collect();
    // Without pages of its own: what it answers at once.
    if ways.is_empty() {
        let link =
            |def: &HandlerDef| part::link(&format!("{at}/{}", def.name), &names.operation(&def.name), Press::Plain);
        ways.extend(super::module::overviews(manifest, role).map(link));
    }
    html! {
        h3 { a href=(at) { (tr.words(&manifest.title)) } }
        p { (tr.words(&manifest.summary)) }
        (part::buttons(&ways))
    }
}
