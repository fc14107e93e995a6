//! What differs between two versions, place by place, with the very words that changed.

use crate::language::Tr;
use maud::{Markup, html};

/// One place that differs.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// What people call it, or its name in the manifest.
    pub place: String,
    /// None: it is new.
    pub before: Option<String>,
    /// None: it is gone.
    pub after: Option<String>,
}

/// The parts of two texts that differ, with what is the same around them: before, its own, behind.
fn parts<'a>(text: &'a str, other: &str) -> (&'a str, &'a str, &'a str) {
    let same = text.chars().zip(other.chars()).take_while(|(a, b)| a == b);
    let head: usize = same.map(|(char, _)| char.len_utf8()).sum();
    let (rest, other) = (&text[head..], &other[head..]);
    let same = rest.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b);
    let tail: usize = same.map(|(char, _)| char.len_utf8()).sum();
    let (own, tail) = rest.split_at(rest.len() - tail);
    (&text[..head], own, tail)
}

/// A table of what differs: removed words are struck through on the left, new ones underlined on the right.
pub fn diff(tr: Tr, caption: &str, rows: &[Changed]) -> Markup {
    let heads = ["vendor-diff-place", "vendor-diff-before", "vendor-diff-after"].map(|key| tr.t(key));
    let gone = |row: &Changed| match (&row.before, &row.after) {
        (Some(before), Some(after)) => {
            let (head, own, tail) = parts(before, after);
            html! { (head) @if !own.is_empty() { del { (own) } } (tail) }
        }
        (Some(before), None) => html! { del { (before) } },
        (None, _) => html! { span.dim { (tr.t("vendor-diff-new")) } },
    };
    let come = |row: &Changed| match (&row.before, &row.after) {
        (Some(before), Some(after)) => {
            let (head, own, tail) = parts(after, before);
            html! { (head) @if !own.is_empty() { ins { (own) } } (tail) }
        }
        (None, Some(after)) => html! { ins { (after) } },
        (_, None) => html! { span.dim { (tr.t("vendor-diff-gone")) } },
    };
    html! { div.scroll tabindex="0" role="region" aria-label=(caption) { table.diff {
        caption { (caption) }
        thead { tr { @for head in &heads { th scope="col" { (head) } } } }
        tbody { @for row in rows { tr {
            td data-label=(heads[0]) { code { (row.place) } }
            td data-label=(heads[1]) { (gone(row)) }
            td data-label=(heads[2]) { (come(row)) }
        } } }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn only_the_words_that_changed_are_marked() {
        assert_eq!(parts("停机原因", "停机的原因"), ("停机", "", "原因"));
        assert_eq!(parts("停机的原因", "停机原因"), ("停机", "的", "原因"));
        assert_eq!(parts("aa", "aaa"), ("aa", "", ""));
        assert_eq!(parts("aaa", "aa"), ("aa", "a", ""));
        assert_eq!(parts("", "x"), ("", "", ""));
    }

    #[test]
    fn what_is_new_or_gone_says_so_and_no_text_is_markup() {
        let row = |before: Option<&str>, after: Option<&str>| Changed {
            place: "title/<en>".to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let rows = [row(Some("Old <b>"), Some("New <b>")), row(None, Some("x")), row(Some("y"), None)];
        let text = diff(Tr::new(Lang::En), "Texts", &rows).into_string();
        assert!(text.contains("<del>Old</del> &lt;b&gt;") && text.contains("<ins>New</ins> &lt;b&gt;"), "{text}");
        assert!(text.contains("<ins>x</ins>") && text.contains("<del>y</del>") && text.contains("title/&lt;en&gt;"));
        assert_eq!(text.matches("scope=\"col\"").count(), 3);
    }
}
