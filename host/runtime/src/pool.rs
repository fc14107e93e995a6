//! Worker threads that run turns: any worker, any tenant, in the order the tenants became ready.
//!
//! Many more workers than cores: a durable commit waits for the disk, and the disk overlaps waits of different files.
//! A tenant is in the queue at most once, so one that floods gets one turn in a round like everybody else.

use crate::tenant::lock;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;


/// Stack of a worker: nested calls put one module's stack above the other's.
const STACK_BYTES: usize = 8 << 20;

struct Ready<T> {
    turns: VecDeque<T>,
    closed: bool,
}

/// A first-in, first-out pool of turns.
pub(crate) struct Pool<T> {
    ready: Mutex<Ready<T>>,
    changed: Condvar,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl<T: Send + 'static> Pool<T> {
    /// Starts `workers` threads that call `run` for every turn.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(name: &str, workers: usize, run: impl Fn(T) + Send + Sync + 'static) -> std::io::Result<Arc<Self>> {
        let ready = Mutex::new(Ready { turns: VecDeque::new(), closed: false });
        let pool = Arc::new(Self { ready, changed: Condvar::new(), workers: Mutex::default() });
        let run = Arc::new(run);
        for _ in 0..workers {
            let (pool, run) = (pool.clone(), run.clone());
            let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES);
            let worker = {
                let pool = pool.clone();
                thread.spawn(move || {
                    while let Some(turn) = pool.next() {
                        run(turn);
                    }
                })?
            };
            lock(&pool.workers).push(worker);
        }
        Ok(pool)
    }

    /// Hands in a turn. After [`Pool::stop`] it is dropped.
    pub fn submit(&self, turn: T) {
        let mut ready = lock(&self.ready);
        if !ready.closed {
            ready.turns.push_back(turn);
            drop(ready);
            self.changed.notify_one();
        }
    }

    fn next(&self) -> Option<T> {
        let mut ready = lock(&self.ready);
        loop {
            if let Some(turn) = ready.turns.pop_front() {
                return Some(turn);
            }
            if ready.closed {
                return None;
            }
            ready = self.changed.wait(ready).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs what is queued, then ends the threads.
    pub fn stop(&self) {
        lock(&self.ready).closed = true;
        self.changed.notify_all();
        for worker in lock(&self.workers).drain(..) {
            // A worker that panicked has already been logged by the panic hook.
            let _ = worker.join();
        }
    }
}
