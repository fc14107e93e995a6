//! A connection while a transaction is open on it.

use super::line::{Line, Told};
use super::lines::{ACQUIRE, Lines};
use sqlx::postgres::PgConnection;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Goes back to where it came from when it is dropped, and leaves nothing of a transaction that was not committed.
/// Waits for nobody then: the server hears of it beside.
pub(super) struct Lent(Option<Box<Held>>);

struct Held {
    line: Line,
    home: Arc<Lines>,
    /// Given back behind the line.
    place: OwnedSemaphorePermit,
}

impl Lent {
    pub fn new(line: Line, home: Arc<Lines>, place: OwnedSemaphorePermit) -> Self {
        Self(Some(Box::new(Held { line, home, place })))
    }

    /// One exchange or several. Blocking.
    pub fn wait<T>(&mut self, ask: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        self.0.as_mut().expect("it is there until the end").line.wait(ask)
    }

    /// Asks something outside any transaction, and gives the connection back. Blocking.
    pub fn ask<T>(mut self, ask: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        let answer = self.wait(ask);
        if let Some(held) = self.0.take().filter(|_| answer.is_ok()) {
            held.give_back();
        }
        answer
    }

    /// Ends the transaction. Without an error it is on the server's disk. Blocking.
    pub fn commit(mut self) -> sqlx::Result<()> {
        self.wait(async |db: &mut PgConnection| sqlx::raw_sql("COMMIT").execute(db).await)?;
        if let Some(held) = self.0.take() {
            held.give_back();
        }
        Ok(())
    }
}

impl Held {
    fn give_back(self) {
        self.home.keep(self.line);
        drop(self.place);
    }

    /// What is not certainly undone is closed: nobody else gets it, and the server undoes it then.
    fn undo(mut self) {
        match self.line.tell("ROLLBACK") {
            Told::Sent => self.give_back(),
            Told::Broken => {}
            Told::Behind => self.home.clone().beside(move || {
                let undone = self.line.wait(async |db: &mut PgConnection| {
                    let undo = sqlx::raw_sql("ROLLBACK").execute(db);
                    tokio::time::timeout(ACQUIRE, undo).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
                });
                if undone.is_ok() {
                    self.give_back();
                }
            }),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            held.undo();
        }
    }
}
