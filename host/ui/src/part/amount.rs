//! A number in a table: to the right, in figures of one width.

use maud::{Markup, html};

/// The number.
pub fn amount(number: impl std::fmt::Display) -> Markup {
    html! { span.num { (number) } }
}
