//! Sentences that stand alone: above the content, or in place of it.

use maud::{Markup, html};

/// A sentence above the content.
pub fn notice(tone: &str, text: &str) -> Markup {
    html! { p class={ "notice " (tone) } role="status" { (text) } }
}

/// A heading, a sentence and nothing else: what an empty list says.
pub fn empty(text: &str) -> Markup {
    html! { p.empty { (text) } }
}
