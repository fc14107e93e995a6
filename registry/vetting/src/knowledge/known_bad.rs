//! Digests of components, core modules and data segments that must not be published again.

use super::unusable;
use crate::vetter::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Lines of one list.
const LINES: usize = 1_000_000;

/// A list of digests, each with the reason why it is there.
#[derive(Clone, Debug, Default)]
pub struct KnownBad {
    reasons: BTreeMap<String, String>,
    digest: String,
}

impl KnownBad {
    /// Reads a list: a digest and its reason on each line; empty lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// The file cannot be read, or a line is not understood.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| unusable(path, error))?;
        Self::parse(&text).map_err(|error| unusable(path, error))
    }

    /// # Errors
    /// The first line that is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reasons = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (digest, reason) = line.split_once(char::is_whitespace).unwrap_or((line, "no reason is given"));
            let digest = digest.strip_prefix("sha256:").unwrap_or(digest);
            if digest.len() != 64 || !digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                return Err(format!("line {}: a SHA-256 has 64 hex digits in lower case", number + 1));
            }
            reasons.insert(digest.to_owned(), reason.trim().to_owned());
            if reasons.len() > LINES {
                return Err(format!("more than {LINES} digests"));
            }
        }
        Ok(Self { digest: hex(&Sha256::digest(text.as_bytes())), reasons })
    }

    /// Why these bytes are known, if they are.
    pub fn reason(&self, bytes: &[u8]) -> Option<&str> {
        self.reasons.get(&hex(&Sha256::digest(bytes))).map(String::as_str)
    }

    /// Hex, of the list itself.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_line_by_line() {
        let digest = hex(&Sha256::digest(b"bad"));
        let list = KnownBad::parse(&format!("# known\n\nsha256:{digest}  steals keys \n")).unwrap();
        assert_eq!(list.reason(b"bad"), Some("steals keys"));
        assert_eq!(list.reason(b"good"), None);
        assert_eq!(KnownBad::parse("abc reason").unwrap_err(), "line 1: a SHA-256 has 64 hex digits in lower case");
        assert!(KnownBad::parse(&digest.to_uppercase()).is_err());
        assert_ne!(list.digest(), KnownBad::parse("").unwrap().digest());
    }
}
