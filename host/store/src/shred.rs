//! Keys that backups are sealed with, one file for each unit that is backed up: whoever destroys a key destroys every copy of
//! what it sealed, wherever that is.

use crate::error::{Result, StoreError};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// By what a key is called, in receipts and beside backups: it says nothing of the key.
pub fn key_id(key: &[u8]) -> String {
    crate::archive::hex(&Sha256::digest([b"toolcrib-backup-key\n", key].concat())[..8])
}

/// Overwrites and removes the file of a key; what it was called. None when there is none.
///
/// # Errors
/// The disk: then the key may still be there.
pub fn shred(file: &Path) -> Result<Option<String>> {
    let failed = |error: std::io::Error| StoreError::Io(format!("`{}`: {error}", file.display()));
    let key = match std::fs::read(file) {
        Ok(key) => key,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut open = OpenOptions::new().write(true).open(file).map_err(failed)?;
    open.write_all(&vec![b'0'; key.len()]).and_then(|()| open.sync_all()).map_err(failed)?;
    std::fs::remove_file(file).map_err(failed)?;
    let folder = file.parent().unwrap_or(file);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(Some(key_id(key.trim_ascii())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shredded_key_is_gone_and_its_bytes_with_it() {
        let root = tempfile::tempdir().unwrap();
        let (file, link) = (root.path().join("a.key"), root.path().join("the same bytes"));
        std::fs::write(&file, "secret\n").unwrap();
        std::fs::hard_link(&file, &link).unwrap();
        assert_eq!(shred(&file).unwrap(), Some(key_id(b"secret")));
        assert_eq!((file.exists(), std::fs::read_to_string(&link).unwrap().as_str()), (false, "0000000"));
        assert_eq!(shred(&file).unwrap(), None);
        assert_ne!(key_id(b"secret"), key_id(b"secreT"));
    }
}
