//! Boxes: one thing with its heading, several of them side by side.

use super::table::below;
use maud::{Markup, html};

/// A part of the page with its heading.
pub fn card(title: &str, body: Markup) -> Markup {
    html! { section.card { h2 { (title) } (below(title, body)) } }
}

/// Cards side by side, as many as fit: of things that are alike.
pub fn tiles(cards: &[Markup]) -> Markup {
    html! { ul.tiles { @for card in cards { li.card { (card) } } } }
}
