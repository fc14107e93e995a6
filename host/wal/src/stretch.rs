//! Adjoining writes, gathered.

/// More than this is not gathered: a commit of 250 pages. A larger one reaches the file in several stretches.
pub(crate) const STRETCH_BYTES: usize = 1 << 20;
/// Memory kept from one commit to the next.
const KEPT_BYTES: usize = 64 << 10;

/// One stretch of a file that was written and has not reached it.
#[derive(Default)]
pub(crate) struct Stretch {
    start: u64,
    bytes: Vec<u8>,
}

impl Stretch {
    /// Takes a write along. False, and nothing is taken, when it does not adjoin what is here, or there is no room.
    pub fn take(&mut self, at: u64, bytes: &[u8]) -> bool {
        if self.bytes.is_empty() {
            self.start = at;
        }
        let fits = self.bytes.len() + bytes.len() <= STRETCH_BYTES;
        let adjoins = at == self.start + self.bytes.len() as u64;
        if !fits || !adjoins || self.bytes.try_reserve(bytes.len()).is_err() {
            return false;
        }
        self.bytes.extend_from_slice(bytes);
        true
    }

    /// What is here and where it belongs.
    pub fn get(&self) -> Option<(u64, &[u8])> {
        if self.bytes.is_empty() { None } else { Some((self.start, &self.bytes)) }
    }

    /// Forgets it, and gives memory back.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
    }
}
