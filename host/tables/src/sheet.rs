//! Text to lines of cells: RFC 4180 as spreadsheets practise it, with comma, semicolon or tab between the cells.

use crate::wrong::Unreadable;
use csv::{ReaderBuilder, StringRecord};
use toolcrib_contract::limits;

/// What may stand between cells; the first that fits best is taken.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// A file as cells.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub separator: u8,
    pub headings: StringRecord,
    /// Each with the line on which it begins, the file's first being 1. Blank ones are left out.
    pub rows: Vec<(u64, StringRecord)>,
}

/// Reads the cells of a decoded file. The first line that is not blank holds the headings.
///
/// # Errors
/// [`Unreadable::NoRows`], [`Unreadable::TooManyRows`], [`Unreadable::OpenQuote`].
pub fn read(text: &str) -> Result<Sheet, Unreadable> {
    // Spreadsheets tell each other the separator in a first line that is not part of the table.
    let named = text.strip_prefix("sep=").and_then(|rest| {
        let separator = rest.bytes().next().filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n'))?;
        Some((separator, rest[1..].strip_prefix("\r\n").or_else(|| rest[1..].strip_prefix('\n'))?))
    });
    let (separator, table) = named.unwrap_or_else(|| (separator(text), text));
    let mut place = Place { text, at: text.len() - table.len(), line: 1 + u64::from(named.is_some()) };
    let start = place.at;
    if let Some(at) = open_quote(table.as_bytes(), separator) {
        return Err(Unreadable::OpenQuote { line: place.line_of(start + at) });
    }
    let mut reader = builder(separator).from_reader(table.as_bytes());
    let (mut headings, mut rows, mut record) = (None, Vec::new(), StringRecord::new());
    loop {
        let begins = start + reader.position().byte() as usize;
        if !reader.read_record(&mut record).unwrap_or(false) {
            break;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        // The reader's position is before the line breaks that it skips.
        let blank = text[begins..].len() - text[begins..].trim_start_matches(['\r', '\n']).len();
        let line = place.line_of(begins + blank);
        if headings.is_none() {
            headings = Some(record.clone());
        } else if rows.len() == limits::IMPORT_ROWS {
            return Err(Unreadable::TooManyRows);
        } else {
            rows.push((line, record.clone()));
        }
    }
    match headings {
        Some(headings) if !rows.is_empty() => Ok(Sheet { separator, headings, rows }),
        _ => Err(Unreadable::NoRows),
    }
}

fn builder(separator: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(separator);
    builder
}

/// The separator that gives the headings the most columns.
fn separator(text: &str) -> u8 {
    let columns = |separator: &u8| {
        let mut record = StringRecord::new();
        let read = builder(*separator).from_reader(text.as_bytes()).read_record(&mut record);
        if read.is_ok() { record.len() } else { 0 }
    };
    // Of equals the last is the greatest, so the likeliest comes last.
    SEPARATORS.into_iter().rev().max_by_key(columns).unwrap_or(b',')
}

/// Where a quotation mark opens that nothing closes: it would swallow the rest of the file as one cell.
fn open_quote(table: &[u8], separator: u8) -> Option<usize> {
    let (mut open, mut closed, mut begins) = (None, None, true);
    for (at, byte) in table.iter().enumerate() {
        match (byte, open) {
            (b'"', Some(from)) => (open, closed) = (None, Some(from)),
            (_, Some(_)) => {}
            _ => {
                // A second mark right after a closing one is part of the text; so is one inside a cell without marks.
                let opens = if begins { Some(at) } else { closed };
                open = opens.filter(|_| *byte == b'"');
                closed = None;
                begins = open.is_none() && (*byte == separator || matches!(byte, b'\r' | b'\n'));
            }
        }
    }
    open
}

/// Counts lines while going through a text once.
struct Place<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Place<'_> {
    /// The line of a byte; never of an earlier one than before. Ends of lines are LF, CR LF, or CR alone.
    fn line_of(&mut self, byte: usize) -> u64 {
        let bytes = self.text.as_bytes();
        while self.at < byte {
            let is_break = match bytes[self.at] {
                b'\n' => true,
                b'\r' => bytes.get(self.at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(is_break);
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<(u64, Vec<String>)> {
        let sheet = read(text).unwrap();
        let row = |(line, record): &(u64, StringRecord)| (*line, record.iter().map(str::to_owned).collect());
        sheet.rows.iter().map(row).collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn every_separator_and_line_end_gives_the_same_cells() {
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n", "\r"] {
                let text = format!("a|b{end}1|\"x, y; z\"{end}{end}2|\"he said \"\"no\"\"\"{end}||{end}3|{end}");
                let text = text.replace('|', separator);
                let expected = [row(2, &["1", "x, y; z"]), row(4, &["2", "he said \"no\""]), row(6, &["3", ""])];
                assert_eq!(cells(&text), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn a_cell_with_line_breaks_counts_its_lines() {
        let text = "a,b\r\n1,\"two\r\nlines\"\r\n2,\"\n\n\"\r\n3,x";
        assert_eq!(cells(text), [row(2, &["1", "two\r\nlines"]), row(4, &["2", "\n\n"]), row(7, &["3", "x"])]);
    }

    #[test]
    fn a_line_that_names_the_separator_is_not_part_of_the_table() {
        assert_eq!(cells("sep=;\r\na,x;b\r\n1;2\r\n"), [row(3, &["1", "2"])]);
        assert_eq!(read("sep=|\na|b\n1|2\n").unwrap().headings, StringRecord::from(vec!["a", "b"]));
    }

    #[test]
    fn a_quotation_mark_that_never_closes_is_found_where_it_opens() {
        for (text, line) in [("a,b\n1,2\n3,\"x\n4,5\n6,7\n", 3), ("a\n\"\"\"", 2), ("sep=,\na\n\"x", 3)] {
            assert_eq!(read(text).unwrap_err(), Unreadable::OpenQuote { line }, "{text:?}");
        }
        assert_eq!(cells("a,b\n5\" pipe,2\" pipe\n"), [row(2, &["5\" pipe", "2\" pipe"])]);
    }

    #[test]
    fn a_file_without_rows_or_with_too_many_is_refused() {
        for text in ["", "a,b", "a,b\n,,\n\n", "\n\n"] {
            assert_eq!(read(text).unwrap_err(), Unreadable::NoRows, "{text:?}");
        }
        let rows = |count| format!("a\n{}", "1\n".repeat(count));
        assert_eq!(read(&rows(limits::IMPORT_ROWS)).unwrap().rows.len(), limits::IMPORT_ROWS);
        assert_eq!(read(&rows(limits::IMPORT_ROWS + 1)).unwrap_err(), Unreadable::TooManyRows);
    }
}
