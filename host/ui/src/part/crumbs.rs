//! The way back.

use crate::language::Tr;
use maud::{Markup, html};

/// The pages above this one, the highest first: path and text.
pub fn crumbs(tr: Tr, above: &[(&str, &str)]) -> Markup {
    html! { nav.crumbs aria-label=(tr.t("crumbs")) { @for (at, (path, text)) in above.iter().enumerate() {
        @if at > 0 { " › " }
        a href=(path) { (text) }
    } } }
}
