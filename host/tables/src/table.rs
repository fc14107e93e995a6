//! The tables of a query's output: a list of structures, as it is or as a field; page by page when the query does so.

use crate::columns;
use crate::names::Worded;
use std::sync::Arc;
use toolcrib_contract::language::Lang;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{BAD_REQUEST, MEDIA_TYPE, Problem};
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::view::{scalar, type_at};
use toolcrib_contract::wording::Wording;

/// The parameter that says where a page begins, and the field that says where the next one does.
pub const AFTER: &str = "after";
/// See [`AFTER`].
pub const NEXT: &str = "next";

/// One table of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table<'a> {
    /// The field of the output, or the path to it; none when the output is the table itself.
    pub field: Option<&'a str>,
    /// The fields of a row.
    pub row: &'a [Field],
    /// Whether there may be more of it on further pages.
    pub pages: bool,
}

/// All tables of a query; none for other operations.
pub fn of(def: &HandlerDef) -> Vec<Table<'_>> {
    if def.kind != HandlerKind::Query {
        return Vec::new();
    }
    if let Some(row) = rows(&def.output) {
        return vec![Table { field: None, row, pages: false }];
    }
    let pages = pages(def);
    let tables = def.output.fields().iter().filter_map(|field| Some((field, rows(&field.of)?)));
    tables.map(|(field, row)| Table { field: Some(&field.name), row, pages }).collect()
}

/// The table of this name, or at this path where it stands deeper (`analysis.points`); the only one, or the one called `rows`, when none is named.
///
/// # Errors
/// The operation has no table, no such table, or several of them.
pub fn named<'a>(def: &'a HandlerDef, name: Option<&'a str>) -> Result<Table<'a>, Problem> {
    let tables = of(def);
    if let Some(deeper) = name.filter(|_| def.kind == HandlerKind::Query).and_then(|path| at(def, path)) {
        return Ok(deeper);
    }
    if tables.is_empty() {
        return Err(MEDIA_TYPE.because(format!("`{}` returns no table: only queries with a list of rows do", def.name)));
    }
    let found = match name {
        Some(name) => tables.iter().find(|table| table.field.unwrap_or_default() == name),
        None if tables.len() == 1 => tables.first(),
        None => tables.iter().find(|table| table.field == Some("rows")),
    };
    found.copied().ok_or_else(|| {
        let names: Vec<_> = tables.iter().filter_map(|table| table.field).collect();
        BAD_REQUEST.because(format!("say which `table` of the answer: {}", names.join(", ")))
    })
}

/// What the columns of a query's table are called in the module's words.
///
/// # Errors
/// As [`named`].
pub fn names(def: &HandlerDef, table: Option<&str>, words: &Arc<Wording>, lang: Lang) -> Result<Worded, Problem> {
    Ok(Worded::of(words, Some(lang), &def.name, &columns::of(named(def, table)?.row)))
}

/// The table at a path below the fields of the answer.
fn at<'a>(def: &'a HandlerDef, path: &'a str) -> Option<Table<'a>> {
    let list = type_at(&def.output, path).filter(|_| !path.is_empty()).map(scalar)?;
    Some(Table { field: Some(path), row: rows(list)?, pages: pages(def) })
}

/// Whether a query answers page by page: it takes an optional text `after`, which is the `next` of the page before.
pub fn pages(def: &HandlerDef) -> bool {
    let position = |fields: &[Field], name| {
        let field = fields.iter().find(|field| field.name == name);
        field.is_some_and(|field| matches!(&field.of, Type::Option { of } if matches!(**of, Type::Text { .. })))
    };
    position(def.input.fields(), AFTER) && position(def.output.fields(), NEXT)
}

fn rows(of: &Type) -> Option<&[Field]> {
    match of {
        Type::Option { of } => rows(of),
        Type::List { of } if matches!(**of, Type::Struct { .. }) => Some(of.fields()),
        _ => None,
    }
}
