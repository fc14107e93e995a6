//! Work that takes a while: how far it is, or how it ended.

use crate::language::Tr;
use maud::{Markup, html};

/// How far something is. Without `total` nobody knows how much there is.
pub fn progress(tr: Tr, label: &str, done: u64, total: Option<u64>) -> Markup {
    let done_text = done.to_string();
    html! {
        div.work {
            p #work-label { (label) }
            @match total {
                Some(total) => {
                    progress aria-labelledby="work-label" value=(done.min(total)) max=(total.max(1)) {}
                    p.dim { (tr.with("boards-work-rows-of", &[("done", &done_text), ("total", &total.to_string())])) }
                }
                None => {
                    progress aria-labelledby="work-label" {}
                    p.dim { (tr.with("boards-work-rows", &[("done", &done_text)])) }
                }
            }
        }
    }
}

/// What the head of a page needs that is to be loaded again: without a script the browser does it.
pub fn again(seconds: u32) -> Markup {
    html! { noscript { meta http-equiv="refresh" content=(seconds); } }
}

/// The mark by which the script loads the page again.
pub fn again_mark(seconds: u32) -> Markup {
    html! { span data-again=(seconds) hidden {} }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn progress_has_a_name_and_never_exceeds_its_whole() {
        let text = progress(Tr::new(Lang::En), "Import", 12_000, Some(10_000)).into_string();
        assert!(text.contains("aria-labelledby=\"work-label\" value=\"10000\" max=\"10000\""), "{text}");
        let unknown = progress(Tr::new(Lang::ZhCn), "导出", 3_000, None).into_string();
        assert!(unknown.contains("<progress aria-labelledby=\"work-label\"></progress>"), "{unknown}");
        assert!(again(2).into_string().contains("<noscript><meta http-equiv=\"refresh\" content=\"2\">"));
    }
}
