//! What is pressed: buttons that send their form, links that look like them.

use maud::{Markup, html};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// The one thing to do here.
    Main,
    Plain,
    /// Takes something away.
    Danger,
    /// Barely seen.
    Quiet,
}

impl Press {
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Main => Some("main"),
            Self::Plain => None,
            Self::Danger => Some("danger"),
            Self::Quiet => Some("quiet"),
        }
    }
}

/// Sends the form around it.
pub fn button(label: &str, press: Press) -> Markup {
    html! { button class=[press.class()] { (label) } }
}

/// Sends the form around it with one more pair.
pub fn choice(name: &str, value: &str, label: &str, press: Press) -> Markup {
    html! { button class=[press.class()] name=(name) value=(value) { (label) } }
}

/// Leads somewhere.
pub fn link(path: &str, label: &str, press: Press) -> Markup {
    html! { a class={ "button" @if let Some(class) = press.class() { " " (class) } } href=(path) { (label) } }
}

/// Saves what is there as a file.
pub fn download(path: &str, label: &str) -> Markup {
    html! { a.button.quiet href=(path) download { (label) } }
}

/// Buttons in a row; nothing where there are none.
pub fn buttons(buttons: &[Markup]) -> Markup {
    html! { @if !buttons.is_empty() { div.buttons { @for button in buttons { (button) } } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_says_what_it_does_and_how_grave_it_is() {
        assert_eq!(button("退订", Press::Danger).into_string(), "<button class=\"danger\">退订</button>");
        assert_eq!(link("/a?b=<", "去", Press::Plain).into_string(), "<a class=\"button\" href=\"/a?b=&lt;\">去</a>");
        assert_eq!(buttons(&[]).into_string(), "");
    }
}
