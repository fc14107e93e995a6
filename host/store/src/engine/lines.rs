//! The connections of one purpose: lent for a transaction each, and kept for the next one.
//!
//! A pool of our own, since one whose connections belong to a common runtime asks each whether it is still there before
//! it is lent again, and wakes a thread of that runtime for every exchange.

use super::lent::Lent;
use super::line::Line;
use sqlx::postgres::PgConnectOptions;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Nobody waits longer for a connection.
pub(super) const ACQUIRE: Duration = Duration::from_secs(10);
/// A connection that was silent for longer is not asked any more: on the way to it, others may have forgotten it.
const SILENT: Duration = Duration::from_secs(600);
/// A connection is not kept for longer: what the server remembers for it only grows.
const KEPT: Duration = Duration::from_secs(1_800);

pub(super) struct Lines {
    options: PgConnectOptions,
    /// What a new connection is told first.
    setup: String,
    /// One for each connection that there may be.
    places: Arc<Semaphore>,
    most: u32,
    /// The one used last is lent first.
    idle: Mutex<Vec<(Line, Instant)>>,
    /// Of the runtime that what takes longer is waited for on.
    beside: Handle,
}

impl Lines {
    pub fn new(options: PgConnectOptions, setup: String, most: u32, beside: Handle) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(most as usize));
        Arc::new(Self { options, setup, places, most, idle: Mutex::default(), beside })
    }

    /// How many there may be.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// A connection; whoever came first is served first. Blocking. It may have died while it was idle.
    pub fn lend(self: &Arc<Self>) -> sqlx::Result<Lent> {
        let started = Instant::now();
        let place = match self.places.clone().try_acquire_owned() {
            Ok(place) => place,
            Err(_) => self.place()?,
        };
        let line = match self.used_last() {
            Some(line) => line,
            None => Line::open(&self.options, &self.setup, ACQUIRE.saturating_sub(started.elapsed()))?,
        };
        Ok(Lent::new(line, self.clone(), place))
    }

    fn place(&self) -> sqlx::Result<OwnedSemaphorePermit> {
        let waited = async { tokio::time::timeout(ACQUIRE, self.places.clone().acquire_owned()).await };
        self.beside.block_on(waited).ok().and_then(Result::ok).ok_or(sqlx::Error::PoolTimedOut)
    }

    fn used_last(&self) -> Option<Line> {
        let mut idle = self.idle();
        match idle.pop() {
            Some((line, since)) if since.elapsed() < SILENT => Some(line),
            // The others have been silent for longer still.
            Some(_) => {
                let silent = std::mem::take(&mut *idle);
                drop((idle, silent));
                None
            }
            None => None,
        }
    }

    /// Keeps a connection that nothing is open on.
    pub fn keep(&self, line: Line) {
        if line.age() < KEPT {
            self.idle().push((line, Instant::now()));
        }
    }

    /// Does what has to be waited for on another thread.
    pub fn beside(&self, work: impl FnOnce() + Send + 'static) {
        drop(self.beside.spawn_blocking(work));
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Line, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::Purpose;
    use crate::fixture::url_of;
    use crate::{Postgres, fixture};
    use sqlx::Row;
    use sqlx::postgres::PgConnection;
    use std::time::Instant;

    #[test]
    fn a_connection_that_was_silent_for_long_is_not_asked_any_more() {
        let Some(url) = fixture::url().and_then(|_| url_of("postgres")) else { return };
        let server = Postgres::connect(&url, 4).unwrap();
        let lines = server.lines(Purpose::Commands);
        let ask = async |db: &mut PgConnection| {
            let row = sqlx::query("SELECT pg_backend_pid()").fetch_one(db).await?;
            Ok(row.get::<i32, _>(0))
        };
        let first = lines.lend().unwrap().ask(ask).unwrap();
        assert_eq!(lines.lend().unwrap().ask(ask).unwrap(), first, "the one used last");
        let silent = Instant::now().checked_sub(super::SILENT).expect("the machine runs for longer");
        lines.idle().iter_mut().for_each(|(_, since)| *since = silent);
        assert_ne!(lines.lend().unwrap().ask(ask).unwrap(), first);
        assert_eq!(lines.idle().len(), 1, "the silent one is gone");
    }

    #[test]
    fn no_more_connections_are_lent_than_there_may_be_and_whoever_waits_gets_the_next_one() {
        let Some(url) = fixture::url() else { return };
        // Two for commands.
        let server = Postgres::connect(&url, 4).unwrap();
        let lines = server.lines(Purpose::Commands);
        assert_eq!(lines.most(), 2);
        let held = [lines.lend().unwrap(), lines.lend().unwrap()];
        assert_eq!(lines.places.available_permits(), 0);
        std::thread::scope(|threads| {
            let waiting = threads.spawn(|| lines.lend().map(drop));
            drop(held);
            waiting.join().unwrap().unwrap();
        });
        drop([lines.lend().unwrap(), lines.lend().unwrap()]);
    }
}
