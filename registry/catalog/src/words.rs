//! Text as the search index takes it: Chinese is written without spaces, so it is cut into overlapping pairs of
//! characters; everything else into words.

/// The most characters of a search that are looked at.
pub const SEARCH_CHARS: usize = 200;
/// The most words of a search that are looked for.
const TERMS: usize = 16;
/// The most characters of a word that are indexed: what is looked for is a beginning, and not longer.
const WORD_CHARS: usize = SEARCH_CHARS;

enum Run {
    Han(Vec<char>),
    Word(String),
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

/// Full-width letters and digits are those of ASCII.
fn plain(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut joined = false;
    for c in text.chars().map(plain).flat_map(char::to_lowercase) {
        match runs.last_mut() {
            Some(Run::Han(run)) if joined && is_han(c) => run.push(c),
            Some(Run::Word(word)) if joined && c.is_alphanumeric() && !is_han(c) => word.push(c),
            _ if is_han(c) => runs.push(Run::Han(vec![c])),
            _ if c.is_alphanumeric() => runs.push(Run::Word(c.to_string())),
            _ => {}
        }
        joined = c.is_alphanumeric();
    }
    runs
}

fn pairs(run: &[char]) -> impl Iterator<Item = String> {
    run.windows(2).map(|pair| pair.iter().collect())
}

/// What is indexed: pairs of Chinese characters and the last of each run alone, so that one character is found as the
/// beginning of a term wherever it stands; other words as they are.
pub fn indexed(text: &str) -> String {
    let mut terms = Vec::new();
    for run in runs(text) {
        match run {
            Run::Han(run) => {
                terms.extend(pairs(&run));
                terms.extend(run.last().map(char::to_string));
            }
            Run::Word(word) => terms.push(word.chars().take(WORD_CHARS).collect()),
        }
    }
    terms.join(" ")
}

/// What is looked for.
fn terms(text: &str) -> impl Iterator<Item = Run> {
    let text: String = text.chars().take(SEARCH_CHARS).collect();
    runs(&text).into_iter().take(TERMS)
}

/// A search in the language of SQLite's index: everything must occur, Chinese as a whole, other words as beginnings. None
/// when nothing is left to look for.
pub fn searched(text: &str) -> Option<String> {
    // Letters and digits only, and quoted all the same: nothing of it is read as the language of the index.
    let term = |run: Run| match run {
        Run::Han(run) if run.len() == 1 => format!("\"{}\"*", run[0]),
        Run::Han(run) => format!("\"{}\"", pairs(&run).collect::<Vec<_>>().join(" ")),
        Run::Word(word) => format!("\"{word}\"*"),
    };
    let terms: Vec<_> = terms(text).map(term).collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// The same for PostgreSQL: terms between bars, words of a term between spaces, beginnings with a star behind.
pub fn sought(text: &str) -> Option<String> {
    let term = |run: Run| match run {
        Run::Han(run) if run.len() == 1 => format!("{}*", run[0]),
        Run::Han(run) => pairs(&run).collect::<Vec<_>>().join(" "),
        Run::Word(word) => format!("{word}*"),
    };
    let terms: Vec<_> = terms(text).map(term).collect();
    (!terms.is_empty()).then(|| terms.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_cut_into_pairs_and_the_rest_into_words() {
        assert_eq!(indexed("停机原因 OEE-2，看板"), "停机 机原 原因 因 oee 2 看板 板");
        assert_eq!(indexed("ＯＥＥ设备x"), "oee 设备 备 x");
        assert_eq!(indexed("…  "), "");
    }

    #[test]
    fn a_word_is_indexed_as_far_as_anybody_can_look_for_it() {
        assert_eq!(indexed(&"a".repeat(3_000)).len(), SEARCH_CHARS);
    }

    #[test]
    fn both_engines_look_for_the_same() {
        assert_eq!(sought("停机原因 OEE|' 停").as_deref(), Some("停机 机原 原因|oee*|停*"));
        assert_eq!(sought("!?"), None);
        assert_eq!(sought(&"a ".repeat(1_000)).unwrap().split('|').count(), TERMS);
    }

    #[test]
    fn a_search_is_never_read_as_the_index_language() {
        assert_eq!(searched("停机 OEE").as_deref(), Some("\"停机\" AND \"oee\"*"));
        assert_eq!(searched("停").as_deref(), Some("\"停\"*"));
        assert_eq!(searched("\" OR name:*").as_deref(), Some("\"or\"* AND \"name\"*"));
        assert_eq!(searched("!?"), None);
        assert_eq!(searched(&"a ".repeat(1_000)).unwrap().matches("AND").count(), TERMS - 1);
        assert!(searched(&"a".repeat(1_000)).unwrap().len() <= SEARCH_CHARS + 3);
    }
}
