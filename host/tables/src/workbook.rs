//! A workbook for spreadsheets (Office Open XML, ECMA-376): sheets of headings, texts and numbers, each a line after the
//! other. The same sheets are the same bytes.
//!
//! Of the format only what such a file cannot do without. Libraries for all of it bring another zip and more features into
//! the crates that the sandbox is built from.

mod archive;
mod parts;

use archive::Archive;
use std::collections::BTreeSet;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{Problem, TOO_LARGE};
use toolcrib_contract::types::Instant;

/// Characters of a sheet's name, by the format.
const NAME_CHARS: usize = 31;
/// What the format allows in no sheet's name.
const NAME_FORBIDDEN: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];
/// Digits that a number of a spreadsheet keeps: one with more of them stays a text.
const DIGITS: usize = 15;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Bold, on grey.
    Heading(String),
    Text(String),
    /// A decimal number, digit by digit.
    Number(String),
}

impl Cell {
    fn text(&self) -> &str {
        match self {
            Self::Heading(text) | Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// What stands in the properties of the file.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    pub title: &'a str,
    pub made: Instant,
}

/// A workbook that is filled sheet by sheet.
pub struct Workbook {
    properties: String,
    /// Names of the sheets, and what each is as XML.
    sheets: Vec<(String, String)>,
    names: BTreeSet<String>,
    rows: u64,
}

impl Workbook {
    pub fn new(about: About<'_>) -> Self {
        let (sheets, names) = (Vec::new(), BTreeSet::new());
        Self { properties: parts::properties(about), sheets, names, rows: 0 }
    }

    /// Adds a sheet. Its name is made to fit the format, and to differ from those before.
    ///
    /// # Errors
    /// More than [`limits::WORKBOOK_ROWS`] lines in all sheets.
    pub fn sheet(&mut self, name: &str, lines: &[Vec<Cell>]) -> Result<(), Problem> {
        self.rows += lines.len() as u64;
        if self.rows > limits::WORKBOOK_ROWS {
            let most = limits::WORKBOOK_ROWS;
            return Err(TOO_LARGE.because(format!("a workbook has at most {most} lines; save the single tables")));
        }
        let name = self.free_name(name);
        self.sheets.push((name, parts::sheet(lines)));
        Ok(())
    }

    fn free_name(&mut self, wanted: &str) -> String {
        let letters = wanted.chars().map(|letter| if NAME_FORBIDDEN.contains(&letter) { '-' } else { letter });
        let plain: String = letters.collect();
        // Neither an apostrophe at an end nor nothing at all is a name.
        let plain = plain.trim().trim_matches('\'');
        let plain = if plain.is_empty() { "1" } else { plain };
        for again in 1.. {
            let end = if again == 1 { String::new() } else { format!(" {again}") };
            let begin: String = plain.chars().take(NAME_CHARS - end.chars().count()).collect();
            let name = format!("{begin}{end}");
            // Names that differ in the case of letters only are the same.
            if self.names.insert(name.to_lowercase()) {
                return name;
            }
        }
        unreachable!("some number is free")
    }

    /// The file. Without any sheet there is an empty one: no program opens a workbook that has none.
    pub fn finish(mut self) -> Vec<u8> {
        if self.sheets.is_empty() {
            self.sheets.push(("1".to_owned(), parts::sheet(&[])));
        }
        let mut archive = Archive::default();
        let names: Vec<&str> = self.sheets.iter().map(|(name, _)| name.as_str()).collect();
        archive.add("[Content_Types].xml", &parts::types(names.len()));
        archive.add("_rels/.rels", parts::RELATIONS);
        archive.add("docProps/core.xml", &self.properties);
        archive.add("xl/workbook.xml", &parts::book(&names));
        archive.add("xl/_rels/workbook.xml.rels", &parts::book_relations(names.len()));
        archive.add("xl/styles.xml", parts::STYLES);
        for (at, (_, sheet)) in self.sheets.iter().enumerate() {
            archive.add(&parts::path(at), sheet);
        }
        archive.finish()
    }
}

/// The number where a spreadsheet keeps all of its digits, in its shortest notation.
fn number(digits: &str) -> Option<String> {
    let (sign, rest) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
    let plain = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let count = [whole, part].concat().trim_start_matches('0').len();
    if whole.is_empty() || !plain(whole) || !plain(part) || rest.ends_with('.') || count > DIGITS {
        return None;
    }
    let part = part.trim_end_matches('0');
    Some(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn book() -> Workbook {
        Workbook::new(About { title: "评测 <报告>", made: "2026-11-26T08:00:00Z".parse().unwrap() })
    }

    #[test]
    fn names_of_sheets_fit_the_format_and_differ() {
        let mut book = book();
        for (wanted, given) in [
            ("得分", "得分"),
            ("得分", "得分 2"),
            ("A/B:[c]", "A-B--c-"),
            ("", "1"),
            ("'x'", "x"),
            ("X", "X 2"),
            (&"长".repeat(40), &"长".repeat(31)),
            (&"长".repeat(40), &format!("{} 2", "长".repeat(29))),
        ] {
            assert_eq!(book.free_name(wanted), given);
        }
    }

    #[test]
    fn numbers_keep_all_their_digits_or_stay_texts() {
        let shown = |digits: &str| number(digits).unwrap_or_else(|| "text".to_owned());
        assert_eq!(["12.5000", "-0.001", "0", "007", "6.0"].map(shown), ["12.5", "-0.001", "0", "007", "6"]);
        assert_eq!(shown("123456789012345"), "123456789012345");
        for other in ["1234567890123456", "0.1234567890123456", "–", "1e5", "", "1.", ".5", "--1", "NaN"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn the_same_sheets_are_the_same_bytes_and_too_many_lines_are_refused() {
        let make = || {
            let mut book = book();
            let lines = vec![vec![Cell::Heading("题目".into()), text("=1+1")], vec![Cell::Number("1.5".into())]];
            book.sheet("答案", &lines).unwrap();
            book.finish()
        };
        assert_eq!(make(), make());
        assert!(make().starts_with(b"PK\x03\x04"));
        let many = vec![vec![text("x")]; usize::try_from(limits::WORKBOOK_ROWS).unwrap()];
        let mut book = book();
        book.sheet("all", &many).unwrap();
        assert_eq!(book.sheet("one more", &many[..1]).unwrap_err().code, "too-large");
    }
}
