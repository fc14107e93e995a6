//! What the pages of kits look like.

use super::super::{base, block, hidden, more, press};
use super::{Shelf, Typed};
use maud::{Markup, html};
use serde_json::{Map, Value as Json};
use toolcrib_contract::consent::Page;
use toolcrib_contract::problem::Problem;
use toolcrib_exhibit::{Plan, PlannedList, PlannedModule, Stands};
use toolcrib_registry_client::wire::{Adoption, KitRow};
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// Rows of one list that are drawn; the others are counted.
const ROWS_SHOWN: usize = 20;

/// A kit as its page shows it.
pub struct Kit {
    pub row: KitRow,
    /// What taking it over would change; none for the factory's own.
    pub plan: Option<Plan>,
    /// What modules ask for that are not there yet, each with the hash of its page.
    pub asks: Vec<(Page, String)>,
    /// Of an own kit.
    pub adoptions: Vec<Adoption>,
}

impl Kit {
    /// What a person agrees to: rows and everything that modules ask for.
    pub fn sha256(&self) -> String {
        let asks: Vec<_> = self.asks.iter().map(|(_, sha256)| sha256.as_str()).collect();
        format!("{}.{}", self.plan.as_ref().map(Plan::sha256).unwrap_or_default(), asks.join("."))
    }
}

pub fn page(shell: &Shell, shelf: &Shelf, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let at = format!("{}/kits", base(shell));
    let row = |own: bool| {
        let at = at.clone();
        move |kit: &KitRow| {
            let mut cells = vec![
                html! { a href={ (at) "/" (kit.id) } { (kit.title) } },
                html! { (kit.firm) },
                part::amount(kit.modules.len()),
                part::amount(kit.rows),
                shell.zone.show_text(&kit.published_at),
                part::amount(kit.adopted),
            ];
            if own && kit.withdrawn_at.is_some() {
                cells[0] = html! { (cells[0]) " " (part::tag("idle", &tr.t("kits-withdrawn"))) };
            }
            cells
        }
    };
    let heads = ["kits-name", "kits-firm", "kits-modules", "kits-rows", "kits-published", "kits-adopted"];
    let heads = heads.map(|key| tr.t(key));
    let body = html! {
        (part::problem_above(tr, problem))
        (part::lead(&tr.t("kits-lead")))
        @if let Some(last) = &shelf.adoption {
            @match &last.done_at {
                Some(at) => { (part::notice("ok", &tr.with("kits-last", &[("title", &last.title), ("firm", &last.firm), ("made", &last.made.to_string())]))) p { (shell.zone.show_text(at)) } },
                None => { (part::notice("warn", &tr.with("kits-unfinished", &[("title", &last.title), ("firm", &last.firm)]))) },
            }
        }
        @match &shelf.kits {
            None => { (part::notice("warn", &tr.t("kits-away"))) },
            Some(kits) => {
                (block(&tr.t("kits-offered"), html! {
                    @if kits.offered.is_empty() { (part::empty(&tr.t("kits-none-offered"))) }
                    @else { (part::table(&tr.t("kits-offered"), &heads, &kits.offered.iter().map(row(false)).collect::<Vec<_>>())) }
                }))
                (block(&tr.t("kits-own"), html! {
                    @if kits.own.is_empty() { (part::empty(&tr.t("kits-none-own"))) }
                    @else { (part::table(&tr.t("kits-own"), &heads, &kits.own.iter().map(row(true)).collect::<Vec<_>>())) }
                }))
                (publish_form(shell, shelf, typed, problem, &at))
            },
        }
    };
    shell.page(&tr.t("kits-title"), body)
}

fn publish_form(shell: &Shell, shelf: &Shelf, typed: &Typed, problem: Option<&Problem>, at: &str) -> Markup {
    let tr = shell.tr;
    let wrong = |field: &str| {
        let errors = problem.map(|problem| problem.errors.as_slice()).unwrap_or_default();
        let beginning = format!("/{field}");
        let error = errors.iter().find(|error| error.pointer.starts_with(&beginning));
        error.map(|error| error.message.clone()).unwrap_or_default()
    };
    let line = |name: &'static str, key: &str, help: &str, value: &str| {
        let (label, help, error) = (tr.t(key), if help.is_empty() { String::new() } else { tr.t(help) }, wrong(name));
        Field { name, label: &label, help: &help, error: &error, required: name == "title" }.line("text", value, "")
    };
    let tick = |module: &String| {
        let label = shell.names(module).module(module);
        let field = Field { name: "module", label: &label, ..Field::default() };
        field.check(module, typed.title.is_empty() || typed.modules.contains(module))
    };
    let ticks: Vec<_> = shelf.modules.iter().map(tick).collect();
    let (mapping, mapping_help) = (tr.t("kits-mapping"), tr.t("kits-mapping-help"));
    part::card(
        &tr.t("kits-publish"),
        html! {
            p { (tr.t("kits-publish-help")) }
            @if ticks.is_empty() { (part::empty(&tr.t("kits-no-modules"))) }
            @else { (shell.post(at, html! {
                (line("title", "kits-name", "kits-name-help", &typed.title))
                (part::desk::ticks(&tr.t("kits-modules"), &ticks))
                (Field { name: "mapping", label: &mapping, help: &mapping_help, ..Field::default() }.check("yes", typed.mapping))
                (line("tenants", "kits-tenants", "kits-tenants-help", &typed.tenants))
                (line("segments", "kits-segments", "kits-segments-help", &typed.segments))
                p { (part::button(&tr.t("kits-publish-do"), Press::Main)) }
            })) }
        },
    )
}

pub fn kit_page(shell: &Shell, kit: &Kit, problem: Option<&Problem>) -> Markup {
    let (tr, above) = (shell.tr, format!("{}/kits", base(shell)));
    let at = format!("{above}/{}", kit.row.id);
    let modules: Vec<_> = kit.row.modules.iter().map(|name| shell.names(name).module(name)).collect();
    let body = html! {
        (part::crumbs(tr, &[(&above, &tr.t("kits-title"))]))
        (part::problem_above(tr, problem))
        (part::facts(&[
            (tr.t("kits-firm"), html! { (kit.row.firm) }),
            (tr.t("kits-published"), shell.zone.show_text(&kit.row.published_at)),
            (tr.t("kits-modules"), html! { (modules.join(&tr.t("list-separator"))) }),
            (tr.t("kits-rows"), part::amount(kit.row.rows)),
            ("SHA-256".to_owned(), html! { code { (kit.row.sha256) } }),
        ]))
        @match &kit.plan {
            Some(plan) => { (planned(shell, kit, plan, &at)) },
            None => { (own(shell, kit, &at)) },
        }
    };
    shell.page(&kit.row.title, body)
}

fn own(shell: &Shell, kit: &Kit, at: &str) -> Markup {
    let tr = shell.tr;
    let row = |one: &Adoption| {
        vec![
            html! { (one.firm) },
            shell.zone.show_text(&one.at),
            part::amount(one.subscribed.len()),
            part::amount(one.made),
            html! { (one.calls_before) " → " (one.calls_now) },
        ]
    };
    let heads = ["kits-firm", "kits-adopted-at", "kits-subscribed", "kits-made", "kits-calls"].map(|key| tr.t(key));
    html! {
        (block(&tr.t("kits-adoptions"), html! {
            @if kit.adoptions.is_empty() { (part::empty(&tr.t("kits-none-adopted"))) }
            @else { (part::table(&tr.t("kits-adoptions"), &heads, &kit.adoptions.iter().map(row).collect::<Vec<_>>())) p { (tr.t("kits-calls-help")) } }
        }))
        @if kit.row.withdrawn_at.is_none() {
            (more(&tr.t("kits-withdraw"), html! { p { (tr.t("kits-withdraw-help")) }
                (press(shell, &format!("{at}/withdraw"), part::button(&tr.t("kits-withdraw"), Press::Danger))) }))
        } @else { (part::notice("warn", &tr.t("kits-withdrawn"))) }
    }
}

/// What would change, and the one button.
fn planned(shell: &Shell, kit: &Kit, plan: &Plan, at: &str) -> Markup {
    let tr = shell.tr;
    let row = |one: &PlannedModule| {
        let state = match &one.stands {
            Stands::There(version) => part::tag("ok", &tr.with("kits-there", &[("version", version)])),
            Stands::Missing => part::tag("warn", &tr.t("kits-missing")),
            Stands::Unfit(version) => part::tag("bad", &tr.with("kits-unfit", &[("version", version)])),
        };
        vec![html! { (shell.names(&one.module).module(&one.module)) }, html! { (one.version) }, state]
    };
    let heads = ["evidence-module", "version", "kits-here"].map(|key| tr.t(key));
    html! {
        (block(&tr.t("kits-modules"), part::table(&tr.t("kits-modules"), &heads, &plan.modules.iter().map(row).collect::<Vec<_>>())))
        @for (page, _) in &kit.asks { (asks(shell, page)) }
        @for list in &plan.lists { (list_of(shell, list)) }
        @if !plan.mapping.made.is_empty() || !plan.mapping.other.is_empty() {
            (block(&tr.t("kits-mapping"), html! {
                p { (tr.with("kits-counts", &[("made", &plan.mapping.made.len().to_string()), ("same", &plan.mapping.same.to_string())])) }
                @if !plan.mapping.other.is_empty() { (part::notice("bad", &tr.with("kits-conflicts", &[("count", &plan.mapping.other.len().to_string())]))) }
            }))
        }
        @if plan.is_done() { (part::notice("ok", &tr.t("kits-done"))) }
        @else if plan.against.is_empty() {
            (part::card(&tr.t("kits-adopt"), html! {
                p { (tr.t("kits-adopt-help")) }
                (shell.post(&format!("{at}/adopt"), html! {
                    (hidden("shown", &kit.sha256()))
                    p { (part::button(&tr.t("kits-adopt-do"), Press::Main)) }
                }))
            }))
        } @else {
            (part::notice("bad", &tr.t("kits-against")))
            ul { @for one in &plan.against { li { (one) } } }
        }
    }
}

/// What a module asks for that is subscribed to.
fn asks(shell: &Shell, page: &Page) -> Markup {
    let tr = shell.tr;
    let row = |ask: &toolcrib_contract::consent::Ask| {
        vec![html! { (tr.words(&ask.sentence)) }, html! { (tr.words(&ask.reason)) }]
    };
    let heads = ["market-consent-what", "market-consent-why"].map(|key| tr.t(key));
    let title = tr.with("kits-asks", &[("module", &shell.names(&page.module).module(&page.module))]);
    block(
        &title,
        html! {
            @if page.asks.is_empty() { (part::empty(&tr.t("market-consent-nothing"))) }
            @else { (part::table(&title, &heads, &page.asks.iter().map(row).collect::<Vec<_>>())) }
        },
    )
}

fn list_of(shell: &Shell, list: &PlannedList) -> Markup {
    let (tr, names) = (shell.tr, shell.names(&list.module));
    let title = format!("{} · {}", names.module(&list.module), names.operation(&list.list));
    let counts = [("made", list.made.len().to_string()), ("same", list.same.to_string())];
    let counts = counts.each_ref().map(|(name, count)| (*name, count.as_str()));
    block(
        &title,
        html! {
            p { (tr.with("kits-counts", &counts)) @if list.later { " " (tr.t("kits-later")) } }
            @if !list.other.is_empty() {
                (part::notice("bad", &tr.with("kits-conflicts", &[("count", &list.other.len().to_string())])))
                (rows(shell, list, &list.other.iter().flat_map(|(theirs, own)| [(Some("kits-theirs"), theirs), (Some("kits-own-row"), own)]).collect::<Vec<_>>()))
            }
            @if !list.made.is_empty() { (more(&tr.t("kits-show-rows"), rows(shell, list, &list.made.iter().map(|row| (None, row)).collect::<Vec<_>>()))) }
        },
    )
}

/// Rows of a list, each with whose it is where there are two of one key.
fn rows(shell: &Shell, list: &PlannedList, rows: &[(Option<&str>, &Map<String, Json>)]) -> Markup {
    let names = shell.names(&list.module);
    let mut columns: Vec<&String> = rows.iter().flat_map(|(_, row)| row.keys()).collect();
    columns.sort_unstable();
    columns.dedup();
    let whose = rows.iter().any(|(whose, _)| whose.is_some()).then(|| shell.tr.t("kits-whose"));
    let heads = whose.into_iter().chain(columns.iter().map(|column| names.output(&list.list, column)));
    let cell = |value: Option<&Json>| match value {
        None | Some(Json::Null) => html! { "–" },
        Some(Json::String(text)) => html! { (text) },
        Some(other) => html! { (other.to_string()) },
    };
    let drawn = rows.iter().take(ROWS_SHOWN).map(|(whose, row)| {
        let whose = whose.iter().map(|key| html! { (shell.tr.t(key)) });
        whose.chain(columns.iter().map(|column| cell(row.get(*column)))).collect()
    });
    html! {
        (part::table(&names.operation(&list.list), &heads.collect::<Vec<_>>(), &drawn.collect::<Vec<Vec<_>>>()))
        @if rows.len() > ROWS_SHOWN { p { (shell.tr.with("kits-more-rows", &[("count", &(rows.len() - ROWS_SHOWN).to_string())])) } }
    }
}
