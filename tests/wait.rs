//! Waiting for a condition, never for a time.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until `found` gives something.
///
/// # Panics
/// After `limit`, with `what` was waited for.
pub fn until<T>(what: &str, limit: Duration, mut found: impl FnMut() -> Option<T>) -> T {
    let (never, changed) = (Mutex::new(()), Condvar::new());
    let started = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(started.elapsed() < limit, "waited {limit:?} for {what}");
        drop(changed.wait_timeout(never.lock().unwrap(), LOOK).unwrap());
    }
}

/// The same for a condition that must be asked for asynchronously.
pub async fn until_async<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    mut found: impl FnMut() -> F,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(started.elapsed() < limit, "waited {limit:?} for {what}");
        tokio::time::sleep(LOOK).await;
    }
}
