//! The runtime's own small settings of a tenant, kept with its data.

use crate::error::Result;
use crate::writer::Writer;
use rusqlite::{OptionalExtension, params};

/// Settings of one scan.
const SCAN_MAX: u32 = 20_000;

impl Writer {
    pub fn meta_get(&mut self, key: &str) -> Result<Option<Vec<u8>>> {
        let mut select = self.db.prepare_cached("SELECT value FROM meta WHERE key=?1")?;
        Ok(select.query_row([key], |row| row.get(0)).optional()?)
    }

    pub fn meta_put(&mut self, key: &str, value: &[u8]) -> Result<()> {
        self.db.prepare_cached("INSERT OR REPLACE INTO meta VALUES(?1,?2)")?.execute(params![key, value])?;
        Ok(())
    }

    pub fn meta_delete(&mut self, key: &str) -> Result<()> {
        self.db.prepare_cached("DELETE FROM meta WHERE key=?1")?.execute([key])?;
        Ok(())
    }

    /// Settings whose key starts with `prefix`, by key; at most 20 000.
    pub fn meta_scan(&mut self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        // Keys with the prefix stand together; none of them goes on with the last character of Unicode.
        let until = format!("{prefix}\u{10ffff}");
        let mut select =
            self.db.prepare_cached("SELECT key,value FROM meta WHERE key>=?1 AND key<?2 ORDER BY key LIMIT ?3")?;
        let rows = select.query_map(params![prefix, until, SCAN_MAX], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
