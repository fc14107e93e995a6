//! Receipts for what a host erased, signed with its key. `toolcrib verify RECEIPT` reads one.

use crate::{host_key, say};
use anyhow::{Context, ensure};
use std::path::Path;
use toolcrib_contract::world::Chance;
use toolcrib_runtime::{Attest, Receipt};
use toolcrib_trust::{PublicKey, Signer, statement};

/// Bytes of a receipt.
const RECEIPT_BYTES: u64 = 1 << 20;

/// Signs them.
pub struct Receipts(Signer);

impl Receipts {
    /// With the key of the host in this directory.
    ///
    /// # Errors
    /// The disk, or a damaged file.
    pub fn keep(root: &Path, chance: &dyn Chance) -> anyhow::Result<Self> {
        host_key::signer(root, chance).map(Self)
    }
}

impl Attest for Receipts {
    fn key(&self) -> String {
        self.0.public_key().to_base64()
    }

    fn sign(&self, sha256: &str) -> String {
        let (context, message) = statement::receipt(sha256);
        self.0.sign(context, &message)
    }
}

/// Says who signed a receipt, and that nothing in it was changed.
///
/// # Errors
/// It is none, was changed, or nobody signed it.
pub fn verify(file: &Path) -> anyhow::Result<()> {
    let receipt: Receipt = serde_json::from_slice(&crate::folder::bytes(file, RECEIPT_BYTES)?)
        .with_context(|| format!("`{}` is no receipt", file.display()))?;
    ensure!(receipt.sha256 == receipt.digest(), "the receipt was changed: its sum is another one");
    let signed = receipt.key.as_ref().zip(receipt.signature.as_ref());
    let (key, signature) = signed.context("nobody signed the receipt; it is of an earlier version")?;
    let (context, message) = statement::receipt(&receipt.sha256);
    let verified = PublicKey::parse(key).and_then(|key| key.verify(context, &message, signature));
    verified.context("the receipt's signature is wrong")?;
    say::line(format_args!(
        "On {} all data of {} ({}) was erased, {} bytes.",
        receipt.at, receipt.name, receipt.slug, receipt.bytes
    ));
    if let Some(shredded) = &receipt.backup_key {
        say::line(format_args!("The key {shredded} to its backups was destroyed."));
    }
    say::line(format_args!("Signed by {key}; compare it with what the host's operator says."));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    #[test]
    fn a_receipt_that_was_changed_or_signed_by_nobody_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let receipts = Receipts::keep(root.path(), &Seeded::new(3)).unwrap();
        assert_eq!(host_key::known(root.path()).unwrap(), Some(receipts.key()));
        let mut receipt = Receipt {
            tenant: "t".to_owned(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            at: "2026-11-26T00:00:00Z".to_owned(),
            by: "user:1".to_owned(),
            bytes: 7,
            parts: Vec::new(),
            backup_key: Some("0123456789abcdef".to_owned()),
            key: Some(receipts.key()),
            sha256: String::new(),
            signature: None,
        };
        receipt.sha256 = receipt.digest();
        receipt.signature = Some(receipts.sign(&receipt.sha256));
        let file = root.path().join("receipt.json");
        let verified = |receipt: &Receipt| {
            std::fs::write(&file, serde_json::to_vec(receipt).unwrap()).unwrap();
            verify(&file).map_err(|error| format!("{error:#}"))
        };
        verified(&receipt).unwrap();
        let changed = Receipt { backup_key: None, ..receipt.clone() };
        assert!(verified(&changed).unwrap_err().contains("was changed"));
        let mut by_another = Receipt { bytes: 8, ..receipt.clone() };
        by_another.sha256 = by_another.digest();
        assert!(verified(&by_another).unwrap_err().contains("signature is wrong"));
        let mut unsigned = Receipt { key: None, signature: None, ..receipt };
        unsigned.sha256 = unsigned.digest();
        assert!(verified(&unsigned).unwrap_err().contains("nobody signed"));
    }
}
