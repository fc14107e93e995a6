//! A button that copies a text; where no script runs it is not there, and the text beside it is selected by hand.

use super::icon::{Icon, icon};
use maud::{Markup, html};

/// Copies `text`, and says so.
pub fn copy(text: &str, label: &str) -> Markup {
    html! { button.quiet type="button" data-copy=(text) { (icon(Icon::Copy)) (label) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_text_is_quoted_and_the_button_sends_no_form() {
        let html = copy("a\"b", "复制").into_string();
        assert!(
            html.starts_with("<button class=\"quiet\" type=\"button\" data-copy=\"a&quot;b\">")
                && html.ends_with("复制</button>"),
            "{html}"
        );
    }
}
