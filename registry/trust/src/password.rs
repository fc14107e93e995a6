//! Passwords: argon2id. Slow on purpose (tens of milliseconds, 19 MiB): call it on a blocking thread, and bound how many run.

use crate::error::TrustError;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use toolcrib_contract::world::Chance;

/// The fewest characters of a password.
pub const CHARS_MIN: usize = 10;
/// The most characters of a password.
pub const CHARS_MAX: usize = 200;

/// Memory in KiB, passes and lanes: the minimum that OWASP's cheat sheet names for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("these parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash to keep, a PHC string with its own parameters and salt.
///
/// # Errors
/// [`TrustError::Password`] when it has fewer than [`CHARS_MIN`] or more than [`CHARS_MAX`] characters.
pub fn hash(password: &str, chance: &dyn Chance) -> Result<String, TrustError> {
    if !(CHARS_MIN..=CHARS_MAX).contains(&password.chars().count()) {
        return Err(TrustError::Password);
    }
    let mut salt = [0u8; 16];
    chance.fill(&mut salt);
    Ok(salted(password, &salt).to_string())
}

fn salted(password: &str, salt: &[u8]) -> PasswordHash {
    argon2().hash_password_with_salt(password.as_bytes(), salt).expect("lengths of salt and password are within bounds")
}

/// Whether the password is the one that was hashed. A stored text that is no hash matches nothing.
pub fn verify(password: &str, hash: &str) -> bool {
    let fits = password.chars().count() <= CHARS_MAX;
    match PasswordHash::new(hash) {
        Ok(hash) if fits => argon2().verify_password(password.as_bytes(), &hash).is_ok(),
        _ => verify_nobody(password),
    }
}

/// Takes as long as [`verify`] and says no: so that an unknown name answers like a wrong password.
pub fn verify_nobody(password: &str) -> bool {
    let head: String = password.chars().take(CHARS_MAX).collect();
    std::hint::black_box(salted(&head, &[0u8; 16]));
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    #[test]
    fn only_the_password_itself_matches() {
        let chance = Seeded::new(3);
        let (one, two) = (hash("correct horse", &chance).unwrap(), hash("correct horse", &chance).unwrap());
        assert_ne!(one, two, "each has its own salt");
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(verify("correct horse", &one) && verify("correct horse", &two));
        for wrong in ["correct horsf", "", "Correct horse", "correct horse "] {
            assert!(!verify(wrong, &one), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_hash_matches_nothing() {
        for stored in ["", "correct horse", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"] {
            assert!(!verify("correct horse", stored), "{stored}");
        }
        assert!(!verify_nobody("correct horse"));
    }

    #[test]
    fn length_is_bounded_in_characters() {
        let chance = Seeded::new(4);
        assert_eq!(hash("123456789", &chance), Err(TrustError::Password));
        assert_eq!(hash(&"x".repeat(201), &chance), Err(TrustError::Password));
        let chinese = "车间主任的口令很长的";
        assert!(verify(chinese, &hash(chinese, &chance).unwrap()));
        assert!(!verify(&"x".repeat(100_000), &hash(&"x".repeat(200), &chance).unwrap()));
    }
}
