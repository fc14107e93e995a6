//! Rows of an output as lines of a file: every value exactly, in UTF-8 with a mark, lines ended by CR LF.

use crate::columns::{self, inside};
use crate::guard::guarded;
use crate::names::Names;
use crate::table::{NEXT, Table};
use crate::zone::Zone;
use csv::{Terminator, Writer, WriterBuilder};
use toolcrib_contract::json;
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::types::decimal_text;
use toolcrib_contract::value::{self, Value};
use toolcrib_contract::view::scalar;

/// Without it spreadsheets take UTF-8 for the encoding of their country.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that is written piece by piece.
pub struct File {
    lines: Writer<Vec<u8>>,
    begun: bool,
}

impl Default for File {
    fn default() -> Self {
        Self::new()
    }
}

impl File {
    pub fn new() -> Self {
        Self { lines: writer(), begun: false }
    }

    /// One line of texts of all origins: none of them is taken for a formula.
    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        let guarded: Vec<_> = texts.into_iter().map(guarded).collect();
        self.line(guarded.iter().map(|text| text.as_bytes()));
    }

    /// One line of texts of all origins and of numbers: a number with a minus is no formula.
    pub fn mixed<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let cells: Vec<_> =
            cells.into_iter().map(|cell| if is_number(cell) { cell.into() } else { guarded(cell) }).collect();
        self.line(cells.iter().map(|cell| cell.as_bytes()));
    }

    /// One line of cells as they are.
    pub fn line<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.lines.write_record(cells).expect("memory takes every line, however many cells it has");
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        let lines = std::mem::replace(&mut self.lines, writer());
        let mut bytes = if std::mem::replace(&mut self.begun, true) { Vec::new() } else { MARK.to_vec() };
        bytes.extend(lines.into_inner().expect("memory takes every byte"));
        bytes
    }
}

/// Digits with at most one point between them, and at most a minus before.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let plain = text.strip_prefix('-').unwrap_or(text);
    plain.split_once('.').map_or_else(|| digits(plain), |(whole, rest)| digits(whole) && digits(rest))
}

fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new())
}

/// How values become cells.
pub struct Cells<'a> {
    pub zone: &'a Zone,
    pub names: &'a dyn Names,
}

/// One step into a structure.
fn inner<'v>((of, value): (&'v Type, &'v Value), name: &str) -> Option<(&'v Type, &'v Value)> {
    let Value::Struct(values) = value else { return None };
    let fields = scalar(of).fields();
    let at = fields.iter().position(|field| field.name == name)?;
    Some((&fields[at].of, values.get(at)?))
}

impl Cells<'_> {
    /// The line of headings.
    pub fn headings(&self, table: Table<'_>, file: &mut File) {
        let columns = columns::of(table.row);
        let headings: Vec<_> = columns.iter().map(|column| self.names.heading(&column.name)).collect();
        file.line(headings.iter().map(|heading| guarded(heading).into_owned()));
    }

    /// The rows of one output; returns how many, and where the next page begins.
    pub fn rows(
        &self,
        output: &Type,
        value: &Value,
        table: Table<'_>,
        most: u64,
        file: &mut File,
    ) -> (u64, Option<String>) {
        let field = |path: &str| path.split('.').try_fold((output, value), inner).map(|(_, value)| value);
        let rows = table.field.map_or(Some(value), field);
        let rows = if let Some(Value::List(rows)) = rows { &rows[..] } else { &[] };
        for row in rows.iter().take(usize::try_from(most).unwrap_or(usize::MAX)) {
            let mut cells = Vec::new();
            self.structure("", table.row, Some(row), &mut cells);
            file.line(cells);
        }
        let next =
            if let (true, Some(Value::Text(next))) = (table.pages, field(NEXT)) { Some(next.clone()) } else { None };
        (rows.len() as u64, next)
    }

    fn structure(&self, path: &str, fields: &[Field], value: Option<&Value>, cells: &mut Vec<String>) {
        let values = if let Some(Value::Struct(values)) = value { &values[..] } else { &[] };
        for (at, field) in fields.iter().enumerate() {
            let (mut of, value) = (&field.of, values.get(at));
            while let Type::Option { of: inner } = of {
                of = inner;
            }
            match of {
                Type::Unit => {}
                Type::Struct { fields, .. } => self.structure(&inside(path, &field.name), fields, value, cells),
                of => cells.push(value.map(|value| self.cell(of, value)).unwrap_or_default()),
            }
        }
    }

    fn cell(&self, of: &Type, value: &Value) -> String {
        match of {
            Type::Text { .. } | Type::Enum { .. } | Type::List { .. } => guarded(&self.plain(of, value)).into_owned(),
            // Numbers stay numbers, also those with a minus sign.
            of => self.plain(of, value),
        }
    }

    fn plain(&self, of: &Type, value: &Value) -> String {
        match (of, value) {
            (_, Value::None | Value::Unit) => String::new(),
            (Type::Option { of }, value) => self.plain(of, value),
            (Type::Decimal { scale }, Value::Decimal(coefficient)) => decimal_text(*coefficient, *scale),
            (Type::Enum { name, cases }, Value::Enum(case)) => {
                cases.get(*case as usize).map(|case| self.names.case(name, case)).unwrap_or_default()
            }
            (Type::List { of }, Value::List(items)) if of.is_scalar() => {
                items.iter().map(|item| self.plain(of, item)).collect::<Vec<_>>().join("\n")
            }
            (_, Value::Instant(instant)) => self.zone.text(*instant),
            (_, Value::Bool(flag)) => self.names.flag(*flag),
            (_, Value::Int(number)) => number.to_string(),
            (_, Value::Float(number)) => serde_json::Value::from(*number).to_string(),
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Date(date)) => date.to_string(),
            (_, Value::Id(id)) => id.to_string(),
            (of, value) => {
                let mut bytes = Vec::new();
                value::write(of, value, &mut bytes);
                json::write(of, &bytes).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_amount_is_a_number_and_what_looks_like_a_formula_is_a_text() {
        let mut file = File::new();
        file.mixed(["-100.50", "7", "-1+2", "=1", "-", "1.", "-.5"]);
        let text = String::from_utf8(file.take()).unwrap();
        assert_eq!(text.trim_start_matches('\u{feff}'), "-100.50,7,'-1+2,'=1,'-,1.,'-.5\r\n");
    }
}
