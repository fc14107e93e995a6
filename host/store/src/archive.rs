//! A tenant's files as lines of JSON: everything that its people, machines and modules left here, in an open form.
//!
//! One object a line, its names in alphabetical order, and `part` says what it is. Numbers are exact: decimals and ids are
//! texts, times have as many digits as they were kept with. The same data makes the same bytes, and nothing is missing
//! that another host needs to go on (`state`): [`import()`] makes a tenant of it again.

use crate::column::{Column, Kind};
use crate::connection;
use crate::error::{Result, StoreError};
use crate::install;
use crate::writer;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use toolcrib_contract::types::{Date, Instant, RawId, decimal_text};

mod exact;
mod import;
mod lines;
mod machines;
mod machines_in;
mod records_in;
mod state;
mod state_in;

pub use import::{Imported, import};
use machines::Machines;

/// What the first line says, so that whoever reads the rest knows how.
pub const FORM: &str = "toolcrib-archive-2";

/// Page cache of a connection that reads everything once.
const CACHE_KIB: u32 = 1_024;

/// How many lines of a part there are, and what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSum {
    /// `row`, `event`, `audit`, `reading` and so on.
    pub part: String,
    pub lines: u64,
    /// Hex of the SHA-256 over these lines, each with its line feed, in their order.
    pub sha256: String,
}

/// What a whole file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSum {
    pub bytes: u64,
    pub lines: u64,
    /// Hex of the SHA-256 over all bytes.
    pub sha256: String,
    pub parts: Vec<PartSum>,
}

/// What the host knows of the names behind stored numbers: the cases of an enumeration by module, record and field.
pub type Names<'a> = &'a dyn Fn(&str, &str, &str) -> Option<Vec<String>>;

/// Takes one line with its line feed; an error of its ends the whole.
type Out<'a> = &'a mut dyn FnMut(&str) -> Result<()>;

/// A tenant's committed state, held until this is dropped: one state of its business, and one of each month of readings.
pub struct Archive {
    db: Connection,
    /// None when no machine ever sent anything.
    machines: Option<Machines>,
}

struct Table {
    physical: String,
    module: String,
    major: i64,
    record: String,
    columns: Vec<Column>,
}

impl Archive {
    /// Holds the state that is committed now. `dir` has a `main.db`.
    ///
    /// # Errors
    /// The disk.
    pub fn open(dir: &Path) -> Result<Self> {
        // In this order: what the business knows of readings is never ahead of them.
        Ok(Self { db: hold(&dir.join(writer::FILE))?, machines: Machines::hold(dir)? })
    }

    /// How many lines there will be.
    ///
    /// # Errors
    /// The disk.
    pub fn lines(&self) -> Result<u64> {
        let mut lines = 0;
        for table in ["subscription", "record_table", "event", "audit", "usage", "timer", "effect", "dead"] {
            lines += count(&self.db, table)?;
        }
        for table in state::TABLES {
            lines += count(&self.db, table)?;
        }
        for table in self.tables()? {
            lines += count(&self.db, &table.physical)?;
        }
        Ok(lines + self.machines.as_ref().map_or(Ok(0), Machines::lines)?)
    }

    /// Gives a whole file to `out`: who the tenant is, the lines `also` of what the host does not keep itself, every line
    /// of its own, and one that says that it ends and what was before it. Neither when nor by whom: the same data makes
    /// the same bytes.
    ///
    /// # Errors
    /// The disk, a damaged file, or what `out` says.
    pub fn write_file(&self, tenant: &Json, also: &[Json], names: Names<'_>, out: Out<'_>) -> Result<FileSum> {
        let (mut hash, mut lines, mut bytes) = (Sha256::new(), 0, 0);
        let mut take = |line: &str| {
            hash.update(line);
            lines += 1;
            bytes += line.len() as u64;
            out(line)
        };
        take(&format!("{}\n", json!({"part": "archive", "form": FORM, "tenant": tenant})))?;
        for line in also {
            take(&format!("{line}\n"))?;
        }
        let parts = self.write(names, &mut take)?;
        let last = json!({"part": "end", "parts": parts, "sha256": hex(&hash.clone().finalize())}).to_string() + "\n";
        out(&last)?;
        let sha256 = hex(&hash.chain_update(&last).finalize());
        Ok(FileSum { bytes: bytes + last.len() as u64, lines: lines + 1, sha256, parts })
    }

    /// Gives every line to `out`; how much of what there was.
    ///
    /// # Errors
    /// The disk, a damaged file, or what `out` says.
    pub fn write(&self, names: Names<'_>, out: Out<'_>) -> Result<Vec<PartSum>> {
        let mut to = To { out, sums: Vec::new(), hash: Sha256::new() };
        self.subscriptions(&mut to)?;
        self.records(names, &mut to)?;
        self.log(&mut to)?;
        state::write(&self.db, &mut to)?;
        if let Some(machines) = &self.machines {
            machines.write(&mut to)?;
        }
        Ok(to.done())
    }

    fn tables(&self) -> Result<Vec<Table>> {
        let sql = "SELECT physical,module,major,record,columns FROM record_table ORDER BY module,major,record";
        let mut select = self.db.prepare(sql)?;
        let mut rows = select.query([])?;
        let mut tables = Vec::new();
        while let Some(row) = rows.next()? {
            let columns: String = row.get(4)?;
            let (physical, module, major, record) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            tables.push(Table { physical, module, major, record, columns: install::parse_all(&columns)? });
        }
        Ok(tables)
    }

    fn subscriptions(&self, to: &mut To<'_>) -> Result<()> {
        let sql = "SELECT module,version,digest,state,grants,since_us FROM subscription ORDER BY module";
        each(&self.db, sql, |row| {
            let (module, version, digest) = (text(row, 0)?, text(row, 1)?, text(row, 2)?);
            let mut line = json!({"module": module, "version": version, "digest": digest, "state": text(row, 3)?,
                "since": time(row, 5)?});
            put_json(&mut line, "grants", &text(row, 4)?);
            to.line("module", line)
        })
    }

    fn records(&self, names: Names<'_>, to: &mut To<'_>) -> Result<()> {
        let tables = self.tables()?;
        for Table { physical, module, major, record, columns } in &tables {
            let fields: Vec<_> =
                columns.iter().map(|column| field(column, cases(names, module, record, column))).collect();
            let indexes = indexes(&self.db, physical)?;
            to.line(
                "record",
                json!({"module": module, "major": major, "record": record, "fields": fields, "indexes": indexes}),
            )?;
        }
        for table in &tables {
            let Table { physical, module, major, record, columns } = table;
            let cases: Vec<_> = columns.iter().map(|column| cases(names, module, record, column)).collect();
            let selected: String = columns.iter().map(|column| format!(",c_{}", column.field)).collect();
            let sql = format!("SELECT id,rev,created_us,updated_us{selected} FROM {physical} ORDER BY id");
            each(&self.db, &sql, |row| {
                let mut fields = Map::new();
                for (at, (column, cases)) in columns.iter().zip(&cases).enumerate() {
                    fields.insert(column.field.clone(), value(column, row.get_ref(at + 4)?, cases.as_deref())?);
                }
                to.line("row", json!({"module": module, "major": major, "record": record, "id": id(row, 0)?,
                    "rev": row.get::<_, i64>(1)?, "created": time(row, 2)?, "updated": time(row, 3)?, "fields": fields}))
            })?;
        }
        Ok(())
    }

    fn log(&self, to: &mut To<'_>) -> Result<()> {
        let number = |row: &Row<'_>, at: usize| -> Result<i64> { Ok(row.get(at)?) };
        each(&self.db, "SELECT seq,module,name,body,cause,at_us FROM event ORDER BY seq", |row| {
            let mut line = json!({"seq": number(row, 0)?, "module": text(row, 1)?, "name": text(row, 2)?,
                "cause": row.get::<_, Option<i64>>(4)?, "at": time(row, 5)?});
            put_json(&mut line, "body", &text(row, 3)?);
            to.line("event", line)
        })?;
        each(&self.db, "SELECT id,at_us,actor,action,module,detail,hash FROM audit ORDER BY id", |row| {
            // The text itself: the chain of hashes is over its bytes.
            to.line("audit", json!({"id": number(row, 0)?, "at": time(row, 1)?, "actor": text(row, 2)?,
                "action": text(row, 3)?, "module": text(row, 4)?, "detail": text(row, 5)?, "hash": hex(&bytes(row, 6)?)}))
        })?;
        let sql = "SELECT hour,module,operation,calls,faults,rows_written,events,cpu_us FROM usage
            ORDER BY hour,module,operation";
        each(&self.db, sql, |row| {
            to.line(
                "usage",
                json!({"hour": Instant(number(row, 0)? * 3_600_000_000).to_string(), "module": text(row, 1)?,
                "operation": text(row, 2)?, "calls": number(row, 3)?, "faults": number(row, 4)?,
                "rows_written": number(row, 5)?, "events": number(row, 6)?, "cpu_us": number(row, 7)?}),
            )
        })?;
        each(
            &self.db,
            "SELECT module,timer,key,due_us,payload,attempts FROM timer ORDER BY module,timer,key",
            |row| {
                to.line(
                    "timer",
                    json!({"module": text(row, 0)?, "timer": text(row, 1)?, "key": text(row, 2)?,
                "due": time(row, 3)?, "payload_hex": hex(&bytes(row, 4)?), "attempts": number(row, 5)?}),
                )
            },
        )?;
        let sql = "SELECT id,module,kind,target,body,at_us,attempts,not_before_us FROM effect ORDER BY id";
        each(&self.db, sql, |row| {
            to.line(
                "effect",
                json!({"id": id(row, 0)?, "module": text(row, 1)?, "kind": text(row, 2)?,
                "target": text(row, 3)?, "body_hex": hex(&bytes(row, 4)?), "at": time(row, 5)?,
                "attempts": number(row, 6)?, "not_before": time(row, 7)?}),
            )
        })?;
        each(&self.db, "SELECT id,consumer,seq,why,body,at_us FROM dead ORDER BY id", |row| {
            to.line(
                "dead_letter",
                json!({"id": number(row, 0)?, "consumer": text(row, 1)?, "seq": number(row, 2)?,
                "why": text(row, 3)?, "body_hex": hex(&bytes(row, 4)?), "at": time(row, 5)?}),
            )
        })
    }
}

/// Opens a file and holds what is committed in it now.
pub(crate) fn hold(file: &Path) -> Result<Connection> {
    let db = connection::open_read_only(file, CACHE_KIB)?;
    // The state is fixed by the first read.
    db.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    Ok(db)
}

/// Rows of a table, or of a part of one.
pub(crate) fn count(db: &Connection, table: &str) -> Result<u64> {
    let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    Ok(rows as u64)
}

/// Where the lines go, and what went there.
struct To<'a> {
    out: Out<'a>,
    sums: Vec<PartSum>,
    hash: Sha256,
}

impl To<'_> {
    fn line(&mut self, part: &str, mut what: Json) -> Result<()> {
        what["part"] = part.into();
        let line = format!("{what}\n");
        if self.sums.last().is_none_or(|last| last.part != part) {
            self.close();
            self.sums.push(PartSum { part: part.to_owned(), lines: 0, sha256: String::new() });
        }
        if let Some(sum) = self.sums.last_mut() {
            sum.lines += 1;
        }
        self.hash.update(&line);
        (self.out)(&line)
    }

    fn close(&mut self) {
        let hash = std::mem::take(&mut self.hash).finalize();
        if let Some(sum) = self.sums.last_mut() {
            sum.sha256 = hex(&hash);
        }
    }

    fn done(mut self) -> Vec<PartSum> {
        self.close();
        self.sums
    }
}

fn each(db: &Connection, sql: &str, mut line: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
    let mut select = db.prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        line(row)?;
    }
    Ok(())
}

fn text(row: &Row<'_>, at: usize) -> Result<String> {
    Ok(row.get(at)?)
}

fn bytes(row: &Row<'_>, at: usize) -> Result<Vec<u8>> {
    Ok(row.get(at)?)
}

fn time(row: &Row<'_>, at: usize) -> Result<String> {
    Ok(Instant(row.get(at)?).to_string())
}

fn id(row: &Row<'_>, at: usize) -> Result<String> {
    Ok(RawId(row.get(at)?).to_string())
}

/// JSON that was kept as text, under `name`; beside it the text itself, where the JSON written again would be another one.
fn put_json(line: &mut Json, name: &str, text: &str) {
    line[name] = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    if exact::written(&line[name]) != text {
        line[format!("{name}_text")] = text.into();
    }
}

/// The names of all cases that a column has; none for other columns, and where not all are known.
fn cases(names: Names<'_>, module: &str, record: &str, column: &Column) -> Option<Vec<String>> {
    let Kind::Enum { cases } = column.kind else { return None };
    let mut known = names(module, record, &column.field)?;
    let cases = usize::try_from(cases).ok().filter(|cases| *cases <= known.len())?;
    // A later version has more.
    known.truncate(cases);
    Some(known)
}

/// The indexes of a record's table, in an order that is always the same.
fn indexes(db: &Connection, physical: &str) -> Result<Vec<Json>> {
    let sql = "SELECT name,sql FROM sqlite_schema WHERE type='index' AND tbl_name=?1 AND sql IS NOT NULL ORDER BY name";
    let mut select = db.prepare(sql)?;
    let named = select.query_map([physical], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let named: Vec<(String, String)> = named.collect::<rusqlite::Result<_>>()?;
    let mut indexes = Vec::with_capacity(named.len());
    for (name, sql) in named {
        let mut fields: Vec<String> = Vec::new();
        each(db, &format!("SELECT name FROM pragma_index_info('{name}') ORDER BY seqno"), |row| {
            let column = text(row, 0)?;
            fields.push(column.strip_prefix("c_").unwrap_or(&column).to_owned());
            Ok(())
        })?;
        indexes.push(json!({"fields": fields, "unique": sql.starts_with("CREATE UNIQUE")}));
    }
    Ok(indexes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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

fn value(column: &Column, stored: ValueRef<'_>, cases: Option<&[String]>) -> Result<Json> {
    Ok(match (column.kind, stored) {
        (_, ValueRef::Null) => Json::Null,
        (Kind::Bool, ValueRef::Integer(value)) => (value != 0).into(),
        (Kind::Int, ValueRef::Integer(value)) => value.into(),
        (Kind::Decimal { scale }, ValueRef::Integer(coef)) => decimal_text(coef, scale).into(),
        (Kind::Instant, ValueRef::Integer(us)) => Instant(us).to_string().into(),
        (Kind::Date, ValueRef::Integer(days)) => Date(days).to_string().into(),
        (Kind::Enum { .. }, ValueRef::Integer(case)) => {
            let name = cases.and_then(|cases| cases.get(usize::try_from(case).ok()?));
            name.map_or_else(|| case.into(), |name| name.as_str().into())
        }
        (Kind::Float, ValueRef::Real(value)) => value.into(),
        (Kind::Text { .. }, ValueRef::Text(text)) => String::from_utf8_lossy(text).into(),
        (Kind::Id, ValueRef::Blob(id)) => match id.try_into() {
            Ok(id) => RawId(id).to_string().into(),
            Err(_) => return Err(damaged(column)),
        },
        _ => return Err(damaged(column)),
    })
}

fn damaged(column: &Column) -> StoreError {
    StoreError::Io(format!("a stored `{}` is not of its column's type", column.field))
}

#[cfg(test)]
mod tests;
