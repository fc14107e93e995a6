//! Proofs that stand alone (C2SP `tlog-proof`): an entry's place, the path from it to the root, and the checkpoint.

use super::checkpoint::{Checkpoint, decimal};
use super::merkle::{self, Hash};
use super::note::{NOTE_BYTES, NoteKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const HEAD: &str = "c2sp.org/tlog-proof@v1\n";
/// The longest path: a tree has fewer than 2^64 leaves.
const PATH_MAX: usize = 64;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("it is no log proof")]
    Malformed,
    #[error("its checkpoint is not signed by a log that counts")]
    Unsigned,
    #[error("its path does not lead to the checkpoint")]
    NotIncluded,
}

/// The text of a proof. `checkpoint` is the signed note, `path` as [`merkle::inclusion`] orders it.
pub fn write(index: u64, path: &[Hash], checkpoint: &str) -> String {
    let lines = path.iter().map(|hash| STANDARD.encode(hash) + "\n").collect::<String>();
    format!("{HEAD}index {index}\n{lines}\n{checkpoint}")
}

/// Where this entry stands in one of these logs, if the proof says so.
///
/// # Errors
/// [`ProofError`].
pub fn verify(proof: &str, entry: &[u8], logs: &[NoteKey]) -> Result<u64, ProofError> {
    let (index, path, note) = parse(proof).ok_or(ProofError::Malformed)?;
    let checkpoint = Checkpoint::open(note, logs).map_err(|_| ProofError::Unsigned)?;
    let root = merkle::root_of(merkle::leaf(entry), index, checkpoint.size, &path);
    if root == Some(checkpoint.root) { Ok(index) } else { Err(ProofError::NotIncluded) }
}

fn parse(proof: &str) -> Option<(u64, Vec<Hash>, &str)> {
    if proof.len() > 2 * NOTE_BYTES {
        return None;
    }
    let (head, note) = proof.strip_prefix(HEAD)?.split_once("\n\n")?;
    let mut lines = head.split('\n').peekable();
    // Not authenticated, so it means nothing here.
    if lines.peek()?.starts_with("extra ") {
        lines.next();
    }
    let index = decimal(lines.next()?.strip_prefix("index ")?)?;
    let path = lines.map(|line| STANDARD.decode(line).ok()?.try_into().ok()).collect::<Option<Vec<Hash>>>()?;
    (path.len() <= PATH_MAX).then_some((index, path, note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use crate::log::note::NoteSigner;
    use crate::signer::Signer;

    #[test]
    fn a_proof_stands_alone_and_no_altered_byte_of_it_passes() {
        let log = NoteSigner::new("log.example/a", Signer::generate(&Seeded::new(1))).unwrap();
        let logs = [log.key().clone()];
        // Three leaves; the second one is proven.
        let leaves = [b"a", b"b", b"c"].map(|entry| merkle::leaf(entry));
        let root = merkle::join(&merkle::join(&leaves[0], &leaves[1]), &leaves[2]);
        let checkpoint = Checkpoint::sign(3, &root, &log);
        let proof = write(1, &[leaves[0], leaves[2]], &checkpoint);
        assert_eq!(verify(&proof, b"b", &logs), Ok(1));
        assert_eq!(verify(&proof, b"a", &logs), Err(ProofError::NotIncluded));
        assert_eq!(verify(&write(0, &[leaves[0], leaves[2]], &checkpoint), b"b", &logs), Err(ProofError::NotIncluded));
        let extra = proof.replace("index", "extra AAAA\nindex");
        assert_eq!(verify(&extra, b"b", &logs), Ok(1));
        let single = write(0, &[], &Checkpoint::sign(1, &leaves[0], &log));
        assert_eq!(verify(&single, b"a", &logs), Ok(0));
        for proof in [&proof, &single] {
            let entry: &[u8] = if proof == &single { b"a" } else { b"b" };
            for at in 0..proof.len() {
                for flip in [0x01, 0x20, 0x80] {
                    let mut bad = proof.clone().into_bytes();
                    bad[at] ^= flip;
                    let passed = String::from_utf8(bad).is_ok_and(|text| verify(&text, entry, &logs).is_ok());
                    assert!(!passed, "byte {at} ^ {flip:02x}");
                }
            }
        }
        let long = write(1, &[leaves[0]; 65], &checkpoint);
        assert_eq!(verify(&long, b"b", &logs), Err(ProofError::Malformed));
        let large = format!("{proof}{}", "\n".repeat(2 * NOTE_BYTES));
        assert_eq!(verify(&large, b"b", &logs), Err(ProofError::Malformed));
    }
}
