//! Several registries on one PostgreSQL: each hears of the others' changes, and one of them is on duty, which checks
//! submissions and does what becomes due. With a file there is only one registry, which always is.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::values::Flag;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::AbortHandle;

/// How often a registry looks whether another one has changed something that concerns hosts.
const LOOK: Duration = Duration::from_millis(250);
/// How often a registry asks whether it is on duty.
const DUTY_ASKED: Duration = Duration::from_secs(1);
/// Whoever holds it is on duty.
const DUTY: i64 = 0x7463_6372_6962_0002;

/// A task that ends with whoever holds this.
pub(crate) struct Looking(AbortHandle);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Follows what other registries change.
pub(crate) fn look(
    readers: AnyPool,
    (seq, polls): (Arc<watch::Sender<u64>>, Arc<watch::Sender<u64>>),
    submitted: Arc<Notify>,
) -> Looking {
    let task = tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK).await;
            // A database that does not answer is reported by whoever needs it.
            let Ok((newest, Flag(waits))) = glance(&readers).await else { continue };
            seq.send_if_modified(|known| {
                let newer = newest > *known;
                *known = newest.max(*known);
                newer
            });
            if waits {
                submitted.notify_one();
            }
            // Hosts may have asked another one: whoever waits for them looks again.
            if polls.receiver_count() > 0 {
                polls.send_modify(|count| *count += 1);
            }
        }
    });
    Looking(task.abort_handle())
}

/// The number of the newest snapshot, and whether something waits for its checks.
async fn glance(readers: &AnyPool) -> sqlx::Result<(u64, Flag)> {
    let query = sqlx::query_as(
        "SELECT seq, EXISTS (SELECT 1 FROM submission WHERE state IN ('submitted', 'checking')) FROM head",
    );
    let (seq, waits): (i64, Flag) = query.fetch_one(readers).await?;
    Ok((seq.cast_unsigned(), waits))
}

/// The duty among several registries on one database.
pub(crate) struct Duty {
    /// A single connection: the lock is its session's.
    pool: AnyPool,
    held: Mutex<Option<PoolConnection<Any>>>,
}

impl Duty {
    pub fn new(pool: AnyPool) -> Self {
        Self { pool, held: Mutex::default() }
    }

    /// Whether this registry has it, or can have it now.
    async fn is_held(&self) -> Result<bool, CatalogError> {
        let mut held = self.held.lock().await;
        if let Some(connection) = held.as_mut() {
            if connection.ping().await.is_ok() {
                return Ok(true);
            }
            lay_down(held.take()).await;
        }
        let mut connection = self.pool.acquire().await?;
        let take = sqlx::query_as("SELECT pg_try_advisory_lock($1)").bind(DUTY);
        let (Flag(taken),): (Flag,) = take.fetch_one(&mut *connection).await?;
        if taken {
            *held = Some(connection);
        }
        Ok(taken)
    }

    pub async fn close(&self) {
        lay_down(self.held.lock().await.take()).await;
        self.pool.close().await;
    }
}

/// The lock ends with its session.
async fn lay_down(held: Option<PoolConnection<Any>>) {
    if let Some(connection) = held {
        // One that cannot even be closed is one that the server has given up.
        let _ = connection.close().await;
    }
}

impl Catalog {
    /// Whether this registry is the one that checks submissions and does what becomes due. The duty passes to another
    /// one when this one ends, or loses its connection.
    ///
    /// # Errors
    /// The database.
    pub async fn is_on_duty(&self) -> Result<bool, CatalogError> {
        match &self.duty {
            Some(duty) => duty.is_held().await,
            None => Ok(true),
        }
    }

    /// Returns when this registry is on duty.
    pub async fn on_duty(&self) {
        while !self.is_on_duty().await.unwrap_or(false) {
            tokio::time::sleep(DUTY_ASKED).await;
        }
    }

    /// Returns when it is no more. What it is doing then another one may do as well; of two outcomes the records take
    /// the first.
    pub async fn off_duty(&self) {
        if self.duty.is_none() {
            return std::future::pending().await;
        }
        while self.is_on_duty().await.unwrap_or(false) {
            tokio::time::sleep(DUTY_ASKED).await;
        }
    }
}
