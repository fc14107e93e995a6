//! Many rows in one statement: a list for each column.

use super::{Row, Session, arguments};
use crate::error::{Result, StoreError};
use sqlx::Arguments;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query_with;

/// The values of one column.
#[derive(Debug)]
pub(crate) enum List {
    Ints(Vec<i64>),
    MaybeInts(Vec<Option<i64>>),
    MaybeReals(Vec<Option<f64>>),
    Texts(Vec<String>),
    MaybeTexts(Vec<Option<String>>),
}

impl Session {
    /// Changes rows by lists; how many it changed.
    pub fn execute_lists(&self, sql: &str, lists: Vec<List>) -> Result<u64> {
        self.send(self.server().texts().of(sql), self.listed(lists)?)
    }

    /// All rows that a statement with lists finds.
    pub fn rows_of_lists<T>(
        &self,
        sql: &str,
        lists: Vec<List>,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let (sql, arguments) = (self.server().texts().of(sql), self.listed(lists)?);
        let rows = self.run(async move |db: &mut PgConnection| query_with(sql, arguments).fetch_all(db).await)?;
        rows.iter().map(|row| read(&Row::Postgres(row))).collect()
    }

    fn listed(&self, lists: Vec<List>) -> Result<PgArguments> {
        let mut all = arguments::arguments(&self.tenant().0, &[])?;
        for list in lists {
            let added = match list {
                List::Ints(values) => all.add(values),
                List::MaybeInts(values) => all.add(values),
                List::MaybeReals(values) => all.add(values),
                List::Texts(values) => all.add(values),
                List::MaybeTexts(values) => all.add(values),
            };
            added.map_err(|error| StoreError::Internal(error.to_string()))?;
        }
        Ok(all)
    }
}
