//! UUIDv7 ids (RFC 9562) made from the invocation's own time and seed, so that a replay makes the same ones.

use toolcrib_contract::types::{Instant, RawId};

/// Makes the ids of one invocation, in increasing order.
#[derive(Clone, Debug)]
pub struct Ids {
    now: Instant,
    random: u64,
    made: u32,
}

impl Ids {
    pub fn new(now: Instant, seed: u64) -> Self {
        Self { now, random: seed, made: 0 }
    }

    /// 48 bits of milliseconds, 12 of the fraction below, then a counter and 46 random bits.
    pub fn next(&mut self) -> RawId {
        let ms = (self.now.0 / 1_000) as u64;
        let fraction = ((self.now.0 % 1_000) as u64 * 4_096 / 1_000) & 0xfff;
        let high = ms << 16 | 0x7000 | fraction;
        let low = 0x8000_0000_0000_0000 | u64::from(self.made & 0xffff) << 46 | mix(&mut self.random) >> 18;
        self.made += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&high.to_be_bytes());
        id[8..].copy_from_slice(&low.to_be_bytes());
        RawId(id)
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the next of a sequence, one state word.
pub fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_invocation_rise_and_repeat_with_the_seed() {
        let now = Instant(1_795_500_000_123_456);
        let ids: Vec<_> = std::iter::repeat_with({
            let mut ids = Ids::new(now, 7);
            move || ids.next()
        })
        .take(5_000)
        .collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Ids::new(now, 7).next(), ids[0]);
        assert_ne!(Ids::new(now, 8).next(), ids[0]);
        assert_eq!(ids[0].0[6] >> 4, 7, "version");
        assert_eq!(ids[0].0[8] >> 6, 0b10, "variant");
    }
}
