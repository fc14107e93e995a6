//! `GET /market/m/{module}?view=&tab=`: what a module is good for, pictures of its own pages, what it asks for, its plans.

use super::about::{Vocabulary, installs, plan_cost, price, title};
use super::beside;
use super::problem;
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::Visitor;
use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::Capability;
use toolcrib_contract::preview::Preview;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{Card, Deprecation, ModulePage, MyTenant, Plan, PlanKind, VersionPage};
use toolcrib_ui::language::Tr;
use toolcrib_ui::names::{Known, Names};
use toolcrib_ui::part::hero::{Hero, hero};
use toolcrib_ui::part::shelf::{chips, verified};
use toolcrib_ui::part::showcase::showcase;
use toolcrib_ui::part::stars::stars;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::view::preview::Picture;
use toolcrib_ui::wants;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Looked {
    view: String,
    tab: usize,
}

/// What all pages of a module say above.
pub struct Head {
    pub module: ModulePage,
    /// The newest on offer.
    pub version: Option<VersionPage>,
    /// As on the shelf; none while nobody may have it.
    pub card: Option<Card>,
    pub plans: Vec<Plan>,
    pub leave: Option<Deprecation>,
    /// Those that the visitor may subscribe for.
    pub tenants: Vec<MyTenant>,
    /// The modules that it works with.
    pub beside: Vec<Known>,
}

/// What the first page says beside.
pub struct Shown {
    pub head: Head,
    pub previews: Arc<Vec<Preview>>,
    pub words: Vocabulary,
    pub view: String,
    pub tab: usize,
}

impl Head {
    /// # Errors
    /// No such module, or the registry does not answer.
    pub async fn load(visitor: &Visitor, name: &str) -> Result<Self, Failure> {
        let registry = &visitor.registry;
        let module = registry.module(name).await?;
        let (version, provider, plans, leave) = tokio::join!(
            newest(registry, &module),
            registry.provider(&module.org),
            registry.plans(name),
            registry.deprecation(name)
        );
        let card = provider?.modules.into_iter().find(|card| card.module == module.name);
        let may = |tenant: &&MyTenant| matches!(tenant.role.as_str(), "owner" | "admin");
        let tenants = visitor.identity.me.tenants.iter().filter(may).cloned().collect();
        let version = version?;
        let wanted =
            version.iter().flat_map(|version| &version.wanted).map(|wanted| wanted.capability.clone()).collect();
        let beside = beside(registry, &visitor.shell, wanted).await;
        Ok(Self { version, card, plans: plans?, leave: leave?, tenants, beside, module })
    }

    /// The names on the pages of a version.
    pub fn names<'a>(&'a self, shell: &'a Shell, version: &'a VersionPage) -> Names<'a> {
        shell.names_with(&version.words).and(&self.beside)
    }

    pub fn title(&self, tr: Tr) -> &str {
        title(tr, &self.module.title, &self.module.name)
    }

    pub fn path(&self) -> String {
        format!("/market/m/{}", self.module.name)
    }
}

async fn newest(registry: &Client, module: &ModulePage) -> Result<Option<VersionPage>, Failure> {
    Ok(match &module.latest {
        Some(version) => Some(registry.version(&module.name, version).await?),
        None => None,
    })
}

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(module): Path<String>,
    Query(Looked { view, tab }): Query<Looked>,
) -> Result<Markup, Failure> {
    let (head, words) = tokio::join!(Head::load(&visitor, &module), Vocabulary::load(&visitor.registry));
    let head = head?;
    let previews = match &head.version {
        Some(version) => app.pictures.of(&visitor.registry, version).await?,
        None => Arc::default(),
    };
    Ok(page(&visitor.shell, &Shown { head, previews, words: words?.0, view, tab: tab.max(1) }))
}

/// A page of a module: its head, the row of its pages, then `body`.
pub fn framed(shell: &Shell, head: &Head, sub: &str, body: Markup) -> Markup {
    let (tr, path) = (shell.tr, head.path());
    let page = |of: &str, key: &str| part::Tab { path: format!("{path}{of}"), text: tr.t(key), here: of == sub };
    let mut pages = vec![page("", "market-about")];
    if head.version.is_some() {
        pages.push(page("/security", "market-security"));
    }
    pages.extend([page("/versions", "versions"), page("/reviews", "market-reviews")]);
    let whole = html! {
        (above(shell, head))
        (part::tabs(&tr.t("market-pages-of"), &pages))
        (body)
        @if sub != problem::SUB { p { (part::link(&format!("{path}{}", problem::SUB), &tr.t("market-complain-open"), Press::Plain)) } }
    };
    shell.page(head.title(tr), whole)
}

fn above(shell: &Shell, head: &Head) -> Markup {
    let (tr, module) = (shell.tr, &head.module);
    let mut facts = vec![html! {
        a href={ "/market/p/" (module.org) } { (module.org_name) }
        @if head.card.as_ref().is_some_and(|card| card.verified) { " " (verified(tr)) }
    }];
    if let Some(version) = &head.version {
        facts.push(html! { (tr.with("market-version", &[("version", &version.version)])) });
    }
    if let Some(card) = &head.card {
        facts.push(html! { (tr.t("market-updated")) " " (shell.zone.show_text(&card.updated_at)) });
        facts.extend([html! { (price(tr, card)) }, html! { (installs(tr, card.tenants)) }]);
        facts.push(stars(tr, (card.stars, card.ratings)));
    }
    let tries = head.plans.iter().any(|plan| plan.kind == PlanKind::Trial);
    let key = if tries { "market-try-for" } else { "market-install" };
    let action = |tenant: &MyTenant| {
        (format!("/t/{}/install/{}", tenant.slug, module.name), tr.with(key, &[("tenant", &tenant.name)]))
    };
    let actions = head.tenants.iter().filter(|_| head.version.is_some()).map(action).collect();
    html! {
        @if head.version.is_none() { (part::notice("warn", &tr.t("market-not-approved"))) }
        @if let Some(leave) = &head.leave {
            (part::notice("warn", &tr.with("market-leave", &[("why", tr.words(&leave.text))])))
            @if let Some(other) = &leave.successor { p { a href={ "/market/m/" (other) } { (tr.with("market-successor", &[("module", other)])) } } }
        }
        (hero(&Hero { title: head.title(tr), line: tr.words(&module.summary), facts, actions }))
    }
}

pub fn page(shell: &Shell, shown: &Shown) -> Markup {
    let (tr, head) = (shell.tr, &shown.head);
    let body = html! {
        @if let Some(version) = &head.version { (pictures(shell, shown, version)) }
        section { h2 { (tr.t("market-about")) }
            (part::prose(tr.words(&head.module.listing.description)))
            (made_for(tr, shown))
        }
        @if let Some(version) = &head.version {
            section { h2 { (tr.t("market-data")) } (asks(head.names(shell, version), version)) }
            section { h2 { (tr.t("market-fits")) } (fits(head.names(shell, version), version)) }
        }
        section { h2 { (tr.t("market-plans")) } (plans(tr, &head.plans)) }
    };
    framed(shell, head, "", body)
}

fn made_for(tr: Tr, shown: &Shown) -> Markup {
    let listing = &shown.head.module.listing;
    let (problems, segments) = match &shown.head.card {
        Some(card) => (&card.problems, &card.segments),
        None => (&listing.problems, &listing.segments),
    };
    let every = segments.is_empty().then(|| tr.t("market-every-segment"));
    let words: Vec<_> = (shown.words.names(tr, "problem", problems).into_iter())
        .chain(shown.words.names(tr, "segment", segments))
        .chain(every)
        .chain(listing.subsidy.map(|category| tr.t(&format!("market-subsidy-{}", category.as_str()))))
        .collect();
    chips(&words)
}

fn pictures(shell: &Shell, shown: &Shown, version: &VersionPage) -> Markup {
    let tr = shell.tr;
    let known = shown.previews.iter().find(|preview| preview.view == shown.view).or(shown.previews.first());
    let known = known.and_then(|preview| Some((preview, version.manifest.view(&preview.view)?)));
    let Some((preview, view)) = known else { return html! {} };
    let picture = Picture::new(shell, (&version.manifest, &version.words), view, Some(preview), shown.tab);
    let path = shown.head.path();
    let link = |view: &str, tab: usize| format!("{path}?view={view}&tab={tab}");
    let views = shown.previews.iter().filter_map(|preview| version.manifest.view(&preview.view));
    let tab = |path: String, text: &str, here| part::Tab { path, text: text.to_owned(), here };
    let views: Vec<_> = views.map(|one| tab(link(&one.name, 1), tr.words(&one.title), one.name == view.name)).collect();
    let tabs = view.tabs.iter().enumerate().map(|(at, of)| {
        tab(link(&view.name, at + 1), of.title.as_ref().map_or("", |title| tr.words(title)), at == picture.tab())
    });
    let tabs: Vec<_> = tabs.collect();
    let caption = tr.with("market-picture", &[("view", tr.words(&view.title))]);
    html! { section #pictures { h2 { (tr.t("market-pictures")) }
        (part::tabs(&tr.t("module-views"), &views))
        (part::tabs(&tr.t("view-tabs"), &tabs))
        (showcase(&caption, picture.draw()))
    } }
}

/// What it asks for, in plain words.
pub fn asks(names: Names<'_>, version: &VersionPage) -> Markup {
    let tr = names.tr;
    html! {
        @if version.wanted.is_empty() { (part::empty(&tr.t("wants-none"))) }
        (wants::grouped(tr, &version.wanted, |wanted| html! { (wants::row(names, wanted)) }))
        details { summary { (tr.t("market-own-data")) } (wants::own(names, &version.manifest, &version.wanted)) }
    }
}

/// What it works with: other modules, machines, this host.
fn fits(names: Names<'_>, version: &VersionPage) -> Markup {
    let tr = names.tr;
    let mut modules: BTreeMap<String, bool> = BTreeMap::new();
    let mut signals = Vec::new();
    for wanted in &version.wanted {
        match &wanted.capability {
            Capability::Read { module, .. } | Capability::Call { module, .. } | Capability::Listen { module, .. } => {
                let needed = modules.entry(module.to_string()).or_insert(false);
                *needed |= !wanted.optional;
            }
            Capability::Readings { signal } => signals.push(signal.clone()),
            Capability::Outbound { .. } => {}
        }
    }
    let link = |(module, needed): (&String, &bool)| {
        let key = if *needed { "market-needs" } else { "market-gains" };
        html! { li { a href={ "/market/m/" (module) } { (names.module(module)) } " · " (tr.t(key)) } }
    };
    html! {
        @if !modules.is_empty() { ul { @for module in &modules { (link(module)) } } }
        (part::facts(&[
            (tr.t("market-signals"), html! { @if signals.is_empty() { (tr.t("market-signals-none")) } @else { (signals.join(&tr.t("list-separator"))) } }),
            (tr.t("market-languages"), html! { "中文 · English" }),
            (tr.t("market-sdk"), html! { (version.manifest.sdk) }),
            (tr.t("licence"), html! { (version.listing.licence) }),
        ]))
    }
}

fn plans(tr: Tr, plans: &[Plan]) -> Markup {
    if plans.is_empty() {
        return html! { p { (tr.t("market-plans-none")) } };
    }
    let heads = ["market-plan", "market-plan-price", "market-plan-note"].map(|key| tr.t(key));
    let row = |plan: &Plan| {
        let note = match plan.kind {
            PlanKind::Free => tr.t("market-note-free"),
            PlanKind::Trial => tr.t("market-note-trial"),
            PlanKind::Monthly => tr.t("market-note-monthly"),
            PlanKind::PerUse => tr.t("market-note-use"),
        };
        let kept =
            plan.readings_months.map(|months| tr.with("market-note-readings", &[("months", &months.to_string())]));
        let note = html! { (note) @if let Some(kept) = kept { br; (kept) } };
        vec![html! { (tr.words(&plan.name)) }, html! { (plan_cost(tr, plan)) }, note]
    };
    part::table(&tr.t("market-plans"), &heads, &plans.iter().map(row).collect::<Vec<_>>())
}
