//! Words for people: there in both languages of the console, and short enough for their place.

use crate::rule::{Rule, shown};
use toolcrib_contract::capability::wanted;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::view::check::texts;
use toolcrib_contract::wording::check::hidden;
use toolcrib_contract::words;
use toolcrib_contract::{Capability, Manifest};

pub(crate) const RULE: Rule = Rule {
    check: "words",
    why: (
        "操作工和管理员以自己的语言阅读市场和同意页面",
        "Operators and admins read the marketplace and the consent page in their own language",
    ),
};

const TITLE_CHARS: usize = 40;
const SUMMARY_CHARS: usize = 160;
const REASON_CHARS: usize = 200;

pub(crate) fn check(manifest: &Manifest) -> Vec<Finding> {
    let mut found = both("title", &manifest.title, TITLE_CHARS);
    found.extend(both("summary", &manifest.summary, SUMMARY_CHARS));
    for read in &manifest.reads {
        let place = format!("reason to read {}", shown(&format!("{}/{}", read.module, read.record)));
        found.extend(both(&place, &read.reason, REASON_CHARS));
    }
    for call in &manifest.calls {
        let place = format!("reason to call {}", shown(&format!("{}/{}", call.module, call.operation)));
        found.extend(both(&place, &call.reason, REASON_CHARS));
    }
    for request in &manifest.requests {
        found.extend(both(&format!("reason of the request {:?}", request.kind), &request.reason, REASON_CHARS));
    }
    found.extend(signals_without_reason(manifest));
    for (place, words, _) in manifest.views.iter().flat_map(texts) {
        found.extend(controls(&place, words));
    }
    found
}

/// Whether texts of views are there and short enough is the check of views to say; their prose may have lines.
fn controls(place: &str, words: &Words) -> Vec<Finding> {
    let texts = [(("中文（zh）", "Chinese (zh)"), &words.zh), (("英文（en）", "English (en)"), &words.en)];
    let hides = |text: &str| text.chars().any(|char| char != '\n' && hidden(char));
    texts.into_iter().filter(|(_, text)| hides(text)).map(|(language, _)| invisible(place, language)).collect()
}

fn invisible(place: &str, language: (&str, &str)) -> Finding {
    let language = Words::from(language);
    let what = words!("{language}文字含有控制字符", "The {language} text holds control characters"; language);
    RULE.error(
        place,
        what,
        ("请用纯文本，不含换行和方向控制符", "Use plain text without line breaks or direction marks"),
    )
}

/// Signals that a handler follows are part of the consent too, and a handler has no place for a reason.
fn signals_without_reason(manifest: &Manifest) -> Vec<Finding> {
    let silent = wanted(manifest).into_iter().filter(|wanted| wanted.reason == Words::default());
    let signals = silent.filter_map(|wanted| match wanted.capability {
        Capability::Readings { signal } => Some(signal),
        _ => None,
    });
    let finding = |signal: String| {
        let what =
            words!("它跟踪信号 {}，却没有写明理由", "It follows the signal {} and gives no reason", shown(&signal));
        RULE.warning(
            "requests",
            what,
            words!(
                "请在 module! 的 `requests` 中加上 `readings({signal:?}) {{ zh: \"…\", en: \"…\" }}`",
                "Add `readings({signal:?}) {{ zh: \"…\", en: \"…\" }}` to `requests` in module!"
            ),
        )
    };
    signals.map(finding).collect()
}

/// Both languages are there, without control characters, at most `chars` long.
pub(crate) fn both(place: &str, words: &Words, chars: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    for (language, text) in [(("中文（zh）", "Chinese (zh)"), &words.zh), (("英文（en）", "English (en)"), &words.en)]
    {
        let (length, named) = (text.chars().count(), Words::from(language));
        if text.trim().is_empty() {
            found.push(RULE.error(
                place,
                words!("缺少{named}文字", "The {named} text is missing"; named),
                ("请补上", "Write it"),
            ));
        } else if length > chars {
            let what = words!("{named}文字有 {length} 个字符", "The {named} text has {length} characters"; named);
            found.push(RULE.error(place, what, words!("请控制在 {chars} 个字符以内", "Say it in at most {chars}")));
        } else if text.chars().any(hidden) {
            found.push(invisible(place, language));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::manifest::{HandlerDef, HandlerKind, Request, RequestKind};

    #[test]
    fn words_are_there_in_both_languages() {
        assert_eq!(check(&example::manifest()), []);
        let mut following = example::manifest();
        let kind = HandlerKind::OnSignal { signal: "state".into() };
        following.handlers.push(HandlerDef { kind, ..following.handlers[0].clone() });
        assert_eq!(check(&following).len(), 1);
        let kind = RequestKind::Readings { signal: "state".into() };
        following.requests.push(Request { kind, reason: example::words(), optional: false });
        assert_eq!(check(&following), []);
        for (zh, en, problems) in [
            ("备注", "Notes", 0),
            ("", "Notes", 1),
            ("备注", " ", 1),
            ("", "", 2),
            ("备注", "Notes\u{202e}", 1),
            ("备注", "a\nb", 1),
            (&"长".repeat(41), "Notes", 1),
        ] {
            let title = Words { zh: zh.into(), en: en.into() };
            let found = check(&Manifest { title, ..example::manifest() });
            assert_eq!(found.len(), problems, "{zh} {en}: {found:?}");
        }
    }
}
