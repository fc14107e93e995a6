//! What the desks of providers and reviewers are made of: cards, tabs, fields with their labels, buttons in a row.

use maud::{Markup, html};

/// A part of a page on its own ground.
pub fn card(title: &str, body: Markup) -> Markup {
    html! { section.card { h2 { (title) } (body) } }
}

/// A part of a page.
pub fn block(title: &str, body: Markup) -> Markup {
    html! { section { h2 { (title) } (body) } }
}

/// What is read when somebody asks for it.
pub fn more(summary: &str, body: Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}

/// A sentence that explains.
pub fn dim(text: &str) -> Markup {
    html! { p.dim { (text) } }
}

/// A text in several paragraphs, as somebody wrote it.
pub fn prose(lang: &str, text: &str) -> Markup {
    html! { p.prose lang=(lang) { (text) } }
}

/// A number in a cell.
pub fn number(text: impl std::fmt::Display) -> Markup {
    html! { span.num { (text) } }
}

/// Words that belong together in a cell.
pub fn tags(tags: &[(&str, String)]) -> Markup {
    html! { span.tags { @for (tone, text) in tags { (super::tag(tone, text)) " " } } }
}

/// How much a button weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The one thing that this form is for.
    Main,
    Plain,
    /// What cannot be undone.
    Danger,
}

impl Weight {
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Main => Some("main"),
            Self::Plain => None,
            Self::Danger => Some("danger"),
        }
    }
}

/// A button that sends the form.
pub fn button(weight: Weight, text: &str) -> Markup {
    html! { button class=[weight.class()] { (text) } }
}

/// The same, saying which of several was pressed.
pub fn button_of(weight: Weight, name: &str, value: &str, text: &str) -> Markup {
    html! { button class=[weight.class()] name=(name) value=(value) { (text) } }
}

/// A link that looks like a button.
pub fn go(weight: Weight, href: &str, text: &str) -> Markup {
    let class = weight.class().map_or_else(|| "button".to_owned(), |more| format!("button {more}"));
    html! { a class=(class) href=(href) { (text) } }
}

/// Buttons side by side.
pub fn row(buttons: &[Markup]) -> Markup {
    html! { div.buttons { @for button in buttons { (button) } } }
}

/// One field of a form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    /// Empty: nothing needs to be said.
    pub help: &'a str,
    pub value: &'a str,
    pub required: bool,
    /// What is wrong with it.
    pub error: Option<&'a str>,
}

/// The frame of a field: label above, help below, error under it.
fn framed(field: &Field<'_>, control: impl FnOnce(&str, Option<String>) -> Markup) -> Markup {
    let (id, Field { label, help, error, .. }) = (format!("f-{}", field.name), *field);
    let described = [(!help.is_empty()).then(|| format!("{id}-help")), error.map(|_| format!("{id}-error"))];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    html! { div.field {
        label for=(id) { (label) }
        (control(&id, Some(described).filter(|text| !text.is_empty())))
        @if let Some(error) = error { p.error id={ (id) "-error" } { (error) } }
        @if !help.is_empty() { p.help id={ (id) "-help" } { (help) } }
    } }
}

/// A line of text. `kind` is the input's type: `text`, `number`, `date`, `search`, `email`.
pub fn line(kind: &str, field: &Field<'_>) -> Markup {
    let invalid = field.error.map(|_| "true");
    framed(field, |id, described| {
        html! {
            input type=(kind) id=(id) name=(field.name) value=(field.value) required[field.required] aria-invalid=[invalid] aria-describedby=[described];
        }
    })
}

/// Several lines of text.
pub fn area(rows: u8, field: &Field<'_>) -> Markup {
    let invalid = field.error.map(|_| "true");
    framed(field, |id, described| {
        html! {
            textarea id=(id) name=(field.name) rows=(rows) required[field.required] aria-invalid=[invalid] aria-describedby=[described] { "\n" (field.value) }
        }
    })
}

/// One of several: value and text.
pub fn choice(options: &[(String, String)], field: &Field<'_>) -> Markup {
    framed(field, |id, described| {
        html! {
            select id=(id) name=(field.name) aria-describedby=[described] { @for (value, text) in options {
                option value=(value) selected[value == field.value] { (text) }
            } }
        }
    })
}

/// A file. `accept` are endings, for example `.wasm`.
pub fn file(accept: &str, field: &Field<'_>) -> Markup {
    framed(field, |id, described| {
        html! {
            input type="file" id=(id) name=(field.name) accept=(accept) required[field.required] aria-describedby=[described];
        }
    })
}

/// Yes or no.
pub fn tick(name: &str, value: &str, text: &str, ticked: bool) -> Markup {
    let id = format!("f-{name}-{value}");
    html! { p { label.check for=(id) { input type="checkbox" id=(id) name=(name) value=(value) checked[ticked]; " " span { (text) } } } }
}

/// Several ticks under one question.
pub fn ticks(legend: &str, ticks: &[Markup]) -> Markup {
    html! { fieldset { legend { (legend) } @for tick in ticks { (tick) } } }
}

/// A form that asks: its address says what is shown.
pub fn ask(action: &str, fields: Markup) -> Markup {
    html! { form.ask action=(action) { (fields) } }
}

/// Parts of a large page: address and text; `here` is the one that is shown.
pub fn tabs(label: &str, tabs: &[(String, String)], here: &str) -> Markup {
    html! { nav.tabs aria-label=(label) { ul { @for (href, text) in tabs {
        li { a href=(href) aria-current=[(href == here).then_some("page")] { (text) } }
    } } } }
}

/// Figures that say how things stand: label, figure, what it means; where it leads, or empty.
pub fn figures(figures: &[(String, String, String, String)]) -> Markup {
    html! { dl.cards { @for (label, figure, meaning, href) in figures { div {
        dt { (label) }
        dd { @if href.is_empty() { (figure) } @else { a href=(href) { (figure) } } }
        @if !meaning.is_empty() { dd.meaning { (meaning) } }
    } } } }
}

/// Filters of a list as links with their counts; `here` is the one in force.
pub fn filters(label: &str, filters: &[(String, String, Option<u64>)], here: &str) -> Markup {
    html! { nav.filters aria-label=(label) { ul { @for (href, text, count) in filters {
        li { a href=(href) aria-current=[(href == here).then_some("true")] { (text) @if let Some(count) = count { " " span.count { (count) } } } }
    } } } }
}

/// Things in a list, each with what belongs to it.
pub fn stack(items: &[Markup]) -> Markup {
    html! { ul.stack { @for item in items { li { (item) } } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_has_its_label_help_and_error() {
        let field = Field {
            name: "reason",
            label: "理由 <a>",
            help: "会给所有工厂看",
            value: "</textarea>",
            required: true,
            error: Some("请填写"),
        };
        for text in [area(3, &field).into_string(), line("text", &field).into_string()] {
            assert!(text.contains("<label for=\"f-reason\">理由 &lt;a&gt;</label>"), "{text}");
            assert!(text.contains("aria-describedby=\"f-reason-help f-reason-error\""), "{text}");
            assert!(text.contains("aria-invalid=\"true\"") && text.contains("required"), "{text}");
            assert!(text.contains("&lt;/textarea&gt;"), "{text}");
        }
        let text = tick("scopes", "read", "只读", true).into_string();
        assert!(text.contains("for=\"f-scopes-read\"") && text.contains(" checked"), "{text}");
    }

    #[test]
    fn the_tab_that_is_shown_is_told() {
        let tabs = [("/a".to_owned(), "甲".to_owned()), ("/b".to_owned(), "乙".to_owned())];
        let text = super::tabs("部分", &tabs, "/b").into_string();
        assert!(
            text.contains("href=\"/b\" aria-current=\"page\"") && !text.contains("href=\"/a\" aria-current"),
            "{text}"
        );
    }
}
