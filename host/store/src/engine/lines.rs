//! The connections of one purpose: lent for a transaction each, and kept for the next one.
//!
//! A pool of our own, since one whose connections belong to a common runtime asks each whether it is still there before
//! it is lent again, and wakes a thread of that runtime for every exchange.

use super::failure;
use super::lent::Lent;
use super::line::Line;
use sqlx::postgres::{PgConnectOptions, PgConnection};
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

/// What time it is.
pub(crate) type Now = Arc<dyn Fn() -> Instant + Send + Sync>;

pub(crate) struct Lines {
    options: PgConnectOptions,
    /// What a new connection is told first.
    setup: String,
    /// One for each connection that there may be.
    places: Arc<Semaphore>,
    most: u32,
    /// Longest wait for an answer of the server.
    patience: Duration,
    now: Now,
    /// The one used last is lent first.
    idle: Mutex<Vec<Idle>>,
    /// Of the runtime that what takes longer is waited for on.
    beside: Handle,
}

/// A connection that nobody uses.
struct Idle {
    line: Line,
    opened: Instant,
    used: Instant,
}

impl Lines {
    pub fn new(
        options: PgConnectOptions,
        setup: String,
        (most, patience): (u32, Duration),
        now: Now,
        beside: Handle,
    ) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(most as usize));
        Arc::new(Self { options, setup, places, most, patience, now, idle: Mutex::default(), beside })
    }

    /// Longest wait for an answer of the server.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// How many there may be.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// A connection; whoever came first is served first. Blocking. It may have died while it was idle.
    pub(super) fn lend(self: &Arc<Self>) -> sqlx::Result<Lent> {
        let started = Instant::now();
        let place = match self.places.clone().try_acquire_owned() {
            Ok(place) => place,
            Err(_) => self.place()?,
        };
        let now = (self.now)();
        let (line, opened) = match self.used_last(now) {
            Some(Idle { line, opened, .. }) => (line, opened),
            None => (Line::open(&self.options, &self.setup, ACQUIRE.saturating_sub(started.elapsed()))?, now),
        };
        Ok(Lent::new(line, opened, self.clone(), place))
    }

    /// Asks something that may be asked twice: on another connection when one broke, as all that were idle have when the
    /// server was restarted. Who hears nothing for too long does not ask again. Blocking.
    pub fn ask<T>(self: &Arc<Self>, ask: impl AsyncFn(&mut PgConnection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        let mut left = self.most + 1;
        loop {
            match self.lend()?.ask(&ask) {
                Err(error) if left > 0 && failure::is_broken(&error) && !failure::is_silent(&error) => left -= 1,
                done => return done,
            }
        }
    }

    fn place(&self) -> sqlx::Result<OwnedSemaphorePermit> {
        let waited = async { tokio::time::timeout(ACQUIRE, self.places.clone().acquire_owned()).await };
        self.beside.block_on(waited).ok().and_then(Result::ok).ok_or(sqlx::Error::PoolTimedOut)
    }

    fn used_last(&self, now: Instant) -> Option<Idle> {
        let mut idle = self.idle();
        let mut closed = Vec::new();
        let found = loop {
            match idle.pop() {
                Some(last) if now.saturating_duration_since(last.used) >= SILENT => {
                    // The others have been silent for longer still.
                    closed.append(&mut idle);
                    closed.push(last);
                }
                Some(last) if now.saturating_duration_since(last.opened) >= KEPT => closed.push(last),
                found => break found,
            }
        };
        // Closed while nobody waits for the lock.
        drop((idle, closed));
        found
    }

    /// Keeps a connection that nothing is open on.
    pub(super) fn keep(&self, line: Line, opened: Instant) {
        let used = (self.now)();
        if used.saturating_duration_since(opened) < KEPT {
            self.idle().push(Idle { line, opened, used });
        }
    }

    /// Does what has to be waited for on another thread.
    pub fn beside(&self, work: impl FnOnce() + Send + 'static) {
        drop(self.beside.spawn_blocking(work));
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Purpose;
    use crate::fixture::{Clock, url, url_of};
    use crate::{NewEvent, Postgres, fixture};
    use sqlx::Row;

    async fn backend(db: &mut PgConnection) -> sqlx::Result<i32> {
        sqlx::query("SELECT pg_backend_pid()").fetch_one(db).await.map(|row| row.get(0))
    }

    #[test]
    fn a_connection_that_was_silent_for_long_is_not_asked_any_more() {
        let Some(url) = fixture::url().and_then(|_| url_of("postgres")) else { return };
        let clock = Clock::default();
        let server = Postgres::connect_at(&url, 4, clock.now()).unwrap();
        let lines = server.lines(Purpose::Commands);
        let (one, two) = (lines.lend().unwrap(), lines.lend().unwrap());
        let first = one.ask(backend).unwrap();
        drop(two);
        clock.pass(SILENT - Duration::from_secs(1));
        assert_eq!(lines.idle().len(), 2);
        let last = lines.lend().unwrap().ask(backend).unwrap();
        assert_ne!(last, first, "the one used last");
        clock.pass(SILENT - Duration::from_secs(1));
        assert_eq!(lines.lend().unwrap().ask(backend).unwrap(), last);
        clock.pass(SILENT);
        let fresh = lines.lend().unwrap().ask(backend).unwrap();
        assert!(![first, last].contains(&fresh));
        assert_eq!(lines.idle().len(), 1, "the silent ones are gone");
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

    #[test]
    fn a_server_that_says_nothing_any_more_is_waited_for_no_longer_than_may_be() {
        let Some(url) = url() else { return };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let beside = runtime.handle().clone();
        let now: Now = Arc::new(Instant::now);
        let lines =
            Lines::new(url.parse().unwrap(), "SELECT 1".to_owned(), (1, Duration::from_millis(200)), now, beside);
        let first = lines.lend().unwrap().ask(backend).unwrap();
        // Somebody else holds what it is asked for: its own limit would be a long one.
        let key = i64::from(first);
        let wait = async |db: &mut PgConnection| {
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key).execute(db).await.map(drop)
        };
        let silent = crate::engine::tests::beside_on(&url, async |db| {
            sqlx::query("SELECT pg_advisory_lock($1)").bind(key).execute(&mut *db).await?;
            Ok(std::thread::scope(|threads| threads.spawn(|| lines.lend().unwrap().ask(wait)).join().unwrap()))
        });
        assert!(
            matches!(&silent, Err(sqlx::Error::Io(why)) if why.kind() == std::io::ErrorKind::TimedOut),
            "{silent:?}"
        );
        assert_eq!(lines.idle().len(), 0, "nobody else gets it");
        assert_ne!(lines.lend().unwrap().ask(backend).unwrap(), first);
    }

    #[test]
    fn a_connection_is_kept_for_half_an_hour_and_no_longer() {
        let Some(url) = url() else { return };
        let clock = Clock::default();
        let server = Postgres::connect_at(&url, 2, clock.now()).unwrap();
        let lines = server.lines(Purpose::Commands);
        let first = lines.lend().unwrap().ask(backend).unwrap();
        let step = SILENT / 2;
        let mut passed = step;
        while passed < KEPT {
            clock.pass(step);
            assert_eq!(lines.lend().unwrap().ask(backend).unwrap(), first, "after {passed:?}");
            passed += step;
        }
        // It is of no use to whoever comes now, used or not.
        clock.pass(step);
        let second = lines.lend().unwrap().ask(backend).unwrap();
        assert_ne!(second, first);
        assert_eq!(lines.idle().len(), 1);
        // Lent for so long, it is not kept either.
        let lent = lines.lend().unwrap();
        clock.pass(KEPT);
        assert_eq!(lent.ask(backend).unwrap(), second);
        assert_eq!(lines.idle().len(), 0);
    }

    #[test]
    fn a_turn_under_way_when_its_connection_is_to_be_renewed_loses_nothing() {
        let Some(url) = url() else { return };
        let clock = Clock::default();
        let server = Postgres::connect_at(&url, 2, clock.now()).unwrap();
        let mut writer = fixture::writer_of(&server, fixture::new_id());
        let event = NewEvent { module: "demo", name: "said", body_json: "{}", cause: None, at: fixture::NOW };
        let first = server.lines(Purpose::Commands).lend().unwrap().ask(backend).unwrap();
        writer.begin().unwrap();
        assert_eq!(writer.append(&event).unwrap(), 1);
        writer.meta_put("a", b"1").unwrap();
        clock.pass(KEPT);
        writer.meta_put("b", b"2").unwrap();
        assert_eq!(writer.append(&event).unwrap(), 2);
        writer.commit().unwrap();
        assert_ne!(server.lines(Purpose::Commands).lend().unwrap().ask(backend).unwrap(), first);
        writer.begin().unwrap();
        assert_eq!(writer.append(&event).unwrap(), 3);
        assert_eq!(writer.meta_get("a").unwrap().as_deref(), Some(&b"1"[..]));
        assert_eq!(writer.meta_get("b").unwrap().as_deref(), Some(&b"2"[..]));
        writer.commit().unwrap();
    }
}
