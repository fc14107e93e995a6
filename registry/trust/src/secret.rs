//! Opaque tokens: 256 random bits behind a prefix that secret scanners find. Only the hash is kept.

use crate::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use toolcrib_contract::world::Chance;

/// Prefix of refresh tokens.
pub const REFRESH: &str = "tcs_";
/// Prefix of API tokens.
pub const API: &str = "tcr_";
/// Prefix of the short-lived tokens of trusted publishing. They are API tokens, too.
pub const TRUSTED_PUBLISHING: &str = "tcr_tp_";
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

/// Random letters and digits of an API token: 190 bits.
const BODY_CHARS: usize = 32;
/// Letters and digits of its checksum: a token that was cut or mistyped is told from one that is void.
const CHECK_CHARS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new API token: prefix, random letters and digits, checksum. It is shown once; keep [`hash`] of it.
pub fn generate_checked(prefix: &str, chance: &dyn Chance) -> String {
    let mut body = String::with_capacity(BODY_CHARS);
    while body.len() < BODY_CHARS {
        let mut bytes = [0u8; BODY_CHARS];
        chance.fill(&mut bytes);
        // Four times the alphabet, so that every letter is as likely as the others.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        body.extend(letters.take(BODY_CHARS - body.len()));
    }
    let check = checksum(prefix, &body);
    format!("{prefix}{body}{check}")
}

/// Whether an API token is complete: its checksum fits. It may still be unknown.
pub fn is_whole(token: &str) -> bool {
    let prefix = if token.starts_with(TRUSTED_PUBLISHING) { TRUSTED_PUBLISHING } else { API };
    let Some(rest) = token.strip_prefix(prefix) else { return false };
    let alphabetic = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    alphabetic && rest.len() == BODY_CHARS + CHECK_CHARS && checksum(prefix, &rest[..BODY_CHARS]) == rest[BODY_CHARS..]
}

fn checksum(prefix: &str, body: &str) -> String {
    let hex = hash(&format!("{prefix}{body}"));
    let mut rest = u64::from_str_radix(&hex[..12], 16).unwrap_or(0);
    let letter = |_| {
        let letter = ALPHABET[(rest % 62) as usize];
        rest /= 62;
        char::from(letter)
    };
    (0..CHECK_CHARS).map(letter).collect()
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

    #[test]
    fn an_api_token_that_was_cut_or_mistyped_is_not_whole() {
        let chance = Seeded::new(2);
        for prefix in [API, TRUSTED_PUBLISHING] {
            let token = generate_checked(prefix, &chance);
            assert!(is_whole(&token) && token.len() == prefix.len() + 38, "{token}");
            assert!(!is_whole(&token[..token.len() - 1]));
            for at in [prefix.len(), prefix.len() + 20, token.len() - 1] {
                let mut other = token.clone().into_bytes();
                other[at] = if other[at] == b'x' { b'y' } else { b'x' };
                assert!(!is_whole(std::str::from_utf8(&other).unwrap()));
            }
        }
        for odd in ["", "tcr_", "tcr_tp_", "tch_x", "tcr_工厂", &format!("tcr_{}", "é".repeat(19))] {
            assert!(!is_whole(odd), "{odd}");
        }
    }
}
