//! The row that whoever changes something of a tenant holds until his transaction ends.

use super::Session;
use crate::engine::values;
use crate::error::{Result, StoreError};

/// What it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Seq of the next event.
    pub next_seq: u64,
    /// Transactions that changed something.
    pub turn: i64,
    /// Bytes that the tenant's rows take.
    pub bytes: i64,
    /// The newest entitlements that the tenant was brought in line with.
    pub entitled: u64,
}

impl Session {
    /// Begins a transaction and takes the head: nobody else, on whatever host, changes anything of this tenant until the
    /// transaction ends.
    pub fn begin_turn(&self) -> Result<Head> {
        // What is undone to begin anew is undone to here, behind the lock: no other host comes between.
        self.begin_and(&self.lock())?;
        let head = self.take_head();
        if head.is_err() {
            self.rollback();
        }
        head
    }

    /// Notes for the rest of the transaction whether there was something to lock.
    fn lock(&self) -> String {
        let own = self.server().texts().own(self.tenant());
        format!(
            "SELECT set_config('tc.locked',count(*)::text,true)
                FROM (SELECT FROM tenant_head WHERE {own} FOR UPDATE) AS head;
            SAVEPOINT turn"
        )
    }

    fn take_head(&self) -> Result<Head> {
        // A head that another host made since then is there, and not locked.
        let sql = "SELECT next_seq,turn,bytes,entitled FROM tenant_head WHERE /*w*/current_setting('tc.locked')='1'";
        let find = || {
            self.row(sql, &[], |row| {
                let (next_seq, turn, bytes, entitled) = (row.count(0)?, row.int(1)?, row.int(2)?, row.count(3)?);
                Ok(Head { next_seq, turn, bytes, entitled })
            })
        };
        if let Some(head) = find()? {
            return Ok(head);
        }
        // The very first turn. Of two hosts one waits here until the other one ends.
        self.simple("RELEASE turn")?;
        self.execute("INSERT INTO tenant_head(tenant_id) VALUES($1) ON CONFLICT DO NOTHING", &[])?;
        self.simple(&self.lock())?;
        find()?.ok_or_else(|| StoreError::Internal("a tenant has no head".to_owned()))
    }

    /// Notes at the end of a turn what it changed.
    pub fn put_head(&self, next_seq: u64, bytes: i64) -> Result<()> {
        let sql = "UPDATE tenant_head SET next_seq=?1,bytes=?2,turn=turn+1/*W*/";
        self.execute(sql, values![next_seq as i64, bytes]).map(drop)
    }

    /// Notes which entitlements the tenant is in line with now; older ones than are noted change nothing.
    pub fn put_entitled(&self, snapshot: u64) -> Result<()> {
        let sql = "UPDATE tenant_head SET entitled=greatest(entitled,?1)/*W*/";
        self.execute(sql, values![snapshot as i64]).map(drop)
    }

    /// The id of a new dead letter.
    pub fn next_dead(&self) -> Result<u64> {
        let sql = "UPDATE tenant_head SET next_dead=next_dead+1/*W*/ RETURNING next_dead-1";
        self.change(sql, &[], |row| row.count(0))?
            .ok_or_else(|| StoreError::Internal("a tenant has no head".to_owned()))
    }

    /// Bytes that the tenant's rows take, counted one by one: slow, and asked only when the running count is too high.
    pub fn count_bytes(&self, tables: &[String]) -> Result<i64> {
        let mut bytes = 0;
        for table in super::postgres::TABLES.iter().copied().chain(tables.iter().map(String::as_str)) {
            let sql = format!("SELECT CAST(coalesce(sum(pg_column_size(t.*)),0) AS bigint) FROM {table} t/*W*/");
            bytes += self.row(&sql, &[], |row| row.int(0))?.unwrap_or(0);
        }
        Ok(bytes)
    }
}
