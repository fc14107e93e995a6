//! A set that forgets which keys it holds and still knows which it does not: a blocked Bloom filter over uniform keys.

/// Keys that one filter is made for. More make it say "maybe" more often, never "no" wrongly.
pub(crate) const KEYS: usize = 2_048;
/// Bits of a block: one line of the processor's cache.
const BLOCK_BITS: usize = 512;
const BLOCK_BYTES: usize = BLOCK_BITS / 8;
/// Sixteen keys a block: about one in 100,000 foreign keys is taken for a member.
const BLOCKS: usize = KEYS / 16;
/// Bits set by a key, each taken from nine bits of it.
const PROBES: usize = 10;

/// A filter, in the bytes that are kept of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Filter(Box<[u8]>);

impl Filter {
    pub fn new() -> Self {
        Self(vec![0; BLOCKS * BLOCK_BYTES].into())
    }

    /// Takes what [`Filter::as_bytes`] gave; none when it has another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == BLOCKS * BLOCK_BYTES).then(|| Self(bytes.into()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn add(&mut self, key: &[u8; 16]) {
        for (byte, bit) in bits(key) {
            self.0[byte] |= bit;
        }
    }

    /// False: the key was never added.
    pub fn may_hold(&self, key: &[u8; 16]) -> bool {
        bits(key).all(|(byte, bit)| self.0[byte] & bit != 0)
    }
}

/// The bytes and the bits in them that a key sets. Keys are hashes already: their own bits are as good as any.
fn bits(key: &[u8; 16]) -> impl Iterator<Item = (usize, u8)> {
    let key = u128::from_le_bytes(*key);
    let block = (key >> 96) as usize % BLOCKS * BLOCK_BYTES;
    (0..PROBES).map(move |probe| {
        let bit = (key >> (probe * 9)) as usize % BLOCK_BITS;
        (block + bit / 8, 1 << (bit % 8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn key(n: usize) -> [u8; 16] {
        Sha256::digest(n.to_le_bytes())[..16].try_into().unwrap()
    }

    #[test]
    fn every_key_added_is_found_and_hardly_any_other() {
        let mut filter = Filter::new();
        (0..KEYS).for_each(|n| filter.add(&key(n)));
        let filter = Filter::from_bytes(filter.as_bytes()).unwrap();
        assert!((0..KEYS).all(|n| filter.may_hold(&key(n))));
        let wrong = (KEYS..KEYS + 200_000).filter(|n| filter.may_hold(&key(*n))).count();
        assert!(wrong <= 10, "{wrong} of 200,000 foreign keys");
        assert!(Filter::from_bytes(&[0; 7]).is_none());
    }
}
