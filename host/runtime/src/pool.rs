//! Worker threads that run turns: any worker, any tenant, in the order the tenants became ready.
//!
//! Many more workers than cores: a durable commit waits for the disk, and the disk overlaps waits of different files.
//! A tenant is in the queue at most once, so one that floods gets one turn in a round like everybody else.
//! Of the idle workers the last one to rest is woken first: its stack and allocator are still in the cache.

use crate::tenant::lock;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Stack of a worker: nested calls put one module's stack above the other's.
const STACK_BYTES: usize = 8 << 20;

struct Ready<T> {
    turns: VecDeque<T>,
    /// Idle workers, each waiting on its own.
    idle: Vec<Arc<Condvar>>,
    closed: bool,
}

/// A first-in, first-out pool of turns.
pub(crate) struct Pool<T> {
    ready: Mutex<Ready<T>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl<T: Send + 'static> Pool<T> {
    /// Starts `workers` threads that call `run` for every turn.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(name: &str, workers: usize, run: impl Fn(T) + Send + Sync + 'static) -> std::io::Result<Arc<Self>> {
        let ready = Mutex::new(Ready { turns: VecDeque::new(), idle: Vec::new(), closed: false });
        let pool = Arc::new(Self { ready, workers: Mutex::default() });
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
        let mut ready = lock(&self.ready);
        if ready.closed {
            return false;
        }
        ready.turns.push_back(turn);
        let seat = ready.idle.pop();
        drop(ready);
        if let Some(seat) = seat {
            seat.notify_one();
        }
        true
    }

    fn next(&self, seat: &Arc<Condvar>) -> Option<T> {
        let mut ready = lock(&self.ready);
        loop {
            if let Some(turn) = ready.turns.pop_front() {
                return Some(turn);
            }
            if ready.closed {
                return None;
            }
            ready.idle.push(seat.clone());
            ready = seat.wait(ready).unwrap_or_else(PoisonError::into_inner);
            // Whoever wakes a worker takes its seat off the stack; one that woke by itself is still there.
            ready.idle.retain(|idle| !Arc::ptr_eq(idle, seat));
        }
    }

    /// Takes nothing more; the threads end when the queue is empty.
    pub fn close(&self) {
        let mut ready = lock(&self.ready);
        ready.closed = true;
        ready.idle.drain(..).for_each(|seat| seat.notify_one());
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
