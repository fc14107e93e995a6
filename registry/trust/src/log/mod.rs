//! The transparency log, in the forms of C2SP: a Merkle tree ([`merkle`]) served as tiles ([`tile`]), its head signed
//! as a note ([`note`]) that is a [`checkpoint`], and proofs that stand alone ([`proof`]).

pub mod checkpoint;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod tile;
