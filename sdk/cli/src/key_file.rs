//! The file that holds a signing key: one line, readable by its owner only.

use crate::trouble::Trouble;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use toolcrib_contract::world::Chance;
use toolcrib_trust::Signer;

/// Begins the line; then base64 of the 32 secret bytes.
const HEAD: &str = "toolcrib-secret-key-v1:";
/// Bytes of a key file.
const FILE_BYTES: u64 = 1_000;

/// Makes a key and keeps it in `path`, which must not exist.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn create(path: &Path, chance: &dyn Chance) -> Result<Signer, Trouble> {
    let signer = Signer::generate(chance);
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Trouble::new(
                format!("{} exists already; a key is never overwritten", path.display()),
                "name another file; whoever loses a key cannot sign with it again",
            ),
            _ => Trouble::new(
                format!("{} cannot be made: {error}", path.display()),
                "name a file in a folder that you may write to",
            ),
        })?;
    let line = format!("{HEAD}{}\n", STANDARD.encode(signer.secret_bytes()));
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        Trouble::new(format!("{} cannot be written: {error}", path.display()), "free space, remove it, and try again")
    })?;
    Ok(signer)
}

/// Reads a key.
///
/// # Errors
/// There is no such file, others may read it, or it holds no key.
pub fn open(path: &Path) -> Result<Signer, Trouble> {
    let make = "make one with `cargo toolcrib keygen`, or name yours with --key FILE";
    let unreadable = |error: std::io::Error| Trouble::new(format!("{} cannot be read: {error}", path.display()), make);
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let what = format!("{} can be read by others (mode {mode:o})", path.display());
        return Err(Trouble::new(what, format!("run `chmod 600 {}`", path.display())));
    }
    let none = || Trouble::new(format!("{} holds no signing key", path.display()), make);
    if metadata.len() > FILE_BYTES {
        return Err(none());
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let secret = text.trim().strip_prefix(HEAD).and_then(|line| STANDARD.decode(line).ok()).ok_or_else(none)?;
    let secret: [u8; 32] = secret.try_into().map_err(|_| none())?;
    Ok(Signer::from_bytes(&secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Chance for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(1..).for_each(|(byte, number)| *byte = number);
        }
    }

    #[test]
    fn a_key_survives_the_disk_and_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.key");
        let made = create(&path, &Counting).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(open(&path).unwrap().key_id(), made.key_id());
        let before = std::fs::read(&path).unwrap();
        assert!(create(&path, &Counting).unwrap_err().what.contains("never overwritten"));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_key_that_others_may_read_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.key");
        create(&path, &Counting).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(open(&path).unwrap_err().next.contains("chmod 600"));
        for content in ["", "toolcrib-secret-key-v1:", "toolcrib-secret-key-v1:AAAA", &"x".repeat(5_000)] {
            let path = dir.path().join("bad.key");
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
            assert!(open(&path).unwrap_err().what.contains("holds no signing key"), "{content}");
        }
        assert!(open(&dir.path().join("none.key")).unwrap_err().next.contains("keygen"));
    }
}
