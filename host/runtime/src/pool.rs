//! Worker threads that run turns: any worker, any tenant, in the order the tenants became ready.
//!
//! Many more workers than cores: a durable commit waits for the disk, and the disk overlaps waits of different files.
//! A tenant is in the queue at most once, so one that floods gets one turn in a round like everybody else.

use crate::order::Ready;
use crate::tenant::lock;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Stack of a worker: nested calls put one module's stack above the other's.
const STACK_BYTES: usize = 8 << 20;

/// A first-in, first-out pool of turns.
pub(crate) struct Pool<T> {
    /// Each idle worker waits on its own.
    ready: Mutex<Ready<T, Arc<Condvar>>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl<T: Send + 'static> Pool<T> {
    /// Starts `workers` threads that call `run` for every turn.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(name: &str, workers: usize, run: impl Fn(T) + Send + Sync + 'static) -> std::io::Result<Arc<Self>> {
        let pool = Arc::new(Self { ready: Mutex::default(), workers: Mutex::default() });
        let run = Arc::new(run);
        for _ in 0..workers {
            let (pool, run) = (pool.clone(), run.clone());
            let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES);
            let worker = {
                let pool = pool.clone();
                thread.spawn(move || {
                    let seat = Arc::new(Condvar::new());
                    while let Some(turn) = pool.next(&seat) {
                        // The panic hook has logged it; whoever waits for this turn hears that nobody answers.
                        let _ = catch_unwind(AssertUnwindSafe(|| run(turn)));
                    }
                })?
            };
            lock(&pool.workers).push(worker);
        }
        Ok(pool)
    }

    /// Hands in a turn. False when the pool takes nothing more.
    #[must_use]
    pub fn submit(&self, turn: T) -> bool {
        let Some(seat) = lock(&self.ready).submit(turn) else { return false };
        if let Some(seat) = seat {
            seat.notify_one();
        }
        true
    }

    fn next(&self, seat: &Arc<Condvar>) -> Option<T> {
        let mut ready = lock(&self.ready);
        loop {
            if let Some(turn) = ready.take() {
                return Some(turn);
            }
            if ready.is_closed() {
                return None;
            }
            ready.rest(seat.clone());
            ready = seat.wait(ready).unwrap_or_else(PoisonError::into_inner);
            // Whoever wakes a worker takes its seat off the stack; one that woke by itself is still there.
            ready.wake(|idle| Arc::ptr_eq(idle, seat));
        }
    }

    /// Takes nothing more; the threads end when the queue is empty.
    pub fn close(&self) {
        lock(&self.ready).close().iter().for_each(|seat| seat.notify_one());
    }

    /// Runs what is queued, then ends the threads.
    pub fn stop(&self) {
        self.close();
        for worker in lock(&self.workers).drain(..) {
            // A worker that panicked has already been logged by the panic hook.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_turn_that_panics_leaves_the_pool_at_work() {
        let (done, heard) = mpsc::channel();
        let pool = Pool::start("test", 1, move |turn: u32| {
            assert_ne!(turn, 1, "a turn that panics");
            done.send(turn).unwrap();
        })
        .unwrap();
        for turn in 0..4 {
            assert!(pool.submit(turn));
        }
        pool.stop();
        assert!(!pool.submit(4), "a stopped pool takes nothing");
        assert_eq!(heard.iter().collect::<Vec<_>>(), [0, 2, 3], "what was queued before is finished");
    }
}
