//! Bringing a tenant's tables in line with a module's records: additive changes only, inside the caller's transaction.

use crate::column::{Column, Kind};
use crate::error::{Result, StoreError};
use crate::names;
use crate::table::{Plan, RecordTable};
use crate::writer::Writer;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

#[cfg(test)]
mod tests;

impl Writer {
    /// Creates the tables and indexes of records, or widens those that exist: new optional fields, longer texts, more
    /// cases, required fields that became optional. Fields no longer declared stay in the file, unseen. Inside a
    /// transaction; all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] for any other change; it needs a new major version of the module.
    pub fn install(&mut self, tables: &[RecordTable]) -> Result<()> {
        self.db.execute_batch("SAVEPOINT install")?;
        let result = tables.iter().try_for_each(|table| install(&self.db, &table.0));
        match &result {
            Ok(()) => self.db.execute_batch("RELEASE install")?,
            Err(_) if self.in_transaction() => self.db.execute_batch("ROLLBACK TO install; RELEASE install")?,
            Err(_) => {}
        }
        result
    }
}

fn install(db: &Connection, plan: &Plan) -> Result<()> {
    if let Some(flaw) = &plan.flaw {
        return Err(StoreError::Malformed(format!("record `{}`: {flaw}", plan.record)));
    }
    if plan.read_only {
        return Err(StoreError::Malformed(format!("record `{}` belongs to another module", plan.record)));
    }
    match stored(db, plan)? {
        None => {
            create(db, &plan.physical, &plan.columns)?;
            remember(db, plan, &plan.columns)?;
        }
        Some(old) => {
            let new = merge(plan, &old)?;
            if new != old {
                let added = new.starts_with(&old) && new[old.len()..].iter().all(|column| column.optional);
                if added {
                    add(db, plan, &new[old.len()..])?
                } else {
                    rebuild(db, plan, &old, &new)?
                }
                remember(db, plan, &new)?;
            }
        }
    }
    index(db, plan)
}

/// The columns the table has; none when there is no table yet.
fn stored(db: &Connection, plan: &Plan) -> Result<Option<Vec<Column>>> {
    let sql = "SELECT module,major,record,columns FROM record_table WHERE physical=?1";
    let known = db.query_row(sql, [&plan.physical], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    });
    let Some((module, major, record, columns)) = known.optional()? else { return Ok(None) };
    if module != plan.module || major as u64 != plan.major || record != plan.record {
        return Err(StoreError::Incompatible(format!("its table's name is taken by `{module}/{record}`")));
    }
    Ok(Some(parse_all(&columns)?))
}

/// The columns of a table as they are remembered, one a line.
pub(crate) fn parse_all(columns: &str) -> Result<Vec<Column>> {
    let columns = columns.lines().map(parse).collect::<Option<_>>();
    columns.ok_or_else(|| StoreError::Io("the list of tables is damaged".to_owned()))
}

fn remember(db: &Connection, plan: &Plan, columns: &[Column]) -> Result<()> {
    let text: Vec<String> = columns.iter().map(print).collect();
    let sql = "INSERT OR REPLACE INTO record_table VALUES(?1,?2,?3,?4,?5)";
    db.execute(sql, params![plan.physical, plan.module, plan.major as i64, plan.record, text.join("\n")])?;
    Ok(())
}

/// `name kind parameter optional`, one column.
pub(crate) fn print(column: &Column) -> String {
    let (kind, parameter) = match column.kind {
        Kind::Bool => ("bool", 0),
        Kind::Int => ("int", 0),
        Kind::Float => ("float", 0),
        Kind::Decimal { scale } => ("decimal", u64::from(scale)),
        Kind::Text { max } => ("text", u64::from(max)),
        Kind::Instant => ("instant", 0),
        Kind::Date => ("date", 0),
        Kind::Id => ("id", 0),
        Kind::Enum { cases } => ("enum", cases),
    };
    format!("{} {kind} {parameter} {}", column.field, column.optional)
}

fn parse(line: &str) -> Option<Column> {
    let mut words = line.split(' ');
    let (field, kind) = (words.next()?.to_owned(), words.next()?);
    let parameter: u64 = words.next()?.parse().ok()?;
    let optional = words.next()?.parse().ok()?;
    let kind = match kind {
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "float" => Kind::Float,
        "decimal" => Kind::Decimal { scale: parameter.try_into().ok()? },
        "text" => Kind::Text { max: parameter.try_into().ok()? },
        "instant" => Kind::Instant,
        "date" => Kind::Date,
        "id" => Kind::Id,
        "enum" => Kind::Enum { cases: parameter },
        _ => return None,
    };
    Some(Column { field, kind, optional })
}

/// The columns that hold the rows of both: those stored, widened where declared wider, then the new ones.
fn merge(plan: &Plan, old: &[Column]) -> Result<Vec<Column>> {
    let refuse = |field: &str, why: &str| {
        Err(StoreError::Incompatible(format!("field `{field}` of record `{}` {why}", plan.record)))
    };
    let mut new = Vec::with_capacity(old.len());
    for stored in old {
        let Some(declared) = plan.columns.iter().find(|column| column.field == stored.field) else {
            new.push(Column { optional: true, ..stored.clone() });
            continue;
        };
        let kind = match (stored.kind, declared.kind) {
            (Kind::Text { max: a }, Kind::Text { max: b }) => Kind::Text { max: a.max(b) },
            (Kind::Enum { cases: a }, Kind::Enum { cases: b }) => Kind::Enum { cases: a.max(b) },
            (a, b) if a == b => a,
            _ => return refuse(&stored.field, "has another type than its stored values"),
        };
        if stored.optional && !declared.optional {
            return refuse(&stored.field, "is required, but stored rows may lack it");
        }
        new.push(Column { field: stored.field.clone(), kind, optional: declared.optional });
    }
    for declared in &plan.columns {
        if !old.iter().any(|column| column.field == declared.field) {
            if !declared.optional {
                return refuse(&declared.field, "is new and required, but stored rows lack it");
            }
            new.push(declared.clone());
        }
    }
    Ok(new)
}

pub(crate) fn create(db: &Connection, name: &str, columns: &[Column]) -> Result<()> {
    let columns: String = columns.iter().map(|column| format!(", {}", column.ddl())).collect();
    db.execute_batch(&format!(
        "CREATE TABLE {name}(id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), rev INTEGER NOT NULL,
            created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL{columns}) STRICT, WITHOUT ROWID"
    ))?;
    Ok(())
}

fn add(db: &Connection, plan: &Plan, columns: &[Column]) -> Result<()> {
    columns.iter().try_for_each(|column| {
        Ok(db.execute_batch(&format!("ALTER TABLE {} ADD COLUMN {}", plan.physical, column.ddl()))?)
    })
}

/// SQLite cannot loosen a constraint in place: copies the rows into a table with the new ones.
fn rebuild(db: &Connection, plan: &Plan, old: &[Column], new: &[Column]) -> Result<()> {
    let physical = &plan.physical;
    let names: String = old.iter().map(|column| format!(",c_{}", column.field)).collect();
    create(db, "widened", new)?;
    db.execute_batch(&format!(
        "INSERT INTO widened(id,rev,created_us,updated_us{names})
            SELECT id,rev,created_us,updated_us{names} FROM {physical};
        DROP TABLE {physical};
        ALTER TABLE widened RENAME TO {physical}"
    ))?;
    Ok(())
}

/// Makes the declared indexes the only ones.
fn index(db: &Connection, plan: &Plan) -> Result<()> {
    let mut wanted = BTreeSet::new();
    for index in &plan.indexes {
        let fields = || index.columns.iter().map(|at| plan.columns[*at].field.as_str());
        let name = names::index(&plan.physical, index.unique, fields());
        let columns: Vec<String> = fields().map(|field| format!("c_{field}")).collect();
        let unique = if index.unique { "UNIQUE " } else { "" };
        // The table is WITHOUT ROWID: SQLite itself puts the id behind the columns.
        let sql = format!("CREATE {unique}INDEX IF NOT EXISTS {name} ON {}({})", plan.physical, columns.join(","));
        db.execute_batch(&sql).map_err(|error| match StoreError::from(error) {
            StoreError::NotUnique { fields } => StoreError::Incompatible(format!(
                "stored rows of record `{}` share their {}, which is declared unique",
                plan.record,
                fields.join(", ")
            )),
            other => other,
        })?;
        wanted.insert(name);
    }
    let sql = "SELECT name FROM sqlite_schema WHERE type='index' AND tbl_name=?1 AND sql IS NOT NULL";
    let mut stale = db.prepare(sql)?;
    let stale: Vec<String> = stale.query_map([&plan.physical], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in stale.iter().filter(|name| !wanted.contains(*name)) {
        db.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(())
}
