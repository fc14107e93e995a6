//! The runtime's own small settings of a tenant, kept with its data.

use crate::engine::values;
use crate::error::Result;
use crate::writer::Writer;

/// Settings of one scan.
const SCAN_MAX: u32 = 20_000;

impl Writer {
    pub fn meta_get(&mut self, key: &str) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT value FROM meta WHERE /*w*/key=?1";
        self.db.row(sql, values![key], |row| Ok(row.blob(0)?.to_vec()))
    }

    pub fn meta_put(&mut self, key: &str, value: &[u8]) -> Result<()> {
        let sql = "INSERT INTO meta(/*c*/key,value) VALUES(/*v*/?1,?2) ON CONFLICT(/*c*/key) DO UPDATE SET value=?2";
        self.db.execute(sql, values![key, value]).map(drop)
    }

    pub fn meta_delete(&mut self, key: &str) -> Result<()> {
        self.db.execute("DELETE FROM meta WHERE /*w*/key=?1", values![key]).map(drop)
    }

    /// Settings whose key starts with `prefix`, by key; at most 20 000.
    pub fn meta_scan(&mut self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        // Keys with the prefix stand together; none of them goes on with the last character of Unicode.
        let until = format!("{prefix}\u{10ffff}");
        let sql = "SELECT key,value FROM meta WHERE /*w*/key>=?1 AND key<?2 ORDER BY key LIMIT ?3";
        self.db.rows(sql, values![prefix, &until, SCAN_MAX], |row| Ok((row.text(0)?, row.blob(1)?.to_vec())))
    }
}
