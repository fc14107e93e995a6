//! Checkpoints (C2SP `tlog-checkpoint`): origin, size and root of the log, signed as a note.

use super::merkle::Hash;
use super::note::{self, NoteKey, NoteSigner};
use crate::error::TrustError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// The signed note of a log whose origin is the signer's name.
    pub fn sign(size: u64, root: &Hash, signer: &NoteSigner) -> String {
        signer.sign(&format!("{}\n{size}\n{}\n", signer.key().name(), STANDARD.encode(root)))
    }

    /// Reads a note that one of these logs signed about itself. Extension lines are allowed and mean nothing.
    ///
    /// # Errors
    /// [`TrustError::Signature`].
    pub fn open(note: &str, logs: &[NoteKey]) -> Result<Self, TrustError> {
        let (text, log) = note::open(note, logs)?;
        let checkpoint = Self::parse(text).ok_or(TrustError::Signature)?;
        if checkpoint.origin == log.name() { Ok(checkpoint) } else { Err(TrustError::Signature) }
    }

    /// Reads a note without looking at its signatures: for whoever keeps the log itself.
    pub fn read(note: &str) -> Option<Self> {
        Self::parse(&note[..=note.rfind("\n\n")?])
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        if origin.is_empty() || lines.any(str::is_empty) {
            return None;
        }
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        Some(Self { origin: origin.to_owned(), size: decimal(size)?, root })
    }
}

/// A decimal without leading zeros.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use crate::signer::Signer;

    #[test]
    fn a_checkpoint_is_what_its_log_signed_about_itself() {
        let signer = |name, seed| NoteSigner::new(name, Signer::generate(&Seeded::new(seed))).unwrap();
        let log = signer("log.example/a", 1);
        let logs = [log.key().clone()];
        let note = Checkpoint::sign(70_000, &[7; 32], &log);
        let read = Checkpoint { origin: "log.example/a".into(), size: 70_000, root: [7; 32] };
        assert_eq!(Checkpoint::open(&note, &logs), Ok(read.clone()));
        let root = STANDARD.encode([7; 32]);
        let extended = log.sign(&format!("log.example/a\n70000\n{root}\nextension\n"));
        assert_eq!(Checkpoint::open(&extended, &logs), Ok(read));
        for text in [
            format!("log.example/b\n1\n{root}\n"),
            format!("log.example/a\n01\n{root}\n"),
            format!("log.example/a\n+1\n{root}\n"),
            format!("log.example/a\n\n{root}\n"),
            format!("log.example/a\n1\n{root}\n\n"),
            format!("log.example/a\n1\n{}\n", STANDARD.encode([7; 31])),
            "log.example/a\n1\n".to_owned(),
        ] {
            assert_eq!(Checkpoint::open(&log.sign(&text), &logs), Err(TrustError::Signature), "{text}");
        }
        assert!(Checkpoint::open(&note, &[signer("log.example/a", 2).key().clone()]).is_err());
    }
}
