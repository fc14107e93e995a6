//! Records as lines: what each one declares, then its rows, value by value to the digit.

use super::business::{each, time};
use super::{Names, To};
use crate::column::{Column, Kind};
use crate::engine::{Db, Value, values};
use crate::error::{Result, StoreError};
use crate::install;
use crate::table::RecordTable;
use serde_json::{Map, Value as Json, json};
use toolcrib_contract::types::{Date, Instant, RawId, decimal_text};

/// The table of a record, as the tenant has it.
pub(super) struct Table {
    pub physical: String,
    module: String,
    major: u64,
    record: String,
    columns: Vec<Column>,
    /// Fields, and whether no two rows may share them; in an order that is always the same.
    indexes: Vec<(Vec<String>, bool)>,
}

/// All tables of a tenant's records, in an order that is always the same.
pub(super) fn tables(db: &Db) -> Result<Vec<Table>> {
    let sql = db.either(
        "SELECT physical,module,major,record,columns,NULL FROM record_table ORDER BY module,major,record",
        "SELECT physical,module,major,record,columns,indexes FROM record_table/*W*/ ORDER BY module,major,record",
    );
    let mut tables = db.rows(sql, &[], |row| {
        let (physical, module, major, record) = (row.text(0)?, row.text(1)?, row.count(2)?, row.text(3)?);
        let (columns, indexes) = (install::parse_all(&row.text(4)?)?, row.maybe_text(5)?.unwrap_or_default());
        let indexes = install::parse_indexes(&indexes)?;
        Ok(Table { physical, module, major, record, columns, indexes })
    })?;
    if let Db::Sqlite(_) = db {
        for table in &mut tables {
            table.indexes = of_file(db, &table.physical)?;
        }
    }
    Ok(tables)
}

/// The indexes that a table of a file has.
fn of_file(db: &Db, physical: &str) -> Result<Vec<(Vec<String>, bool)>> {
    let sql = "SELECT name,sql FROM sqlite_schema WHERE type='index' AND tbl_name=?1 AND sql IS NOT NULL ORDER BY name";
    let named = db.rows(sql, values![physical], |row| Ok((row.text(0)?, row.text(1)?)))?;
    let mut indexes = Vec::with_capacity(named.len());
    for (name, sql) in named {
        let of = format!("SELECT name FROM pragma_index_info('{name}') ORDER BY seqno");
        let fields = db.rows(&of, &[], |row| {
            let column = row.text(0)?;
            Ok(column.strip_prefix("c_").unwrap_or(&column).to_owned())
        })?;
        indexes.push((fields, sql.starts_with("CREATE UNIQUE")));
    }
    Ok(indexes)
}

impl Table {
    /// The plan of it, for another database.
    pub fn plan(&self) -> Result<RecordTable> {
        RecordTable::stored(&self.module, self.major, &self.record, self.columns.clone(), &self.indexes)
    }

    /// The line that says what it is.
    pub fn declared(&self, names: Names<'_>) -> Json {
        let fields: Vec<_> = self.columns.iter().map(|column| field(column, self.cases(names, column))).collect();
        let index = |(fields, unique): &(Vec<String>, bool)| json!({"fields": fields, "unique": unique});
        let indexes: Vec<_> = self.indexes.iter().map(index).collect();
        json!({"module": self.module, "major": self.major, "record": self.record, "fields": fields,
            "indexes": indexes})
    }

    /// A line for each of its rows.
    pub fn rows(&self, db: &Db, names: Names<'_>, to: &mut To<'_>) -> Result<()> {
        let Self { physical, module, major, record, columns, .. } = self;
        let cases: Vec<_> = columns.iter().map(|column| self.cases(names, column)).collect();
        let selected: String = columns.iter().map(|column| format!(",c_{}", column.field)).collect();
        let sql = format!("SELECT id,rev,created_us,updated_us{selected} FROM {physical}/*W*/ ORDER BY id");
        each(db, &sql, |row| {
            let mut fields = Map::new();
            for (at, (column, cases)) in columns.iter().zip(&cases).enumerate() {
                fields.insert(column.field.clone(), value(column, row.value(at + 4)?, cases.as_deref())?);
            }
            to.line(
                "row",
                json!({"module": module, "major": major, "record": record, "id": row.id(0)?.to_string(),
                "rev": row.int(1)?, "created": time(row, 2)?, "updated": time(row, 3)?, "fields": fields}),
            )
        })
    }

    /// The names of all cases that a column has; none for other columns, and where not all are known.
    fn cases(&self, names: Names<'_>, column: &Column) -> Option<Vec<String>> {
        let Kind::Enum { cases } = column.kind else { return None };
        let mut known = names(&self.module, &self.record, &column.field)?;
        let cases = usize::try_from(cases).ok().filter(|cases| *cases <= known.len())?;
        // A later version has more.
        known.truncate(cases);
        Some(known)
    }
}

fn field(column: &Column, cases: Option<Vec<String>>) -> Json {
    let of = match column.kind {
        Kind::Bool => json!("bool"),
        Kind::Int => json!("int"),
        Kind::Float => json!("float"),
        Kind::Decimal { scale } => json!({"decimal": scale}),
        Kind::Text { max } => json!({"text": max}),
        Kind::Instant => json!("instant"),
        Kind::Date => json!("date"),
        Kind::Id => json!("id"),
        // Without their names, which only a loaded module has, the cases are numbers.
        Kind::Enum { cases: count } => json!({"enum": cases.map_or_else(|| json!(count), |cases| json!(cases))}),
    };
    json!({"field": column.field, "of": of, "optional": column.optional})
}

fn value(column: &Column, stored: Value<'_>, cases: Option<&[String]>) -> Result<Json> {
    Ok(match (column.kind, stored) {
        (_, Value::Null) => Json::Null,
        (Kind::Bool, Value::Integer(value)) => (value != 0).into(),
        (Kind::Int, Value::Integer(value)) => value.into(),
        (Kind::Decimal { scale }, Value::Integer(coef)) => decimal_text(coef, scale).into(),
        (Kind::Instant, Value::Integer(us)) => Instant(us).to_string().into(),
        (Kind::Date, Value::Integer(days)) => Date(days).to_string().into(),
        (Kind::Enum { .. }, Value::Integer(case)) => {
            let name = cases.and_then(|cases| cases.get(usize::try_from(case).ok()?));
            name.map_or_else(|| case.into(), |name| name.as_str().into())
        }
        (Kind::Float, Value::Real(value)) => value.into(),
        (Kind::Text { .. }, Value::Text(text)) => String::from_utf8_lossy(text).into(),
        (Kind::Id, Value::Id(id)) => RawId(*id).to_string().into(),
        (Kind::Id, Value::Blob(id)) => match id.try_into() {
            Ok(id) => RawId(id).to_string().into(),
            Err(_) => return Err(damaged(column)),
        },
        _ => return Err(damaged(column)),
    })
}

fn damaged(column: &Column) -> StoreError {
    StoreError::Io(format!("a stored `{}` is not of its column's type", column.field))
}
