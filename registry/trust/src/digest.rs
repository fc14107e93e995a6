//! SHA-256 as text.

use sha2::{Digest, Sha256};

/// The hex SHA-256 of some bytes: 64 lower-case digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The digest by which a component is known: `sha256:` and the hex digest of its bytes.
pub fn of(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}

/// Whether this is the text of a digest. What passes is safe as a file name.
pub fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or("");
    digits.len() == 64 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_published_hash_and_nothing_else_looks_like_one() {
        // FIPS 180-2, appendix B.1.
        let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of(b"abc"), abc);
        assert!(is_digest(abc));
        for bad in
            ["", "sha256:", &abc[..70], &abc.to_uppercase(), "sha256:../../../../etc/passwd", &abc.replace('b', "/")]
        {
            assert!(!is_digest(bad), "{bad}");
        }
    }
}
