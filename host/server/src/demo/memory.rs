//! What a demo must remember to go on in the same data directory: made once, kept for its owner only.

use crate::files::{self, Secrecy};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::Signer;

/// The file in the data directory.
const FILE: &str = "demo-accounts.json";

/// Secrets and the beginning of time.
pub struct Memory {
    file: PathBuf,
    kept: Kept,
}

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// When the plant's history begins.
    since: Option<String>,
    /// By e-mail.
    passwords: BTreeMap<String, String>,
    /// Publishing keys by provider, hex.
    keys: BTreeMap<String, String>,
    /// By tenant's slug.
    devices: BTreeMap<String, Device>,
}

/// A device with its token, in the shape of `demo.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub id: String,
    pub token: String,
}

impl Memory {
    /// Reads what is kept in this data directory, or begins anew.
    ///
    /// # Errors
    /// The file is there and unreadable.
    pub fn open(data: &Path) -> anyhow::Result<Self> {
        let file = data.join(FILE);
        let kept = match std::fs::read(&file) {
            Ok(bytes) => {
                let hint = || format!("`{}` is damaged; choose a new data directory", file.display());
                serde_json::from_slice(&bytes).with_context(hint)?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
        };
        Ok(Self { file, kept })
    }

    /// Nothing was made here yet.
    pub fn is_new(&self) -> bool {
        self.kept.passwords.is_empty()
    }

    fn keep(&self) -> anyhow::Result<()> {
        files::write(&self.file, &serde_json::to_vec_pretty(&self.kept)?, Secrecy::Secret)
    }

    /// When the plant's history begins; `first` at the first call.
    ///
    /// # Errors
    /// The disk.
    pub fn since(&mut self, first: Instant) -> anyhow::Result<Instant> {
        if let Some(since) = self.kept.since.as_deref().and_then(|text| text.parse().ok()) {
            return Ok(since);
        }
        self.kept.since = Some(first.to_string());
        self.keep()?;
        Ok(first)
    }

    /// This person's password.
    ///
    /// # Errors
    /// The disk.
    pub fn password(&mut self, email: &str, chance: &dyn Chance) -> anyhow::Result<String> {
        if let Some(known) = self.kept.passwords.get(email) {
            return Ok(known.clone());
        }
        let made = crate::secrets::password(chance);
        self.kept.passwords.insert(email.to_owned(), made.clone());
        self.keep()?;
        Ok(made)
    }

    /// This provider's publishing key.
    ///
    /// # Errors
    /// The disk.
    pub fn signer(&mut self, provider: &str, chance: &dyn Chance) -> anyhow::Result<Signer> {
        if let Some(signer) = self.kept.keys.get(provider).and_then(|hex| crate::secrets::from_hex(hex)) {
            return Ok(Signer::from_bytes(&signer));
        }
        let signer = Signer::generate(chance);
        self.kept.keys.insert(provider.to_owned(), crate::secrets::to_hex(&signer.secret_bytes()));
        self.keep()?;
        Ok(signer)
    }

    pub fn device(&self, tenant: &str) -> Option<Device> {
        self.kept.devices.get(tenant).cloned()
    }

    /// # Errors
    /// The disk.
    pub fn put_device(&mut self, tenant: &str, device: Device) -> anyhow::Result<()> {
        self.kept.devices.insert(tenant.to_owned(), device);
        self.keep()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_second_start_finds_the_same_secrets_in_a_file_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let chance = Seeded::new(1);
        let mut first = Memory::open(dir.path()).unwrap();
        let device = Device { id: "d".into(), token: "tcd_x".into() };
        let since = first.since(Instant(1_795_420_800_000_000)).unwrap();
        let password = first.password("a@b.example", &chance).unwrap();
        let key = first.signer("p", &chance).unwrap().key_id();
        first.put_device("t", device.clone()).unwrap();
        let mut second = Memory::open(dir.path()).unwrap();
        assert_eq!(second.since(Instant(0)).unwrap(), since);
        assert_eq!(second.password("a@b.example", &chance).unwrap(), password);
        assert_ne!(second.password("c@d.example", &chance).unwrap(), password);
        assert_eq!(second.signer("p", &chance).unwrap().key_id(), key);
        assert_eq!(second.device("t"), Some(device));
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
