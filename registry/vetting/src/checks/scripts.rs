//! Scripts: no word that mixes alphabets, so that nothing only looks like another name.

use crate::rule::{Rule, shown};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "mixed-scripts",
    why: (
        "一个词里混用两种字母，看上去像另一个词；人们会信错模块",
        "Letters of two alphabets in one word look like another word; people would trust the wrong module",
    ),
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    /// Alphabets with letters that look Latin.
    LookAlike((&'static str, &'static str)),
    /// Latin letters in another dress, which no keyboard writes.
    Dressed,
    /// Anything else: Chinese beside Latin is usual.
    Other,
}

fn script(char: char) -> Script {
    match char {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => Script::Latin,
        '\u{370}'..='\u{3ff}' => Script::LookAlike(("希腊", "Greek")),
        '\u{400}'..='\u{52f}' => Script::LookAlike(("西里尔", "Cyrillic")),
        '\u{530}'..='\u{58f}' => Script::LookAlike(("亚美尼亚", "Armenian")),
        '\u{13a0}'..='\u{13ff}' => Script::LookAlike(("切罗基", "Cherokee")),
        '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}' | '\u{2460}'..='\u{24ff}' => {
            Script::Dressed
        }
        _ => Script::Other,
    }
}

/// Judges both languages of a text.
pub(crate) fn check(place: &str, words: &Words) -> Vec<Finding> {
    let told = |text: &str| {
        text.split(|char: char| !char.is_alphanumeric()).find_map(|word| Some((word.to_owned(), problem(word)?)))
    };
    let texts = [&words.zh, &words.en].into_iter().filter_map(|text| told(text));
    let finding = |(word, what): (String, Words)| {
        RULE.error(
            place,
            words!("{} 中{what}", "In {} {what}", shown(&word); what),
            ("请只用一种字母书写", "Write it with the letters of one alphabet"),
        )
    };
    texts.map(finding).collect()
}

fn problem(word: &str) -> Option<Words> {
    let scripts: Vec<_> = word.chars().map(script).collect();
    if scripts.contains(&Script::Dressed) {
        return Some(("字母被装扮成别的字母", "letters are dressed up as others").into());
    }
    let other =
        scripts.iter().find_map(|script| if let Script::LookAlike(name) = script { Some(*name) } else { None })?;
    let other = Words::from(other);
    scripts
        .contains(&Script::Latin)
        .then(|| words!("混用了拉丁字母和{other}字母", "Latin and {other} letters are mixed"; other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_two_alphabets_are_told_and_neighbours_are_not() {
        for (text, found) in [
            ("OEE 综合效率", 0),
            ("设备OEE看板", 0),
            ("Größe der Fläche", 0),
            ("Учёт простоев", 0),
            ("α particles", 0),
            ("Pl\u{430}nt", 1),
            ("\u{39f}EE", 1),
            ("\u{ff2f}EE", 1),
        ] {
            let words = Words { zh: "设备".into(), en: text.into() };
            assert_eq!(check("title", &words).len(), found, "{text}");
        }
    }
}
