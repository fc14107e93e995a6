//! A table that a narrow screen shows row by row.

use maud::{Markup, html};

/// A table; narrow screens show each row as labels and values.
pub fn table(caption: &str, heads: &[String], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) { table {
            caption { (caption) }
            thead { tr { @for head in heads { th scope="col" { (head) } } } }
            tbody { @for row in rows { tr { @for (head, cell) in heads.iter().zip(row) { td data-label=(head) { (cell) } } } } }
        } }
    }
}

/// A table whose cells may hold several things: each cell is one block, so that a narrow screen keeps them together beside
/// their label.
pub fn grid(caption: &str, heads: &[String], rows: &[Vec<Markup>]) -> Markup {
    let whole = |cell: &Markup| html! { div { (cell) } };
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(whole).collect()).collect();
    table(caption, heads, &rows)
}
