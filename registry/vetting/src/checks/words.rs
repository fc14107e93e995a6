//! Words for people: there in both languages of the console, and short enough for their place.

use crate::rule::{Rule, shown};
use toolcrib_contract::capability::wanted;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::view::check::texts;
use toolcrib_contract::wording::check::hidden;
use toolcrib_contract::{Capability, Manifest};

pub(crate) const RULE: Rule = Rule {
    check: "words",
    why: "Operators and admins read the marketplace and the consent page in their own language",
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
    let texts = [("Chinese (zh)", &words.zh), ("English (en)", &words.en)];
    let hides = |text: &str| text.chars().any(|char| char != '\n' && hidden(char));
    texts.into_iter().filter(|(_, text)| hides(text)).map(|(language, _)| invisible(place, language)).collect()
}

fn invisible(place: &str, language: &str) -> Finding {
    let what = format!("The {language} text holds control characters");
    RULE.error(place, what, "Use plain text without line breaks or direction marks")
}

/// Signals that a handler follows are part of the consent too, and a handler has no place for a reason.
fn signals_without_reason(manifest: &Manifest) -> Vec<Finding> {
    let silent = wanted(manifest).into_iter().filter(|wanted| wanted.reason == Words::default());
    let signals = silent.filter_map(|wanted| match wanted.capability {
        Capability::Readings { signal } => Some(signal),
        _ => None,
    });
    let finding = |signal: String| {
        let what = format!("It follows the signal {} and gives no reason", shown(&signal));
        RULE.warning(
            "requests",
            what,
            format!("Add `readings({signal:?}) {{ zh: \"…\", en: \"…\" }}` to `requests` in module!"),
        )
    };
    signals.map(finding).collect()
}

/// Both languages are there, without control characters, at most `chars` long.
pub(crate) fn both(place: &str, words: &Words, chars: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    for (language, text) in [("Chinese (zh)", &words.zh), ("English (en)", &words.en)] {
        let length = text.chars().count();
        if text.trim().is_empty() {
            found.push(RULE.error(place, format!("The {language} text is missing"), "Write it"));
        } else if length > chars {
            let what = format!("The {language} text has {length} characters");
            found.push(RULE.error(place, what, format!("Say it in at most {chars}")));
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
