//! Which modules the tenant runs, in which version, with which consent.

use crate::engine::values;
use crate::error::Result;
use crate::writer::Writer;
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
        let sql = "SELECT module,version,digest,state,grants,since_us FROM subscription/*W*/ ORDER BY module";
        self.db.rows(sql, &[], |row| {
            Ok(SubscriptionRow {
                module: row.text(0)?,
                version: row.text(1)?,
                digest: row.text(2)?,
                state: row.text(3)?,
                grants_json: row.text(4)?,
                since: row.time(5)?,
            })
        })
    }

    /// Adds a module, or replaces what is known of it.
    pub fn put_subscription(&mut self, row: &SubscriptionRow) -> Result<()> {
        let sql = "INSERT INTO subscription(/*c*/module,version,digest,state,grants,since_us)
            VALUES(/*v*/?1,?2,?3,?4,?5,?6) ON CONFLICT(/*c*/module) DO UPDATE SET
            version=?2,digest=?3,state=?4,grants=?5,since_us=?6";
        let SubscriptionRow { module, version, digest, state, grants_json, since } = row;
        self.db.execute(sql, values![module, version, digest, state, grants_json, *since]).map(drop)
    }

    /// Removes a module. Its records stay.
    pub fn remove_subscription(&mut self, module: &str) -> Result<()> {
        self.db.execute("DELETE FROM subscription WHERE /*w*/module=?1", values![module]).map(drop)
    }
}
