//! Steps of something that takes a while: what is done, what goes on, what waits, and what was found on the way.

use crate::language::Tr;
use maud::{Markup, html};

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Done,
    /// It goes on.
    Now,
    Waiting,
    /// It has come so far: where the steps are states, none of them goes on.
    Here,
    /// It has not come so far.
    Ahead,
    /// Done, and somebody should look at what was found.
    Warned,
    Failed,
    /// There was nothing to be done, since an earlier step failed.
    Skipped,
}

impl Pace {
    /// For the style sheet.
    fn look(self) -> &'static str {
        match self {
            Self::Here => "now",
            Self::Ahead => "waiting",
            other => other.code(),
        }
    }

    /// For the texts.
    fn code(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Ahead => "ahead",
            Self::Done => "done",
            Self::Now => "now",
            Self::Waiting => "waiting",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One step.
pub struct Stage {
    pub title: String,
    pub pace: Pace,
    /// What can be unfolded below it.
    pub more: Option<Markup>,
}

/// The steps in their order. What went wrong is unfolded; the pace is told by shape, colour and word.
pub fn stepper(tr: Tr, label: &str, stages: &[Stage]) -> Markup {
    let head = |stage: &Stage| {
        html! { span.name { (stage.title) } " " span.word { (tr.t(&format!("vendor-pace-{}", stage.pace.code()))) } }
    };
    html! { ol.stepper aria-label=(label) { @for stage in stages {
        @let now = matches!(stage.pace, Pace::Now | Pace::Here).then_some("step");
        li data-pace=(stage.pace.look()) aria-current=[now] {
            @match &stage.more {
                Some(more) => details open[matches!(stage.pace, Pace::Failed | Pace::Warned)] { summary { (head(stage)) } (more) },
                None => p { (head(stage)) },
            }
        }
    } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn the_step_that_goes_on_is_told_to_those_who_hear_and_the_failed_one_lies_open() {
        let stage = |title: &str, pace, more: Option<&str>| Stage {
            title: title.to_owned(),
            pace,
            more: more.map(|text| html! { p { (text) } }),
        };
        let stages = [
            stage("收到", Pace::Done, Some("sha256")),
            stage("<签名>", Pace::Failed, Some("why")),
            stage("场景", Pace::Now, None),
        ];
        let text = stepper(Tr::new(Lang::ZhCn), "进度", &stages).into_string();
        assert!(text.starts_with("<ol class=\"stepper\" aria-label=\"进度\">"), "{text}");
        assert_eq!(text.matches("aria-current=\"step\"").count(), 1, "{text}");
        assert_eq!(text.matches("<details open>").count(), 1, "{text}");
        assert!(
            text.contains("&lt;签名&gt;") && text.contains("data-pace=\"waiting\"") == text.contains("等待"),
            "{text}"
        );
    }
}
