//! The real clock and the system's randomness: the only place that touches them.

use std::cell::RefCell;
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

/// Bytes asked for at once for short requests: every invocation wants eight, and a system call costs more than those.
const STOCK_BYTES: usize = 512;
/// Longer requests are secrets and never come from the stock.
const SHORT_BYTES: usize = 16;

thread_local! {
    /// This thread's stock; each byte is given out once, from the end, and wiped.
    static STOCK: RefCell<([u8; STOCK_BYTES], usize)> = const { RefCell::new(([0; STOCK_BYTES], 0)) };
}

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > SHORT_BYTES {
            return ask_system(bytes);
        }
        STOCK.with_borrow_mut(|(stock, left)| {
            if *left < bytes.len() {
                ask_system(stock);
                *left = STOCK_BYTES;
            }
            let from = *left - bytes.len();
            bytes.copy_from_slice(&stock[from..*left]);
            stock[from..*left].fill(0);
            *left = from;
        });
    }
}

fn ask_system(bytes: &mut [u8]) {
    // Without randomness no token may be made: better no server than a guessable one.
    getrandom::fill(bytes).expect("the system gives random bytes");
}

/// The real world.
pub fn real() -> World {
    World { clock: Arc::new(SystemClock), chance: Arc::new(SystemChance) }
}

/// The system's clock and what it is ahead by, in microseconds.
struct Ahead(fn() -> i64);

impl Clock for Ahead {
    fn now(&self) -> Instant {
        SystemClock.now().plus_us((self.0)())
    }
}

/// The real world, some time ahead.
pub fn ahead(by: fn() -> i64) -> World {
    World { clock: Arc::new(Ahead(by)), ..real() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_random_byte_is_given_out_twice() {
        let word = |length: usize| {
            let mut bytes = vec![0; length];
            SystemChance.fill(&mut bytes);
            bytes
        };
        let lengths = [8, 16, 12, 32, 8];
        let words: Vec<_> = (0..STOCK_BYTES).map(|nth| word(lengths[nth % lengths.len()])).collect();
        let starts: HashSet<_> = words.iter().map(|word| word[..8].to_vec()).collect();
        assert_eq!(starts.len(), words.len());
        STOCK
            .with_borrow(|(stock, left)| assert!(stock[*left..].iter().all(|byte| *byte == 0), "used bytes are wiped"));
    }
}
