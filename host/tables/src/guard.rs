//! Texts that a spreadsheet would take for a formula get an apostrophe in front on the way out and lose it on the way in.

/// What begins a formula in one program or another; with full-width forms, which some of them read alike.
const STARTS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS)
}

/// The text as it stands in a file.
pub fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    if is_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// The text of a cell of a file. `="0012"` is how people keep a spreadsheet from dropping zeros.
pub fn plain(cell: &str) -> &str {
    if let Some(rest) = cell.strip_prefix('\'')
        && is_formula(rest)
    {
        return rest;
    }
    let quoted = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    quoted.filter(|text| !text.contains('"')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_texts_and_other_texts_are_left_alone() {
        for text in ["=1+1", "+86 138", "-A", "@SUM(A1)", "\t=1", "'=1", "＝1"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        assert_eq!((plain("=\"0012\""), plain("=A1"), plain("=\"a\"&\"b\"")), ("0012", "=A1", "=\"a\"&\"b\""));
        for text in ["", "M-1", "'quoted'", "5=5", " =1"] {
            assert_eq!(guarded(text), text);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "[ '\"=+@＝a-]{0,5}") {
            let cell = guarded(&text);
            prop_assert_eq!(plain(&cell), &text);
        }
    }
}
