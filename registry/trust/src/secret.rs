//! Opaque tokens: 256 random bits behind a prefix that secret scanners find. Only the hash is kept.

use crate::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use toolcrib_contract::world::Chance;

/// Prefix of refresh tokens.
pub const REFRESH: &str = "tcr_";
/// Prefix of device tokens.
pub const DEVICE: &str = "tcd_";
/// Prefix of host tokens.
pub const HOST: &str = "tch_";

/// A new token. It is shown once; keep [`hash`] of it.
pub fn generate(prefix: &str, chance: &dyn Chance) -> String {
    let mut bytes = [0u8; 32];
    chance.fill(&mut bytes);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The hex SHA-256 of the token's text. A fast hash is enough: the token has too much entropy to be guessed.
pub fn hash(token: &str) -> String {
    digest::sha256_hex(token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    #[test]
    fn tokens_differ_and_carry_their_prefix() {
        let chance = Seeded::new(1);
        let (one, two) = (generate(DEVICE, &chance), generate(DEVICE, &chance));
        assert_ne!(one, two);
        assert!(one.starts_with("tcd_") && one.len() == 4 + 43, "{one}");
        assert_eq!(hash(&one).len(), 64);
        assert_ne!(hash(&one), hash(&two));
    }
}
