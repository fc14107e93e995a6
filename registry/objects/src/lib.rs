//! Objects in a bucket of a store that speaks S3: bytes under names, each there whole or not at all.
//!
//! - `account`: which store, and as whom. `bucket`: small objects, lists, removal. `stream`: objects that no memory holds.
//! - `error`: what can go wrong, told apart by what there is to do about it.
//!
//! Whoever keeps something here checks what comes back himself: a store is believed to keep names, not contents.

mod account;
mod bucket;
mod error;
mod stream;

#[cfg(test)]
#[path = "../../../tests/bucket.rs"]
mod server;
#[cfg(test)]
mod tests;

pub use account::{Account, is_bucket};
pub use bucket::Bucket;
pub use error::ObjectsError;
pub use stream::{OBJECT_BYTES, Reading, Writing};
