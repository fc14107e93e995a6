//! Filters above a list: a form that is an address, so a search can be sent to somebody.

use maud::{Markup, html};

/// One thing that can be chosen.
pub struct Filter {
    /// The parameter.
    pub name: &'static str,
    pub label: String,
    /// What no choice is called; none where there is always one.
    pub any: Option<String>,
    /// Values with what people read, a count included.
    pub options: Vec<(String, String)>,
    pub chosen: String,
}

/// A field for words.
pub struct Words<'a> {
    pub name: &'static str,
    pub label: String,
    pub typed: &'a str,
}

/// The form. It is sent to `path` with the button that says `search`. Filters without options are left out.
pub fn filters(path: &str, search: &str, words: &Words<'_>, filters: &[Filter]) -> Markup {
    html! { search { form.ask action=(path) {
        div.field { label for="f-words" { (words.label) } input #f-words type="search" name=(words.name) value=(words.typed) maxlength="100"; }
        @for filter in filters.iter().filter(|filter| !filter.options.is_empty()) {
            @let id = format!("f-{}", filter.name);
            div.field { label for=(id) { (filter.label) } select id=(id) name=(filter.name) {
                @if let Some(any) = &filter.any { option value="" { (any) } }
                @for (value, text) in &filter.options { option value=(value) selected[*value == filter.chosen] { (text) } }
            } }
        }
        p { button.main { (search) } }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_has_a_label_and_keeps_what_was_chosen() {
        let options = vec![("a".to_owned(), "A (1)".to_owned()), ("b".to_owned(), "B (2)".to_owned())];
        let any = Some("All".to_owned());
        let filter = Filter { name: "problem", label: "Problem".into(), any, options, chosen: "b".into() };
        let empty = Filter { options: vec![], name: "kind", label: "Kind".into(), any: None, chosen: String::new() };
        let words = Words { name: "q", label: "Words".into(), typed: "\"><script>" };
        let text = filters("/market/search", "Search", &words, &[filter, empty]).into_string();
        assert!(text.contains("<label for=\"f-problem\">") && text.contains("value=\"b\" selected"), "{text}");
        assert!(!text.contains("<script") && !text.contains("Kind"), "{text}");
    }
}
