//! Two things side by side, one below the other where there is no room: before and after, Chinese and English.

use maud::{Markup, html};

/// Panes with their titles, in the order in which they are read.
pub fn panes(panes: &[(String, Markup)]) -> Markup {
    html! { div.panes { @for (title, body) in panes { section { h3 { (title) } (body) } } } }
}
