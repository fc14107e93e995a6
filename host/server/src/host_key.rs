//! The host's own key, with which it says something of a tenant: made at the first start, and made known to the registry,
//! which vouches for it to everybody else.

use crate::secrets;
use crate::sync::Trusted;
use anyhow::Context;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::world::Chance;
use toolcrib_exhibit::HostKey;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::NewHostKey;
use toolcrib_trust::Signer;

/// First pause while the registry cannot be told; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// In the data directory.
const FILE: &str = "host.key";

/// The key in this folder; made when there is none.
///
/// # Errors
/// The disk, or a damaged file.
pub fn signer(folder: &Path, chance: &dyn Chance) -> anyhow::Result<Signer> {
    Ok(Signer::from_bytes(&secrets::keep(&folder.join(FILE), chance)?))
}

/// The public key of a data directory's host; none before its first start.
///
/// # Errors
/// A damaged file.
pub fn known(folder: &Path) -> anyhow::Result<Option<String>> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let secret = secrets::from_hex(text.trim()).with_context(|| format!("`{}` is damaged", file.display()))?;
    Ok(Some(Signer::from_bytes(&secret).public_key().to_base64()))
}

/// The same with what vouches for it.
///
/// # Errors
/// The disk, or a damaged file.
pub fn keep(folder: &Path, trusted: &Trusted, chance: &dyn Chance) -> anyhow::Result<HostKey> {
    Ok(HostKey::new(signer(folder, chance)?, trusted.pins().registry.clone()))
}

/// What the registry is told; `token` is the host's.
pub fn introduce(key: &HostKey, token: &str) -> NewHostKey {
    let (public_key, proof) = key.introduce(token);
    NewHostKey { public_key, proof }
}

/// Tells the registry of the key, until it took it.
pub async fn announce(client: Client, key: NewHostKey, stopping: CancellationToken) {
    let work = async {
        let mut pause = PAUSE;
        while let Err(error) = client.put_host_key(&key).await {
            if error.code().is_some() {
                tracing::warn!(error = %error, "The registry does not take this host's key: its statements prove nothing");
            } else {
                tracing::debug!(error = %error, "The registry could not be told of this host's key");
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    };
    tokio::select! {
        () = work => {}
        () = stopping.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use toolcrib_trust::Notary;

    #[test]
    fn a_host_keeps_its_key_over_a_restart() {
        let (folder, chance) = (tempfile::tempdir().unwrap(), Seeded::new(1));
        let notary = Notary::new(Signer::generate(&chance), Signer::generate(&chance));
        let trusted = Trusted::of(notary.pins());
        let first = keep(folder.path(), &trusted, &Seeded::new(2)).unwrap();
        let again = keep(folder.path(), &trusted, &Seeded::new(3)).unwrap();
        assert_eq!(first.id(), again.id());
        assert_eq!(introduce(&first, "tch_x").proof, introduce(&again, "tch_x").proof);
    }
}
