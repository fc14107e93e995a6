//! The Merkle tree of RFC 6962 (RFC 9162, section 2.1): pure arithmetic over hashes that somebody else keeps.
//!
//! Kept are the hashes of complete subtrees, each at its level and index: level 0 holds the leaves, and the node at
//! level `l` and index `i` covers the leaves from `i·2^l`. Complete subtrees never change, so a tree only ever adds
//! nodes. Every other hash is folded from them when it is needed.

use sha2::{Digest, Sha256};
use std::ops::Range;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Place of a complete subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    pub level: u8,
    pub index: u64,
}

/// Hash of an entry.
pub fn leaf(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// Hash of two subtrees side by side.
pub fn join(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root of the empty tree.
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// The nodes whose hashes a new leaf at the end of a tree of `size` is joined with, from the leaf upwards. Each join
/// completes the node above.
pub fn completed_by(size: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let (mut level, mut index) = (0, size);
    while index & 1 == 1 {
        nodes.push(Node { level, index: index - 1 });
        (level, index) = (level + 1, index >> 1);
    }
    nodes
}

/// The nodes that a new leaf adds to a tree of `size`: itself, and what it completes with the hashes of
/// [`completed_by`].
pub fn append(size: u64, leaf: Hash, lefts: &[Hash]) -> Vec<(Node, Hash)> {
    assert_eq!(lefts.len(), completed_by(size).len(), "one hash for each node that is joined");
    let mut added = vec![(Node { level: 0, index: size }, leaf)];
    let mut hash = leaf;
    for (below, left) in lefts.iter().enumerate() {
        hash = join(left, &hash);
        let level = below as u8 + 1;
        added.push((Node { level, index: size >> level }, hash));
    }
    added
}

/// The complete subtrees that make up a range of leaves, from left to right. The range must begin where a subtree of
/// its size begins, as all ranges of this module do.
pub fn nodes(range: &Range<u64>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let level = (63 - (range.end - start).leading_zeros()) as u8;
        debug_assert_eq!(start & ((1 << level) - 1), 0, "subtrees begin at multiples of their size");
        nodes.push(Node { level, index: start >> level });
        start += 1 << level;
    }
    nodes
}

/// Hash of a range from the hashes of its [`nodes`].
pub fn fold(hashes: &[Hash]) -> Hash {
    let (last, rest) = hashes.split_last().expect("a range is not empty");
    rest.iter().rev().fold(*last, |right, left| join(left, &right))
}

/// The ranges whose hashes prove that the leaf at `index` is in a tree of `size`, from the leaf upwards.
///
/// # Panics
/// The leaf lies outside the tree.
pub fn inclusion(index: u64, size: u64) -> Vec<Range<u64>> {
    assert!(index < size, "the leaf lies in the tree");
    let (mut path, mut range) = (Vec::new(), 0..size);
    while range.end - range.start > 1 {
        let middle = range.start + split(range.end - range.start);
        if index < middle {
            path.push(middle..range.end);
            range.end = middle;
        } else {
            path.push(range.start..middle);
            range.start = middle;
        }
    }
    path.reverse();
    path
}

/// The ranges whose hashes prove that a tree of `old` leaves is the beginning of one of `size`.
///
/// # Panics
/// `old` is 0 or beyond `size`: there is nothing to prove.
pub fn consistency(old: u64, size: u64) -> Vec<Range<u64>> {
    assert!(0 < old && old <= size, "there is something to prove");
    let (mut path, mut range) = (Vec::new(), 0..size);
    // Whether the present range begins with the whole old tree, whose hash the verifier knows.
    let mut whole = true;
    while range.end != old {
        let middle = range.start + split(range.end - range.start);
        if old <= middle {
            path.push(middle..range.end);
            range.end = middle;
        } else {
            path.push(range.start..middle);
            range.start = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(range);
    }
    path.reverse();
    path
}

/// The largest power of two below `n`, which is at least 2.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// Root of a tree of `size` that contains this leaf at `index`, if the path leads to one (RFC 9162, section 2.1.3.2).
pub fn root_of(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut first, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if first & 1 == 1 || first == last {
            hash = join(sibling, &hash);
            while first & 1 == 0 && first != 0 {
                (first, last) = (first >> 1, last >> 1);
            }
        } else {
            hash = join(&hash, sibling);
        }
        (first, last) = (first >> 1, last >> 1);
    }
    (last == 0).then_some(hash)
}

/// Whether the path proves that a tree of `old` leaves with one root is the beginning of one of `size` with the other
/// (RFC 9162, section 2.1.4.2).
pub fn is_consistent(old: u64, old_root: &Hash, size: u64, root: &Hash, path: &[Hash]) -> bool {
    if old == size {
        return path.is_empty() && old_root == root;
    }
    if old == 0 || old > size {
        return false;
    }
    // A complete old tree is its own first node.
    let mut path = path.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old - 1, size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut old_hash, mut hash) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = join(sibling, &old_hash);
            hash = join(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = join(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && old_hash == *old_root && hash == *root
}

#[cfg(test)]
mod tests;
