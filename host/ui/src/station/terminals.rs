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
    /// Titles of the boards that it is kept to; it is a big screen then.
    pub boards: Vec<String>,
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

/// All terminals, with what terminals and big screens could show: `module/view` and title.
#[derive(Clone, Debug, Default)]
pub struct Floor {
    pub lines: Vec<TerminalLine>,
    pub views: Vec<(String, String)>,
    pub boards: Vec<(String, String)>,
}

/// The list, with the forms for one more and for a big screen.
pub fn terminals(shell: &Shell, floor: &Floor, typed: &FormText, problem: Option<&Problem>) -> Markup {
    let (tr, Floor { lines, views, boards }) = (shell.tr, floor);
    // What was typed belongs to one of the two forms: the one with a code.
    let (nothing, code) = (FormText::default(), typed.get("screen").filter(|code| !code.is_empty()));
    let (tablet, screen) = if code.is_some() { (&nothing, typed) } else { (typed, &nothing) };
    let (wrong, wrong_screen) = if code.is_some() { (None, problem) } else { (problem, None) };
    let base = path(shell);
    let heads =
        ["station-name", "station-stands-for", "station-paired", "station-seen", "row-actions"].map(|key| tr.t(key));
    let rows: Vec<Vec<Markup>> = lines.iter().map(|line| row(shell, line)).collect();
    let body = html! {
        p.lead { (tr.t("station-terminals-lead")) }
        (part::problem_above(tr, problem))
        @if lines.is_empty() { (part::empty(&tr.t("station-no-terminals"))) }
        @else { (part::table(&tr.t("station-terminals"), &heads, &rows)) }
        section.card {
            h2 { (tr.t("station-new")) }
            (shell.post(&base, html! { (fields(shell, views, tablet, wrong)) p.buttons { button.main { (tr.t("station-create")) } } }))
        }
        @if !boards.is_empty() { section.card #screen {
            h2 { (tr.t("station-screen-new")) }
            p { (tr.t("station-screen-lead")) }
            (shell.post(&format!("{base}/screen"), html! {
                (code_field(shell, code.unwrap_or_default()))
                (name_field(shell, "screen-name", screen, wrong_screen))
                (shows(shell, ("station-screen-boards", "station-screen-boards-help"), boards, screen, wrong_screen))
                p.buttons { button.main { (tr.t("station-screen-pair")) } }
            }))
        } }
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
        @if line.boards.is_empty() { (shell.post(&format!("{base}/code"), html! { button.main { (tr.t("station-make-code")) } })) }
        a.button href=(base) { (tr.t("station-edit")) }
    } };
    vec![
        html! { (line.name) },
        html! { @if line.boards.is_empty() { (line.places.join(", ")) } @else { (line.boards.join(", ")) } },
        paired,
        html! { (line.seen.as_deref().unwrap_or("—")) },
        buttons,
    ]
}

/// What is wrong with a field.
fn wrong<'p>(problem: Option<&'p Problem>, name: &str) -> Option<&'p str> {
    let at = format!("/{name}");
    problem.and_then(|problem| problem.errors.iter().find(|error| error.pointer == at)).map(|error| &*error.message)
}

/// The code that a screen shows.
fn code_field(shell: &Shell, code: &str) -> Markup {
    html! { div.field { label for="screen-code" { (shell.tr.t("station-screen-code")) }
    input id="screen-code" name="screen" value=(code) required autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" aria-describedby="h-screen-code";
    p.help #h-screen-code { (shell.tr.t("station-screen-code-help")) } } }
}

fn name_field(shell: &Shell, id: &str, typed: &FormText, problem: Option<&Problem>) -> Markup {
    let wrong = wrong(problem, "name");
    html! { div.field { label for=(id) { (shell.tr.t("station-name")) }
    input id=(id) name="name" value=(typed.get("name").unwrap_or_default()) required maxlength="60" autocomplete="off" aria-invalid=[wrong.map(|_| "true")];
    @if let Some(message) = wrong { p.error { (message) } } } }
}

/// Boxes for what it may show.
fn shows(
    shell: &Shell,
    (legend, help): (&str, &str),
    views: &[(String, String)],
    typed: &FormText,
    problem: Option<&Problem>,
) -> Markup {
    let (tr, chosen) = (shell.tr, typed.all("shows").collect::<Vec<_>>());
    html! { @if !views.is_empty() { fieldset { legend { (tr.t(legend)) }
        p.help { (tr.t(help)) }
        @for (value, title) in views {
            p { label.check { input type="checkbox" name="shows" value=(value) checked[chosen.contains(&value.as_str())]; " " (title) } }
        }
        @if let Some(message) = wrong(problem, "shows") { p.error { (message) } }
    } } }
}

fn fields(shell: &Shell, views: &[(String, String)], typed: &FormText, problem: Option<&Problem>) -> Markup {
    let (tr, wrong) = (shell.tr, wrong(problem, "places"));
    html! {
        (name_field(shell, "name", typed, problem))
        div.field { label for="places" { (tr.t("station-places")) }
            textarea id="places" name="places" rows="3" aria-describedby="h-places" aria-invalid=[wrong.map(|_| "true")] { "\n" (typed.get("places").unwrap_or_default()) }
            p.help #h-places { (tr.t("station-places-help")) }
            @if let Some(message) = wrong { p.error { (message) } } }
        (shows(shell, ("station-shows", "station-shows-help"), views, typed, problem))
    }
}

/// The settings of a big screen: its name and its boards.
fn screen_fields(shell: &Shell, boards: &[(String, String)], typed: &FormText, problem: Option<&Problem>) -> Markup {
    html! {
        (name_field(shell, "name", typed, problem))
        (shows(shell, ("station-screen-boards", "station-screen-boards-help"), boards, typed, problem))
    }
}

/// One terminal: its settings, taking its device away, taking it away. `views`: what it could show, of a big screen boards.
pub fn terminal(
    shell: &Shell,
    line: &TerminalLine,
    views: &[(String, String)],
    typed: &FormText,
    problem: Option<&Problem>,
    code: Option<&CodeShown>,
) -> Markup {
    let (tr, list) = (shell.tr, path(shell));
    let (base, is_screen) = (format!("{list}/{}", line.id), !line.boards.is_empty());
    let body = html! {
        nav.crumbs aria-label=(tr.t("crumbs")) { a href=(list) { (tr.t("station-terminals")) } }
        (part::problem_above(tr, problem))
        @if let Some(code) = code { (shown(shell, code)) }
        section.card { h2 { (tr.t("station-device")) }
            p { @match &line.paired { Some(at) => { (tr.with("station-paired-at", &[("at", at)])) } None => { (tr.t("station-is-not-paired")) } } }
            @if is_screen {
                p { (tr.t("station-screen-other")) }
                (shell.post(&format!("{base}/screen"), html! { (code_field(shell, typed.get("screen").unwrap_or_default())) p.buttons { button.main { (tr.t("station-screen-pair")) } } }))
            }
            div.buttons {
                @if !is_screen { (shell.post(&format!("{base}/code"), html! { button.main { (tr.t("station-make-code")) } })) }
                @if line.paired.is_some() { (shell.post(&format!("{base}/unpair"), html! { button.danger { (tr.t("station-unpair")) } })) }
            }
        }
        section.card { h2 { (tr.t("station-settings")) }
            @let fields = if is_screen { screen_fields(shell, views, typed, problem) } else { fields(shell, views, typed, problem) };
            (shell.post(&base, html! { (fields) p.buttons { button.main { (tr.t("station-save")) } } }))
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
