//! Where inputs put what they read, and what becomes of what is no reading.

use crate::deadband::Deadband;
use crate::reading::{Quality, Reading, Unreadable, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;

/// Readings between the inputs and the queue.
pub const WAITING: usize = 10_000;

/// 2026-01-01T00:00:00Z, before this program existed: a clock that says less was not set. Readings stamped with it
/// would land in the wrong year for good.
const CLOCK_FLOOR: Instant = Instant(1_767_225_600_000_000);

/// What never became a reading in the queue, since the agent started.
#[derive(Debug, Default)]
pub struct Tally {
    /// Values that their source calls bad, or that no reading can hold.
    pub unreadable: AtomicU64,
    /// Readings taken while the clock was not set.
    pub undated: AtomicU64,
    /// Readings that came faster than the disk, or that the source itself had to skip.
    pub overrun: AtomicU64,
}

/// One machine's way to the queue.
#[derive(Clone)]
pub struct Outlet {
    readings: mpsc::Sender<Reading>,
    tally: Arc<Tally>,
    clock: Arc<dyn Clock>,
    reachable: Arc<Reachable>,
}

/// Whether a machine answers.
#[derive(Debug)]
pub struct Reachable {
    /// `<machine>.reachable`.
    pub signal: Arc<str>,
    is: Mutex<Option<bool>>,
}

impl Reachable {
    /// None before the first attempt is over.
    pub fn is(&self) -> Option<bool> {
        *self.is.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the new state; says whether it is another.
    fn becomes(&self, is: bool) -> bool {
        self.is.lock().unwrap_or_else(PoisonError::into_inner).replace(is) != Some(is)
    }
}

/// A signal as an input keeps it.
#[derive(Clone, Debug)]
pub struct Tap {
    pub signal: Arc<str>,
    pub filter: Deadband,
    /// The last complaint, so that the same is logged once.
    complaint: Option<Unreadable>,
}

impl Tap {
    pub fn new(signal: &str, filter: Deadband) -> Self {
        Self { signal: signal.into(), filter, complaint: None }
    }
}

impl Outlet {
    pub fn new(machine: &str, readings: mpsc::Sender<Reading>, tally: Arc<Tally>, clock: Arc<dyn Clock>) -> Self {
        let reachable = Reachable { signal: format!("{machine}.reachable").into(), is: Mutex::new(None) };
        Self { readings, tally, clock, reachable: Arc::new(reachable) }
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub fn reachability(&self) -> Arc<Reachable> {
        Arc::clone(&self.reachable)
    }

    /// Passes a value through the tap's filter: Some when it is to be sent. What is no reading is counted.
    pub fn filter(
        &self,
        tap: &mut Tap,
        at: Instant,
        value: Result<Value, Unreadable>,
        quality: Quality,
    ) -> Option<Reading> {
        let value = match value {
            Ok(value) => value,
            Err(why) => {
                self.tally.unreadable.fetch_add(1, Ordering::Relaxed);
                if tap.complaint.replace(why) != Some(why) {
                    tracing::warn!(signal = %tap.signal, %why, "A value is no reading; the same is not logged again");
                }
                return None;
            }
        };
        tap.complaint = None;
        if at < CLOCK_FLOOR {
            self.tally.undated.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        tap.filter.passes(at, &value).then(|| Reading { signal: Arc::clone(&tap.signal), at, value, quality })
    }

    /// Puts a reading into the queue's way, waiting for room.
    pub async fn put(&self, reading: Reading) {
        // The receiver goes last, when the agent stops.
        let _ = self.readings.send(reading).await;
    }

    /// As [`Outlet::put`], from where nothing may wait; what finds no room is counted.
    pub fn put_now(&self, reading: Reading) {
        if self.readings.try_send(reading).is_err() {
            self.overrun(1);
        }
    }

    /// The source says that it had to skip readings.
    pub fn overrun(&self, readings: u64) {
        self.tally.overrun.fetch_add(readings, Ordering::Relaxed);
    }

    /// The machine answers, or does no longer: a reading, when it changed.
    pub fn reachable(&self, is: bool) {
        let at = self.now();
        if self.reachable.becomes(is) && at >= CLOCK_FLOOR {
            self.put_now(Reading::good(&self.reachable.signal, at, Value::Flag(is)));
        }
    }
}
