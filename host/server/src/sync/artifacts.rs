//! Components on disk, by digest: what was vetted is, byte for byte, what is read.

use crate::files::{self, Secrecy};
use std::path::{Path, PathBuf};
use toolcrib_registry_client::Client;
use toolcrib_trust::digest;

/// The host's components.
pub struct Artifacts {
    folder: PathBuf,
    client: Client,
}

/// Where a component of this digest lies.
pub fn file(folder: &Path, digest: &str) -> PathBuf {
    folder.join(format!("{}.wasm", digest.trim_start_matches("sha256:")))
}

impl Artifacts {
    pub fn new(folder: PathBuf, client: Client) -> Self {
        Self { folder, client }
    }

    /// The component as it was kept. One that was altered on disk is as good as none.
    pub fn kept(&self, digest: &str) -> Option<Vec<u8>> {
        let bytes = digest::is_digest(digest).then(|| std::fs::read(file(&self.folder, digest)).ok())??;
        let found = digest::of(&bytes);
        if found != digest {
            tracing::error!(digest, found, "A component on disk was altered; it is fetched again");
            return None;
        }
        Some(bytes)
    }

    /// The component from the registry, kept from now on.
    ///
    /// # Errors
    /// The registry, the disk, or bytes of another digest.
    pub async fn fetch(&self, digest: &str) -> anyhow::Result<Vec<u8>> {
        anyhow::ensure!(digest::is_digest(digest), "`{digest}` is no digest");
        let bytes = self.client.artifact(digest).await?;
        let found = digest::of(&bytes);
        anyhow::ensure!(found == digest, "the registry sent {found} for {digest}");
        files::write(&file(&self.folder, digest), &bytes, Secrecy::Public)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_component_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::new(dir.path().to_owned(), Client::new("http://127.0.0.1:1").unwrap());
        let digest = digest::of(b"component");
        assert_eq!(artifacts.kept(&digest), None);
        std::fs::write(file(dir.path(), &digest), b"component").unwrap();
        assert_eq!(artifacts.kept(&digest).unwrap(), b"component");
        std::fs::write(file(dir.path(), &digest), b"komponent").unwrap();
        assert_eq!(artifacts.kept(&digest), None);
        assert_eq!(artifacts.kept("sha256:../../etc/passwd"), None);
    }
}
