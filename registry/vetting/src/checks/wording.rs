//! The names that people read: well-formed and plain like every other text, about things that the module has, and there
//! for everything that people see. What differs from the last approved version is laid out for the reviewer.

use super::plain;
use super::words;
use crate::rule::{Rule, shown};
use std::collections::BTreeMap;
use toolcrib_contract::Manifest;
use toolcrib_contract::evidence::TextChange;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Package;
use toolcrib_contract::wording::{Wording, check};
use toolcrib_contract::words;

const UNKNOWN: Rule = Rule {
    check: "unknown-words",
    why: (
        "给不存在的东西起名是笔误，而真正要命名的东西会显示代码里的英文名",
        "A word for something that is not there is a slip, and the thing that was meant is shown by its code's name",
    ),
};
const MISSING: Rule = Rule {
    check: "missing-words",
    why: (
        "操作工以自己的语言阅读页面；没有词条就会看到代码里的英文名",
        "Operators read what is on the page in their own language; without a word they read the code's English name",
    ),
};

/// Keys that one finding lists.
const LISTED: usize = 25;

/// The words by themselves.
pub(crate) fn form(wording: &Wording) -> Vec<Finding> {
    let flaws = check::form(wording).into_iter().map(|flaw| {
        let place = if flaw.key.is_empty() { "words".to_owned() } else { format!("word {}", shown(&flaw.key)) };
        words::RULE.error(place, flaw.what, flaw.fix)
    });
    let mut found: Vec<_> = flaws.collect();
    if found.is_empty() {
        found.extend(both(wording).flat_map(|(key, words)| plain::both(&format!("word {}", shown(key)), &words)));
    }
    found
}

/// Each key with its text in both languages.
fn both(wording: &Wording) -> impl Iterator<Item = (&str, Words)> {
    wording.zh.iter().filter_map(|(key, zh)| {
        let en = wording.en.get(key)?;
        Some((key.as_str(), Words { zh: zh.clone(), en: en.clone() }))
    })
}

/// The words beside what the module has and people see.
pub(crate) fn check(manifest: &Manifest, package: &Package) -> Vec<Finding> {
    let unknown: Vec<_> = check::unknown(&package.words, manifest).into_iter().map(str::to_owned).collect();
    let missing = check::missing(&package.words, manifest, &package.scenarios);
    let mut found = Vec::new();
    if !unknown.is_empty() {
        let unknown = list(&unknown);
        let what = words!(
            "有些词条对应的东西模块里没有：{unknown}",
            "There are words for what the module does not have: {unknown}"; unknown
        );
        found.push(UNKNOWN.warning(
            "words",
            what,
            ("请改正 words.toml 中的名称，或删除", "Correct the names in words.toml, or remove them"),
        ));
    }
    if !missing.is_empty() {
        let (count, missing) = (missing.len(), list(&missing));
        let what = words!(
            "人们会看到 {count} 个没有词条的东西：{missing}",
            "People see {count} things that have no word: {missing}"; missing
        );
        found.push(MISSING.warning(
            "words",
            what,
            (
                "请在 words.toml 中逐一命名：[zh] 写车间的叫法，[en] 写英文",
                "Name each in words.toml, in [zh] as the shop floor says it and in [en]",
            ),
        ));
    }
    found
}

fn list(keys: &[String]) -> Words {
    let listed: Vec<_> = keys.iter().take(LISTED).map(|key| shown(key)).collect();
    let more = keys.len().saturating_sub(LISTED);
    match more {
        0 => words!("{}", "{}", listed.join(", ")),
        _ => words!("{} 等，另有 {more} 个", "{} and {more} more", listed.join(", ")),
    }
}

/// Every text that people read and that is not as it was, by its place.
pub(crate) fn changes(before: (&Manifest, &Package), after: (&Manifest, &Package)) -> Vec<TextChange> {
    let (before, mut after) = (texts(before), texts(after));
    let mut changed = Vec::new();
    for (place, was) in before {
        let now = after.remove(&place);
        if now.as_ref() != Some(&was) {
            changed.push(TextChange { place, before: Some(was), after: now });
        }
    }
    changed.extend(after.into_iter().map(|(place, now)| TextChange { place, before: None, after: Some(now) }));
    changed.sort_by(|a, b| a.place.cmp(&b.place));
    changed
}

fn texts((manifest, package): (&Manifest, &Package)) -> BTreeMap<String, Words> {
    let mut texts: BTreeMap<_, _> = both(&package.words).map(|(key, words)| (format!("word {key}"), words)).collect();
    texts.insert("title".into(), manifest.title.clone());
    texts.insert("summary".into(), manifest.summary.clone());
    texts.insert("listing, description".into(), package.listing.description.clone());
    for read in &manifest.reads {
        texts.insert(format!("reason to read {}/{}", read.module, read.record), read.reason.clone());
    }
    for call in &manifest.calls {
        texts.insert(format!("reason to call {}/{}", call.module, call.operation), call.reason.clone());
    }
    for request in &manifest.requests {
        texts.insert(format!("reason of the request {:?}", request.kind), request.reason.clone());
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::package::Listing;

    const COMPLETE: &[(&str, &str, &str)] = &[
        ("add", "留言", "Add"),
        ("text", "内容", "Text"),
        ("count", "条数", "Count"),
        ("record:note", "留言", "Note"),
        ("event:added", "有新留言", "Added"),
    ];

    fn package(entries: &[(&str, &str, &str)]) -> Package {
        Package { listing: Listing::default(), scenarios: Vec::new(), words: Wording::of(entries) }
    }

    #[test]
    fn what_people_see_has_a_word_and_no_word_is_for_nothing() {
        let manifest = example::manifest();
        assert_eq!(check(&manifest, &package(COMPLETE)), []);
        let found = check(&manifest, &package(&COMPLETE[1..]));
        assert!(found.len() == 1 && found[0].check == "missing-words" && found[0].what.contains("`add`"), "{found:?}");
        let slip = [COMPLETE, &[("ad", "留言", "Add")]].concat();
        let found = check(&manifest, &package(&slip));
        assert!(found.len() == 1 && found[0].check == "unknown-words" && found[0].what.contains("`ad`"), "{found:?}");
        let many: Vec<_> = (0..40).map(|at| format!("w{at}")).collect();
        assert!(list(&many).en.ends_with("`w24` and 15 more"));
    }

    #[test]
    fn words_are_held_to_the_rules_of_all_texts() {
        for (zh, en, checks) in [
            ("留言", "Add", vec![]),
            ("留言", "Add\u{202e}", vec!["words"]),
            ("", "Add", vec!["words"]),
            ("留言", "<b>Add</b>", vec!["markup"]),
            ("留言", "see https://example.com/x", vec!["markup"]),
            ("留言", "\u{410}dd", vec!["mixed-scripts"]),
            ("Remarks for the next shift", "Add", vec!["language"]),
            ("留言", "留言", vec!["language"]),
        ] {
            let found = form(&package(&[("add", zh, en)]).words);
            assert_eq!(found.iter().map(|finding| finding.check.as_str()).collect::<Vec<_>>(), checks, "{zh} {en}");
        }
    }

    #[test]
    fn a_reviewer_sees_each_changed_text_before_and_after() {
        let (manifest, old) = (example::manifest(), package(COMPLETE));
        assert_eq!(changes((&manifest, &old), (&manifest, &old)), []);
        let mut new = package(&[COMPLETE, &[("at", "时间", "At")]].concat());
        new.words.zh.insert("add".into(), "写留言".into());
        new.words.zh.remove("count");
        new.words.en.remove("count");
        let mut renamed = manifest.clone();
        renamed.title.en = "Remarks".into();
        let changed = changes((&manifest, &old), (&renamed, &new));
        let told: Vec<_> = changed
            .iter()
            .map(|change| {
                let zh = |words: &Option<Words>| words.as_ref().map_or("–".to_owned(), |words| words.zh.clone());
                format!("{}: {} → {}", change.place, zh(&change.before), zh(&change.after))
            })
            .collect();
        assert_eq!(
            told,
            ["title: 备注 → 备注", "word add: 留言 → 写留言", "word at: – → 时间", "word count: 条数 → –"]
        );
    }
}
