//! The list of versions and keys that were withdrawn: signed, numbered, and good for so long.
//!
//! A host never goes back to a lower number. When the list is too old, what runs goes on, because a factory must not
//! stop; what is new waits.

use crate::doubt::{Doubt, Part};
use crate::dsse;
use crate::evidence::Proven;
use crate::moment;
use crate::signer::{PublicKey, Signer};
use crate::standing::Standing;
use serde::{Deserialize, Serialize};
use toolcrib_contract::types::Instant;

/// How far the registry's clock may be ahead of the reader's before freshness cannot be told.
pub const SKEW_S: i64 = 300;
/// The largest list that is read.
pub const LIST_BYTES: usize = 32 << 20;

/// The list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocations {
    /// Raised by every change.
    pub seq: u64,
    #[serde(with = "moment")]
    pub issued_at: Instant,
    /// From `issued_at` on; afterwards the list is stale.
    pub max_age_s: u64,
    pub versions: Vec<Withdrawn>,
    pub keys: Vec<RevokedKey>,
}

/// An approved version that does not stand as approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    pub module: String,
    pub version: String,
    /// `sha256:<hex>` of the component.
    pub digest: String,
    pub standing: Standing,
    #[serde(with = "moment")]
    pub at: Instant,
    pub reason: String,
}

/// A publisher's key that counts no more for what was logged after `index`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedKey {
    pub org: String,
    pub key_id: String,
    #[serde(with = "moment")]
    pub at: Instant,
    /// Where the revocation stands in the log. The log gives the order; times alone would not.
    pub index: u64,
}

/// Whether a list may be relied on for what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    Fresh,
    /// Since this moment.
    Stale {
        since: Instant,
    },
    /// Issued later than now: a clock is wrong, so its age is not known.
    FromTheFuture,
}

impl Revocations {
    /// The signed list, as JSON text.
    pub fn seal(&self, signer: &Signer) -> String {
        dsse::seal(dsse::REVOCATIONS, &serde_json::to_vec(self).expect("texts serialise"), signer)
    }

    /// Reads a list that one of the registry's keys signed.
    ///
    /// # Errors
    /// [`Doubt`] about [`Part::Revocations`].
    pub fn open(envelope: &str, keys: &[PublicKey]) -> Result<Self, Doubt> {
        let part = Part::Revocations;
        if envelope.len() > LIST_BYTES {
            return Err(Doubt::malformed(part, format!("more than {LIST_BYTES} bytes")));
        }
        let (payload, _) = dsse::open(part, envelope, dsse::REVOCATIONS, keys)?;
        serde_json::from_slice(&payload).map_err(|error| Doubt::malformed(part, error))
    }

    /// Whether this list may take the place of `known`: never a lower number, nor the same one from earlier.
    ///
    /// # Errors
    /// [`Doubt::Mismatch`] with both numbers.
    pub fn may_follow(&self, known: &Self) -> Result<(), Doubt> {
        if (self.seq, self.issued_at) >= (known.seq, known.issued_at) {
            return Ok(());
        }
        let why = format!(
            "it has the number {} of {}, older than number {} of {}, which is known",
            self.seq, self.issued_at, known.seq, known.issued_at
        );
        Err(Doubt::mismatch(Part::Revocations, why))
    }

    pub fn freshness(&self, now: Instant) -> Freshness {
        if self.issued_at.since_us(now) > SKEW_S * 1_000_000 {
            return Freshness::FromTheFuture;
        }
        let age_us = i64::try_from(self.max_age_s).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        let since = self.issued_at.plus_us(age_us);
        if now > since { Freshness::Stale { since } } else { Freshness::Fresh }
    }

    /// How this component stands.
    pub fn withdrawn(&self, digest: &str) -> Option<&Withdrawn> {
        self.versions.iter().find(|version| version.digest == digest)
    }

    /// Whether what was proven may run.
    ///
    /// # Errors
    /// [`Doubt::Revoked`]; [`Doubt::KeyInvalid`] when its key was revoked before it was logged.
    pub fn judge(&self, proven: &Proven) -> Result<(), Doubt> {
        if let Some(found) = self.withdrawn(&proven.digest)
            && found.standing == Standing::Revoked
        {
            return Err(Doubt::Revoked { at: found.at.to_string(), reason: found.reason.clone() });
        }
        let revoked = self.keys.iter().find(|key| key.key_id == proven.key_id && key.index < proven.index);
        match revoked {
            Some(key) => {
                let why = format!("it was revoked at entry {} of the log, before entry {}", key.index, proven.index);
                Err(Doubt::KeyInvalid { key_id: key.key_id.clone(), why })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    fn list(seq: u64, issued_s: i64) -> Revocations {
        let issued_at = Instant(issued_s * 1_000_000);
        Revocations { seq, issued_at, max_age_s: 3_600, versions: vec![], keys: vec![] }
    }

    #[test]
    fn an_older_or_replayed_list_never_takes_the_place_of_a_newer_one() {
        let known = list(7, 1_000_000);
        assert!(known.may_follow(&known).is_ok() && list(7, 1_000_001).may_follow(&known).is_ok());
        assert!(list(8, 999_999).may_follow(&known).is_ok(), "the number counts before the time");
        for older in [list(6, 2_000_000), list(7, 999_999)] {
            assert!(matches!(older.may_follow(&known), Err(Doubt::Mismatch { .. })));
        }
    }

    #[test]
    fn freshness_ends_and_a_clock_that_is_wrong_is_seen() {
        let made = list(1, 1_000_000);
        let at = |offset_s: i64| made.freshness(Instant((1_000_000 + offset_s) * 1_000_000));
        assert_eq!(at(0), Freshness::Fresh);
        assert_eq!(at(3_600), Freshness::Fresh);
        assert_eq!(at(3_601), Freshness::Stale { since: Instant(1_003_600_000_000) });
        assert_eq!(at(-SKEW_S), Freshness::Fresh, "clocks differ a little");
        assert_eq!(at(-SKEW_S - 1), Freshness::FromTheFuture);
        let for_ever = Revocations { max_age_s: u64::MAX, ..made.clone() };
        assert_eq!(for_ever.freshness(Instant::MAX), Freshness::Fresh);
    }

    #[test]
    fn no_altered_byte_of_a_list_passes() {
        let chance = Seeded::new(2);
        let (signer, other) = (Signer::generate(&chance), Signer::generate(&chance));
        let sealed = list(3, 1_000_000).seal(&signer);
        let keys = [signer.public_key()];
        assert_eq!(Revocations::open(&sealed, &keys), Ok(list(3, 1_000_000)));
        assert_eq!(Revocations::open(&sealed, &[other.public_key()]), Err(Doubt::Unsigned { part: Part::Revocations }));
        for at in 0..sealed.len() {
            let mut bad = sealed.clone().into_bytes();
            bad[at] ^= 1;
            // The hint who signed and the names of fields are not signed: what changes there changes nothing.
            if let Ok(read) = Revocations::open(&String::from_utf8(bad).unwrap(), &keys) {
                assert_eq!(read, list(3, 1_000_000), "byte {at}");
            }
        }
        // A statement is no list, whoever signed it.
        let statement = dsse::seal(dsse::IN_TOTO, &serde_json::to_vec(&list(3, 0)).unwrap(), &signer);
        assert!(matches!(Revocations::open(&statement, &keys), Err(Doubt::Mismatch { .. })));
    }
}
