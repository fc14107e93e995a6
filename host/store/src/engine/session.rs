//! One tenant's side of PostgreSQL: a transaction at a time, on a connection that is borrowed for it.

use super::added::NewRow;
use super::lent::Lent;
use super::postgres::{LONG_PATIENCE, Postgres};
use super::prepared::Prepared;
use super::waiting::{End, Waiting};
use super::{Row, Value, arguments, failure, text};
use crate::audit::AuditLine;
use crate::error::{Result, StoreError};
use crate::events::NewEvent;
use crate::idempotency::Remembered;
use crate::table::Plan;
use crate::usage::Pending;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{SqlStr, query_with};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use toolcrib_contract::types::RawId;

/// What a session is for, and so which connections it borrows: slow queries never take those of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Commands,
    /// Keeps what machines say.
    Readings,
    /// Sees one committed state and cannot write.
    Queries,
    /// The same for as long as it takes to read all of a tenant.
    Archives,
    /// Holds something for as long as it lives, between the statements of others.
    Claims,
}

/// A key, and what is kept under it.
pub(super) type Ahead = ([u8; 16], Option<Remembered>);

/// Rows that come at a time where there may be many.
const STREAMED: usize = 256;

/// Names the tenant of a transaction, and ends with it.
pub(super) const NAMED: Prepared =
    Prepared { name: "named", types: "uuid", sql: "SELECT set_config('tc.tenant',CAST($1 AS text),true)" };

/// A tenant's transactions, one after the other.
pub(crate) struct Session {
    server: Postgres,
    tenant: RawId,
    purpose: Purpose,
    open: RefCell<Option<Lent>>,
    /// Boxed: next to it stand the few words of a file.
    waiting: RefCell<Box<Waiting>>,
    /// What is kept under some keys, as the turn found it.
    ahead: RefCell<Vec<Ahead>>,
    /// A savepoint that nobody needs any more. The server hears of it with the next one, or by the commit: what comes
    /// between is kept or lost with what is around it all the same.
    released: RefCell<String>,
    /// The server refused something, and takes nothing more until it is undone.
    failed: Cell<bool>,
    changes: Cell<u64>,
}

impl Session {
    pub fn new(server: Postgres, tenant: RawId, purpose: Purpose) -> Self {
        let (open, waiting, ahead, released, failed, changes) = Default::default();
        Self { server, tenant, purpose, open, waiting, ahead, released, failed, changes }
    }

    /// Begins a transaction in this tenant's name.
    pub fn begin(&self) -> Result<()> {
        self.begin_and("").map(drop)
    }

    /// The same, with further statements of ours on the same way to the server; the rows that they found.
    pub(crate) fn begin_and(&self, more: &str) -> Result<Vec<PgRow>> {
        if self.open.borrow().is_some() {
            return Err(StoreError::Internal("a transaction is open already".to_owned()));
        }
        let (begun, found) = self.begun(more)?;
        *self.open.borrow_mut() = Some(begun);
        self.failed.set(false);
        self.released.take();
        self.ahead.take();
        Ok(found)
    }

    fn begun(&self, more: &str) -> Result<(Lent, Vec<PgRow>)> {
        // The id is sixteen bytes, written by us. The setting ends with the transaction.
        let tenant = self.tenant;
        // Nothing of it is planned: words are not, and the rest was prepared. Something prepared is among it each time, so a
        // connection that was reset, and runs as somebody else since, refuses all of it.
        let sql = match self.purpose {
            Purpose::Commands | Purpose::Readings | Purpose::Claims if !more.is_empty() => {
                format!("BEGIN;SET LOCAL tc.tenant='{tenant}';{more}")
            }
            Purpose::Commands | Purpose::Readings | Purpose::Claims => format!("BEGIN;{}", self.named()),
            // A question, since the state that is seen is that of the first one.
            Purpose::Queries | Purpose::Archives => {
                format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;{};{more}", self.named())
            }
        };
        let lines = self.server.lines(self.purpose);
        // After a restart of the server every idle connection is dead, and nothing was done on any yet.
        let mut left = lines.most() + 1;
        loop {
            let mut lent = lines.lend().map_err(|error| failure::of(&error))?;
            let sql = text::raw(sql.clone());
            match lent.wait(async |db: &mut PgConnection| sqlx::raw_sql(sql).fetch_all(db).await) {
                Ok(found) => return Ok((lent, found)),
                Err(error) if failure::is_broken(&error) && left > 0 => left -= 1,
                Err(error) => return Err(failure::of(&error)),
            }
        }
    }

    fn named(&self) -> String {
        NAMED.execute(self.server.texts(), self.tenant, &[])
    }

    /// Ends the transaction; when this returns, it is on the server's disk.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: whether it is, is not known.
    pub fn commit(&self) -> Result<()> {
        let written = if self.failed.get() { Ok(()) } else { self.write_waiting(None) };
        let open = self.open.take().ok_or_else(|| StoreError::Internal("no transaction is open".to_owned()))?;
        written?;
        if self.failed.get() {
            // The server would say yes to a commit, and roll back.
            return Err(gave_up());
        }
        open.commit().map_err(|error| failure::of(&error))
    }

    /// Leaves nothing of the transaction. Waits for nobody: the server hears of it when the connection is used again.
    pub fn rollback(&self) {
        self.failed.set(false);
        self.waiting.take();
        self.ahead.take();
        self.open.take();
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
        self.ask(sql).map(drop)
    }

    /// The same; the row that one of them found.
    pub(crate) fn ask(&self, sql: &str) -> Result<Option<PgRow>> {
        self.write_waiting(None)?;
        let sql = text::raw(sql.to_owned());
        self.run(async move |db: &mut PgConnection| sqlx::raw_sql(sql).fetch_optional(db).await)
    }

    /// The open transaction may take as long as it takes to bring or remove all of a tenant.
    pub fn take_time(&self) -> Result<()> {
        if let Some(open) = &mut *self.open.borrow_mut() {
            open.be_patient(LONG_PATIENCE);
        }
        self.simple("SET LOCAL statement_timeout='30min'; SET LOCAL idle_in_transaction_session_timeout='30min'")
    }

    /// Begins a part that can be undone alone.
    pub fn savepoint(&self, savepoint: &str) -> Result<()> {
        let released = match &*self.released.take() {
            "" => String::new(),
            before => format!("RELEASE {before};"),
        };
        self.simple(&format!("{released}SAVEPOINT {savepoint}"))
    }

    /// Undoes what came after a savepoint, which a refusal does not prevent, and ends it.
    pub fn rollback_to(&self, savepoint: &str) -> Result<()> {
        self.failed.set(false);
        // One inside it goes with it.
        self.released.take();
        self.waiting.take();
        self.simple(&format!("ROLLBACK TO {savepoint}; RELEASE {savepoint}"))
    }

    /// Keeps what came after a savepoint.
    ///
    /// # Errors
    /// The server refused something of it, or gave the transaction up.
    pub fn release(&self, savepoint: &str) -> Result<()> {
        if !self.is_open() {
            return Err(gave_up());
        }
        // An earlier one that was still to be released lies inside this one, or goes with the commit.
        *self.released.borrow_mut() = savepoint.to_owned();
        Ok(())
    }

    /// A new row of a record without a unique index, which is written by the turn's end.
    pub fn write_row(&self, plan: &Arc<Plan>, row: NewRow) -> Result<()> {
        if !self.waiting.borrow().has_place(plan) {
            self.write_waiting(None)?;
        }
        self.wait_with(|waiting| waiting.row(plan, row))
    }

    /// An event of the turn, which is written by its end.
    pub fn write_event(&self, seq: u64, event: &NewEvent<'_>) -> Result<()> {
        self.wait_with(|waiting| waiting.event(seq, event))
    }

    /// The same for an audit line.
    pub fn write_line(&self, id: i64, line: &AuditLine<'_>, hash: &[u8; 32]) -> Result<()> {
        self.wait_with(|waiting| waiting.line(id, line, hash))
    }

    /// The same for an answer; the newest under its key is kept.
    pub fn write_answer(&self, key: [u8; 16], answer: Remembered) -> Result<()> {
        self.ahead.borrow_mut().retain(|(of, _)| *of != key);
        self.wait_with(|waiting| waiting.answer(key, answer))
    }

    /// What is kept under a key, if that is known without asking: an answer of this turn, or what it found.
    pub fn answer_known(&self, key: &[u8; 16]) -> Option<Option<Remembered>> {
        if let Some(answer) = self.waiting.borrow().answered(key) {
            return Some(Some(answer.clone()));
        }
        self.ahead.borrow().iter().find(|(of, _)| of == key).map(|(_, found)| found.clone())
    }

    /// Notes what is kept under some keys. Under the tenant's lock only: nobody else changes it then.
    pub(super) fn know(&self, ahead: Vec<Ahead>) {
        *self.ahead.borrow_mut() = ahead;
    }

    /// The turn's usage, each operation and hour once.
    pub fn write_usage(&self, lines: impl Iterator<Item = Pending>) -> Result<()> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.usage(lines);
        self.changes.set(self.changes.get() + u64::from(!waiting.is_empty()));
        Ok(())
    }

    fn wait_with(&self, add: impl FnOnce(&mut Waiting)) -> Result<()> {
        if !self.has_begun() {
            return Err(outside());
        }
        if self.failed.get() {
            return Err(gave_up());
        }
        add(&mut self.waiting.borrow_mut());
        self.changes.set(self.changes.get() + 1);
        if self.waiting.borrow().is_full() { self.write_waiting(None) } else { Ok(()) }
    }

    /// Sends what waits.
    pub(super) fn write_waiting(&self, end: End) -> Result<()> {
        if end.is_none() && self.waiting.borrow().is_empty() {
            return Ok(());
        }
        let (sql, arguments) = self.waiting.take().write(&self.tenant.0, end)?;
        self.send(self.server.texts().of(&sql), arguments).map(drop)
    }

    /// Sends what a statement would miss, or get in the way of.
    fn write_before(&self, sql: &str) -> Result<()> {
        if self.waiting.borrow().concerns(sql) { self.write_waiting(None) } else { Ok(()) }
    }

    pub(super) fn send(&self, sql: SqlStr, arguments: PgArguments) -> Result<u64> {
        let done = self.run(async move |db: &mut PgConnection| query_with(sql, arguments).execute(db).await)?;
        Ok(done.rows_affected())
    }

    pub(crate) fn tenant(&self) -> RawId {
        self.tenant
    }

    /// Does something whose refusal leaves the transaction as it was.
    pub fn guarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.is_open() {
            return work();
        }
        self.savepoint("guarded")?;
        let done = work();
        match &done {
            Ok(_) => self.release("guarded")?,
            Err(_) => self.rollback_to("guarded")?,
        }
        done
    }

    pub fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        if !self.has_begun() {
            return Err(outside());
        }
        if sql.contains("answer") {
            self.ahead.take();
        }
        self.write_before(sql)?;
        let changed = self.send(self.server.texts().of(sql), arguments::arguments(&self.tenant.0, values)?)?;
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
        self.write_before(sql)?;
        self.row_beside(sql, values, read)
    }

    /// The same, whatever waits.
    pub fn row_beside<T>(
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
        self.write_before(sql)?;
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
    pub(super) fn run<T>(&self, ask: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> Result<T> {
        let mut open = self.open.borrow_mut();
        let Some(open) = &mut *open else {
            let (mut alone, _) = self.begun("")?;
            let answer = alone.wait(ask).map_err(|error| failure::of(&error))?;
            alone.commit().map_err(|error| failure::of(&error))?;
            return Ok(answer);
        };
        if self.failed.get() {
            return Err(gave_up());
        }
        open.wait(ask).map_err(|error| {
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

fn outside() -> StoreError {
    StoreError::Internal("something is changed outside a group".to_owned())
}

pub(crate) fn gave_up() -> StoreError {
    StoreError::Unavailable("the database gave the transaction up".to_owned())
}
