//! A version's folder: the component and the files that prove it. The same on a host's disk and in a bundle.

use crate::files::{self, Secrecy};
use anyhow::{Context, ensure};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use toolcrib_contract::limits::COMPONENT_BYTES;
use toolcrib_trust::evidence::{COMPONENT_FILE, FILE_BYTES, FILES};
use toolcrib_trust::{Evidence, digest};

/// A component and what proves it, read and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub component: Vec<u8>,
    pub evidence: Evidence,
}

/// Whether this folder is one.
pub fn is_version(folder: &Path) -> bool {
    folder.join(COMPONENT_FILE).is_file()
}

/// Where the version with a component of this digest lies; none when it is no digest.
pub fn of(artifacts: &Path, component: &str) -> Option<PathBuf> {
    digest::is_digest(component).then(|| artifacts.join(component.trim_start_matches("sha256:")))
}

/// # Errors
/// A file that is absent, unreadable, too large or no text.
pub fn read(folder: &Path) -> anyhow::Result<Version> {
    let component = bytes(&folder.join(COMPONENT_FILE), COMPONENT_BYTES as u64)?;
    let mut texts = <[String; FILES.len()]>::default();
    for (text, (_, name)) in texts.iter_mut().zip(FILES) {
        let file = folder.join(name);
        let read = String::from_utf8(bytes(&file, FILE_BYTES)?);
        *text = read.ok().with_context(|| format!("`{}` is no text", file.display()))?;
    }
    Ok(Version { component, evidence: Evidence::from_texts(texts) })
}

/// At most `most` bytes of a file.
///
/// # Errors
/// It is absent, unreadable or larger.
pub fn bytes(file: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let open = File::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    open.take(most + 1).read_to_end(&mut bytes).with_context(|| format!("`{}` cannot be read", file.display()))?;
    ensure!(bytes.len() as u64 <= most, "`{}` has more than {most} bytes", file.display());
    Ok(bytes)
}

/// Writes the folder whole: until everything is on disk it has another name.
///
/// # Errors
/// The disk.
pub fn write(folder: &Path, version: &Version) -> anyhow::Result<()> {
    let mut name = folder.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let fail = |folder: &Path| format!("`{}` cannot be written", folder.display());
    // A leftover of a crash.
    if new.exists() {
        std::fs::remove_dir_all(new).with_context(|| fail(new))?;
    }
    std::fs::create_dir_all(new).with_context(|| fail(new))?;
    files::write(&new.join(COMPONENT_FILE), &version.component, Secrecy::Public)?;
    for (text, (_, name)) in version.evidence.texts().into_iter().zip(FILES) {
        files::write(&new.join(name), text.as_bytes(), Secrecy::Public)?;
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| fail(folder))?;
    }
    std::fs::rename(new, folder).with_context(|| fail(folder))?;
    let parent = folder.parent().unwrap_or(Path::new("."));
    File::open(parent).and_then(|parent| parent.sync_all()).with_context(|| fail(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_written_whole_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let texts = ["a", "b", "c", "d", "e", "f"].map(str::to_owned);
        let version = Version { component: b"component".to_vec(), evidence: Evidence::from_texts(texts) };
        let folder = of(dir.path(), &digest::of(b"component")).unwrap();
        std::fs::create_dir(folder.with_extension("new")).unwrap();
        for _ in 0..2 {
            write(&folder, &version).unwrap();
            assert!(is_version(&folder));
            assert_eq!(read(&folder).unwrap(), version);
        }
        std::fs::write(folder.join(FILES[1].1), [0xff]).unwrap();
        assert!(read(&folder).unwrap_err().to_string().contains("no text"));
        std::fs::write(folder.join(FILES[1].1), vec![b' '; FILE_BYTES as usize + 1]).unwrap();
        assert!(read(&folder).unwrap_err().to_string().contains("more than"));
        std::fs::remove_file(folder.join(FILES[1].1)).unwrap();
        assert!(read(&folder).is_err());
        assert_eq!(of(dir.path(), "sha256:../../etc/passwd"), None);
    }
}
