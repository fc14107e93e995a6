//! One text for both engines: the statements of a month, or of what is known besides months.
//!
//! A month is a file, or the rows of its time among those of all tenants. Comments in a statement mark what PostgreSQL needs
//! besides: `/*m*/` stands where the rows of a month's `stat` are meant, `/*n*/` where those of its `rollup`, `/*r*/` where
//! its readings (`/*or*/` the same of a table that is called `o`); `/*w*/` names the tenant alone.

use super::month::{Kept, Month};
use super::rollup::MINUTE_US;
use crate::engine::{DbRef, Row, Session, Value};
use crate::error::Result;
use rusqlite::Connection;
use std::borrow::Cow;
use toolcrib_contract::types::Instant;

/// Where statements go.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    db: DbRef<'a>,
    /// Among the rows of all; none: what is known besides months, or a file, which is of one month.
    month: Option<Month>,
    pub kept: Kept,
}

impl<'a> Part<'a> {
    pub fn file(db: &'a Connection, kept: Kept) -> Self {
        Self { db: DbRef::Sqlite(db), month: None, kept }
    }

    pub fn rows_of(session: &'a Session, month: Month, kept: Kept) -> Self {
        Self { db: DbRef::Postgres(session), month: Some(month), kept }
    }

    /// What is known besides months, in PostgreSQL.
    pub fn beside(session: &'a Session) -> Self {
        Self { db: DbRef::Postgres(session), month: None, kept: Kept::Whole }
    }

    /// PostgreSQL's side, if it is there.
    pub fn session(&self) -> Option<&'a Session> {
        match self.db {
            DbRef::Sqlite(_) => None,
            DbRef::Postgres(session) => Some(session),
        }
    }

    /// Gives the rows that a statement finds one by one, until `take` says no. `take` asks nothing of the same database.
    pub fn each(&self, sql: &str, values: &[Value<'_>], take: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        self.db.each(&self.placed(sql), values, take)
    }

    fn placed<'s>(&self, sql: &'s str) -> Cow<'s, str> {
        match (self.db, self.month) {
            (DbRef::Sqlite(_), _) => Cow::Borrowed(sql),
            (DbRef::Postgres(_), None) => Cow::Owned(sql.replace("/*m*/", "/*w*/month='' AND ")),
            (DbRef::Postgres(_), Some(month)) => Cow::Owned(placed(sql, month)),
        }
    }

    /// All rows that a statement finds.
    pub fn rows<T>(&self, sql: &str, values: &[Value<'_>], read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.db.rows(&self.placed(sql), values, read)
    }

    /// The first row that a statement finds.
    pub fn row<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let (mut read, mut found) = (Some(read), None);
        self.each(sql, values, |row| {
            found = read.take().map(|read| read(row)).transpose()?;
            Ok(false)
        })?;
        Ok(found)
    }

    /// A number that a statement always finds.
    pub fn number(&self, sql: &str, values: &[Value<'_>]) -> Result<i64> {
        Ok(self.row(sql, values, |row| row.int(0))?.unwrap_or(0))
    }
}

/// A statement of one month. Its name and its bounds are ours, and so may stand in the text: then the server knows the one
/// partition that is meant before it looks into any.
pub(super) fn placed(sql: &str, month: Month) -> String {
    let Month { from: Instant(from), until: Instant(until) } = month;
    let minutes = (from.div_euclid(MINUTE_US), until.div_euclid(MINUTE_US));
    sql.replace("/*m*/", &format!("/*w*/month='{}' AND ", month.name()))
        .replace("/*n*/", &format!("/*w*/minute>={} AND minute<{} AND ", minutes.0, minutes.1))
        .replace("/*or*/", &format!("o.at_us>={from} AND o.at_us<{until} AND "))
        .replace("/*r*/", &format!("/*w*/at_us>={from} AND at_us<{until} AND "))
}
