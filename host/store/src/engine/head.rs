//! The row that whoever changes something of a tenant holds until his transaction ends.

use super::Session;
use crate::engine::values;
use crate::error::{Result, StoreError};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

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
        let head = match self.begin_and(&self.lock())? {
            Some(head) => head_of(&head),
            None => self.first_turn(),
        };
        if head.is_err() {
            self.rollback();
        }
        head
    }

    /// What is read is what is locked: a head that another host made meanwhile is not seen without having been waited for.
    fn lock(&self) -> String {
        let own = self.server().texts().own(self.tenant());
        format!("SELECT next_seq,turn,bytes,entitled FROM tenant_head WHERE {own} FOR UPDATE; SAVEPOINT turn")
    }

    /// Of two hosts one waits here until the other one ends.
    fn first_turn(&self) -> Result<Head> {
        self.simple("RELEASE turn")?;
        self.execute("INSERT INTO tenant_head(tenant_id) VALUES($1) ON CONFLICT DO NOTHING", &[])?;
        let head = self.ask(&self.lock())?.ok_or_else(|| StoreError::Internal("a tenant has no head".to_owned()))?;
        head_of(&head)
    }

    /// Writes what waits, and notes what the turn changed.
    pub fn put_head(&self, next_seq: u64, bytes: i64) -> Result<()> {
        self.write_waiting(Some((next_seq as i64, bytes)))
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

/// As the simple protocol gives it, which has texts for numbers.
fn head_of(row: &PgRow) -> Result<Head> {
    let number = |at: usize| row.try_get::<i64, _>(at).map_err(|error| StoreError::Internal(error.to_string()));
    Ok(Head { next_seq: number(0)? as u64, turn: number(1)?, bytes: number(2)?, entitled: number(3)? as u64 })
}
