//! The keys of access tokens and how one follows the other: the next one is published long before it signs, the last one
//! long after.

use crate::error::TrustError;
use crate::jwks::KeySet;
use crate::signer::{PublicKey, Signer};
use crate::token::Issuer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// So long the next key is published before it signs: longer than verifiers keep the key set, and as long as a token
/// lives, so that the last key outlives its tokens.
pub const PUBLISHED_S: i64 = 900;

/// The key that signs, the one to come, and the one before.
pub struct TokenKeys {
    current: Signer,
    next: Signer,
    next_since: Instant,
    previous: Option<PublicKey>,
}

/// As it is kept in a file that nobody else reads.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    current: String,
    next: String,
    next_since_us: i64,
    previous: Option<String>,
}

impl TokenKeys {
    /// `current` signs; the next one is drawn now.
    pub fn new(current: Signer, now: Instant, chance: &dyn Chance) -> Self {
        Self { current, next: Signer::generate(chance), next_since: now, previous: None }
    }

    /// The next key signs from now on, the present one verifies on, and another one is published.
    ///
    /// # Errors
    /// [`TrustError::TooSoon`]: the next key was not published for [`PUBLISHED_S`].
    pub fn rotated(&self, now: Instant, chance: &dyn Chance) -> Result<Self, TrustError> {
        if now.since_us(self.next_since) < PUBLISHED_S * 1_000_000 {
            return Err(TrustError::TooSoon);
        }
        let (current, previous) = (self.next.clone(), Some(self.current.public_key()));
        Ok(Self { current, next: Signer::generate(chance), next_since: now, previous })
    }

    /// Signs with the present key.
    pub fn issuer(&self) -> Issuer {
        Issuer::new(&self.current)
    }

    /// What verifiers get: the present key first.
    pub fn key_set(&self) -> KeySet {
        KeySet::new([self.current.public_key(), self.next.public_key()].into_iter().chain(self.previous))
    }

    /// To be kept secret.
    pub fn to_json(&self) -> String {
        let kept = Kept {
            current: STANDARD.encode(self.current.secret_bytes()),
            next: STANDARD.encode(self.next.secret_bytes()),
            next_since_us: self.next_since.0,
            previous: self.previous.map(|key| key.to_base64()),
        };
        serde_json::to_string(&kept).expect("texts serialise")
    }

    /// # Errors
    /// [`TrustError::KeySet`]: not what [`Self::to_json`] wrote.
    pub fn parse(json: &str) -> Result<Self, TrustError> {
        let kept: Kept = serde_json::from_str(json).map_err(|_| TrustError::KeySet)?;
        let signer = |text: &str| {
            let bytes = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            bytes.map(|bytes| Signer::from_bytes(&bytes)).ok_or(TrustError::KeySet)
        };
        Ok(Self {
            current: signer(&kept.current)?,
            next: signer(&kept.next)?,
            next_since: Instant(kept.next_since_us),
            previous: kept.previous.map(|key| PublicKey::parse(&key)).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use crate::token::{AUDIENCE, ISSUER};

    const NOW: Instant = Instant(1_795_507_200_000_000);

    #[test]
    fn who_knows_the_keys_of_before_reads_the_tokens_of_after_and_the_other_way_round() {
        let chance = Seeded::new(4);
        let before = TokenKeys::new(Signer::generate(&chance), NOW, &chance);
        let later = NOW.plus_us(PUBLISHED_S * 1_000_000);
        assert!(matches!(before.rotated(later.plus_us(-1), &chance), Err(TrustError::TooSoon)));
        let after = before.rotated(later, &chance).unwrap();
        let token = |keys: &TokenKeys| {
            keys.issuer().issue("li".into(), Default::default(), Default::default(), later, &chance).unwrap()
        };
        for (keys, token) in [(&before, token(&after)), (&after, token(&before)), (&after, token(&after))] {
            keys.key_set().verify(&token, later, ISSUER, AUDIENCE).unwrap();
        }
        assert!(
            matches!(after.rotated(later, &chance), Err(TrustError::TooSoon)),
            "the last key must outlive its tokens"
        );
        let third = after.rotated(later.plus_us(PUBLISHED_S * 1_000_000), &chance).unwrap();
        assert!(third.key_set().verify(&token(&before), later, ISSUER, AUDIENCE).is_err(), "nothing is kept for ever");
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        let chance = Seeded::new(5);
        let keys = TokenKeys::new(Signer::generate(&chance), NOW, &chance);
        let keys = keys.rotated(NOW.plus_us(PUBLISHED_S * 1_000_000), &chance).unwrap();
        let read = TokenKeys::parse(&keys.to_json()).unwrap();
        assert_eq!((read.key_set(), read.to_json()), (keys.key_set(), keys.to_json()));
        for bad in ["", "{}", &keys.to_json().replace("\"next\":\"", "\"next\":\"A")] {
            assert!(TokenKeys::parse(bad).is_err());
        }
    }
}
