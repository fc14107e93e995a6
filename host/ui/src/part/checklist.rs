//! Steps that lead somewhere, each done or not.

use maud::{Markup, html};

/// One step.
#[derive(Clone, Debug)]
pub struct Todo {
    pub text: String,
    /// Why, or how; may be empty.
    pub help: String,
    /// Where it is done.
    pub href: String,
    /// None: only a person knows.
    pub done: Option<bool>,
}

/// The steps in their order. `done`, `open` and `check` are the words beside the marks.
pub fn checklist(done: &str, open: &str, check: &str, steps: &[Todo]) -> Markup {
    html! { ul.checklist { @for step in steps {
        @let (mark, word, tone) = match step.done { Some(true) => ("✓", done, "ok"), Some(false) => ("○", open, "warn"), None => ("?", check, "idle") };
        li data-done=[(step.done == Some(true)).then_some("true")] {
            span class={ "tag " (tone) } { span aria-hidden="true" { (mark) } " " (word) }
            span { a href=(step.href) { (step.text) } @if !step.help.is_empty() { " " span.dim { (step.help) } } }
        }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_says_in_words_whether_it_is_done() {
        let step = |done| Todo { text: "连接设备 <b>".into(), help: String::new(), href: "/x".into(), done };
        let text =
            checklist("已完成", "待办", "请确认", &[step(Some(true)), step(Some(false)), step(None)]).into_string();
        for word in ["已完成", "待办", "请确认", "&lt;b&gt;", "href=\"/x\""] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert_eq!(text.matches("aria-hidden=\"true\"").count(), 3, "the marks are silent");
    }
}
