//! What rows leave in PostgreSQL when they are gone, and what is done about it.
//!
//! A deleted row stays in its page and in the indexes until the table is vacuumed, and its values may be among the
//! samples that the planner keeps. What vacuuming frees is not written over but used again: copies of it may be in free
//! space of pages, in the write-ahead log, in archives of it and on standbys, until they are written over or removed. Those
//! are the administrator's: see the page for operators.

use super::postgres::Postgres;
use super::{Session, failure, text};
use crate::error::Result;
use sqlx::Executor;

/// A table that somebody else just tends is tried so often.
const ATTEMPTS: u32 = 5;

impl Session {
    /// The table itself, or the partitions of it that have rows of the tenant; none when it has none.
    pub fn parts_of(&self, table: &str) -> Result<Vec<String>> {
        // Its name is one of ours.
        let sql = format!("SELECT DISTINCT CAST(CAST(tableoid AS regclass) AS text) FROM {table}/*W*/");
        let mut parts = Vec::new();
        self.each(&sql, &[], |row| {
            parts.push(row.text(0)?);
            Ok(true)
        })?;
        Ok(parts)
    }
}

impl Postgres {
    /// Frees what was deleted from these parts of tables, and samples the values of both anew. Waits for nobody's turn and holds none
    /// up. Rows that an older transaction still sees stay until the server's own vacuum comes by.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: the server's own vacuum does it later.
    pub(crate) fn vacuum(&self, parts: &[(String, &str)]) -> Result<()> {
        for (part, table) in parts {
            self.tend(&format!("VACUUM (ANALYZE, INDEX_CLEANUP ON) {part}"))?;
            if part != table {
                self.tend(&format!("ANALYZE {table}"))?;
            }
        }
        Ok(())
    }

    fn tend(&self, sql: &str) -> Result<()> {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let tended = self.owner().ask(async |db| db.execute(text::raw(sql.to_owned())).await.map(drop));
            match tended {
                Err(sqlx::Error::Database(told)) if left > 0 && told.code().as_deref() == Some("55P03") => {}
                done => return done.map_err(|error| failure::of(&error)),
            }
        }
    }
}
