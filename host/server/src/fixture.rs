//! A clock that stands still and chance with a seed, for tests.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::{Chance, Clock};

/// A clock that moves when told.
pub struct Still(AtomicI64);

impl Still {
    pub fn new(seconds: i64) -> Self {
        Self(AtomicI64::new(seconds * 1_000_000))
    }

    pub fn advance_s(&self, seconds: u64) {
        self.0.fetch_add(seconds as i64 * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Still {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::Relaxed))
    }
}

/// The same bytes for the same seed (an additive sequence with the golden ratio, mixed).
pub struct Seeded(AtomicU64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Chance for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let word = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            *byte = (word ^ (word >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes()[0];
        }
    }
}
