//! One tenant's side of PostgreSQL: a transaction at a time, on a connection that is borrowed for it.

use super::postgres::Postgres;
use super::{Row, Value, arguments, failure, text};
use crate::error::{Result, StoreError};
use futures_util::TryStreamExt;
use sqlx::postgres::PgConnection;
use sqlx::{Transaction, query_with};
use std::cell::{Cell, RefCell};
use toolcrib_contract::types::RawId;

/// What a session is for, and so which connections it borrows: slow queries never take those of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Commands,
    /// Sees one committed state and cannot write.
    Queries,
    /// The same for as long as it takes to read all of a tenant.
    Archives,
    /// Holds something for as long as it lives, between the statements of others.
    Claims,
}

/// Rows that come at a time where there may be many.
const STREAMED: usize = 256;

/// A tenant's transactions, one after the other.
pub(crate) struct Session {
    server: Postgres,
    tenant: RawId,
    purpose: Purpose,
    open: RefCell<Option<Transaction<'static, sqlx::Postgres>>>,
    /// The server refused something, and takes nothing more until it is undone.
    failed: Cell<bool>,
    changes: Cell<u64>,
}

impl Session {
    pub fn new(server: Postgres, tenant: RawId, purpose: Purpose) -> Self {
        let (open, failed, changes) = (RefCell::new(None), Cell::new(false), Cell::new(0));
        Self { server, tenant, purpose, open, failed, changes }
    }

    /// Begins a transaction in this tenant's name.
    pub fn begin(&self) -> Result<()> {
        self.begin_and("")
    }

    /// The same, with further statements of ours on the same way to the server.
    pub(super) fn begin_and(&self, more: &str) -> Result<()> {
        if self.open.borrow().is_some() {
            return Err(StoreError::Internal("a transaction is open already".to_owned()));
        }
        let begun = self.begun(more)?;
        *self.open.borrow_mut() = Some(begun);
        self.failed.set(false);
        Ok(())
    }

    fn begun(&self, more: &str) -> Result<Transaction<'static, sqlx::Postgres>> {
        let begin = match self.purpose {
            Purpose::Commands | Purpose::Claims => "BEGIN",
            Purpose::Queries | Purpose::Archives => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        // The id is sixteen bytes, written by us. The setting ends with the transaction.
        let sql = format!("{begin}; SELECT set_config('tc.tenant','{}',true); {more}", self.tenant);
        let pool = self.server.pool(self.purpose);
        // After a restart of the server every idle connection is dead, and nothing was asked on any yet.
        let mut left = pool.size() + 1;
        loop {
            match self.server.wait(pool.begin_with(text::raw(sql.clone()))) {
                Ok(begun) => return Ok(begun),
                Err(error) if failure::is_broken(&error) && left > 0 => left -= 1,
                Err(error) => return Err(failure::of(&error)),
            }
        }
    }

    /// Ends the transaction; when this returns, it is on the server's disk.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: whether it is, is not known.
    pub fn commit(&self) -> Result<()> {
        let open = self.open.borrow_mut().take();
        let open = open.ok_or_else(|| StoreError::Internal("no transaction is open".to_owned()))?;
        if self.failed.get() {
            // The server would say yes to a commit, and roll back.
            self.server.give_back(open);
            return Err(gave_up());
        }
        self.server.wait(open.commit()).map_err(|error| failure::of(&error))
    }

    /// Leaves nothing of the transaction. Waits for nobody: the server hears of it when the connection is used again.
    pub fn rollback(&self) {
        self.failed.set(false);
        if let Some(open) = self.open.borrow_mut().take() {
            self.server.give_back(open);
        }
    }

    pub fn is_open(&self) -> bool {
        self.open.borrow().is_some() && !self.failed.get()
    }

    /// Another one of the same tenant, which sees what is committed.
    pub fn for_queries(&self) -> Self {
        Self::new(self.server.clone(), self.tenant, Purpose::Queries)
    }

    pub fn server(&self) -> &Postgres {
        &self.server
    }

    pub fn has_begun(&self) -> bool {
        self.open.borrow().is_some()
    }

    pub fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Statements of ours without values.
    pub fn simple(&self, sql: &str) -> Result<()> {
        let sql = text::raw(sql.to_owned());
        self.run(async move |db: &mut PgConnection| sqlx::raw_sql(sql).execute(db).await.map(drop))
    }

    /// The open transaction may take as long as it takes to bring or remove all of a tenant.
    pub fn take_time(&self) -> Result<()> {
        self.simple("SET LOCAL statement_timeout='30min'; SET LOCAL idle_in_transaction_session_timeout='30min'")
    }

    /// Undoes what came after a savepoint, which a refusal does not prevent, and ends it.
    pub fn rollback_to(&self, savepoint: &str) -> Result<()> {
        self.failed.set(false);
        self.simple(&format!("ROLLBACK TO {savepoint}; RELEASE {savepoint}"))
    }

    /// Undoes everything of a turn but the lock.
    pub fn restart_turn(&self) -> Result<()> {
        self.failed.set(false);
        self.simple("ROLLBACK TO turn")
    }

    pub(super) fn tenant(&self) -> RawId {
        self.tenant
    }

    /// Does something whose refusal leaves the transaction as it was.
    pub fn guarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.is_open() {
            return work();
        }
        self.simple("SAVEPOINT guarded")?;
        let done = work();
        match &done {
            Ok(_) => self.simple("RELEASE guarded")?,
            Err(_) => self.rollback_to("guarded")?,
        }
        done
    }

    pub fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        if !self.has_begun() {
            return Err(StoreError::Internal("something is changed outside a group".to_owned()));
        }
        let (sql, arguments) = (self.server.texts().of(sql), arguments::arguments(&self.tenant.0, values)?);
        let done = self.run(async move |db: &mut PgConnection| query_with(sql, arguments).execute(db).await)?;
        let changed = done.rows_affected();
        self.changes.set(self.changes.get() + changed);
        Ok(changed)
    }

    /// Changes at most one row, and reads what becomes of it.
    pub fn change<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let changed = self.row(sql, values, read)?;
        self.changes.set(self.changes.get() + u64::from(changed.is_some()));
        Ok(changed)
    }

    pub fn row<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let (sql, arguments) = (self.server.texts().of(sql), arguments::arguments(&self.tenant.0, values)?);
        let found = self.run(async move |db: &mut PgConnection| query_with(sql, arguments).fetch_optional(db).await)?;
        found.map(|row| read(&Row::Postgres(&row))).transpose()
    }

    pub fn each(&self, sql: &str, values: &[Value<'_>], mut take: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        let (sql, arguments) = (self.server.texts().of(sql), arguments::arguments(&self.tenant.0, values)?);
        // What the reader says is none of the server's failures.
        self.run(async move |db: &mut PgConnection| {
            let mut rows = query_with(sql, arguments).fetch(db);
            while let Some(row) = rows.try_next().await? {
                match take(&Row::Postgres(&row)) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(()))
        })?
    }

    /// The same in an open transaction, for many rows: some come at a time, and while `take` works nothing is under way.
    pub fn stream(&self, sql: &str, mut take: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        self.execute(&format!("DECLARE many NO SCROLL CURSOR FOR {sql}"), &[])?;
        let fetch = format!("FETCH {STREAMED} FROM many");
        let mut give = || -> Result<()> {
            loop {
                // Never prepared for good: the next cursor of this name has other columns.
                let some = sqlx::query(text::raw(fetch.clone())).persistent(false);
                let rows = self.run(async move |db: &mut PgConnection| some.fetch_all(db).await)?;
                for row in &rows {
                    if !take(&Row::Postgres(row))? {
                        return Ok(());
                    }
                }
                if rows.len() < STREAMED {
                    return Ok(());
                }
            }
        };
        let given = give();
        let closed = self.simple("CLOSE many");
        given.and(closed)
    }

    /// One exchange with the server: in the open transaction, or in one of its own.
    fn run<T>(&self, ask: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> Result<T> {
        let mut open = self.open.borrow_mut();
        let Some(open) = &mut *open else {
            let mut alone = self.begun("")?;
            return self.server.wait(async {
                let answer = ask(&mut alone).await.map_err(|error| failure::of(&error))?;
                alone.commit().await.map_err(|error| failure::of(&error))?;
                Ok(answer)
            });
        };
        if self.failed.get() {
            return Err(gave_up());
        }
        let answer = self.server.wait(ask(open));
        answer.map_err(|error| {
            self.failed.set(true);
            failure::of(&error)
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.rollback();
    }
}

pub(crate) fn gave_up() -> StoreError {
    StoreError::Unavailable("the database gave the transaction up".to_owned())
}
