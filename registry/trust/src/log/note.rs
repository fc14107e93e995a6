//! Signed notes (C2SP `signed-note`): a text, and lines with signatures. Only Ed25519 is understood here; lines of keys
//! that are not known are ignored, so that witnesses and new kinds of signatures can be added.

use crate::digest::hex;
use crate::error::TrustError;
use crate::signer::{PublicKey, Signer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Signature type of Ed25519.
const ED25519: u8 = 0x01;
/// The largest note that is read: room for many witnesses, also with large signatures.
pub const NOTE_BYTES: usize = 256 << 10;
/// Signature lines that are looked at.
pub const SIGNATURES_MAX: usize = 64;
/// An em dash and a space.
const SIGNED: &str = "\u{2014} ";

/// A key with a name, which verifies notes. Its text is `<name>+<id>+<base64 of type and key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    key: PublicKey,
}

impl NoteKey {
    /// # Errors
    /// [`TrustError::Key`]: the name is empty, or contains a space, a plus or a control character.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, TrustError> {
        let odd = |c: char| c == '+' || c.is_whitespace() || c.is_control();
        if name.is_empty() || name.len() > 255 || name.contains(odd) {
            return Err(TrustError::Key);
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// Of a log: its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the hash of name, type and key.
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519]);
        let hash = hash.chain_update(self.key.to_bytes()).finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], &self.key.to_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(key))
    }
}

impl FromStr for NoteKey {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        // The base64 may contain a plus, the name may not.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(TrustError::Key);
        };
        let bytes = STANDARD.decode(key).map_err(|_| TrustError::Key)?;
        let Some((&ED25519, key)) = bytes.split_first() else { return Err(TrustError::Key) };
        let key = Self::new(name, PublicKey::from_bytes(key)?)?;
        if hex(&key.id()) == id { Ok(key) } else { Err(TrustError::Key) }
    }
}

/// A secret key with a name, which signs notes.
#[derive(Clone, Debug)]
pub struct NoteSigner {
    key: NoteKey,
    signer: Signer,
}

impl NoteSigner {
    /// # Errors
    /// As [`NoteKey::new`].
    pub fn new(name: &str, signer: Signer) -> Result<Self, TrustError> {
        Ok(Self { key: NoteKey::new(name, signer.public_key())?, signer })
    }

    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    /// The note of a text, which ends with a line feed.
    ///
    /// # Panics
    /// It does not, or it contains another control character.
    pub fn sign(&self, text: &str) -> String {
        assert!(text.ends_with('\n') && is_plain(text), "a note's text is plain lines");
        let signature = [&self.key.id()[..], &self.signer.sign_bytes(text.as_bytes())].concat();
        format!("{text}\n{SIGNED}{} {}\n", self.key.name, STANDARD.encode(signature))
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\n' || byte >= b' ')
}

/// The text of a note that one of these keys signed, and that key.
///
/// # Errors
/// [`TrustError::Signature`]: no note, no signature of these keys, or a wrong one of one of them.
pub fn open<'a, 'k>(note: &'a str, keys: &'k [NoteKey]) -> Result<(&'a str, &'k NoteKey), TrustError> {
    if note.len() > NOTE_BYTES || !is_plain(note) {
        return Err(TrustError::Signature);
    }
    let end = note.rfind("\n\n").ok_or(TrustError::Signature)?;
    let (text, lines) = (&note[..=end], &note[end + 2..]);
    let lines = lines.strip_suffix('\n').ok_or(TrustError::Signature)?;
    let mut signer = None;
    for (nth, line) in lines.split('\n').enumerate() {
        let signed = line.strip_prefix(SIGNED).and_then(|line| line.split_once(' '));
        let (name, signature) = signed.filter(|_| nth < SIGNATURES_MAX).ok_or(TrustError::Signature)?;
        let signature = STANDARD.decode(signature).map_err(|_| TrustError::Signature)?;
        let (id, signature) = signature.split_first_chunk::<4>().ok_or(TrustError::Signature)?;
        let Some(key) = keys.iter().find(|key| key.name == name && key.id() == *id) else { continue };
        key.key.verify_bytes(text.as_bytes(), signature)?;
        signer = signer.or(Some(key));
    }
    signer.map(|key| (text, key)).ok_or(TrustError::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    fn signer(name: &str, seed: u64) -> NoteSigner {
        NoteSigner::new(name, Signer::generate(&Seeded::new(seed))).unwrap()
    }

    #[test]
    fn a_note_of_the_specification_is_read() {
        // The example of C2SP signed-note is signed by a key that it does not print; this one is from the package of
        // notes that the format comes from.
        let key: NoteKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let text =
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let note = format!(
            "{text}\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        );
        let (read, by) = open(&note, std::slice::from_ref(&key)).unwrap();
        assert_eq!((read, by.to_string()), (text, key.to_string()));
    }

    #[test]
    fn unknown_signature_lines_are_ignored_and_wrong_ones_are_not() {
        let (log, witness) = (signer("log.example/a", 1), signer("witness.example", 2));
        let note = log.sign("first\n\nthird\n");
        let keys = [log.key().clone()];
        assert_eq!(open(&note, &keys).unwrap().0, "first\n\nthird\n");
        let line = |note: &str| note.lines().last().unwrap().to_owned() + "\n";
        let witnessed = format!("{note}{}", line(&witness.sign("first\n\nthird\n")));
        assert_eq!(open(&witnessed, &keys).unwrap().1, log.key());
        assert!(open(&witnessed, &[witness.key().clone()]).is_ok());
        // A larger signature of another kind.
        let other = format!("{note}{SIGNED}pq.example {}\n", STANDARD.encode([7; 2_424]));
        assert!(open(&other, &keys).is_ok());
        // The same name with another key is unknown; a known key must have signed this very text.
        assert!(open(&note, &[signer("log.example/a", 3).key().clone()]).is_err());
        let forged = format!("{note}{}", line(&log.sign("another\n")));
        assert!(open(&forged, &keys).is_err());
        assert!(open(&line(&note), &keys).is_err());
        assert!(open(&note.repeat(1 + NOTE_BYTES / note.len()), &keys).is_err());
        let many = format!("{note}{}", line(&witness.sign("x\n")).repeat(SIGNATURES_MAX));
        assert!(open(&many, &keys).is_err());
    }

    #[test]
    fn no_altered_byte_of_a_note_passes() {
        let log = signer("log.example/a", 4);
        let note = log.sign("origin\n7\n");
        for at in 0..note.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut bad = note.clone().into_bytes();
                bad[at] ^= flip;
                let read = String::from_utf8(bad).ok();
                let read = read.as_deref().map(|text| open(text, std::slice::from_ref(log.key())).is_ok());
                assert!(read != Some(true), "byte {at} ^ {flip:02x}");
            }
        }
    }

    #[test]
    fn keys_read_their_own_text_and_names_are_plain() {
        let key = signer("toolcrib/00ff", 5).key().clone();
        assert_eq!(key.to_string().parse::<NoteKey>(), Ok(key.clone()));
        for bad in ["", "a+b", "a b", "a\nb", "a\u{3000}b"] {
            assert!(NoteKey::new(bad, key.key).is_err(), "{bad:?}");
        }
        let text = key.to_string();
        for bad in ["", "name", "name+00000000", &text.replace("00ff", "00fe"), &text[..text.len() - 4]] {
            assert!(bad.parse::<NoteKey>().is_err(), "{bad}");
        }
    }
}
