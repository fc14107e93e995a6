//! A connection while a transaction is open on it.

use super::failure;
use super::line::{Line, Told};
use super::lines::{ACQUIRE, Lines};
use sqlx::postgres::PgConnection;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;

/// Goes back to where it came from when it is dropped, and leaves nothing of a transaction that was not committed.
/// Waits for nobody then: the server hears of it beside.
pub(super) struct Lent(Option<Box<Held>>);

struct Held {
    line: Line,
    opened: Instant,
    home: Arc<Lines>,
    /// Given back behind the line.
    place: OwnedSemaphorePermit,
    /// Longest wait for an answer.
    patience: Duration,
    /// Nobody else gets it.
    is_broken: bool,
}

impl Lent {
    pub fn new(line: Line, opened: Instant, home: Arc<Lines>, place: OwnedSemaphorePermit) -> Self {
        let patience = home.patience();
        Self(Some(Box::new(Held { line, opened, home, place, patience, is_broken: false })))
    }

    /// One exchange or several. Blocking. Whoever hears nothing for too long hears that it is broken.
    pub fn wait<T>(&mut self, ask: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        let held = self.held();
        let answer = held.line.wait(held.patience, ask);
        held.is_broken |= answer.as_ref().is_err_and(failure::is_broken);
        answer
    }

    /// What the server does may take longer from now on.
    pub fn be_patient(&mut self, patience: Duration) {
        self.held().patience = patience;
    }

    fn held(&mut self) -> &mut Held {
        self.0.as_mut().expect("it is there until the end")
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
        self.home.keep(self.line, self.opened);
        drop(self.place);
    }

    /// What is not certainly undone is closed: nobody else gets it, and the server undoes it then.
    fn undo(mut self) {
        if self.is_broken {
            return;
        }
        match self.line.tell("ROLLBACK") {
            Told::Sent => self.give_back(),
            Told::Broken => {}
            Told::Behind => self.home.clone().beside(move || {
                let undo = async |db: &mut PgConnection| sqlx::raw_sql("ROLLBACK").execute(db).await;
                if self.line.wait(ACQUIRE, undo).is_ok() {
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
