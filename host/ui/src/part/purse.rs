//! Money drawn: who pays which part, how much of a budget is spoken for, and where firms stand on a map of figures.

use crate::money::{percent, share, yuan};
use maud::{Markup, html};

/// Width of a bar in its own units.
const WIDTH: i64 = 1_000;

/// Parts of one sum, side by side, each with its words and amount. Parts of nought have no width but are told.
pub fn split(label: &str, parts: &[(String, i64)]) -> Markup {
    let whole: i64 = parts.iter().map(|(_, fen)| fen.max(&0)).sum();
    let mut left = 0;
    let widths: Vec<_> = parts
        .iter()
        .map(|(_, fen)| {
            let width = if whole > 0 { i128::from(*fen.max(&0)) * i128::from(WIDTH) / i128::from(whole) } else { 0 };
            let width = i64::try_from(width).unwrap_or(0);
            left += width;
            (left - width, width)
        })
        .collect();
    html! { div.purse {
        svg viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label=(label) focusable="false" {
            @for (at, (x, width)) in widths.iter().enumerate() { rect x=(x) y="0" width=(width) height="24" data-case=(at) {} }
        }
        dl { @for (at, (words, fen)) in parts.iter().enumerate() { div {
            dt { span.case data-case=(at) { (words) } }
            dd { (yuan(*fen)) @if let Some(part) = share(*fen, whole) { " " span.dim { (percent(part / 10 * 10)) } } }
        } } }
    } }
}

/// Sums that say how the money stands: label, amount, what it means.
pub fn sums(sums: &[(String, i64, String)]) -> Markup {
    html! { dl.cards.sums { @for (label, fen, meaning) in sums { div {
        dt { (label) }
        dd { (yuan(*fen)) }
        @if !meaning.is_empty() { dd.meaning { (meaning) } }
    } } } }
}

/// A part of a whole against a mark that it must reach, both in basis points.
pub fn against(label: &str, part: i64, mark: i64, words: &str) -> Markup {
    let width = part.clamp(0, 10_000) / 10;
    let at = mark.clamp(0, 10_000) / 10;
    let tone = if part >= mark { "ok" } else { "bad" };
    html! { div.purse {
        svg viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label=(label) focusable="false" {
            rect.ground x="0" y="0" width="1000" height="24" {}
            rect data-tone=(tone) x="0" y="0" width=(width) height="24" {}
            rect.goal x=(at.min(WIDTH - 4)) y="0" width="4" height="24" {}
        }
        p { (super::tag(tone, &percent(part))) " " (words) }
    } }
}

/// A cell of a map: how many, and where it leads (or empty).
pub struct Place {
    pub count: u64,
    pub href: String,
}

/// A table whose cells are the darker the more they hold; the largest count is the darkest. Figures are always there: the
/// ground only helps the eye.
pub fn map(caption: &str, heads: &[String], rows: &[(String, Vec<Place>)]) -> Markup {
    let most = rows.iter().flat_map(|(_, cells)| cells).map(|cell| cell.count).max().unwrap_or(0);
    let heat = |count: u64| if count == 0 || most == 0 { 0 } else { (count * 3).div_ceil(most).min(3) };
    html! { div.scroll tabindex="0" role="region" aria-label=(caption) { table.map {
        caption { (caption) }
        thead { tr { @for (at, head) in heads.iter().enumerate() { th scope="col" class=[(at > 0).then_some("num")] { (head) } } } }
        tbody { @for (name, cells) in rows { tr {
            th scope="row" { (name) }
            @for (head, cell) in heads.iter().skip(1).zip(cells) {
                td data-label=(head) data-heat=(heat(cell.count)) {
                    @if cell.href.is_empty() || cell.count == 0 { (cell.count) } @else { a href=(cell.href) { (cell.count) } }
                }
            }
        } } }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_bar_and_are_told_in_words() {
        let parts = [("企业".to_owned(), 5_000), ("<服务商>".to_owned(), 2_500), ("补贴".to_owned(), 2_500)];
        let text = split("谁付多少", &parts).into_string();
        assert!(text.contains("x=\"750\" y=\"0\" width=\"250\"") && text.contains("aria-label=\"谁付多少\""), "{text}");
        assert!(text.contains("¥25.00") && text.contains("50 %") && text.contains("&lt;服务商&gt;"), "{text}");
        let none = split("x", &[("a".to_owned(), 0)]).into_string();
        assert!(none.contains("width=\"0\"") && none.contains("¥0.00"), "{none}");
    }

    #[test]
    fn what_is_below_the_mark_is_said_to_be() {
        assert!(against("x", 7_999, 8_000, "w").into_string().contains("tag bad"));
        assert!(against("x", 8_000, 8_000, "w").into_string().contains("tag ok"));
    }

    #[test]
    fn the_fullest_place_is_the_darkest_and_an_empty_one_is_not_dark() {
        let place = |count| Place { count, href: String::new() };
        let heads = ["区", "一级", "二级", "三级"].map(str::to_owned);
        let text = map("地图", &heads, &[("西湖".to_owned(), vec![place(0), place(1), place(30)])]).into_string();
        for (heat, count) in [(0, 0), (1, 1), (3, 30)] {
            assert!(text.contains(&format!("data-heat=\"{heat}\">{count}</td>")), "{heat}: {text}");
        }
    }
}
