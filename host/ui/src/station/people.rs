//! Where an administrator looks after the people of the shop floor.

use crate::form::FormText;
use crate::part;
use crate::shell::Shell;
use maud::{Markup, html};
use toolcrib_contract::language::Lang;
use toolcrib_contract::problem::Problem;

/// Somebody in the list.
#[derive(Clone, Debug, Default)]
pub struct OperatorLine {
    pub code: String,
    pub name: String,
    pub role: String,
    pub has_badge: bool,
    pub has_pin: bool,
    pub active: bool,
    /// Until when no PIN is taken, as people read it.
    pub locked: Option<String>,
}

fn path(shell: &Shell) -> String {
    shell.tenant.as_ref().map(|tenant| format!("{}/operators", tenant.path())).unwrap_or_default()
}

/// The list, with the forms for one more and for many.
pub fn operators(
    shell: &Shell,
    lines: &[OperatorLine],
    typed: &FormText,
    problem: Option<&Problem>,
    added: Option<usize>,
) -> Markup {
    let (tr, base) = (shell.tr, path(shell));
    let heads = ["station-code", "station-person", "station-role", "station-proofs", "station-state", "row-actions"]
        .map(|key| tr.t(key));
    let rows: Vec<Vec<Markup>> = lines.iter().map(|line| row(shell, line)).collect();
    let list = typed.get("list").unwrap_or_default();
    let body = html! {
        p.lead { (tr.t("station-operators-lead")) }
        (part::problem_above(tr, problem))
        @if let Some(count) = added { (part::notice("ok", &tr.with("station-added", &[("count", &count.to_string())]))) }
        @if lines.is_empty() { (part::empty(&tr.t("station-no-operators"))) }
        @else { (part::table(&tr.t("station-operators"), &heads, &rows)) }
        section.card { h2 { (tr.t("station-operator-new")) }
            (shell.post(&base, html! { (fields(shell, typed, problem, true)) p.buttons { button.main { (tr.t("station-operator-add")) } } }))
        }
        section.card { h2 { (tr.t("station-paste")) }
            (shell.post(&format!("{base}/list"), html! {
                div.field { label for="list" { (tr.t("station-paste-list")) }
                    textarea id="list" name="list" rows="6" aria-describedby="h-list" required { "\n" (list) }
                    p.help #h-list { (tr.t("station-paste-help")) } }
                p.buttons { button.main { (tr.t("station-paste-add")) } }
            }))
        }
    };
    shell.page(&tr.t("station-operators"), body)
}

fn row(shell: &Shell, line: &OperatorLine) -> Vec<Markup> {
    let tr = shell.tr;
    let proofs = [(line.has_badge, "station-has-badge"), (line.has_pin, "station-has-pin")];
    let proofs: Vec<_> = proofs.into_iter().filter(|(has, _)| *has).map(|(_, key)| tr.t(key)).collect();
    let state = match (&line.locked, line.active) {
        (_, false) => html! { span.tag.idle { "○ " (tr.t("station-left")) } },
        (Some(until), true) => html! { span.tag.warn { "▲ " (tr.with("station-locked", &[("at", until)])) } },
        (None, true) => html! { span.tag.ok { "● " (tr.t("station-active")) } },
    };
    vec![
        html! { (line.code) },
        html! { (line.name) },
        html! { (role(shell, &line.role)) },
        html! { @if proofs.is_empty() { "—" } @else { (proofs.join(", ")) } },
        state,
        html! { a.button href={ (path(shell)) "/one?code=" (crate::form::escape(&line.code)) } { (tr.t("station-edit")) } },
    ]
}

fn role(shell: &Shell, role: &str) -> String {
    shell.tr.t(if role == "supervisor" { "station-role-supervisor" } else { "station-role-operator" })
}

fn fields(shell: &Shell, typed: &FormText, problem: Option<&Problem>, new: bool) -> Markup {
    let tr = shell.tr;
    let text = |name: &str| typed.get(name).unwrap_or_default().to_owned();
    let field = |name: &str, label: &str, help: Option<&str>, kind: &str, value: String, required: bool| {
        let at = format!("/{name}");
        let wrong = problem.and_then(|problem| problem.errors.iter().find(|error| error.pointer == at));
        html! { div.field { label for=(name) { (tr.t(label)) }
        input id=(name) name=(name) type=(kind) value=(value) required[required] autocomplete="off" aria-describedby=[help.map(|_| format!("h-{name}"))] aria-invalid=[wrong.map(|_| "true")];
        @if let Some(help) = help { p.help id={ "h-" (name) } { (tr.t(help)) } }
        @if let Some(wrong) = wrong { p.error { (wrong.message) } } } }
    };
    let select = |name: &str, label: &str, options: &[(&str, String)]| {
        let chosen = text(name);
        html! { div.field { label for=(name) { (tr.t(label)) }
        select id=(name) name=(name) { @for (value, label) in options { option value=(value) selected[*value == chosen] { (label) } } } } }
    };
    let roles = ["operator", "supervisor"].map(|name| (name, role(shell, name)));
    let languages = Lang::ALL.map(|lang| (lang.code(), lang.name().to_owned()));
    html! {
        @if new { (field("code", "station-code", Some("station-code-help"), "text", text("code"), true)) }
        @else { input type="hidden" name="code" value=(text("code")); }
        (field("name", "station-person", None, "text", text("name"), true))
        (select("role", "station-role", &roles))
        (select("language", "station-language", &languages))
        (field("badge", "station-badge", Some(if new { "station-badge-help" } else { "station-keep-help" }), "text", String::new(), false))
        (field("pin", "station-pin", Some(if new { "station-pin-help" } else { "station-keep-help" }), "password", String::new(), false))
    }
}

/// One of them.
pub fn operator(shell: &Shell, line: &OperatorLine, typed: &FormText, problem: Option<&Problem>) -> Markup {
    let (tr, list) = (shell.tr, path(shell));
    let body = html! {
        nav.crumbs aria-label=(tr.t("crumbs")) { a href=(list) { (tr.t("station-operators")) } }
        (part::problem_above(tr, problem))
        @if let Some(until) = &line.locked { (part::notice("warn", &tr.with("station-locked", &[("at", until)]))) }
        section.card { h2 { (tr.t("station-settings")) }
            (shell.post(&list, html! {
                input type="hidden" name="known" value="1";
                (fields(shell, typed, problem, false))
                p { label.check { input type="checkbox" name="active" value="1" checked[typed.get("active").is_some()]; " " (tr.t("station-active-check")) } }
                p.buttons { button.main { (tr.t("station-save")) } }
            }))
        }
    };
    shell.page(&format!("{} {}", line.code, line.name), body)
}
