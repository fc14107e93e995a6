//! A connection to the server. Whoever waits for its answer drives it meanwhile, on his own thread: no other thread has
//! to wake up for an exchange.

use super::text;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use std::cell::Cell;
use std::future::Future;
use std::io::ErrorKind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Until a server that was not to be reached is tried again.
const AGAIN: Duration = Duration::from_millis(100);

pub(super) struct Line {
    /// Ends before what drives it.
    connection: PgConnection,
    driver: Driver,
}

/// What became of a word that nobody waits for the answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The server reads it before anything that is asked later.
    Sent,
    /// The answer to something before it is still to come.
    Behind,
    Broken,
}

impl Line {
    /// Calls the server, and says first what `setup` has. One that cannot be reached, because its name or its machine is
    /// not there, it refuses or it hangs up, is tried again for so long: while it restarts it does all of these. Blocking.
    pub fn open(options: &PgConnectOptions, setup: &str, within: Duration) -> sqlx::Result<Self> {
        let driver = Driver::new()?;
        let connection = driver.wait(async {
            let mut why = sqlx::Error::PoolTimedOut;
            let patient = async {
                loop {
                    match called(options, setup).await {
                        Err(error) if may_come(&error) => why = error,
                        done => return done,
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            };
            tokio::time::timeout(within, patient).await.unwrap_or(Err(why))
        })?;
        Ok(Self { connection, driver })
    }

    /// One exchange or several. Blocking: never on a thread of an asynchronous runtime. The server keeps its own limits; one
    /// that died without a word, or whose network did, says nothing for as long as anybody waits.
    ///
    /// # Errors
    /// Of the kind `TimedOut` when that took longer than `patience`: of no more use then.
    pub fn wait<T>(
        &mut self,
        patience: Duration,
        ask: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        let asked = ask(&mut self.connection);
        let silent = || Err(sqlx::Error::Io(ErrorKind::TimedOut.into()));
        self.driver.wait(async { tokio::time::timeout(patience, asked).await.unwrap_or_else(|_| silent()) })
    }

    /// Says something, and waits for nobody. Anywhere.
    pub fn tell(&mut self, word: &'static str) -> Told {
        let _inside = self.driver.runtime().enter();
        let (is_ready, connection) = (Cell::new(false), &mut self.connection);
        let told = {
            let telling = pin!(async {
                connection.flush().await?;
                is_ready.set(true);
                sqlx::raw_sql(word).execute(&mut *connection).await.map(drop)
            });
            telling.poll(&mut Context::from_waker(Waker::noop()))
        };
        match told {
            Poll::Ready(Ok(())) => Told::Sent,
            Poll::Ready(Err(_)) => Told::Broken,
            Poll::Pending if !is_ready.get() => Told::Behind,
            // A word that stays behind in a full buffer: who knows what is before it.
            Poll::Pending if self.connection.should_flush() => Told::Broken,
            Poll::Pending => Told::Sent,
        }
    }
}

async fn called(options: &PgConnectOptions, setup: &str) -> sqlx::Result<PgConnection> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(text::raw(setup.to_owned())).execute(&mut connection).await?;
    Ok(connection)
}

/// Whether a server that answers so may answer otherwise in a moment.
fn may_come(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // Others have all of its connections; it starts, or stops.
        sqlx::Error::Database(told) => told.code().is_some_and(|code| code == "53300" || code.starts_with("57P")),
        _ => false,
    }
}

/// Hears from one connection, for whoever waits.
struct Driver(Option<Runtime>);

impl Driver {
    fn new() -> sqlx::Result<Self> {
        Ok(Self(Some(Builder::new_current_thread().enable_io().enable_time().build()?)))
    }

    fn runtime(&self) -> &Runtime {
        self.0.as_ref().expect("it is there until the end")
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime().block_on(future)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Waits for nothing: this may happen anywhere.
            runtime.shutdown_background();
        }
    }
}
