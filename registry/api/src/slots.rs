//! Blocking work that must not pile up: so many at once, so many waiting, the next is refused.

use crate::failed::{Failed, internal};
use std::sync::Arc;
use tokio::sync::Semaphore;
use toolcrib_contract::problem::BUSY;

/// Places for one kind of blocking work.
#[derive(Clone, Debug)]
pub struct Slots {
    what: &'static str,
    /// Running or waiting.
    inside: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Slots {
    pub fn new(what: &'static str, running: usize, waiting: usize) -> Self {
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Self { what, inside: semaphore(running + waiting), running: semaphore(running) }
    }

    /// Runs this on a thread for blocking work, when there is a place. It runs to its end even when nobody waits for
    /// it any more, and keeps its place so long.
    ///
    /// # Errors
    /// `busy` when too many wait.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failed> {
        let busy = || Failed::from(BUSY.because(format!("too many wait for {}", self.what)));
        let inside = Arc::clone(&self.inside).try_acquire_owned().map_err(|_| busy())?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let _places = (inside, running);
            work()
        });
        done.await.map_err(|error| internal(&error).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn one_too_many_is_refused_and_a_place_is_free_afterwards() {
        let slots = Slots::new("tea", 1, 1);
        let (open, wait) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let slots = slots.clone();
            async move { slots.run(move || wait.recv()).await.map(drop) }
        });
        let second = tokio::spawn({
            let slots = slots.clone();
            async move { slots.run(|| ()).await }
        });
        while slots.inside.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(slots.run(|| ()).await.unwrap_err().0.code, "busy");
        open.send(()).unwrap();
        first.await.unwrap().unwrap();
        second.await.unwrap().unwrap();
        slots.run(|| ()).await.unwrap();
    }
}
