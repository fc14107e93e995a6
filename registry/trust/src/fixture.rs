//! For tests: chance with a seed, and a small manifest.

use std::sync::atomic::{AtomicU64, Ordering};
use toolcrib_contract::Manifest;
use toolcrib_contract::manifest::{Request, RequestKind, Words};
use toolcrib_contract::world::Chance;

/// The same bytes for the same seed.
pub struct Seeded(AtomicU64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Chance for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // splitmix64
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (z ^ (z >> 31)) as u8;
        }
    }
}

/// A manifest that asks for one signal.
pub fn manifest(module: &str, version: &str) -> Manifest {
    let words = |text: &str| Words { zh: text.to_owned(), en: text.to_owned() };
    let kind = RequestKind::Readings { signal: "state".to_owned() };
    Manifest {
        module: module.to_owned(),
        version: version.to_owned(),
        sdk: "test".to_owned(),
        title: words("title"),
        summary: words("summary"),
        records: vec![],
        reads: vec![],
        calls: vec![],
        events: vec![],
        handlers: vec![],
        requests: vec![Request { kind, reason: words("to compute"), optional: false }],
        views: Vec::new(),
    }
}
