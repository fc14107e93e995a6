//! Records of an archive that comes in: tables made from what it declares, rows read by their columns' types.

use super::import::Cases;
use super::rows_in::{Owned, RowsIn};
use super::state_in::{text, time, whole};
use crate::column::{Column, Kind};
use crate::engine::Db;
use crate::error::{Result, StoreError};
use crate::install;
use crate::rows::HEAD;
use crate::table::RecordTable;
use serde_json::Value as Json;
use toolcrib_contract::limits;
use toolcrib_contract::names::{ModuleName, is_identifier};
use toolcrib_contract::types::{DECIMAL_COEF_MAX, Date, Instant, RawId, check_text, parse_decimal};

/// What was declared so far.
#[derive(Default)]
pub(super) struct RecordsIn {
    tables: Vec<Table>,
    /// Rows of one table stand together.
    current: usize,
}

struct Table {
    plan: RecordTable,
    /// Names of the cases of each column that has some.
    cases: Vec<Option<Vec<String>>>,
    /// The table and its columns, for a row.
    into: String,
}

impl RecordsIn {
    /// Makes the table of a record; in PostgreSQL, where all tenants share it, it is there.
    pub fn declare(&mut self, db: &Db, line: &Json) -> Result<()> {
        if self.tables.len() >= limits::ARCHIVE_RECORDS {
            return Err(bad(format!("there are more than {} records", limits::ARCHIVE_RECORDS)));
        }
        let (module, major, record) = (text(line, "module")?, whole(line, "major")?, text(line, "record")?);
        let major = u64::try_from(major).ok().filter(|_| module.parse::<ModuleName>().is_ok() && is_identifier(record));
        let major = major.ok_or_else(|| bad(format!("`{module}/{record}` cannot be the name of a record")))?;
        let fields = line["fields"].as_array().ok_or_else(|| bad("its fields are missing"))?;
        let declared = fields.iter().map(column).collect::<Result<Vec<_>>>()?;
        let (columns, cases): (Vec<_>, Vec<_>) = declared.into_iter().unzip();
        let plan = RecordTable::stored(module, major, record, columns, &indexes(line)?)?;
        install::declare(db, &plan.0)?;
        let listed: String = plan.0.columns.iter().map(|column| format!(",c_{}", column.field)).collect();
        let into = format!("{}(/*c*/id,rev,created_us,updated_us{listed})", plan.physical());
        self.tables.push(Table { plan, cases, into });
        Ok(())
    }

    /// Adds a row of a record that was declared.
    pub fn row(&mut self, db: &Db, rows: &mut RowsIn, line: &Json) -> Result<()> {
        let (module, major, record) = (text(line, "module")?, whole(line, "major")?, text(line, "record")?);
        let is_meant = |table: &Table| {
            let plan = &table.plan.0;
            plan.module == module && plan.major as i64 == major && plan.record == record
        };
        if !self.tables.get(self.current).is_some_and(is_meant) {
            let found = self.tables.iter().position(is_meant);
            self.current = found.ok_or_else(|| bad(format!("the record `{module}/{record}` is not declared")))?;
        }
        let Table { plan, cases, into } = &self.tables[self.current];
        let columns = &plan.0.columns;
        let fields = line["fields"].as_object().filter(|fields| fields.len() == columns.len());
        let fields = fields.ok_or_else(|| bad("its fields are not those of its record"))?;
        let mut values: Vec<Owned> = vec![
            id(&line["id"])?.into(),
            whole(line, "rev")?.into(),
            time(line, "created")?.into(),
            time(line, "updated")?.into(),
        ];
        for (column, cases) in columns.iter().zip(cases) {
            let given = fields.get(&column.field).unwrap_or(&Json::Null);
            let value = value(column, cases.as_deref(), given);
            values.push(value.map_err(|why| bad(format!("`{}` {why}", column.field)))?);
        }
        if let Db::Postgres(_) = db {
            plan.0.check_indexed(|at| values[HEAD + at].text_bytes())?;
        }
        rows.add(db, into, values)
    }

    /// Makes the indexes of a file, once all rows are there.
    pub fn index(&self, db: &Db) -> Result<()> {
        let Db::Sqlite(file) = db else { return Ok(()) };
        self.tables.iter().try_for_each(|table| install::index(file, &table.plan.0))
    }

    /// The names of cases that were declared; of several majors the most, since later ones only add some.
    pub fn cases(&self) -> Cases {
        let mut all = Cases::new();
        for table in &self.tables {
            let plan = &table.plan.0;
            for (column, cases) in plan.columns.iter().zip(&table.cases) {
                let Some(cases) = cases else { continue };
                let known = all.entry((plan.module.clone(), plan.record.clone(), column.field.clone())).or_default();
                if known.len() < cases.len() {
                    known.clone_from(cases);
                }
            }
        }
        all
    }
}

fn bad(why: impl Into<String>) -> StoreError {
    StoreError::BadArchive(why.into())
}

fn indexes(line: &Json) -> Result<Vec<(Vec<String>, bool)>> {
    let wrong = || bad("an index is not one of its record");
    let index = |index: &Json| {
        let fields: Vec<String> = serde_json::from_value(index["fields"].clone()).map_err(|_| wrong())?;
        Ok((fields, index["unique"].as_bool().ok_or_else(wrong)?))
    };
    line["indexes"].as_array().ok_or_else(wrong)?.iter().map(index).collect()
}

/// A declared field as a column, with the names of its cases.
fn column(field: &Json) -> Result<(Column, Option<Vec<String>>)> {
    let name = text(field, "field")?.to_owned();
    let wrong = || bad(format!("the field `{name}` is none that a record can have"));
    if !is_identifier(&name) {
        return Err(wrong());
    }
    let number = |value: &Json| value.as_u64().ok_or_else(wrong);
    let mut cases = None;
    let kind = match &field["of"] {
        Json::String(of) => match of.as_str() {
            "bool" => Kind::Bool,
            "int" => Kind::Int,
            "float" => Kind::Float,
            "instant" => Kind::Instant,
            "date" => Kind::Date,
            "id" => Kind::Id,
            _ => return Err(wrong()),
        },
        Json::Object(of) => match of.iter().next().map(|(of, with)| (of.as_str(), with)) {
            Some(("decimal", scale)) => Kind::Decimal { scale: number(scale)?.try_into().map_err(|_| wrong())? },
            Some(("text", max)) => Kind::Text { max: number(max)?.try_into().map_err(|_| wrong())? },
            Some(("enum", Json::Array(names))) => {
                let names: Vec<String> = names
                    .iter()
                    .map(|name| name.as_str().map(str::to_owned))
                    .collect::<Option<_>>()
                    .ok_or_else(wrong)?;
                Kind::Enum { cases: cases.insert(names).len() as u64 }
            }
            Some(("enum", count)) => Kind::Enum { cases: number(count)? },
            _ => return Err(wrong()),
        },
        _ => return Err(wrong()),
    };
    let optional = field["optional"].as_bool().ok_or_else(wrong)?;
    Ok((Column { field: name, kind, optional }, cases))
}

pub(super) fn id(value: &Json) -> Result<RawId> {
    let id = value.as_str().and_then(|text| text.parse::<RawId>().ok());
    id.ok_or_else(|| bad("an id is none"))
}

/// A value by its column's type.
fn value(column: &Column, cases: Option<&[String]>, given: &Json) -> std::result::Result<Owned, String> {
    let other = || "is not of its type".to_owned();
    let string = || given.as_str().ok_or_else(other);
    if given.is_null() {
        return if column.optional { Ok(Owned::Null) } else { Err("is missing".to_owned()) };
    }
    Ok(match column.kind {
        Kind::Bool => Owned::Integer(given.as_bool().ok_or_else(other)?.into()),
        Kind::Int => Owned::Integer(given.as_i64().ok_or_else(other)?),
        Kind::Float => Owned::Real(given.as_f64().filter(|_| given.is_f64()).ok_or_else(other)?),
        Kind::Decimal { scale } => {
            let coef = parse_decimal(string()?, scale).map_err(|error| error.to_string())?;
            if !(-DECIMAL_COEF_MAX..=DECIMAL_COEF_MAX).contains(&coef) {
                return Err("has more than eighteen digits".to_owned());
            }
            Owned::Integer(coef)
        }
        Kind::Text { max } => {
            let text = string()?;
            check_text(text, max).map_err(|error| error.to_string())?;
            Owned::Text(text.to_owned())
        }
        Kind::Instant => Owned::Integer(string()?.parse::<Instant>().map_err(|_| other())?.0),
        Kind::Date => Owned::Integer(string()?.parse::<Date>().map_err(|_| other())?.0),
        Kind::Id => Owned::Id(id(given).map_err(|_| other())?),
        Kind::Enum { cases: count } => {
            let case = match given.as_str() {
                Some(name) => cases.and_then(|cases| cases.iter().position(|case| case == name)).map(|at| at as u64),
                None => given.as_u64(),
            };
            let case = case.filter(|case| *case < count).ok_or_else(|| "has no such case".to_owned())?;
            Owned::Integer(case as i64)
        }
    })
}
