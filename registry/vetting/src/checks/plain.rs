//! Plain texts: each in its own language, without markup or addresses. What people read is laid out by the host alone.

use super::scripts;
use crate::rule::{Rule, shown};
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Listing;
use toolcrib_contract::view::check::texts;
use toolcrib_contract::words;

const MARKUP: Rule = Rule {
    check: "markup",
    why: (
        "文字按原样显示；标记会成为干扰，网址会把人带到未经审核的地方",
        "Texts are shown as they are; markup would stand there as noise, and addresses lead people away unvetted",
    ),
};
const LANGUAGE: Rule = Rule {
    check: "language",
    why: (
        "只看中文的操作工不应看到英文，反之亦然",
        "An operator who reads only Chinese must not be shown English, nor the other way",
    ),
};

/// Texts with fewer letters may be names: `OEE`, `SPC 2`.
const NAME_LETTERS: usize = 12;

/// Every text of the manifest that people read.
pub(crate) fn manifest(manifest: &Manifest) -> Vec<Finding> {
    let mut found = both("title", &manifest.title);
    found.extend(both("summary", &manifest.summary));
    let reads = manifest.reads.iter().map(|read| (format!("{}/{}", read.module, read.record), &read.reason));
    let calls = manifest.calls.iter().map(|call| (format!("{}/{}", call.module, call.operation), &call.reason));
    for (name, reason) in reads.chain(calls) {
        found.extend(both(&format!("reason of {}", shown(&name)), reason));
    }
    for request in &manifest.requests {
        found.extend(both(&format!("reason of the request {:?}", request.kind), &request.reason));
    }
    for (place, words, _) in manifest.views.iter().flat_map(texts) {
        found.extend(both(&place, words));
    }
    let docs = manifest.handlers.iter().map(|handler| ("handler", &handler.name, &handler.doc));
    let docs = docs.chain(manifest.records.iter().map(|record| ("record", &record.name, &record.doc)));
    for (kind, name, doc) in docs {
        found.extend(tags(&format!("{kind} {}, help text", shown(name)), doc));
    }
    found
}

/// The listing's.
pub(crate) fn listing(listing: &Listing) -> Vec<Finding> {
    both("listing, description", &listing.description)
}

pub(crate) fn both(place: &str, words: &Words) -> Vec<Finding> {
    let mut found = scripts::check(place, words);
    for text in [&words.zh, &words.en] {
        found.extend(tags(place, text));
        if let Some(address) = address(text) {
            let what = words!("其中有网址 {}", "It holds an address, {}", shown(address));
            found.push(MARKUP.error(
                place,
                what,
                ("请用文字说明；链接放在服务商页面", "Say it in words; the provider's page holds links"),
            ));
        }
    }
    found.extend(language(place, words));
    found
}

fn tags(place: &str, text: &str) -> Option<Finding> {
    let mut after = text.split('<').skip(1);
    let tag = after.find(|rest| {
        rest.starts_with(|char: char| char.is_ascii_alphabetic() || "/!?".contains(char)) && rest.contains('>')
    });
    let link = text.contains("](");
    let what = match (tag, link) {
        (Some(rest), _) => words!(
            "其中有标记：{}",
            "It holds markup: {}",
            shown(&format!("<{}", rest.split('>').next().unwrap_or("")))
        ),
        (None, true) => ("其中有 Markdown 链接", "It holds a Markdown link").into(),
        (None, false) => return None,
    };
    Some(MARKUP.error(place, what, ("请用纯文本", "Use plain text")))
}

/// The first thing that a browser would open.
fn address(text: &str) -> Option<&str> {
    let words = text.split(|char: char| char.is_whitespace() || "，。；（）()".contains(char));
    let is_address = |word: &str| {
        let lower = word.to_ascii_lowercase();
        lower.contains("://")
            || lower.starts_with("www.")
            || lower.starts_with("mailto:")
            || lower.starts_with("javascript:")
    };
    words.into_iter().find(|word| is_address(word))
}

fn is_han(char: char) -> bool {
    matches!(char, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn language(place: &str, words: &Words) -> Vec<Finding> {
    let mut found = Vec::new();
    let letters = words.zh.chars().filter(|char| char.is_alphabetic()).count();
    if letters > NAME_LETTERS && !words.zh.chars().any(is_han) {
        found.push(LANGUAGE.warning(
            place,
            ("中文（zh）文字里没有汉字", "The Chinese (zh) text holds no Chinese"),
            ("请翻译", "Translate it"),
        ));
    }
    if words.en.chars().any(is_han) {
        found.push(LANGUAGE.warning(
            place,
            ("英文（en）文字里有汉字", "The English (en) text holds Chinese"),
            ("请翻译", "Translate it"),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn texts_are_plain_and_in_their_language() {
        assert_eq!(manifest(&example::manifest()), []);
        for (zh, en, checks) in [
            ("备注", "a < b and c > d", vec![]),
            ("OEE", "OEE", vec![]),
            ("备注", "<b>Notes</b>", vec!["markup"]),
            ("备注", "see https://example.com/x", vec!["markup"]),
            ("详见www.example.com，谢谢", "Notes", vec![]),
            ("详见 www.example.com，谢谢", "Notes", vec!["markup"]),
            ("备注", "[Notes](x)", vec!["markup"]),
            ("Notes for the next shift", "Notes", vec!["language"]),
            ("备注", "备注", vec!["language"]),
            ("备注", "N\u{43e}tes", vec!["mixed-scripts"]),
        ] {
            let title = Words { zh: zh.into(), en: en.into() };
            let found = manifest(&Manifest { title, ..example::manifest() });
            assert_eq!(found.iter().map(|finding| finding.check.as_str()).collect::<Vec<_>>(), checks, "{zh} {en}");
        }
        let mut helped = example::manifest();
        helped.handlers[0].doc = "Adds <script>alert(1)</script>".into();
        assert_eq!(manifest(&helped).len(), 1);
    }
}
