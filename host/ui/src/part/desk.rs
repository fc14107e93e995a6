//! What the desks of providers and reviewers are made of beside what every page has: figures, filters, things that are
//! unfolded.

use maud::{Markup, html};

/// A part of a page.
pub fn block(title: &str, body: Markup) -> Markup {
    html! { section { h2 { (title) } (super::table::below(title, body)) } }
}

/// What is read when somebody asks for it.
pub fn more(summary: &str, body: Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}

/// A text in several paragraphs, as somebody wrote it in this language.
pub fn written(lang: &str, text: &str) -> Markup {
    html! { p.prose lang=(lang) { (text) } }
}

/// Words that belong together in a cell.
pub fn tags(tags: &[(&str, String)]) -> Markup {
    html! { span.tags { @for (tone, text) in tags { (super::tag(tone, text)) " " } } }
}

/// What is being worked on: the page is loaded again after so many seconds, by its script where there is one, else by the
/// browser.
pub fn again(seconds: u8, body: Markup) -> Markup {
    html! {
        noscript { meta http-equiv="refresh" content=(seconds); }
        div #again data-again=(seconds) { (body) }
    }
}

/// A form with files that is sent to `action`.
pub fn upload(action: &str, body: Markup) -> Markup {
    html! { form method="post" action=(action) enctype="multipart/form-data" { (body) } }
}

/// A module as a shelf shows it, for its provider to look at.
pub fn preview(lang: &str, title: &str, summary: &str, org: &str, version: &str) -> Markup {
    html! { div.card.preview lang=(lang) {
        (super::tile::tile(title))
        p { strong { (title) } }
        p { (summary) }
        p.dim { (org) " · " (version) }
    } }
}

/// A required question whose name comes more than once on a page, with an id of its own.
pub fn labelled(kind: &str, name: &str, id: &str, label: &str) -> Markup {
    html! { div.field { label for={ "f-" (id) } { (label) } input type=(kind) name=(name) id={ "f-" (id) } required; } }
}

/// Several ticks under one question.
pub fn ticks(legend: &str, ticks: &[Markup]) -> Markup {
    html! { fieldset { legend { (legend) } @for tick in ticks { (tick) } } }
}

/// A form that asks: its address says what is shown.
pub fn ask(action: &str, fields: Markup) -> Markup {
    html! { form.ask action=(action) { (fields) } }
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
    fn the_filter_in_force_is_told_and_counts_stand_beside_it() {
        let all = [("/q".to_owned(), "全部".to_owned(), Some(3)), ("/q?late=1".to_owned(), "<超期>".to_owned(), None)];
        let text = filters("筛选", &all, "/q?late=1").into_string();
        assert!(text.contains("href=\"/q?late=1\" aria-current=\"true\">&lt;超期&gt;"), "{text}");
        assert!(text.contains("<span class=\"count\">3</span>") && text.matches("aria-current").count() == 1, "{text}");
    }

    #[test]
    fn ticks_of_one_question_have_its_legend() {
        let text = ticks("范围", &[html! { "a" }]).into_string();
        assert_eq!(text, "<fieldset><legend>范围</legend>a</fieldset>");
    }
}
