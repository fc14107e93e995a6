//! A table that a narrow screen shows row by row.

use super::amount::is_amount;
use maud::{Markup, PreEscaped, html};

/// Letters of a code or a day that stays on one line.
const WORD: usize = 20;

/// A table; narrow screens show each row as labels and values. A column of [`super::amount`]s stands at the right, its
/// heading, too. A column in which no row says anything is left out.
pub fn table(caption: &str, heads: &[String], rows: &[Vec<Markup>]) -> Markup {
    let filled =
        |at: &usize| rows.is_empty() || rows.iter().any(|row| row.get(*at).is_some_and(|cell| !cell.0.is_empty()));
    let columns: Vec<_> = (0..heads.len()).filter(filled).map(|at| (at, &heads[at], has_figures(rows, at))).collect();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) { table {
            caption { (caption) }
            thead { tr { @for (_, head, figures) in &columns { th scope="col" class=[figures.then_some("num")] { (head) } } } }
            tbody { @for row in rows { tr {
                @for (at, head, figures) in &columns { @if let Some(cell) = row.get(*at) { td data-label=(head) class=[class(cell, *figures)] { (cell) } } }
            } } }
        } }
    }
}

/// A table whose cells may hold several things: each cell is one block, so that a narrow screen keeps them together beside
/// their label.
pub fn grid(caption: &str, heads: &[String], rows: &[Vec<Markup>]) -> Markup {
    let whole = |cell: &Markup| match is_amount(cell) || is_word(cell) || is_none(cell) {
        true => cell.clone(),
        false => html! { div { (cell) } },
    };
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(whole).collect()).collect();
    table(caption, heads, &rows)
}

/// The body below a heading: a table whose caption only repeats that heading says it to screen readers alone.
pub fn below(heading: &str, body: Markup) -> Markup {
    let (heading, PreEscaped(text)) = (html! { (heading) }.into_string(), body);
    let (seen, hushed) =
        (format!("<caption>{heading}</caption>"), format!("<caption class=\"hush\">{heading}</caption>"));
    PreEscaped(if text.contains(&seen) { text.replace(&seen, &hushed) } else { text })
}

/// Whether a column has amounts and nothing else; a dash says that there is none.
fn has_figures(rows: &[Vec<Markup>], at: usize) -> bool {
    let mut cells = rows.iter().filter_map(|row| row.get(at)).filter(|cell| !is_none(cell)).peekable();
    cells.peek().is_some() && cells.all(is_amount)
}

fn is_none(cell: &Markup) -> bool {
    matches!(cell.0.as_str(), "" | "–")
}

fn class(cell: &Markup, figures: bool) -> Option<&'static str> {
    if figures { Some("num") } else { is_word(cell).then_some("nowrap") }
}

/// A day, a code: broken at its hyphens it would be hard to read.
fn is_word(cell: &Markup) -> bool {
    let text = cell.0.as_str();
    let is_short = text.len() <= WORD && text.contains(['-', '/']);
    is_short && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::amount;

    fn drawn() -> String {
        let heads = ["模块", "日期", "金额", "件数"].map(str::to_owned);
        let row = |name: &str, sum: Markup| vec![html! { (name) }, html! { "2026-12-31" }, sum, amount(7)];
        table("<账单>", &heads, &[row("停机", amount("¥1.00")), row("oee 2", html! { "–" })]).into_string()
    }

    #[test]
    fn amounts_and_their_heading_stand_at_the_right_and_a_day_on_one_line() {
        let text = drawn();
        assert!(text.contains("<th scope=\"col\" class=\"num\">金额</th>"), "{text}");
        assert!(text.contains("data-label=\"金额\" class=\"num\">–</td>"), "{text}");
        assert!(text.contains("data-label=\"日期\" class=\"nowrap\">2026-12-31</td>"), "{text}");
        assert!(
            text.contains("<th scope=\"col\">模块</th>") && text.contains("data-label=\"模块\">oee 2</td>"),
            "{text}"
        );
        let rows = [vec![amount(1), html! { "a " b { "b" } }], vec![html! { "–" }, html! { "–" }]];
        let words = grid("x", &["a".to_owned(), "b".to_owned()], &rows).into_string();
        assert!(words.contains("data-label=\"a\" class=\"num\">–</td>"), "{words}");
        assert!(words.contains("data-label=\"b\"><div>a <b>b</b></div></td>"), "{words}");
    }

    #[test]
    fn a_column_in_which_no_row_says_anything_is_left_out() {
        let heads = ["列名", "说明", "操作"].map(str::to_owned);
        let row = |last: Markup| vec![html! { "code" }, html! {}, last];
        let text = table("x", &heads, &[row(html! {}), row(html! { "改" })]).into_string();
        assert!(!text.contains("说明") && text.contains("<th scope=\"col\">操作</th>"), "{text}");
        assert_eq!((text.matches("<th ").count(), text.matches("<td ").count()), (2, 4), "{text}");
    }

    #[test]
    fn a_caption_that_repeats_its_heading_is_only_read_aloud() {
        let text = below("<账单>", PreEscaped(drawn())).into_string();
        assert!(text.contains("<caption class=\"hush\">&lt;账单&gt;</caption>"), "{text}");
        assert_eq!(below("账单", PreEscaped(drawn())).into_string(), drawn());
    }
}
