//! The real clock and the system's randomness: the only place that touches them.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_runtime::World;

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else takes as a parameter")]
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX).clamp(Instant::MIN.0, Instant::MAX.0))
    }
}

/// The system's random generator.
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no token may be made: better no server than a guessable one.
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}

/// The real world.
pub fn real() -> World {
    World { clock: Arc::new(SystemClock), chance: Arc::new(SystemChance) }
}
