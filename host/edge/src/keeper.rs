//! The queue for many at once: its disk work happens aside, and whoever waits for readings is woken.

use crate::queue::{Batch, Counts, Outcome, Queue, QueueError, Span};
use crate::reading::Reading;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// A handle on the one queue.
#[derive(Clone, Debug)]
pub struct Keeper {
    queue: Arc<Mutex<Queue>>,
    more: Arc<Notify>,
}

impl Keeper {
    pub fn new(queue: Queue) -> Self {
        Self { queue: Arc::new(Mutex::new(queue)), more: Arc::default() }
    }

    /// Runs to its end even when the caller is dropped; callers that must know whether it ran are not dropped.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce(&mut Queue) -> T + Send + 'static) -> T {
        let queue = Arc::clone(&self.queue);
        // A panic in between left a transaction that rolled back: the queue is as its file.
        let work = move || work(&mut queue.lock().unwrap_or_else(PoisonError::into_inner));
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// As [`Queue::append`]; gives the readings back.
    ///
    /// # Errors
    /// The disk; nothing is lost.
    pub async fn append(&self, readings: Vec<Reading>) -> (Vec<Reading>, Result<(), QueueError>) {
        let appended = self.aside(move |queue| {
            let outcome = queue.append(&readings);
            (readings, outcome)
        });
        let appended = appended.await;
        self.more.notify_one();
        appended
    }

    /// As [`Queue::lend`].
    ///
    /// # Errors
    /// The disk.
    pub async fn lend(&self, rows: usize) -> Result<Option<Batch>, QueueError> {
        self.aside(move |queue| queue.lend(rows)).await
    }

    /// As [`Queue::settle`].
    ///
    /// # Errors
    /// The disk.
    pub async fn settle(&self, spans: Vec<(Span, Outcome)>) -> Result<(), QueueError> {
        self.aside(move |queue| queue.settle(&spans)).await
    }

    /// As [`Queue::recall`].
    pub async fn recall(&self) {
        self.aside(Queue::recall).await;
    }

    pub async fn counts(&self) -> Counts {
        self.aside(|queue| queue.counts()).await
    }

    /// Returns when something was appended since the last call returned.
    pub async fn more(&self) {
        self.more.notified().await;
    }
}
