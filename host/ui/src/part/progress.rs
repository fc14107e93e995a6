//! How far long work has come.

use maud::{Markup, html};

/// A bar with its figures in words. `of` 0: nobody knows yet how much there is.
pub fn progress(label: &str, done: u64, of: u64, words: &str) -> Markup {
    let known = of > 0;
    html! { p.progress {
        progress aria-label=(label) max=[known.then_some(of)] value=[known.then_some(done.min(of))] { (words) }
        span { (words) }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_without_an_end_says_nothing_of_how_far_it_is() {
        let known = progress("导出", 7, 5, "7 / 5").into_string();
        assert!(known.contains("max=\"5\" value=\"5\"") && known.contains("aria-label=\"导出\""), "{known}");
        assert!(!progress("导出", 0, 0, "…").into_string().contains("value="));
    }
}
