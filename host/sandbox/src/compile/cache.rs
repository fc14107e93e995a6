//! Native code on disk: one sealed file per component and engine. What is not sealed with our secret is not there.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of the seal, which stands before the code.
const SEAL_BYTES: usize = 32;
/// The largest file that is read.
const FILE_BYTES: u64 = 128 << 20;

/// Which native code.
pub(super) struct Key {
    /// SHA-256 of the component, hex.
    pub digest: String,
    /// [`crate::Engine::compatibility`].
    pub compatibility: String,
}

impl Key {
    fn file(&self) -> String {
        format!("{}.{}.native", self.digest, self.compatibility)
    }
}

/// A folder of sealed files.
pub(super) struct Cache {
    folder: PathBuf,
    secret: [u8; 32],
}

impl Cache {
    pub fn new(folder: PathBuf, secret: [u8; 32]) -> Self {
        Self { folder, secret }
    }

    /// The code, if the file is there and its seal is ours. The bytes that were checked are the bytes that are returned.
    pub fn read(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.folder.join(key.file());
        let file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        let read = file.take(FILE_BYTES).read_to_end(&mut bytes);
        if read.is_err() || bytes.len() < SEAL_BYTES {
            tracing::warn!(file = %path.display(), "A file of native code cannot be read; the module is compiled again");
            return None;
        }
        let code = bytes.split_off(SEAL_BYTES);
        if self.seal(key, &code).verify_slice(&bytes).is_err() {
            tracing::warn!(file = %path.display(), "A file of native code does not bear our seal; the module is compiled again");
            return None;
        }
        Some(code)
    }

    /// Keeps the code for the next start. A failure costs a compilation then; it is only logged.
    pub fn write(&self, key: &Key, code: &[u8]) {
        if let Err(error) = self.try_write(key, code) {
            tracing::warn!(folder = %self.folder.display(), %error, "Native code was not kept");
        }
    }

    fn try_write(&self, key: &Key, code: &[u8]) -> std::io::Result<()> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let name = format!("{}.{}.{}.part", key.digest, std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let part = self.folder.join(name);
        let written = self.write_part(&part, key, code);
        let moved = written.and_then(|()| std::fs::rename(&part, self.folder.join(key.file())));
        if moved.is_err() {
            // Whatever is left of it; it may never have been made.
            let _ = std::fs::remove_file(&part);
        }
        moved?;
        File::open(&self.folder)?.sync_all()
    }

    fn write_part(&self, part: &Path, key: &Key, code: &[u8]) -> std::io::Result<()> {
        // Left by a process of the same number that died.
        let _ = std::fs::remove_file(part);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part)?;
        file.write_all(&self.seal(key, code).finalize().into_bytes())?;
        file.write_all(code)?;
        file.sync_all()
    }

    /// Covers the key too: a file under another name is a foreign file. Both parts of the key have a fixed length.
    fn seal(&self, key: &Key, code: &[u8]) -> Hmac<Sha256> {
        let mut seal = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.secret).expect("any length is a key");
        seal.update(key.digest.as_bytes());
        seal.update(key.compatibility.as_bytes());
        seal.update(code);
        seal
    }
}
