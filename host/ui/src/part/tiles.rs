//! Things side by side, each on its own ground.

use maud::{Markup, html};

/// Cards in as many columns as there is room for.
pub fn tiles(items: &[Markup]) -> Markup {
    html! { ul.tiles { @for item in items { li.card { (item) } } } }
}
