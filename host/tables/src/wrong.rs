//! Everything that can be wrong with a cell, or with a whole file: as data, so that each reader hears it in their language.
//! As text it is English.

use std::fmt;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BAD_FILE, Problem, TOO_LARGE};
use toolcrib_contract::report::{BAD_CELL, EXTRA_CELL, MISSING_CELL};

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Empty, and a value is needed.
    Missing,
    /// Beyond the last heading.
    Extra,
    NoBool,
    NoInt,
    NoNumber,
    NoDecimal {
        scale: u8,
    },
    /// More digits after the point than the field keeps; nothing is rounded.
    TooManyDigits {
        scale: u8,
    },
    /// `1.234` or `1,234` in a file that uses either mark for either purpose.
    TwoNumbers,
    TooLong {
        max: u32,
        chars: usize,
    },
    NoDate,
    NoInstant,
    /// `5/6/2026` is a day in May and one in June.
    TwoDates,
    /// The clock was put forward over this time.
    NoSuchTime,
    /// The clock was put back: this time came twice.
    TwoTimes,
    NoId,
    NoCase {
        cases: Vec<String>,
    },
    /// A list of structures is written as JSON.
    NoJson,
    /// An item of a list, counted from 1.
    Item {
        at: usize,
        wrong: Box<Wrong>,
    },
    /// What the contract says of the value.
    Other(String),
}

impl Wrong {
    /// The code in a report.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => MISSING_CELL,
            Self::Extra => EXTRA_CELL,
            _ => BAD_CELL,
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("A value is needed here"),
            Self::Extra => f.write_str("This cell has no heading above it"),
            Self::NoBool => f.write_str("Write true or false, yes or no, 是 or 否, 1 or 0"),
            Self::NoInt => f.write_str("Write a whole number"),
            Self::NoNumber => f.write_str("Write a number"),
            Self::NoDecimal { scale } => write!(f, "Write a number with at most {scale} digits after the point"),
            Self::TooManyDigits { scale } => {
                write!(f, "More than {scale} digits after the point, and nothing is rounded: write fewer")
            }
            Self::TwoNumbers => {
                f.write_str("This may be a number of thousands or one with three decimals: write it without separator")
            }
            Self::TooLong { max, chars } => write!(f, "{chars} characters, at most {max} fit: shorten it"),
            Self::NoDate => f.write_str("Write a date, for example 2026-11-23"),
            Self::NoInstant => f.write_str("Write a date and a time, for example 2026-11-23 16:00"),
            Self::TwoDates => f.write_str("Day and month may be the other way round: write the year first, 2026-11-23"),
            Self::NoSuchTime => f.write_str("The clock was put forward and skipped this time: write another"),
            Self::TwoTimes => {
                f.write_str("The clock was put back and this time came twice: add the offset, for example +02:00")
            }
            Self::NoId => f.write_str("Write an id, for example 018f0e6e-7b1c-7cc3-a1b2-0123456789ab"),
            Self::NoCase { cases } => write!(f, "Write one of {}", cases.join(", ")),
            Self::NoJson => f.write_str("Write this list as JSON, as the export does"),
            Self::Item { at, wrong } => write!(f, "Item {at}: {wrong}"),
            Self::Other(message) => f.write_str(message),
        }
    }
}

/// Why a file is no table for an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Of another kind: a spreadsheet's own format, a picture.
    NotText,
    /// A line that no known encoding explains.
    Encoding {
        line: u64,
    },
    /// Two encodings in one file.
    Mixed {
        line: u64,
        /// An earlier line, written otherwise.
        unlike: u64,
    },
    /// A quotation mark opens here and never closes.
    OpenQuote {
        line: u64,
    },
    /// Nothing below the headings, or nothing at all.
    NoRows,
    /// More than [`limits::IMPORT_ROWS`].
    TooManyRows,
    Headings(Box<Headings>),
}

/// How the headings differ from what is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headings {
    /// Not a field, and something stands below: column and heading.
    pub unknown: Vec<(String, String)>,
    /// Needed, and not there.
    pub missing: Vec<String>,
    /// There more than once.
    pub twice: Vec<String>,
    pub needed: Vec<String>,
    pub optional: Vec<String>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("This is not a text file; in a spreadsheet program save it as CSV"),
            Self::Encoding { line } => {
                write!(f, "Line {line} is written in an unknown encoding; save the file as UTF-8")
            }
            Self::Mixed { line, unlike } => write!(
                f,
                "Line {line} is written in another encoding than line {unlike} (UTF-8 and GBK mixed); correct it, or save the whole file as UTF-8"
            ),
            Self::OpenQuote { line } => write!(f, "A quotation mark opens in line {line} and never closes"),
            Self::NoRows => f.write_str("There is no row below the headings"),
            Self::TooManyRows => write!(f, "There are more than {} rows; split the file", limits::IMPORT_ROWS),
            Self::Headings(headings) => headings.fmt(f),
        }
    }
}

impl fmt::Display for Headings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.unknown.is_empty() {
            let unknown: Vec<_> = self.unknown.iter().map(|(column, name)| format!("{column} `{name}`")).collect();
            parts.push(format!("unknown columns: {}", unknown.join(", ")));
        }
        if !self.missing.is_empty() {
            parts.push(format!("missing columns: {}", self.missing.join(", ")));
        }
        if !self.twice.is_empty() {
            parts.push(format!("columns that come twice: {}", self.twice.join(", ")));
        }
        write!(f, "{}; expected: {}", parts.join("; "), self.needed.join(", "))?;
        if !self.optional.is_empty() {
            write!(f, "; may be left out: {}", self.optional.join(", "))?;
        }
        Ok(())
    }
}

impl Unreadable {
    /// As a problem for the caller, in these words.
    pub fn problem(&self, words: String) -> Problem {
        if *self == Self::TooManyRows { TOO_LARGE.because(words) } else { BAD_FILE.because(words) }
    }
}
