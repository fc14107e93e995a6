//! Running text in its three weights.

use maud::{Markup, html};

/// What the page is about, in one sentence.
pub fn lead(text: &str) -> Markup {
    html! { p.lead { (text) } }
}

/// Said by the way.
pub fn dim(text: &str) -> Markup {
    html! { p.dim { (text) } }
}

/// Text that somebody wrote, with their line breaks.
pub fn prose(text: &str) -> Markup {
    html! { p.prose { (text) } }
}
