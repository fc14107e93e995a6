//! Bringing a tenant's tables in line with a module's records: additive changes only, inside the caller's transaction.

use crate::column::{Column, Kind};
use crate::engine::{Db, Session, values};
use crate::error::{Result, StoreError};
use crate::events::number;
use crate::names;
use crate::table::{Plan, RecordTable};
use crate::writer::Writer;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

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
        let db = match &self.db {
            Db::Sqlite(db) => db,
            Db::Postgres(session) if session.has_begun() => {
                return session.guarded(|| tables.iter().try_for_each(|table| adopt(&self.db, session, &table.0)));
            }
            Db::Postgres(_) => {
                self.begin()?;
                return match self.install(tables) {
                    Ok(()) => self.commit(),
                    Err(error) => self.rollback().and(Err(error)),
                };
            }
        };
        db.execute_batch("SAVEPOINT install")?;
        let result = tables.iter().try_for_each(|table| install(&self.db, db, &table.0));
        match &result {
            Ok(()) => db.execute_batch("RELEASE install")?,
            Err(_) if self.in_transaction() => db.execute_batch("ROLLBACK TO install; RELEASE install")?,
            Err(_) => {}
        }
        result
    }
}

/// Whether a record can be a table of its module's own.
pub(crate) fn check(plan: &Plan) -> Result<()> {
    if let Some(flaw) = &plan.flaw {
        return Err(StoreError::Malformed(format!("record `{}`: {flaw}", plan.record)));
    }
    if plan.read_only {
        return Err(StoreError::Malformed(format!("record `{}` belongs to another module", plan.record)));
    }
    Ok(())
}

/// Where all tenants share the table: it gets what any of them needs, and this tenant remembers what it needs itself.
fn adopt(db: &Db, session: &Session, plan: &Plan) -> Result<()> {
    check(plan)?;
    session.server().shape(plan)?;
    let old = stored(db, plan)?;
    let new = match &old {
        None => plan.columns.clone(),
        Some(old) => merge(&plan.record, &plan.columns, old)?,
    };
    for (fields, sql) in plan.postgres.shared.iter().filter(|_| old.is_some()) {
        if db.row(sql, &[], |_| Ok(()))?.is_some() {
            return Err(share(plan, &fields.iter().map(|at| plan.columns[*at].field.clone()).collect::<Vec<_>>()));
        }
    }
    let sql = "SELECT 1::bigint FROM record_table WHERE /*w*/physical=?1 AND indexes=?2";
    let indexes = print_indexes(plan);
    let is_known = db.row(sql, values![&plan.physical, &indexes], |_| Ok(()))?.is_some();
    if is_known && old.as_ref() == Some(&new) {
        return Ok(());
    }
    remember(db, plan, &new)?;
    let sql = "UPDATE record_table SET indexes=?2 WHERE /*w*/physical=?1";
    db.execute(sql, values![&plan.physical, &indexes]).map(drop)
}

/// The table of a record that a tenant brings along; of a file without its indexes, which are made when all rows are
/// there.
pub(crate) fn declare(db: &Db, plan: &Plan) -> Result<()> {
    match db {
        Db::Sqlite(file) => {
            create(file, &plan.physical, &plan.columns)?;
            remember(db, plan, &plan.columns)
        }
        Db::Postgres(session) => adopt(db, session, plan),
    }
}

/// Rows that were there before share what has to be unique from now on.
fn share(plan: &Plan, fields: &[String]) -> StoreError {
    let fields = fields.join(", ");
    StoreError::Incompatible(format!(
        "stored rows of record `{}` share their {fields}, which is declared unique",
        plan.record
    ))
}

fn install(all: &Db, db: &Connection, plan: &Plan) -> Result<()> {
    check(plan)?;
    match stored(all, plan)? {
        None => {
            create(db, &plan.physical, &plan.columns)?;
            remember(all, plan, &plan.columns)?;
        }
        Some(old) => {
            let new = merge(&plan.record, &plan.columns, &old)?;
            if new != old {
                let added = new.starts_with(&old) && new[old.len()..].iter().all(|column| column.optional);
                if added {
                    add(db, plan, &new[old.len()..])?
                } else {
                    rebuild(db, plan, &old, &new)?
                }
                remember(all, plan, &new)?;
            }
        }
    }
    index(db, plan)
}

/// The columns the table has; none when there is no table yet.
fn stored(db: &Db, plan: &Plan) -> Result<Option<Vec<Column>>> {
    let sql = "SELECT module,major,record,columns FROM record_table WHERE /*w*/physical=?1";
    let known = db.row(sql, values![&plan.physical], |row| {
        Ok((row.text(0)?, row.count(1)?, row.text(2)?, parse_all(&row.text(3)?)?))
    });
    let Some((module, major, record, columns)) = known? else { return Ok(None) };
    if module != plan.module || major != plan.major || record != plan.record {
        return Err(StoreError::Incompatible(format!("its table's name is taken by `{module}/{record}`")));
    }
    Ok(Some(columns))
}

/// The columns of a table as they are remembered, one a line.
pub(crate) fn parse_all(columns: &str) -> Result<Vec<Column>> {
    let columns = columns.lines().map(parse).collect::<Option<_>>();
    columns.ok_or_else(|| StoreError::Io("the list of tables is damaged".to_owned()))
}

/// The same the other way round.
pub(crate) fn print_all(columns: &[Column]) -> String {
    columns.iter().map(print).collect::<Vec<_>>().join("\n")
}

fn remember(db: &Db, plan: &Plan, columns: &[Column]) -> Result<()> {
    let sql = "INSERT INTO record_table(/*c*/physical,module,major,record,columns) VALUES(/*v*/?1,?2,?3,?4,?5)
        ON CONFLICT(/*c*/physical) DO UPDATE SET columns=?5";
    let Plan { physical, module, major, record, .. } = plan;
    db.execute(sql, values![physical, module, number(*major), record, &print_all(columns)]).map(drop)
}

/// The indexes that a version declares, one a line, `unique code line`: what a file has tables of its own for.
fn print_indexes(plan: &Plan) -> String {
    let named = plan.indexes.iter().map(|index| {
        let fields: Vec<&str> = index.columns.iter().map(|at| plan.columns[*at].field.as_str()).collect();
        let kind = if index.unique { "unique" } else { "plain" };
        (names::index(&plan.physical, index.unique, fields.iter().copied()), format!("{kind} {}", fields.join(" ")))
    });
    named.collect::<BTreeMap<_, _>>().into_values().collect::<Vec<_>>().join("\n")
}

/// The same the other way round: fields, and whether no two rows may share them.
pub(crate) fn parse_indexes(indexes: &str) -> Result<Vec<(Vec<String>, bool)>> {
    let index = |line: &str| {
        let (kind, fields) = line.split_once(' ')?;
        Some((fields.split(' ').map(str::to_owned).collect(), kind == "unique"))
    };
    let indexes = indexes.lines().map(index).collect::<Option<_>>();
    indexes.ok_or_else(|| StoreError::Io("the list of indexes is damaged".to_owned()))
}

/// `name kind parameter optional`, one column.
fn print(column: &Column) -> String {
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
pub(crate) fn merge(record: &str, declared: &[Column], old: &[Column]) -> Result<Vec<Column>> {
    let refuse =
        |field: &str, why: &str| Err(StoreError::Incompatible(format!("field `{field}` of record `{record}` {why}")));
    let mut new = Vec::with_capacity(old.len());
    for stored in old {
        let Some(declared) = declared.iter().find(|column| column.field == stored.field) else {
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
    for declared in declared {
        if !old.iter().any(|column| column.field == declared.field) {
            if !declared.optional {
                return refuse(&declared.field, "is new and required, but stored rows lack it");
            }
            new.push(declared.clone());
        }
    }
    Ok(new)
}

fn create(db: &Connection, name: &str, columns: &[Column]) -> Result<()> {
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
pub(crate) fn index(db: &Connection, plan: &Plan) -> Result<()> {
    let mut wanted = BTreeSet::new();
    for index in &plan.indexes {
        let fields = || index.columns.iter().map(|at| plan.columns[*at].field.as_str());
        let name = names::index(&plan.physical, index.unique, fields());
        let columns: Vec<String> = fields().map(|field| format!("c_{field}")).collect();
        let unique = if index.unique { "UNIQUE " } else { "" };
        // The table is WITHOUT ROWID: SQLite itself puts the id behind the columns.
        let sql = format!("CREATE {unique}INDEX IF NOT EXISTS {name} ON {}({})", plan.physical, columns.join(","));
        db.execute_batch(&sql).map_err(|error| match StoreError::from(error) {
            StoreError::NotUnique { fields } => share(plan, &fields),
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
