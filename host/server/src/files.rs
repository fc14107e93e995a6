//! Small files of the data directory, replaced as a whole: a crash leaves the old one or the new one.

use anyhow::Context;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    Public,
    /// Only its owner (mode 0600).
    Secret,
}

/// Writes a file atomically; when this returns, it is on disk.
///
/// # Errors
/// The disk, with the file's name.
pub fn write(file: &Path, bytes: &[u8], secrecy: Secrecy) -> anyhow::Result<()> {
    let fail = || format!("`{}` cannot be written", file.display());
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let (new, folder) = (Path::new(&name), file.parent().filter(|folder| !folder.as_os_str().is_empty()));
    let mode = if secrecy == Secrecy::Secret { 0o600 } else { 0o644 };
    // A leftover of a crash may have another mode.
    let _ = std::fs::remove_file(new);
    let mut options = OpenOptions::new();
    let mut open = options.create_new(true).write(true).mode(mode).open(new).with_context(fail)?;
    open.write_all(bytes).and_then(|()| open.sync_all()).with_context(fail)?;
    std::fs::rename(new, file).with_context(fail)?;
    File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).with_context(fail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_file_is_for_its_owner_only_and_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(dir.path().join("secret.new"), "half of").unwrap();
        for text in ["first", "second"] {
            write(&file, text.as_bytes(), Secrecy::Secret).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
