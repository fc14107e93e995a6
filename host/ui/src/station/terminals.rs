//! Where an administrator sets terminals up: the list, one terminal, and the code that pairs a device.

use crate::code;
use crate::form::FormText;
use crate::part;
use crate::shell::Shell;
use maud::{Markup, html};
use toolcrib_contract::problem::Problem;

/// A terminal in the list.
#[derive(Clone, Debug, Default)]
pub struct TerminalLine {
    pub id: String,
    pub name: String,
    pub places: Vec<String>,
    pub shows: Vec<String>,
    /// When a device was paired, and when it was last heard of, as people read it.
    pub paired: Option<String>,
    pub seen: Option<String>,
}

/// A code that pairs a device.
#[derive(Clone, Debug)]
pub struct CodeShown {
    pub text: String,
    /// Where the device goes.
    pub address: String,
    /// Until when it is good, as people read it.
    pub until: String,
}

/// The list, with the form for one more. `views`: what terminals could show, `module/view` and title.
pub fn terminals(
    shell: &Shell,
    lines: &[TerminalLine],
    views: &[(String, String)],
    typed: &FormText,
    problem: Option<&Problem>,
) -> Markup {
    let tr = shell.tr;
    let base = path(shell);
    let heads =
        ["station-name", "station-places", "station-paired", "station-seen", "row-actions"].map(|key| tr.t(key));
    let rows: Vec<Vec<Markup>> = lines.iter().map(|line| row(shell, line)).collect();
    let body = html! {
        p.lead { (tr.t("station-terminals-lead")) }
        (part::problem_above(tr, problem))
        @if lines.is_empty() { (part::empty(&tr.t("station-no-terminals"))) }
        @else { (part::table(&tr.t("station-terminals"), &heads, &rows)) }
        section.card {
            h2 { (tr.t("station-new")) }
            (shell.post(&base, html! { (fields(shell, views, typed, problem)) p.buttons { button.main { (tr.t("station-create")) } } }))
        }
    };
    shell.page(&tr.t("station-terminals"), body)
}

fn path(shell: &Shell) -> String {
    shell.tenant.as_ref().map(|tenant| format!("{}/terminals", tenant.path())).unwrap_or_default()
}

fn row(shell: &Shell, line: &TerminalLine) -> Vec<Markup> {
    let (tr, base) = (shell.tr, format!("{}/{}", path(shell), line.id));
    let paired = match &line.paired {
        Some(at) => html! { span.tag.ok { "● " (tr.t("station-is-paired")) } " " (at) },
        None => html! { span.tag.warn { "▲ " (tr.t("station-is-not-paired")) } },
    };
    let buttons = html! { div.buttons {
        (shell.post(&format!("{base}/code"), html! { button.main { (tr.t("station-make-code")) } }))
        a.button href=(base) { (tr.t("station-edit")) }
    } };
    vec![
        html! { (line.name) },
        html! { (line.places.join(", ")) },
        paired,
        html! { (line.seen.as_deref().unwrap_or("—")) },
        buttons,
    ]
}

fn fields(shell: &Shell, views: &[(String, String)], typed: &FormText, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let wrong = |name: &str| {
        let at = format!("/{name}");
        problem.and_then(|problem| problem.errors.iter().find(|error| error.pointer == at)).map(|error| &error.message)
    };
    let chosen: Vec<_> = typed.all("shows").collect();
    html! {
        div.field { label for="name" { (tr.t("station-name")) }
            input id="name" name="name" value=(typed.get("name").unwrap_or_default()) required maxlength="60" autocomplete="off" aria-invalid=[wrong("name").map(|_| "true")];
            @if let Some(message) = wrong("name") { p.error { (message) } } }
        div.field { label for="places" { (tr.t("station-places")) }
            textarea id="places" name="places" rows="3" aria-describedby="h-places" aria-invalid=[wrong("places").map(|_| "true")] { "\n" (typed.get("places").unwrap_or_default()) }
            p.help #h-places { (tr.t("station-places-help")) }
            @if let Some(message) = wrong("places") { p.error { (message) } } }
        @if !views.is_empty() { fieldset { legend { (tr.t("station-shows")) }
            p.help { (tr.t("station-shows-help")) }
            @for (value, title) in views {
                p { label.check { input type="checkbox" name="shows" value=(value) checked[chosen.contains(&value.as_str())]; " " (title) } }
            }
        } }
    }
}

/// One terminal: its settings, taking its device away, taking it away.
pub fn terminal(
    shell: &Shell,
    line: &TerminalLine,
    views: &[(String, String)],
    typed: &FormText,
    problem: Option<&Problem>,
    code: Option<&CodeShown>,
) -> Markup {
    let (tr, list) = (shell.tr, path(shell));
    let base = format!("{list}/{}", line.id);
    let body = html! {
        nav.crumbs aria-label=(tr.t("crumbs")) { a href=(list) { (tr.t("station-terminals")) } }
        (part::problem_above(tr, problem))
        @if let Some(code) = code { (shown(shell, code)) }
        section.card { h2 { (tr.t("station-device")) }
            p { @match &line.paired { Some(at) => { (tr.with("station-paired-at", &[("at", at)])) } None => { (tr.t("station-is-not-paired")) } } }
            div.buttons {
                (shell.post(&format!("{base}/code"), html! { button.main { (tr.t("station-make-code")) } }))
                @if line.paired.is_some() { (shell.post(&format!("{base}/unpair"), html! { button.danger { (tr.t("station-unpair")) } })) }
            }
        }
        section.card { h2 { (tr.t("station-settings")) }
            (shell.post(&base, html! { (fields(shell, views, typed, problem)) p.buttons { button.main { (tr.t("station-save")) } } }))
        }
        details.confirm { summary.button.danger { (tr.t("station-remove")) }
            div.card { p { (tr.with("station-remove-sure", &[("name", &line.name)])) }
                (shell.post(&format!("{base}/remove"), html! { button.danger { (tr.t("station-remove")) } })) } }
    };
    shell.page(&line.name, body)
}

fn shown(shell: &Shell, code: &CodeShown) -> Markup {
    let tr = shell.tr;
    html! {
        section.card.pairing { h2 { (tr.t("station-code-title")) }
            p { (tr.t("station-code-lead")) }
            div.pair {
                @if let Some(qr) = code::qr(&code.address) {
                    svg.qr viewBox="0 0 240 240" role="img" aria-label=(tr.t("station-code-picture")) { (qr.draw(0.0, 0.0, 240.0)) }
                }
                div { p.figure { (code.text) } p { code { (code.address) } } p.dim { (tr.with("station-code-until", &[("at", &code.until)])) } }
            }
        }
    }
}
