//! The second factor: time-based one-time passwords (RFC 6238) as every authenticator app makes them: SHA-1, six digits,
//! thirty seconds.
//!
//! A secret is not kept: it is derived from a key of the registry and a nonce, so that a copy of the database alone
//! makes no codes.

use crate::digest;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use toolcrib_contract::world::Chance;
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Seconds of one step.
pub const STEP_S: u64 = 30;
/// Steps before and after the present one that count, too: clocks differ.
pub const SKEW_STEPS: u16 = 1;
/// Digits of a code.
pub const DIGITS: u8 = 6;
/// Recovery codes of one person.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of a secret: what RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Without letters and digits that look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Somebody's second factor.
pub struct SecondFactor(Totp);

impl SecondFactor {
    /// From the registry's key, whose it is, and the nonce that was drawn when it was set up.
    ///
    /// # Panics
    /// Never: the length of the secret fits.
    pub fn derive(key: &[u8; 32], person: &str, nonce: &str) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
        mac.update(format!("toolcrib-second-factor-v1\n{person}\n{nonce}").as_bytes());
        Self::of(&mac.finalize().into_bytes()[..SECRET_BYTES], DIGITS)
    }

    fn of(secret: &[u8], digits: u8) -> Self {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(digits).with_step_duration(STEP_S);
        let totp = builder.with_skew(SKEW_STEPS).with_secret(Secret::from(secret.to_vec())).build();
        Self(totp.expect("twenty bytes, six or eight digits"))
    }

    /// The step whose code this is, near `now_s` (seconds since 1970). Whoever accepts it must refuse this step and
    /// every earlier one from then on.
    pub fn step_of(&self, code: &str, now_s: u64) -> Option<u64> {
        // The library compares in constant time; what is no code at all is not worth that.
        let plain = code.len() == usize::from(DIGITS) && code.bytes().all(|byte| byte.is_ascii_digit());
        if plain { self.0.check(code, now_s) } else { None }
    }

    /// The code at this second: what an authenticator app shows.
    pub fn code(&self, at_s: u64) -> String {
        self.0.generate(at_s).to_string()
    }

    /// What an authenticator app reads, for an account (an e-mail address) at this service.
    pub fn uri(&self, service: &str, account: &str) -> String {
        let (service, account) = (percent(service), percent(account));
        let secret = self.0.secret().to_base32();
        format!(
            "otpauth://totp/{service}:{account}?secret={secret}&issuer={service}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
        )
    }
}

/// Codes for the day on which the phone is lost, each good for one sign-in. Keep [`recovery_hash`] of them.
pub fn recovery_codes(chance: &dyn Chance) -> Vec<String> {
    let code = |_| {
        let mut bytes = [0u8; 16];
        chance.fill(&mut bytes);
        let letters: Vec<_> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// What is kept of a recovery code: eighty random bits need no slow hash. Spaces and case do not matter.
pub fn recovery_hash(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    digest::sha256_hex(plain.to_ascii_lowercase().as_bytes())
}

/// RFC 3986, everything but the unreserved.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the rows for SHA-1.
        let factor = SecondFactor::of(b"12345678901234567890", 8);
        for (at, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(factor.code(at), code);
        }
    }

    #[test]
    fn a_code_counts_one_step_early_or_late_and_no_more() {
        let factor = SecondFactor::derive(&[7; 32], "person", "nonce");
        let now = 1_795_507_215;
        let code = factor.code(now);
        for (at, found) in [(now, true), (now - 30, true), (now + 30, true), (now - 60, false), (now + 60, false)] {
            assert_eq!(factor.step_of(&code, at), found.then_some(now / 30), "{at}");
        }
        for odd in ["", "12345", "1234567", "12345a", "１２３４５６", &format!("{code} ")] {
            assert_eq!(factor.step_of(odd, now), None, "{odd}");
        }
    }

    #[test]
    fn every_person_and_every_set_up_has_a_secret_of_its_own() {
        let uri =
            |key, person, nonce| SecondFactor::derive(&[key; 32], person, nonce).uri("Toolcrib 市场", "li@example.com");
        let one = uri(1, "li", "a");
        assert!(one.starts_with("otpauth://totp/Toolcrib%20%E5%B8%82%E5%9C%BA:li%40example.com?secret="), "{one}");
        assert_eq!(one, uri(1, "li", "a"));
        for other in [uri(2, "li", "a"), uri(1, "wu", "a"), uri(1, "li", "b")] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn recovery_codes_differ_and_are_read_as_people_write_them() {
        let codes = recovery_codes(&Seeded::new(3));
        assert_eq!(codes.len(), RECOVERY_CODES);
        assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
        assert_ne!(codes[0], codes[1]);
        assert_eq!(recovery_hash(&codes[0]), recovery_hash(&codes[0].to_uppercase().replace('-', " ")));
    }
}
