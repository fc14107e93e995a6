//! Entries of the log: small records of digests. Whoever verifies builds the entry again from what it holds, and never
//! reads one.

use crate::digest;
use crate::moment;
use crate::standing::Standing;
use serde::{Deserialize, Serialize};
use toolcrib_contract::types::Instant;

/// Bytes of an entry: its length travels as sixteen bits.
pub const ENTRY_BYTES: usize = (64 << 10) - 1;

/// What the log keeps. The text of [`Record::entry`] is frozen: changing it would void every proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Record {
    /// A publisher's key was registered. `statement` is the digest of the registry's record of it.
    KeyAdded { org: String, key_id: String, statement: String },
    /// Nothing that is logged after this entry counts when this key published it.
    KeyRevoked {
        org: String,
        key_id: String,
        #[serde(with = "moment")]
        at: Instant,
    },
    /// A version was approved: digests of its two files and of the two statements about them.
    Approved {
        module: String,
        version: String,
        component: String,
        manifest: String,
        publisher: String,
        approval: String,
    },
    /// An approved version stands differently from now on.
    Standing {
        module: String,
        version: String,
        component: String,
        standing: Standing,
        #[serde(with = "moment")]
        at: Instant,
        reason: String,
    },
}

impl Record {
    /// The entry's bytes: compact JSON in the order of the declaration.
    ///
    /// # Panics
    /// A reason so long that the entry exceeds [`ENTRY_BYTES`]; callers bound reasons far below.
    pub fn entry(&self) -> Vec<u8> {
        let bytes = serde_json::to_vec(self).expect("texts serialise");
        assert!(bytes.len() <= ENTRY_BYTES, "an entry has at most {ENTRY_BYTES} bytes");
        bytes
    }

    /// The record of a key's registration.
    pub fn key_added(org: &str, key_id: &str, statement: &str) -> Self {
        Self::KeyAdded { org: org.to_owned(), key_id: key_id.to_owned(), statement: digest::of(statement.as_bytes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_entry_is_frozen() {
        let key = Record::key_added("acme", "00ff", "statement");
        let text = |record: &Record| String::from_utf8(record.entry()).unwrap();
        let statement = digest::of(b"statement");
        assert_eq!(
            text(&key),
            format!(r#"{{"record":"key-added","org":"acme","key_id":"00ff","statement":"{statement}"}}"#)
        );
        let standing = Record::Standing {
            module: "oee".into(),
            version: "1.0.0".into(),
            component: "sha256:aa".into(),
            standing: Standing::Revoked,
            at: Instant(0),
            reason: "leaks\n\"data\"".into(),
        };
        assert_eq!(
            text(&standing),
            r#"{"record":"standing","module":"oee","version":"1.0.0","component":"sha256:aa","standing":"revoked","at":"1970-01-01T00:00:00Z","reason":"leaks\n\"data\""}"#
        );
        for record in [key, standing] {
            assert_eq!(serde_json::from_slice::<Record>(&record.entry()).unwrap(), record);
        }
    }

    #[test]
    fn the_longest_reason_fits_an_entry() {
        // Four thousand characters of four bytes, and of six where JSON escapes them.
        for character in ['\u{1}', '\u{10ffff}'] {
            let reason = character.to_string().repeat(4_000);
            let (module, version, component) = ("m".repeat(64), "1.0.0".to_owned(), digest::of(b""));
            let record =
                Record::Standing { module, version, component, standing: Standing::Yanked, at: Instant(0), reason };
            assert!(record.entry().len() < ENTRY_BYTES);
        }
    }
}
