//! Scripts: no word that mixes alphabets, so that nothing only looks like another name.

use crate::rule::{Rule, shown};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;

const RULE: Rule = Rule {
    check: "mixed-scripts",
    why: "Letters of two alphabets in one word look like another word; people would trust the wrong module",
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    /// Alphabets with letters that look Latin.
    LookAlike(&'static str),
    /// Latin letters in another dress, which no keyboard writes.
    Dressed,
    /// Anything else: Chinese beside Latin is usual.
    Other,
}

fn script(char: char) -> Script {
    match char {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => Script::Latin,
        '\u{370}'..='\u{3ff}' => Script::LookAlike("Greek"),
        '\u{400}'..='\u{52f}' => Script::LookAlike("Cyrillic"),
        '\u{530}'..='\u{58f}' => Script::LookAlike("Armenian"),
        '\u{13a0}'..='\u{13ff}' => Script::LookAlike("Cherokee"),
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
    let finding = |(word, what): (String, String)| {
        RULE.error(place, format!("In {} {what}", shown(&word)), "Write it with the letters of one alphabet")
    };
    texts.map(finding).collect()
}

fn problem(word: &str) -> Option<String> {
    let scripts: Vec<_> = word.chars().map(script).collect();
    if scripts.contains(&Script::Dressed) {
        return Some("letters are dressed up as others".to_owned());
    }
    let other =
        scripts.iter().find_map(|script| if let Script::LookAlike(name) = script { Some(name) } else { None })?;
    scripts.contains(&Script::Latin).then(|| format!("Latin and {other} letters are mixed"))
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
