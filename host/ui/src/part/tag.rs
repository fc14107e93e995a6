//! A word on a coloured ground, and what was done in order.

use maud::{Markup, html};

/// A word whose colour says the same as it does. `tone`: `ok`, `warn`, `bad` or `idle`.
pub fn tag(tone: &str, text: &str) -> Markup {
    html! { span class={ "tag " (tone) } { (text) } }
}

/// One step of a history.
pub struct Step {
    /// Who did what, when.
    pub what: Markup,
    /// In their own words; empty when they said nothing.
    pub words: String,
}

/// Steps in the order in which they were taken.
pub fn log(steps: &[Step]) -> Markup {
    html! { ol.log { @for step in steps { li {
        p { (step.what) }
        @if !step.words.is_empty() { blockquote { (step.words) } }
    } } } }
}
