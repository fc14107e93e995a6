//! What went wrong, for the person in front of the page.

use crate::language::Tr;
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
            @if let Some(detail) = &problem.detail { p { strong { (detail) } } }
            @if let Some(beneath) = beneath { p.dim lang="en" { (beneath) } }
            p { (remedy.as_ref().unwrap_or(&problem.remedy)) }
            @if !problem.errors.is_empty() { ul { @for error in &problem.errors {
                li { @if !error.pointer.is_empty() { strong { (place(&error.pointer)) } " " } (error.message) }
            } } }
            p.dim { code { (problem.code) } @if let Some(id) = &problem.request_id { " · " (tr.with("request-id", &[("id", id)])) } }
        }
    }
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
    use crate::language::Lang;
    use toolcrib_contract::problem::{NOT_SUBSCRIBED, REJECTED};

    #[test]
    fn a_problem_is_told_in_the_visitors_language_with_its_detail() {
        let shown = NOT_SUBSCRIBED.because("module `oee`");
        let zh = problem(Tr::new(Lang::ZhCn), &shown).into_string();
        assert!(zh.contains("module `oee`") && zh.contains("管理员"), "{zh}");
        let en = problem(Tr::new(Lang::En), &shown).into_string();
        assert!(en.contains(NOT_SUBSCRIBED.remedy), "{en}");
        let mut own = REJECTED.because("says the module");
        own.code = "rate-not-positive".into();
        assert_ne!(problem_title(Tr::new(Lang::ZhCn), &own), own.title, "a module's own code has its kind's title");
    }
}
