//! SQLite's write-ahead log, written once per commit.
//!
//! SQLite hands each page of a commit to the system twice over, its frame's head and the page: a commit of eight pages
//! is sixteen calls, which cost more than the wait for the disk does. Its files go through an exchangeable layer, the
//! VFS. Ours is the system's own but for the log, where adjoining writes are gathered until SQLite asks for them to be
//! on disk, reads them, or measures the file; then they are one call (or one for 120 KiB). Order and content of the file are
//! the same, but for zeros at its end: a commit that makes the log longer makes room for the next ones.
//!
//! The first commit after a log was opened waits for the disk once instead of three times: the head of an empty log is
//! synced with its first pages, and a folder whose entry of the log was synced before is not synced again. That needs a file
//! system which after a crash shows nothing of old blocks in a file that grew (ext4 but for `data=writeback`, XFS, Btrfs): an
//! old head with the old pages behind it would be taken for a log.
//!
//! Only for connections that write with `synchronous=FULL`: everybody else reads a commit's pages after its sync, so
//! nobody misses what is gathered. With `cache_spill=OFF`, too, unless no other connection ever writes: the pages of a
//! transaction that was undone would otherwise wait here and reach the file later. Knows no tenant and no table. The only crate that speaks SQLite's C interface, which is
//! why it is one.

mod entries;
mod shim;
mod stretch;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

/// The name under which a connection asks for this layer.
const NAME: &std::ffi::CStr = c"toolcrib-wal";

/// SQLite has no layer for this system's files that ours could stand on.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("SQLite has no files on this system")]
pub struct Unavailable;

/// The name to open a connection with, registered at the first call.
///
/// # Errors
/// [`Unavailable`].
pub fn vfs() -> Result<&'static std::ffi::CStr, Unavailable> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if *REGISTERED.get_or_init(|| shim::register(NAME)) { Ok(NAME) } else { Err(Unavailable) }
}
