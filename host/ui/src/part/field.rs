//! One question of a form: its label above, its help and its error below. For the console's own forms; those of
//! modules are `crate::form`.

use maud::{Markup, html};

/// A question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field<'a> {
    /// The name that is sent; the element's id is `f-` and it.
    pub name: &'a str,
    pub label: &'a str,
    /// Empty: none.
    pub help: &'a str,
    /// What was wrong with the last answer; empty: nothing.
    pub error: &'a str,
    pub required: bool,
}

impl Field<'_> {
    fn id(&self) -> String {
        format!("f-{}", self.name)
    }

    /// The ids of what describes it, for those who hear the page.
    fn described(&self) -> Option<String> {
        let parts = [(self.help, "h"), (self.error, "e")];
        let ids: Vec<_> = parts
            .iter()
            .filter(|(text, _)| !text.is_empty())
            .map(|(_, kind)| format!("{kind}-{}", self.name))
            .collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn around(&self, control: Markup) -> Markup {
        html! { div.field {
            label for=(self.id()) { (self.label) }
            (control)
            @if !self.help.is_empty() { p.help id={ "h-" (self.name) } { (self.help) } }
            @if !self.error.is_empty() { p.error id={ "e-" (self.name) } { (self.error) } }
        } }
    }

    /// A line of text. `kind` is the input's type: `text`, `email`, `password`, `number`, `date`, `search` …;
    /// `autocomplete` as HTML names it, empty for none. A password never comes back in a page.
    pub fn line(&self, kind: &str, value: &str, autocomplete: &str) -> Markup {
        self.around(html! {
            input type=(kind) name=(self.name) id=(self.id()) value=[(kind != "password").then_some(value)] required[self.required]
                autocomplete=[(!autocomplete.is_empty()).then_some(autocomplete)]
                aria-describedby=[self.described()] aria-invalid=[(!self.error.is_empty()).then_some("true")];
        })
    }

    /// A line of text for which some answers are offered; others may be typed.
    pub fn offering(&self, value: &str, offers: impl IntoIterator<Item = impl AsRef<str>>) -> Markup {
        let list = format!("l-{}", self.name);
        self.around(html! {
            input type="text" name=(self.name) id=(self.id()) value=(value) list=(list) autocomplete="off" required[self.required]
                aria-describedby=[self.described()] aria-invalid=[(!self.error.is_empty()).then_some("true")];
            datalist id=(list) { @for offer in offers { option value=(offer.as_ref()) {} } }
        })
    }

    /// Several lines of text.
    pub fn lines(&self, value: &str, rows: u8) -> Markup {
        self.around(html! {
            textarea name=(self.name) id=(self.id()) rows=(rows) required[self.required]
                aria-describedby=[self.described()] aria-invalid=[(!self.error.is_empty()).then_some("true")] { (value) }
        })
    }

    /// One of some: value and text.
    pub fn select(&self, options: &[(String, String)], chosen: &str) -> Markup {
        self.around(html! {
            select name=(self.name) id=(self.id()) aria-describedby=[self.described()] aria-invalid=[(!self.error.is_empty()).then_some("true")] {
                @for (value, text) in options { option value=(value) selected[value == chosen] { (text) } }
            }
        })
    }

    /// Yes or no. Sends `value` when ticked.
    pub fn check(&self, value: &str, ticked: bool) -> Markup {
        html! { div.field {
            label.check for={ (self.id()) "-" (value) } { input type="checkbox" name=(self.name) id={ (self.id()) "-" (value) } value=(value) checked[ticked] aria-describedby=[self.described()]; " " span { (self.label) } }
            @if !self.help.is_empty() { p.help id={ "h-" (self.name) } { (self.help) } }
            @if !self.error.is_empty() { p.error id={ "e-" (self.name) } { (self.error) } }
        } }
    }

    /// A file.
    pub fn file(&self, accept: &str) -> Markup {
        self.around(html! {
            input type="file" name=(self.name) id=(self.id()) accept=(accept) required[self.required] aria-describedby=[self.described()];
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_tied_to_its_label_help_and_error() {
        let field = Field { name: "pin", label: "密码", help: "四到八位", error: "太短", required: true };
        let text = field.line("password", "", "off").into_string();
        for part in [
            "<label for=\"f-pin\">",
            "id=\"f-pin\"",
            "aria-describedby=\"h-pin e-pin\"",
            "aria-invalid=\"true\"",
            " required",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let text = Field { name: "a", label: "b", ..Field::default() }.lines("<x>", 3).into_string();
        assert!(text.contains("&lt;x&gt;") && !text.contains("aria-describedby"), "{text}");
    }
}
