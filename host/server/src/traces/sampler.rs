//! Which share of requests is traced, and the numbers of traces and spans.

use std::sync::atomic::{AtomicU64, Ordering};

/// Added for each request: SplitMix64 (Steele, Lea and Flood, 2014).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Draws lots without a lock, a system call or an allocation.
pub struct Sampler {
    state: AtomicU64,
    /// Words below it are traced; none: every word.
    below: Option<u64>,
}

impl Sampler {
    /// `share` is between 0 and 1.
    pub fn new(share: f64, seed: u64) -> Self {
        let below = (share < 1.0).then(|| (share.max(0.0) * u64::MAX as f64) as u64);
        Self { state: AtomicU64::new(seed), below }
    }

    pub fn draw(&self) -> bool {
        let Some(below) = self.below else { return true };
        let mut word = self.state.fetch_add(GOLDEN, Ordering::Relaxed).wrapping_add(GOLDEN);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) < below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(share: f64) -> usize {
        let sampler = Sampler::new(share, 7);
        (0..100_000).filter(|_| sampler.draw()).count()
    }

    #[test]
    fn the_share_that_is_asked_for_is_drawn() {
        assert_eq!((hits(0.0), hits(1.0)), (0, 100_000));
        let five = hits(0.05);
        assert!((4_700..5_300).contains(&five), "{five}");
    }
}
