//! The row that whoever changes something of a tenant holds until his transaction ends.

use super::Session;
use super::prepared::Prepared;
use crate::engine::values;
use crate::error::{Result, StoreError};
use crate::idempotency::{AHEAD, AnswerKey, Remembered};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use toolcrib_contract::types::Instant;

/// What is read is what is locked: a head that another host made meanwhile is not seen without having been waited for.
pub(super) const HEAD: Prepared = Prepared {
    name: "head",
    types: "uuid",
    sql: "SELECT next_seq,turn,bytes,entitled FROM tenant_head/*W*/ FOR UPDATE",
};
const HEAD_COLUMNS: usize = 4;
pub(super) const ANSWER: Prepared = Prepared {
    name: "answer",
    types: "uuid,bytea",
    sql: "SELECT key,fingerprint,status,body,expires_us FROM answer WHERE /*w*/key=?1",
};
const ANSWER_COLUMNS: usize = 5;

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
    /// Begins a transaction and takes the head: nobody else, on whatever host, changes anything of this tenant until
    /// the transaction ends. On the same way it asks for what is kept under these keys; about others it is asked later.
    pub fn begin_turn(&self, keys: &[AnswerKey]) -> Result<Head> {
        let head = self.begun_turn(&keys[..keys.len().min(AHEAD)]);
        if head.is_err() {
            self.rollback();
        }
        head
    }

    fn begun_turn(&self, keys: &[AnswerKey]) -> Result<Head> {
        let mut sql = self.lock();
        for AnswerKey(key) in keys {
            sql.push(';');
            sql.push_str(&ANSWER.execute(self.server().texts(), self.tenant(), &[key]));
        }
        let rows = self.begin_and(&sql)?;
        let Some(head) = rows.iter().find(|row| row.len() == HEAD_COLUMNS) else { return self.first_turn() };
        let mut ahead: Vec<_> = keys.iter().map(|AnswerKey(key)| (*key, None)).collect();
        for row in rows.iter().filter(|row| row.len() == ANSWER_COLUMNS) {
            let (key, answer) = answer_of(row)?;
            ahead.iter_mut().filter(|(of, _)| key == of).for_each(|(_, found)| *found = Some(answer.clone()));
        }
        self.know(ahead);
        head_of(head)
    }

    fn lock(&self) -> String {
        HEAD.execute(self.server().texts(), self.tenant(), &[])
    }

    /// Of two hosts one waits here until the other one ends. What was asked on the way here was asked without a lock.
    fn first_turn(&self) -> Result<Head> {
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
    let number = |at: usize| row.try_get::<i64, _>(at).map_err(unlike);
    Ok(Head { next_seq: number(0)? as u64, turn: number(1)?, bytes: number(2)?, entitled: number(3)? as u64 })
}

/// The same of an answer, and its key.
fn answer_of(row: &PgRow) -> Result<(Vec<u8>, Remembered)> {
    let (number, bytes) = (|at: usize| row.try_get::<i64, _>(at), |at: usize| row.try_get::<Vec<u8>, _>(at));
    let fingerprint = bytes(1).map_err(unlike)?.try_into();
    let fingerprint = fingerprint.map_err(|_| StoreError::Internal("a fingerprint has sixteen bytes".to_owned()))?;
    let status = u16::try_from(number(2).map_err(unlike)?).unwrap_or(500);
    let (body, expires) = (bytes(3).map_err(unlike)?, Instant(number(4).map_err(unlike)?));
    Ok((bytes(0).map_err(unlike)?, Remembered { fingerprint, status, body, expires }))
}

fn unlike(error: sqlx::Error) -> StoreError {
    StoreError::Internal(error.to_string())
}
