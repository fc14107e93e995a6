//! Compared with another implementation on ten thousand random trees.

use super::*;
use crate::fixture::Seeded;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use std::collections::BTreeMap;
use toolcrib_contract::world::Chance;

/// Random trees compared.
const TREES: usize = 10_000;
/// The largest of them.
const SIZE: u64 = 400;
const SEED: u64 = 20_261_125;

/// The kept hashes.
#[derive(Default)]
struct Kept {
    size: u64,
    nodes: BTreeMap<Node, Hash>,
}

impl Kept {
    fn push(&mut self, entry: &[u8]) {
        let lefts: Vec<_> = completed_by(self.size).iter().map(|node| self.nodes[node]).collect();
        self.nodes.extend(append(self.size, leaf(entry), &lefts));
        self.size += 1;
    }

    fn hash(&self, range: &Range<u64>) -> Hash {
        fold(&nodes(range).iter().map(|node| self.nodes[node]).collect::<Vec<_>>())
    }

    fn root(&self, size: u64) -> Hash {
        if size == 0 { empty() } else { self.hash(&(0..size)) }
    }

    fn hashes(&self, ranges: &[Range<u64>]) -> Vec<Hash> {
        ranges.iter().map(|range| self.hash(range)).collect()
    }
}

fn below(chance: &Seeded, bound: u64) -> u64 {
    let mut bytes = [0; 8];
    chance.fill(&mut bytes);
    u64::from_le_bytes(bytes) % bound
}

#[test]
fn proofs_agree_with_another_implementation_on_ten_thousand_random_trees() {
    // One long tree of ours; its beginnings are the random trees. Theirs is grown beside it, in order of size.
    let chance = Seeded::new(SEED);
    let entries: Vec<Vec<u8>> = (0..SIZE).map(|nth| vec![nth as u8; below(&chance, 50) as usize]).collect();
    let mut ours = Kept::default();
    entries.iter().for_each(|entry| ours.push(entry));
    let mut sizes: Vec<_> = (0..TREES).map(|_| 1 + below(&chance, SIZE)).collect();
    sizes.sort_unstable();
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in sizes {
        while theirs.len() < size {
            theirs.push(entries[theirs.len() as usize].clone());
        }
        let root = ours.root(size);
        assert_eq!(theirs.root().as_bytes().as_slice(), root, "root of {size} (seed {SEED})");
        let index = below(&chance, size);
        let path = ours.hashes(&inclusion(index, size));
        let proof = theirs.prove_inclusion(index as usize);
        assert_eq!(proof.as_bytes(), path.concat(), "inclusion of {index} in {size} (seed {SEED})");
        assert_eq!(root_of(leaf(&entries[index as usize]), index, size, &path), Some(root));
        // Theirs verifies ours, and ours refuses another place.
        let proof = InclusionProof::<Sha256>::try_from_bytes(path.concat()).unwrap();
        theirs.root().verify_inclusion(&entries[index as usize], index, &proof).unwrap();
        assert_ne!(root_of(leaf(b"another"), index, size, &path), Some(root));
        assert_ne!(root_of(leaf(&entries[index as usize]), index + 1, size, &path), Some(root));

        let old = 1 + below(&chance, size);
        let path = ours.hashes(&consistency(old, size));
        let proof = theirs.prove_consistency((size - old) as usize);
        assert_eq!(proof.as_bytes(), path.concat(), "consistency of {old} and {size} (seed {SEED})");
        assert!(is_consistent(old, &ours.root(old), size, &root, &path));
        let digest = sha2::digest::array::Array::from(ours.root(old));
        let proof = ConsistencyProof::<Sha256>::try_from_bytes(path.concat()).unwrap();
        theirs.root().verify_consistency(&RootHash::<Sha256>::new(digest, old), &proof).unwrap();
        if old < size {
            assert!(!is_consistent(old, &ours.root(old + 1), size, &root, &path));
            assert!(!is_consistent(old, &ours.root(old), size, &ours.root(size - 1), &path) || old == size);
        }
    }
}

#[test]
fn small_trees_are_those_of_the_rfc() {
    assert_eq!(crate::digest::hex(&empty()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    // RFC 9162, section 2.1.5: a tree of seven leaves.
    assert_eq!(inclusion(0, 7), [1..2, 2..4, 4..7]);
    assert_eq!(inclusion(3, 7), [2..3, 0..2, 4..7]);
    assert_eq!(inclusion(4, 7), [5..6, 6..7, 0..4]);
    assert_eq!(inclusion(6, 7), [4..6, 0..4]);
    assert_eq!(consistency(3, 7), [2..3, 3..4, 0..2, 4..7]);
    assert!(matches!(&consistency(4, 7)[..], [rest] if *rest == (4..7)));
    assert_eq!(consistency(6, 7), [4..6, 6..7, 0..4]);
    assert_eq!(inclusion(0, 1), []);
    assert_eq!(root_of(leaf(b"a"), 0, 1, &[]), Some(leaf(b"a")));
    assert_eq!(root_of(leaf(b"a"), 0, 1, &[empty()]), None, "a path that is too long");
    assert_eq!(root_of(leaf(b"a"), 0, 2, &[]), None, "one that is too short");
    assert_eq!(root_of(leaf(b"a"), 1, 1, &[]), None);
    assert!(!is_consistent(0, &empty(), 1, &leaf(b"a"), &[]));
    assert!(!is_consistent(2, &empty(), 1, &leaf(b"a"), &[]));
}
