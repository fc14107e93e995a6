//! A line to be typed somewhere else, with a button that copies it where a script may.

use crate::language::Tr;
use maud::{Markup, html};

/// A command line. The style sheet shows the button once the script is there, since without one it would do nothing.
pub fn command_line(tr: Tr, label: &str, text: &str) -> Markup {
    html! { div.copy {
        pre tabindex="0" role="region" aria-label=(label) { code { (text) } }
        button type="button" data-copy=(text) { (tr.t("vendor-copy")) }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn the_line_is_there_without_a_script_and_the_button_only_with_one() {
        let text = command_line(Tr::new(Lang::En), "Command", "cargo toolcrib publish \"<x>\"").into_string();
        assert!(text.contains("aria-label=\"Command\"") && text.contains("&lt;x&gt;"), "{text}");
        assert!(text.contains("data-copy=\"cargo") && text.contains("type=\"button\""), "{text}");
        assert!(crate::asset::STYLE.text.contains("[data-ready] .copy button"), "shown with the script alone");
    }
}
