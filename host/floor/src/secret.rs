//! What is kept instead of secrets: badges by a keyed hash, so that they can be found; PINs by argon2id, so that guessing
//! is slow; secrets of terminals, which nobody can guess, by SHA-256.

use crate::PIN_DIGITS;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use toolcrib_contract::world::Chance;

/// Memory in KiB, passes and lanes: the minimum that OWASP's cheat sheet names for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("these parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Whether this can be a PIN: [`PIN_DIGITS`] digits.
pub fn is_pin(pin: &str) -> bool {
    PIN_DIGITS.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit())
}

/// The hash of a PIN, with a salt of its own. Takes tens of milliseconds.
pub fn pin_hash(pin: &str, chance: &dyn Chance) -> String {
    let mut salt = [0; 16];
    chance.fill(&mut salt);
    let hash: PasswordHash = argon2().hash_password_with_salt(pin.as_bytes(), &salt).expect("a PIN is short");
    hash.to_string()
}

/// Whether the PIN is the one that was hashed. Takes tens of milliseconds, also where there is none.
pub fn pin_fits(pin: &str, hash: Option<&str>) -> bool {
    let pin = if is_pin(pin) { pin } else { "" };
    match hash.and_then(|hash| PasswordHash::new(hash).ok()) {
        Some(hash) => argon2().verify_password(pin.as_bytes(), &hash).is_ok(),
        None => {
            let hash: Result<PasswordHash, _> = argon2().hash_password_with_salt(pin.as_bytes(), &[0; 16]);
            std::hint::black_box(hash.is_ok());
            false
        }
    }
}

/// What is kept of a badge: without the tenant's key nobody can try all card numbers.
pub fn badge_hash(badge: &str, key: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.chain_update(badge.trim()).finalize().into_bytes().into()
}

/// What is kept of a terminal's secret.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// A key made from a terminal's secret, for one purpose.
pub fn derived(secret: &str, purpose: &str) -> [u8; 32] {
    Sha256::new().chain_update(purpose).chain_update([0]).chain_update(secret).finalize().into()
}

/// 256 random bits in hex.
pub fn random(chance: &dyn Chance) -> String {
    let mut bytes = [0; 32];
    chance.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Counting;

    #[test]
    fn only_the_pin_itself_fits_and_what_is_kept_does_not_tell_it() {
        let chance = Counting::default();
        let (one, two) = (pin_hash("4711", &chance), pin_hash("4711", &chance));
        assert_ne!(one, two, "each has its own salt");
        assert!(!one.contains("4711") && one.starts_with("$argon2id$"));
        assert!(pin_fits("4711", Some(&one)) && pin_fits("4711", Some(&two)));
        for wrong in ["4712", "", "47110", "４７１１"] {
            assert!(!pin_fits(wrong, Some(&one)), "{wrong}");
        }
        assert!(!pin_fits("4711", None) && !pin_fits("4711", Some("4711")));
    }

    #[test]
    fn a_pin_has_four_to_eight_digits() {
        for good in ["1234", "12345678"] {
            assert!(is_pin(good), "{good}");
        }
        for bad in ["123", "123456789", "12a4", "１２３４", "12 4"] {
            assert!(!is_pin(bad), "{bad}");
        }
    }

    #[test]
    fn a_badge_is_found_by_its_text_and_only_with_the_tenants_key() {
        assert_eq!(badge_hash(" 0012345678\n", b"one"), badge_hash("0012345678", b"one"));
        assert_ne!(badge_hash("0012345678", b"one"), badge_hash("0012345678", b"two"));
        assert_ne!(derived("s", "forms"), derived("s", "other"));
    }
}
