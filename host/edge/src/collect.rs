//! From the inputs into the queue: readings are gathered for a moment and written together.

use crate::keeper::Keeper;
use crate::outlet::{Tally, WAITING};
use crate::queue::APPEND_ROWS;
use crate::reading::Reading;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout_at};

/// Gathers readings until every sender is gone; everything that came is in the queue then.
///
/// `window` is how long a reading waits for others: what a power cut can take with it. While the disk fails, up to
/// [`WAITING`] readings wait in memory and the oldest of more are counted as overrun.
pub async fn collect(mut readings: Receiver<Reading>, keeper: Keeper, window: Duration, tally: &Tally) {
    let mut waiting: Vec<Reading> = Vec::new();
    let (mut is_open, mut is_failing) = (true, false);
    while is_open {
        match readings.recv().await {
            Some(reading) => waiting.push(reading),
            None => is_open = false,
        }
        let until = Instant::now() + window;
        // While the disk fails, the next attempt waits for the window's end, not for a full append.
        let most = if is_failing { 2 * WAITING } else { APPEND_ROWS };
        while is_open && waiting.len() < most {
            match timeout_at(until, readings.recv()).await {
                Ok(Some(reading)) => waiting.push(reading),
                Ok(None) => is_open = false,
                Err(_) => break,
            }
        }
        let (back, outcome) = keeper.append(std::mem::take(&mut waiting)).await;
        is_failing = outcome.is_err();
        if let Err(error) = outcome {
            tracing::error!(%error, "Cannot write to the queue; the readings wait in memory");
            waiting = back;
            let excess = waiting.len().saturating_sub(WAITING);
            waiting.drain(..excess);
            tally.overrun.fetch_add(excess as u64, Ordering::Relaxed);
        }
    }
}
