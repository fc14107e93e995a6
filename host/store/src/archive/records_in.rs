//! Records of an archive that comes in: tables made from what it declares, rows read by their columns' types.

use super::import::Cases;
use super::state_in::{text, time, whole};
use crate::column::{Column, Kind};
use crate::error::{Result, StoreError};
use crate::{install, names};
use rusqlite::types::Value;
use rusqlite::{Connection, ToSql};
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
    module: String,
    major: i64,
    record: String,
    physical: String,
    columns: Vec<Column>,
    /// Names of the cases of each column that has some.
    cases: Vec<Option<Vec<String>>>,
    /// Fields and whether no two rows may share them.
    indexes: Vec<(Vec<String>, bool)>,
    insert: String,
}

impl RecordsIn {
    /// Makes the table of a record.
    pub fn declare(&mut self, db: &Connection, line: &Json) -> Result<()> {
        if self.tables.len() >= limits::ARCHIVE_RECORDS {
            return Err(bad(format!("there are more than {} records", limits::ARCHIVE_RECORDS)));
        }
        let (module, major, record) = (text(line, "module")?, whole(line, "major")?, text(line, "record")?);
        if module.parse::<ModuleName>().is_err() || !is_identifier(record) || major < 0 {
            return Err(bad(format!("`{module}/{record}` cannot be the name of a record")));
        }
        let fields = line["fields"].as_array().ok_or_else(|| bad("its fields are missing"))?;
        let declared = fields.iter().map(column).collect::<Result<Vec<_>>>()?;
        let (columns, cases): (Vec<_>, Vec<_>) = declared.into_iter().unzip();
        let physical = names::table(module, major as u64, record);
        install::create(db, &physical, &columns)?;
        let remembered: Vec<String> = columns.iter().map(install::print).collect();
        let sql = "INSERT INTO record_table VALUES(?1,?2,?3,?4,?5)";
        db.execute(sql, rusqlite::params![physical, module, major, record, remembered.join("\n")])?;
        let listed: String = columns.iter().map(|column| format!(",c_{}", column.field)).collect();
        let places: String = (5..columns.len() + 5).map(|at| format!(",?{at}")).collect();
        let insert =
            format!("INSERT INTO {physical}(id,rev,created_us,updated_us{listed}) VALUES(?1,?2,?3,?4{places})");
        let indexes = indexes(line, &columns)?;
        let (module, record) = (module.to_owned(), record.to_owned());
        self.tables.push(Table { module, major, record, physical, columns, cases, indexes, insert });
        Ok(())
    }

    /// Adds a row of a record that was declared.
    pub fn row(&mut self, db: &Connection, line: &Json) -> Result<()> {
        let (module, major, record) = (text(line, "module")?, whole(line, "major")?, text(line, "record")?);
        let is_meant = |table: &Table| table.module == module && table.major == major && table.record == record;
        if !self.tables.get(self.current).is_some_and(is_meant) {
            let found = self.tables.iter().position(is_meant);
            self.current = found.ok_or_else(|| bad(format!("the record `{module}/{record}` is not declared")))?;
        }
        let table = &self.tables[self.current];
        let fields = line["fields"].as_object().filter(|fields| fields.len() == table.columns.len());
        let fields = fields.ok_or_else(|| bad("its fields are not those of its record"))?;
        let mut values = vec![
            Value::Blob(id(&line["id"])?.to_vec()),
            Value::Integer(whole(line, "rev")?),
            Value::Integer(time(line, "created")?),
            Value::Integer(time(line, "updated")?),
        ];
        for (column, cases) in table.columns.iter().zip(&table.cases) {
            let given = fields.get(&column.field).unwrap_or(&Json::Null);
            let value = value(column, cases.as_deref(), given);
            values.push(value.map_err(|why| bad(format!("`{}` {why}", column.field)))?);
        }
        let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        db.prepare_cached(&table.insert)?.execute(&values[..])?;
        Ok(())
    }

    /// Makes the indexes, once all rows are there.
    pub fn index(&self, db: &Connection) -> Result<()> {
        for table in &self.tables {
            for (fields, unique) in &table.indexes {
                let name = names::index(&table.physical, *unique, fields.iter().map(String::as_str));
                let columns: Vec<String> = fields.iter().map(|field| format!("c_{field}")).collect();
                let unique = if *unique { "UNIQUE " } else { "" };
                db.execute_batch(&format!("CREATE {unique}INDEX {name} ON {}({})", table.physical, columns.join(",")))?;
            }
        }
        Ok(())
    }

    /// The names of cases that were declared; of several majors the most, since later ones only add some.
    pub fn cases(&self) -> Cases {
        let mut all = Cases::new();
        for table in &self.tables {
            for (column, cases) in table.columns.iter().zip(&table.cases) {
                let Some(cases) = cases else { continue };
                let known = all.entry((table.module.clone(), table.record.clone(), column.field.clone())).or_default();
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

fn indexes(line: &Json, columns: &[Column]) -> Result<Vec<(Vec<String>, bool)>> {
    let wrong = || bad("an index is not one of its record");
    let mut indexes = Vec::new();
    for index in line["indexes"].as_array().ok_or_else(wrong)? {
        let fields: Vec<String> = serde_json::from_value(index["fields"].clone()).map_err(|_| wrong())?;
        let is_known = |field: &String| columns.iter().any(|column| column.field == *field);
        if fields.is_empty() || !fields.iter().all(is_known) {
            return Err(wrong());
        }
        indexes.push((fields, index["unique"].as_bool().ok_or_else(wrong)?));
    }
    Ok(indexes)
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

pub(super) fn id(value: &Json) -> Result<[u8; 16]> {
    let id = value.as_str().and_then(|text| text.parse::<RawId>().ok());
    Ok(id.ok_or_else(|| bad("an id is none"))?.0)
}

/// A value by its column's type.
fn value(column: &Column, cases: Option<&[String]>, given: &Json) -> std::result::Result<Value, String> {
    let other = || "is not of its type".to_owned();
    let string = || given.as_str().ok_or_else(other);
    if given.is_null() {
        return if column.optional { Ok(Value::Null) } else { Err("is missing".to_owned()) };
    }
    Ok(match column.kind {
        Kind::Bool => Value::Integer(given.as_bool().ok_or_else(other)?.into()),
        Kind::Int => Value::Integer(given.as_i64().ok_or_else(other)?),
        Kind::Float => Value::Real(given.as_f64().filter(|_| given.is_f64()).ok_or_else(other)?),
        Kind::Decimal { scale } => {
            let coef = parse_decimal(string()?, scale).map_err(|error| error.to_string())?;
            if !(-DECIMAL_COEF_MAX..=DECIMAL_COEF_MAX).contains(&coef) {
                return Err("has more than eighteen digits".to_owned());
            }
            Value::Integer(coef)
        }
        Kind::Text { max } => {
            let text = string()?;
            check_text(text, max).map_err(|error| error.to_string())?;
            Value::Text(text.to_owned())
        }
        Kind::Instant => Value::Integer(string()?.parse::<Instant>().map_err(|_| other())?.0),
        Kind::Date => Value::Integer(string()?.parse::<Date>().map_err(|_| other())?.0),
        Kind::Id => Value::Blob(id(given).map_err(|_| other())?.to_vec()),
        Kind::Enum { cases: count } => {
            let case = match given.as_str() {
                Some(name) => cases.and_then(|cases| cases.iter().position(|case| case == name)).map(|at| at as u64),
                None => given.as_u64(),
            };
            let case = case.filter(|case| *case < count).ok_or_else(|| "has no such case".to_owned())?;
            Value::Integer(case as i64)
        }
    })
}
