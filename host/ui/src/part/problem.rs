//! What went wrong, for the person in front of the page.

use crate::language::{Lang, Tr};
use crate::names::Names;
use maud::{Markup, html};
use toolcrib_contract::problem::Problem;

/// What happened, in the visitor's language where it is known.
pub fn problem_title(tr: Tr, problem: &Problem) -> String {
    problem.known().map_or_else(|| problem.title.clone(), |kind| kind.title_in(tr.lang).to_owned())
}

/// What happened here and what to do.
pub fn problem(tr: Tr, problem: &Problem) -> Markup {
    problem_at(tr, problem, None, |pointer| pointer.trim_start_matches('/').to_owned())
}

/// The same with a message beneath that says more, in English; `place` names where each error is.
pub fn problem_at(tr: Tr, problem: &Problem, beneath: Option<&str>, place: impl Fn(&str) -> String) -> Markup {
    let remedy = problem.known().and_then(|kind| tr.maybe(&format!("problem-{}-remedy", kind.code)));
    html! {
        div.notice.bad role="alert" {
            @if let Some(detail) = &problem.detail { (said(tr, detail)) }
            @if let Some(beneath) = beneath { p.dim lang="en" { (beneath) } }
            p { (remedy.as_ref().unwrap_or(&problem.remedy)) }
            @if !problem.errors.is_empty() { ul { @for error in &problem.errors {
                li { @if !error.pointer.is_empty() { strong { (place(&error.pointer)) } " " } (error.message) }
            } } }
            p.dim { code { (problem.code) } @if let Some(id) = &problem.request_id { " · " (tr.with("request-id", &[("id", id)])) } }
        }
    }
}

/// What happened here, in the reader's language: as it stands where it is in that, else its translation. What has none
/// stays beneath, small and in English, since it may name what is meant.
fn said(tr: Tr, detail: &str) -> Markup {
    let reads = tr.lang == Lang::En || detail.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    match if reads { Some(detail.to_owned()) } else { translated(tr, detail) } {
        Some(detail) => html! { p { strong { (detail) } } },
        None => html! { p.dim lang="en" { (detail) } },
    }
}

/// What the values of a sentence are called in its translation, in their order.
const VALUES: [&str; 3] = ["a", "b", "c"];

/// The translation of an English sentence, where there is one.
pub fn translated(tr: Tr, sentence: &str) -> Option<String> {
    let (key, values) = sentence_key(sentence);
    let values: Vec<_> = VALUES.into_iter().zip(values).collect();
    tr.maybe_with(&key, &values)
}

/// The key of a sentence, made from its words, and what it says in backticks and figures, which differs each time.
fn sentence_key(sentence: &str) -> (String, Vec<&str>) {
    let (mut key, mut values) = ("problem-says".to_owned(), Vec::new());
    for (at, piece) in sentence.split('`').enumerate() {
        if at % 2 == 1 {
            values.push(piece);
            continue;
        }
        let words = piece.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        for word in words {
            if word.bytes().all(|figure| figure.is_ascii_digit()) {
                values.push(word);
            } else {
                key.push('-');
                key.push_str(&word.to_ascii_lowercase());
            }
        }
    }
    (key, values)
}

/// The problem of an operation above its form, in the words of its module.
pub fn problem_of(names: Names<'_>, operation: &str, shown: &Problem, beneath: Option<&str>) -> Markup {
    let place = |pointer: &str| names.place(operation, pointer);
    html! { h2.bad { (problem_title(names.tr, shown)) } (problem_at(names.tr, shown, beneath, place)) }
}

/// A problem above the form it belongs to.
pub fn problem_above(tr: Tr, problem: Option<&Problem>) -> Markup {
    html! { @if let Some(shown) = problem { h2.bad { (problem_title(tr, shown)) } (self::problem(tr, shown)) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::problem::{NOT_FOUND, NOT_SUBSCRIBED, REJECTED};

    #[test]
    fn a_sentence_has_one_key_whatever_it_names() {
        let (key, values) = sentence_key("module `oee` has no view `a-b`; 8 others are open");
        assert_eq!(
            (key.as_str(), values),
            ("problem-says-module-has-no-view-others-are-open", vec!["oee", "a-b", "8"])
        );
    }

    #[test]
    fn what_is_said_in_english_is_translated_or_stands_small_beneath() {
        let told = |lang, detail: &str| problem(Tr::new(lang), &NOT_FOUND.because(detail)).into_string();
        let zh = told(Lang::ZhCn, "module `oee` has no view `hal`");
        assert!(zh.contains("<strong>模块“oee”没有页面“hal”。</strong>") && !zh.contains("has no view"), "{zh}");
        let strange = told(Lang::ZhCn, "the registry says something new");
        assert!(strange.contains("<p class=\"dim\" lang=\"en\">the registry says something new</p>"), "{strange}");
        for own in [told(Lang::En, "module `oee` has no view `hal`"), told(Lang::ZhCn, "没有这个模块")] {
            assert!(own.contains("<strong>") && !own.contains("lang="), "{own}");
        }
    }

    #[test]
    fn a_problem_is_told_in_the_visitors_language_with_its_detail() {
        let shown = NOT_SUBSCRIBED.because("module `oee`");
        let zh = problem(Tr::new(Lang::ZhCn), &shown).into_string();
        assert!(zh.contains("模块：oee") && zh.contains("管理员"), "{zh}");
        let en = problem(Tr::new(Lang::En), &shown).into_string();
        assert!(en.contains(NOT_SUBSCRIBED.remedy), "{en}");
        let mut own = REJECTED.because("says the module");
        own.code = "rate-not-positive".into();
        assert_ne!(problem_title(Tr::new(Lang::ZhCn), &own), own.title, "a module's own code has its kind's title");
    }
}
