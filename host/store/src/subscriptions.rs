//! Which modules the tenant runs, in which version, with which consent.

use crate::error::Result;
use crate::writer::Writer;
use rusqlite::params;
use toolcrib_contract::types::Instant;

/// One module of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRow {
    pub module: String,
    pub version: String,
    /// `sha256:` and hex digits.
    pub digest: String,
    /// `active`, `suspended`, …: the runtime's word.
    pub state: String,
    /// What the tenant agreed to, JSON text.
    pub grants_json: String,
    pub since: Instant,
}

impl Writer {
    /// All modules of the tenant, by name.
    pub fn subscriptions(&mut self) -> Result<Vec<SubscriptionRow>> {
        let sql = "SELECT module,version,digest,state,grants,since_us FROM subscription ORDER BY module";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([], |row| {
            Ok(SubscriptionRow {
                module: row.get(0)?,
                version: row.get(1)?,
                digest: row.get(2)?,
                state: row.get(3)?,
                grants_json: row.get(4)?,
                since: Instant(row.get(5)?),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Adds a module, or replaces what is known of it.
    pub fn put_subscription(&mut self, row: &SubscriptionRow) -> Result<()> {
        let mut upsert = self.db.prepare_cached("INSERT OR REPLACE INTO subscription VALUES(?1,?2,?3,?4,?5,?6)")?;
        upsert.execute(params![row.module, row.version, row.digest, row.state, row.grants_json, row.since.0])?;
        Ok(())
    }

    /// Removes a module. Its records stay.
    pub fn remove_subscription(&mut self, module: &str) -> Result<()> {
        self.db.prepare_cached("DELETE FROM subscription WHERE module=?1")?.execute([module])?;
        Ok(())
    }
}
