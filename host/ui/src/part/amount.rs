//! A number in a table: to the right, in figures of one width.

use maud::{Markup, html};

/// How an amount begins: what a table knows it by.
const BEGINS: &str = "<span class=\"num\">";

/// The number.
pub fn amount(number: impl std::fmt::Display) -> Markup {
    html! { span.num { (number) } }
}

/// Whether this is one amount and nothing beside it.
pub(super) fn is_amount(cell: &Markup) -> bool {
    let inside = cell.0.strip_prefix(BEGINS).and_then(|rest| rest.strip_suffix("</span>"));
    inside.is_some_and(|inside| !inside.contains('<'))
}
