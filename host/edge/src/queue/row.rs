//! A reading as a row, and back.

use crate::exact::Exact;
use crate::reading::{Quality, Reading, Value};
use rusqlite::types::{ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, Row, params};
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_contract::types::Instant;

pub(super) const NEXT: &str =
    "SELECT seq, signal, at_us, quality, kind, value FROM reading WHERE seq > ? ORDER BY seq LIMIT ?";

const FLAG: i64 = 0;
const COUNT: i64 = 1;
const NUMBER: i64 = 2;
const WORD: i64 = 3;
/// Kinds from here on are exact decimals: this plus the digits after the point.
const EXACT: i64 = 16;

pub(super) fn insert(db: &Connection, signal: i64, reading: &Reading) -> rusqlite::Result<()> {
    let (kind, value) = match &reading.value {
        Value::Flag(value) => (FLAG, ValueRef::Integer(i64::from(*value))),
        Value::Count(value) => (COUNT, ValueRef::Integer(*value)),
        Value::Number(value) => (NUMBER, ValueRef::Real(*value)),
        Value::Word(value) => (WORD, ValueRef::Text(value.as_bytes())),
        Value::Exact(value) => (EXACT + i64::from(value.scale()), ValueRef::Integer(value.coef())),
    };
    let quality = i64::from(reading.quality == Quality::Uncertain);
    db.prepare_cached("INSERT INTO reading (signal, at_us, quality, kind, value) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![signal, reading.at.0, quality, kind, ToSqlOutput::Borrowed(value)])?;
    Ok(())
}

/// Reads a row of [`NEXT`]. A kind or a signal's number that this program never writes is damage.
pub(super) fn read(row: &Row<'_>, names: &HashMap<i64, Arc<str>>) -> rusqlite::Result<Reading> {
    let damage = |column: usize| rusqlite::Error::InvalidColumnType(column, "damaged".to_owned(), Type::Integer);
    let signal = names.get(&row.get::<_, i64>(1)?).map(Arc::clone).ok_or_else(|| damage(1))?;
    let kind: i64 = row.get(4)?;
    let value = match kind {
        FLAG => Value::Flag(row.get::<_, i64>(5)? != 0),
        COUNT => Value::Count(row.get(5)?),
        NUMBER => Value::Number(row.get(5)?),
        WORD => Value::Word(row.get(5)?),
        _ => {
            let scale = u8::try_from(kind - EXACT).map_err(|_| damage(4))?;
            Value::Exact(Exact::new(row.get(5)?, scale).ok_or_else(|| damage(5))?)
        }
    };
    let quality = if row.get::<_, i64>(3)? == 0 { Quality::Good } else { Quality::Uncertain };
    Ok(Reading { signal, at: Instant(row.get(2)?), value, quality })
}
