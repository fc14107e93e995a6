//! What stands between the store's statements and the two engines: values, rows, and one text for both.
//!
//! A statement is written once, in SQLite's words, which SQLite takes as they are. Comments in it mark what PostgreSQL
//! needs besides, since there all tenants share a table: see [`text::translated`]. Where the two differ in more than that,
//! [`Db::either`] chooses. SQLite's way through here is what it was: a cached statement, values bound as they lie in
//! memory, rows read in place.

use crate::error::Result;
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use sqlx::postgres::PgRow;
use toolcrib_contract::types::{Instant, RawId};

mod added;
pub(crate) mod arguments;
mod failure;
mod head;
mod lent;
mod line;
mod lines;
pub(crate) mod lists;
mod months;
pub(crate) mod postgres;
mod preparation;
pub(crate) mod prepared;
mod session;
mod shape;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;
mod traces;
mod waiting;

pub(crate) use added::NewRow;
pub(crate) use postgres::{READING_TABLES, TABLES};
pub(crate) use session::{Purpose, Session, gave_up};

/// A value on its way into a statement or out of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// UTF-8.
    Text(&'a [u8]),
    Blob(&'a [u8]),
    /// The id of a row.
    Id(&'a [u8; 16]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u16> for Value<'_> {
    fn from(value: u16) -> Self {
        Self::Integer(value.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Integer(value.into())
    }
}

impl From<Instant> for Value<'_> {
    fn from(value: Instant) -> Self {
        Self::Integer(value.0)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value.as_bytes())
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Blob(value)
    }
}

impl<'a> From<&'a RawId> for Value<'a> {
    fn from(value: &'a RawId) -> Self {
        Self::Id(&value.0)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> Value<'a> {
    fn to_sqlite(self) -> ToSqlOutput<'a> {
        ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(value),
            Self::Real(value) => ValueRef::Real(value),
            Self::Text(value) => ValueRef::Text(value),
            Self::Blob(value) => ValueRef::Blob(value),
            Self::Id(value) => ValueRef::Blob(value),
        })
    }

    /// Whether it lies in a row as the other one does.
    pub fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Real(one), Self::Real(other)) => one.to_bits() == other.to_bits(),
            (Self::Text(one), Self::Text(other)) | (Self::Blob(one), Self::Blob(other)) => one == other,
            (Self::Id(one), Self::Id(other)) => one == other,
            (Self::Id(one), Self::Blob(other)) | (Self::Blob(other), Self::Id(one)) => one == other,
            _ => false,
        }
    }

    fn of_sqlite(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) => Self::Real(value),
            ValueRef::Text(value) => Self::Text(value),
            ValueRef::Blob(value) => Self::Blob(value),
        }
    }
}

/// The values of a statement: `values![seq, limit]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::engine::Value::from($value)),*] };
}
pub(crate) use values;

/// A row that a statement found.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a PgRow),
}

impl<'a> Row<'a> {
    /// The value at this place, as it lies in the row.
    pub fn value(&self, at: usize) -> Result<Value<'a>> {
        match *self {
            Row::Sqlite(row) => Ok(Value::of_sqlite(row.get_ref(at)?)),
            Row::Postgres(row) => arguments::read(row, at),
        }
    }

    pub fn int(&self, at: usize) -> Result<i64> {
        match self.value(at)? {
            Value::Integer(value) => Ok(value),
            other => Err(unlike(at, "a number", other)),
        }
    }

    pub fn maybe_int(&self, at: usize) -> Result<Option<i64>> {
        match self.value(at)? {
            Value::Null => Ok(None),
            Value::Integer(value) => Ok(Some(value)),
            other => Err(unlike(at, "a number", other)),
        }
    }

    pub fn maybe_real(&self, at: usize) -> Result<Option<f64>> {
        match self.value(at)? {
            Value::Null => Ok(None),
            Value::Real(value) => Ok(Some(value)),
            other => Err(unlike(at, "a number with a fraction", other)),
        }
    }

    /// A count, which is never negative.
    pub fn count(&self, at: usize) -> Result<u64> {
        Ok(self.int(at)? as u64)
    }

    /// A small count.
    pub fn small(&self, at: usize) -> Result<u32> {
        u32::try_from(self.int(at)?).map_err(|_| unlike(at, "a small number", Value::Null))
    }

    pub fn time(&self, at: usize) -> Result<Instant> {
        self.int(at).map(Instant)
    }

    pub fn text(&self, at: usize) -> Result<String> {
        self.maybe_text(at)?.ok_or_else(|| unlike(at, "a text", Value::Null))
    }

    pub fn maybe_text(&self, at: usize) -> Result<Option<String>> {
        match self.value(at)? {
            Value::Null => Ok(None),
            Value::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Some(text.to_owned())),
                Err(_) => Err(unlike(at, "UTF-8", Value::Null)),
            },
            other => Err(unlike(at, "a text", other)),
        }
    }

    pub fn blob(&self, at: usize) -> Result<&'a [u8]> {
        match self.value(at)? {
            Value::Blob(bytes) => Ok(bytes),
            Value::Id(id) => Ok(id),
            other => Err(unlike(at, "bytes", other)),
        }
    }

    pub fn bytes<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        self.blob(at)?.try_into().map_err(|_| unlike(at, "so many bytes", Value::Null))
    }

    pub fn maybe_bytes<const N: usize>(&self, at: usize) -> Result<Option<[u8; N]>> {
        if self.value(at)? == Value::Null { Ok(None) } else { self.bytes(at).map(Some) }
    }

    pub fn id(&self, at: usize) -> Result<RawId> {
        self.bytes(at).map(RawId)
    }
}

fn unlike(at: usize, wanted: &str, found: Value<'_>) -> crate::StoreError {
    let found = std::mem::discriminant(&found);
    crate::StoreError::Io(format!("column {at} of a stored row is not {wanted} ({found:?})"))
}

/// A tenant's business, in one engine or the other.
pub(crate) enum Db {
    Sqlite(Box<Connection>),
    Postgres(Session),
}

impl Db {
    /// Which of two texts this engine takes.
    pub fn either(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// Runs a statement; how many rows it changed.
    pub fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepare_cached(sql)?;
                bind(&mut statement, values)?;
                Ok(statement.raw_execute()? as u64)
            }
            Self::Postgres(session) => session.execute(sql, values),
        }
    }

    /// The first row that a statement finds.
    pub fn row<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepare_cached(sql)?;
                bind(&mut statement, values)?;
                let mut rows = statement.raw_query();
                let Some(row) = rows.next()? else { return Ok(None) };
                let found = read(&Row::Sqlite(row))?;
                // What changes rows is done only when it says so.
                rows.next()?;
                Ok(Some(found))
            }
            Self::Postgres(session) => session.row(sql, values, read),
        }
    }

    /// The row that a statement always finds, an aggregate's.
    pub fn one<T>(&self, sql: &str, values: &[Value<'_>], read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.row(sql, values, read)?.ok_or_else(|| crate::StoreError::Internal("a sum has no row".to_owned()))
    }

    /// All rows that a statement finds.
    pub fn rows<T>(&self, sql: &str, values: &[Value<'_>], read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.by_ref().rows(sql, values, read)
    }

    /// Gives the rows that a statement finds one by one, until `take` says no. `take` asks nothing of the same database.
    pub fn each(&self, sql: &str, values: &[Value<'_>], take: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        self.by_ref().each(sql, values, take)
    }

    fn by_ref(&self) -> DbRef<'_> {
        match self {
            Self::Sqlite(db) => DbRef::Sqlite(db),
            Self::Postgres(session) => DbRef::Postgres(session),
        }
    }

    /// The same for many rows, in a transaction: `take` may take its time.
    pub fn stream(&self, sql: &str, take: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.each(sql, &[], take),
            Self::Postgres(session) => session.stream(sql, take),
        }
    }

    /// Runs several statements without values.
    #[cfg(test)]
    pub fn batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch(sql)?),
            Self::Postgres(session) => session.simple(sql),
        }
    }

    /// Runs a statement that may be refused without harm to what is around it.
    pub fn try_execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        match self {
            Self::Sqlite(_) => self.execute(sql, values),
            Self::Postgres(session) => session.guarded(|| session.execute(sql, values)),
        }
    }
}

/// A database that somebody else has, in one engine or the other.
#[derive(Clone, Copy)]
pub(crate) enum DbRef<'a> {
    Sqlite(&'a Connection),
    Postgres(&'a Session),
}

impl DbRef<'_> {
    /// See [`Db::each`].
    pub fn each(self, sql: &str, values: &[Value<'_>], mut take: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepare_cached(sql)?;
                bind(&mut statement, values)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    if !take(&Row::Sqlite(row))? {
                        break;
                    }
                }
                Ok(())
            }
            Self::Postgres(session) => session.each(sql, values, take),
        }
    }

    /// See [`Db::rows`].
    pub fn rows<T>(
        self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(read(row)?);
            Ok(true)
        })?;
        Ok(found)
    }
}

/// Binds values from the first parameter on.
pub(crate) fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value<'_>]) -> Result<()> {
    for (at, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value.to_sqlite())?;
    }
    Ok(())
}

/// Binds one value.
pub(crate) fn bind_at(statement: &mut rusqlite::Statement<'_>, at: usize, value: Value<'_>) -> Result<()> {
    Ok(statement.raw_bind_parameter(at, value.to_sqlite())?)
}
