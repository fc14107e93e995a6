//! Digests of content as OCI distribution writes them: SHA-256 or SHA-512, both computed in one pass.

use crate::digest::hex;
use sha2::{Digest, Sha256, Sha512};
use std::fmt;
use std::str::FromStr;

/// A digest of the form `sha256:<64 hex digits>` or `sha512:<128 hex digits>`, lower case. Safe as a file name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest(String);

/// Why a text is not a [`ContentDigest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is `sha256:` and 64, or `sha512:` and 128 hexadecimal digits in lower case")]
pub struct NoDigest;

impl FromStr for ContentDigest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let (algorithm, digits) = text.split_once(':').ok_or(NoDigest)?;
        let length = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return Err(NoDigest),
        };
        let plain = digits.len() == length && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if plain { Ok(Self(text.to_owned())) } else { Err(NoDigest) }
    }
}

impl ContentDigest {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Both digests of the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Names the content in storage.
    pub sha256: ContentDigest,
    pub sha512: ContentDigest,
}

impl Digests {
    pub fn of(bytes: &[u8]) -> Self {
        let mut hashing = Hashing::default();
        hashing.update(bytes);
        hashing.finish()
    }

    /// Whether this digest, of either algorithm, is one of these.
    pub fn has(&self, digest: &ContentDigest) -> bool {
        *digest == self.sha256 || *digest == self.sha512
    }

    /// The one of the same algorithm as `asked`.
    pub fn like(&self, asked: &ContentDigest) -> &ContentDigest {
        if asked.0.starts_with("sha512:") { &self.sha512 } else { &self.sha256 }
    }
}

/// Computes both digests while the bytes pass by. A clone goes on from the same place.
#[derive(Clone, Default)]
pub struct Hashing {
    sha256: Sha256,
    sha512: Sha512,
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashing")
    }
}

impl Hashing {
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.sha512.update(bytes);
    }

    pub fn finish(self) -> Digests {
        let digest = |algorithm: &str, bytes: &[u8]| ContentDigest(format!("{algorithm}:{}", hex(bytes)));
        Digests { sha256: digest("sha256", &self.sha256.finalize()), sha512: digest("sha512", &self.sha512.finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_digests_are_the_published_ones_however_the_bytes_arrive() {
        // FIPS 180-2, appendices B.1 and C.1.
        let sha256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let sha512 = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
        let whole = Digests::of(b"abc");
        assert_eq!((whole.sha256.as_str(), whole.sha512.as_str()), (sha256, sha512));
        let mut hashing = Hashing::default();
        hashing.update(b"a");
        let kept = hashing.clone();
        hashing.update(b"XX");
        let mut hashing = kept;
        hashing.update(b"bc");
        assert_eq!(hashing.finish(), whole);
        assert!(whole.has(&sha512.parse().unwrap()) && whole.has(&sha256.parse().unwrap()));
        assert_eq!(whole.like(&sha512.parse().unwrap()).as_str(), sha512);
    }

    #[test]
    fn nothing_else_is_a_digest() {
        let good = format!("sha256:{}", "0".repeat(64));
        assert!(good.parse::<ContentDigest>().is_ok());
        let bad = [
            String::new(),
            "sha256".into(),
            "sha256:".into(),
            "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709".into(),
            format!("sha256:{}", "0".repeat(63)),
            format!("sha256:{}", "0".repeat(65)),
            format!("sha256:{}", "A".repeat(64)),
            format!("SHA256:{}", "a".repeat(64)),
            format!("sha512:{}", "a".repeat(64)),
            format!("sha256:{}../", "a".repeat(61)),
            format!(" {good}"),
        ];
        for text in bad {
            assert_eq!(text.parse::<ContentDigest>(), Err(NoDigest), "{text}");
        }
    }
}
