//! A list that people work through with the keyboard: `j` and `k` go up and down, Enter opens, `c` presses the row's button.

use maud::{Markup, html};

/// One row.
pub struct Line {
    /// Where the row leads.
    pub href: String,
    /// The text of the link, in the first column.
    pub title: String,
    /// What stands under the link.
    pub below: String,
    /// The other columns.
    pub cells: Vec<Markup>,
    /// The form whose button `c` presses.
    pub act: Option<Markup>,
}

/// The list. Keys work while the focus is inside it, so that nobody who speaks to the page presses them by accident; without
/// a script it is a table of links and buttons.
pub fn queue(caption: &str, hint: &str, heads: &[String], lines: &[Line]) -> Markup {
    html! { div.scroll.queue tabindex="0" role="region" aria-label=(caption) aria-describedby="queue-hint" data-rows {
        table {
            caption { (caption) }
            thead { tr { @for head in heads { th scope="col" { (head) } } } }
            tbody { @for line in lines { tr {
                @let (first, rest) = (heads.first(), heads.get(1..).unwrap_or_default());
                td data-label=[first] { a href=(line.href) data-open { (line.title) } @if !line.below.is_empty() { br; span.dim { (line.below) } } }
                @for (head, cell) in rest.iter().zip(&line.cells) { td data-label=(head) { (cell) } }
                @if let (Some(head), Some(act)) = (heads.get(line.cells.len() + 1), &line.act) { td data-label=(head) { (act) } }
            } } }
        }
    } p #queue-hint .help .keys { (hint) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_link_and_keys_are_told_where_they_work() {
        let heads = ["模块", "状态", "认领"].map(str::to_owned);
        let line = Line {
            href: "/submissions/1".into(),
            title: "oee <1>".into(),
            below: "好软".into(),
            cells: vec![html! { "待审" }],
            act: Some(html! { form method="post" { button { "认领" } } }),
        };
        let text = queue("队列", "j k", &heads, &[line]).into_string();
        assert!(text.contains("aria-describedby=\"queue-hint\"") && text.contains("id=\"queue-hint\""), "{text}");
        assert!(text.contains("<a href=\"/submissions/1\" data-open>oee &lt;1&gt;</a>"), "{text}");
        assert!(text.contains("data-label=\"认领\"><form"), "{text}");
    }
}
