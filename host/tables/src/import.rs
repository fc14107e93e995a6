//! A file as the rows of a command: every cell that is wrong is named, the other rows are ready to be run.

use crate::cell::Reading;
use crate::columns::{self, Column, Places, inside, letters};
use crate::decode::decode;
use crate::guard;
use crate::names::{Names, Worded};
use crate::number::{Marks, marks};
use crate::sheet::{self, Sheet};
use crate::wrong::{Unreadable, Wrong};
use crate::zone::Zone;
use csv::StringRecord;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use std::time::Duration;
use toolcrib_contract::json::{self, InputError};
use toolcrib_contract::language::Lang;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{BAD_REQUEST, MEDIA_TYPE, Problem, TOO_LARGE};
use toolcrib_contract::report::{Keep, RowProblem};
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::wording::Wording;
use toolcrib_runtime::{Import, ImportColumn, ImportRow, Request};

/// The parameter of a command that a file fills: the only list of structures among its parameters.
pub fn list(def: &HandlerDef) -> Option<(&Field, &[Field])> {
    let lists = |field: &&Field| matches!(&field.of, Type::List { of } if matches!(**of, Type::Struct { .. }));
    let mut found = def.input.fields().iter().filter(lists);
    match (found.next(), found.next(), &def.kind) {
        (Some(field), None, HandlerKind::Command) => match &field.of {
            Type::List { of } => Some((field, of.fields())),
            _ => None,
        },
        _ => None,
    }
}

/// What the columns of such a file are called: written in `lang`, read in every language.
pub fn names(def: &HandlerDef, words: &Arc<Wording>, lang: Option<Lang>) -> Worded {
    let fields = list(def).map_or(&[][..], |(_, fields)| fields);
    Worded::of(words, lang, &def.name, &columns::of(fields))
}

/// Which rows are kept, as callers say it.
///
/// # Errors
/// Neither `all` nor `good`.
pub fn keep(text: Option<&str>) -> Result<Keep, Problem> {
    match text {
        None | Some("" | "all") => Ok(Keep::All),
        Some("good") => Ok(Keep::Good),
        Some(_) => {
            Err(BAD_REQUEST.because("`rows` is `all` (all of them or none) or `good` (those that are not refused)"))
        }
    }
}

/// What an import is made of.
pub struct Source<'a> {
    pub bytes: &'a [u8],
    pub zone: &'a Zone,
    pub names: &'a dyn Names,
    pub keep: Keep,
    /// Says in the reader's language what is wrong with a cell.
    pub say: &'a dyn Fn(&Wrong) -> String,
    /// The same for a whole file.
    pub unreadable: &'a dyn Fn(&Unreadable) -> String,
}

/// Reads a file for an operation. `request.input` holds its other parameters, without the list.
///
/// # Errors
/// The operation takes no file, its other parameters are wrong, or the file is no table for it. Wrong cells are no
/// error: they are in the import.
pub fn read(def: &HandlerDef, request: Request, source: &Source<'_>) -> Result<Import, Problem> {
    let (list, fields) = list(def).ok_or_else(|| {
        MEDIA_TYPE.because(format!("`{}` takes no file: only commands with one list of rows do", def.name))
    })?;
    if source.bytes.len() > limits::IMPORT_BYTES {
        return Err(TOO_LARGE.because(format!("a file has at most {} bytes", limits::IMPORT_BYTES)));
    }
    let (before, after) = parameters(def, list, &request.input)?;
    let unreadable = |error: Unreadable| error.problem((source.unreadable)(&error));
    let text = decode(source.bytes).map_err(unreadable)?;
    let sheet = sheet::read(&text).map_err(unreadable)?;
    let columns = columns::of(fields);
    let places = columns::find(&columns, &sheet, source.names).map_err(unreadable)?;
    let marks = marks(sheet.separator, numbers(&columns, &places, &sheet));
    let reading = Reading { zone: source.zone, names: source.names, marks };
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for (line, cells) in &sheet.rows {
        match row(&reading, fields, &places, cells) {
            Ok(bytes) => rows.push(ImportRow { line: *line, bytes }),
            Err(wrong) => {
                // Every bad row is named; every bad cell as long as the report stays readable.
                let most = if refused.len() < limits::IMPORT_ROWS { json::ERRORS_MAX } else { 1 };
                refused.extend(wrong.iter().take(most).map(|(at, wrong)| RowProblem {
                    line: *line,
                    column: at.map(letters),
                    heading: at.map(|at| heading(&sheet, at)).filter(|heading| !heading.is_empty()),
                    code: wrong.code().to_owned(),
                    message: (source.say)(wrong),
                }));
            }
        }
    }
    let found = columns.iter().filter_map(|column| Some((column, *places.of.get(&column.name)?)));
    let columns = found.map(|(column, at)| ImportColumn {
        field: column.name.replace('.', "/"),
        column: letters(at),
        heading: heading(&sheet, at),
    });
    Ok(Import {
        request,
        keep: source.keep,
        input: def.input.clone(),
        list: list.name.clone(),
        before,
        after,
        columns: columns.collect(),
        rows,
        refused,
        wall: Duration::from_millis(limits::IMPORT_MS),
        done: Arc::default(),
    })
}

/// A file with the headings of an operation and nothing below.
pub fn template(fields: &[Field], names: &dyn Names) -> Vec<u8> {
    let headings = columns::of(fields).iter().map(|column| names.heading(&column.name)).collect::<Vec<_>>();
    let mut file = crate::write::File::new();
    file.line(headings.iter().map(|heading| guard::guarded(heading).into_owned()));
    file.take()
}

/// The other parameters, encoded: those that stand before the list, and those after it.
fn parameters(def: &HandlerDef, list: &Field, input: &Json) -> Result<(Vec<u8>, Vec<u8>), Problem> {
    let mut whole = input.as_object().cloned().unwrap_or_default();
    whole.insert(list.name.clone(), Json::Array(Vec::new()));
    // Everything that is wrong with them at once.
    json::read(&def.input, &Json::Object(whole.clone())).map_err(Problem::input)?;
    let part = |fields: &[Field]| {
        let named = |field: &Field| Some((field.name.clone(), whole.get(&field.name)?.clone()));
        let values = fields.iter().filter_map(named).collect::<Map<_, _>>();
        let of = Type::Struct { name: String::new(), fields: fields.to_vec() };
        json::read(&of, &Json::Object(values)).map_err(Problem::input)
    };
    let fields = def.input.fields();
    let at = fields.iter().position(|field| field.name == list.name).unwrap_or(fields.len());
    Ok((part(&fields[..at])?, part(&fields[at + 1..])?))
}

/// Parameters as they stand in an address or a form: names and texts.
///
/// # Errors
/// Everything that is wrong with them.
pub fn from_pairs(
    fields: &[Field],
    pairs: &[(String, String)],
    zone: &Zone,
    names: &dyn Names,
) -> Result<Json, Problem> {
    let reading = Reading { zone, names, marks: Marks::Point };
    let cells: StringRecord = pairs.iter().map(|(_, value)| value.as_str()).collect();
    let known = columns::of(fields);
    let mut errors: Vec<_> = pairs
        .iter()
        .filter(|(name, _)| !known.iter().any(|column| column.name == *name))
        .map(|(name, _)| InputError {
            pointer: format!("/{}", name.chars().take(60).collect::<String>()),
            message: "no such field".to_owned(),
        })
        .collect();
    let of = pairs.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    let places = Places { of, wide: pairs.len() };
    let mut values = Values { reading: &reading, places: &places, cells: &cells, wrong: Vec::new() };
    let read = values.structure("", fields);
    errors.extend(values.wrong.into_iter().map(|(at, name, wrong)| InputError {
        pointer: format!("/{}", name.replace('.', "/")),
        message: if at.is_none() { format!("missing: {wrong}") } else { wrong.to_string() },
    }));
    if errors.is_empty() { Ok(read) } else { Err(Problem::input(errors)) }
}

/// The cells of the columns that hold numbers.
fn numbers<'a>(columns: &[Column], places: &Places, sheet: &'a Sheet) -> impl Iterator<Item = &'a str> {
    let is_number = |column: &&Column| matches!(column.of, Type::Int | Type::Float | Type::Decimal { .. });
    let at: Vec<_> =
        columns.iter().filter(is_number).filter_map(|column| places.of.get(&column.name).copied()).collect();
    sheet.rows.iter().flat_map(move |(_, cells)| at.clone().into_iter().filter_map(|at| cells.get(at)))
}

fn heading(sheet: &Sheet, at: usize) -> String {
    sheet.headings.get(at).unwrap_or_default().trim().to_owned()
}

/// The position of the column in which something is wrong; none when the row itself is meant.
type At = Option<usize>;

/// One row, encoded.
fn row(
    reading: &Reading<'_>,
    fields: &[Field],
    places: &Places,
    cells: &StringRecord,
) -> Result<Vec<u8>, Vec<(At, Wrong)>> {
    let mut values = Values { reading, places, cells, wrong: Vec::new() };
    let json = values.structure("", fields);
    let mut wrong: Vec<(At, Wrong)> = values.wrong.into_iter().map(|(at, _, wrong)| (at, wrong)).collect();
    let extra = (places.wide..cells.len()).find(|at| cells.get(*at).is_some_and(|cell| !cell.trim().is_empty()));
    wrong.extend(extra.map(|at| (Some(at), Wrong::Extra)));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // The contract has the last word.
    let of = Type::Struct { name: String::new(), fields: fields.to_vec() };
    json::read(&of, &json).map_err(|errors| {
        let at = |error: &InputError| places.of.get(error.pointer.split('/').nth(1).unwrap_or_default()).copied();
        errors.iter().map(|error| (at(error), Wrong::Other(error.message.clone()))).collect()
    })
}

/// The values of one row on their way.
struct Values<'a> {
    reading: &'a Reading<'a>,
    places: &'a Places,
    cells: &'a StringRecord,
    /// Position of the column, if the file has it; name of the field; what is wrong.
    wrong: Vec<(Option<usize>, String, Wrong)>,
}

impl Values<'_> {
    fn structure(&mut self, path: &str, fields: &[Field]) -> Json {
        let fields = fields.iter().map(|field| (field.name.clone(), self.value(&inside(path, &field.name), &field.of)));
        Json::Object(fields.collect::<Map<_, _>>())
    }

    fn value(&mut self, path: &str, of: &Type) -> Json {
        match of {
            Type::Unit => Json::Null,
            Type::Option { of } if self.is_blank(path, of) => Json::Null,
            Type::Option { of } => self.value(path, of),
            Type::Struct { fields, .. } => self.structure(path, fields),
            Type::List { .. } if self.is_blank(path, of) => Json::Array(Vec::new()),
            of => {
                let at = self.places.of.get(path).copied();
                let cell = at.and_then(|at| self.cells.get(at));
                let read = cell.map_or(Err(Wrong::Missing), |cell| self.reading.value(of, cell));
                // A short line ends in empty cells.
                let read = if cell.is_none() && at.is_some() { self.reading.value(of, "") } else { read };
                read.unwrap_or_else(|wrong| {
                    self.wrong.push((at, path.to_owned(), wrong));
                    Json::Null
                })
            }
        }
    }

    /// Whether nothing stands in the cells of a value.
    fn is_blank(&self, path: &str, of: &Type) -> bool {
        match of {
            Type::Option { of } => self.is_blank(path, of),
            Type::Struct { fields, .. } => {
                fields.iter().all(|field| self.is_blank(&inside(path, &field.name), &field.of))
            }
            _ => {
                let cell = self.places.of.get(path).and_then(|at| self.cells.get(*at));
                cell.is_none_or(|cell| cell.trim().is_empty())
            }
        }
    }
}
