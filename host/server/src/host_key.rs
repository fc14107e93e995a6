//! The host's own key: it signs what the host says of a tenant. Made at the first start, made known to the registry, which
//! vouches for it to everybody else.

use crate::secrets;
use crate::sync::Trusted;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::problem::{NOT_PROVEN, Problem};
use toolcrib_contract::world::Chance;
use toolcrib_exhibit::Seal;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::NewHostKey;
use toolcrib_trust::{Signer, hosted, secret, statement};

/// First pause while the registry cannot be told; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(60);
const FILE: &str = "host.key";

/// Signs for this host, and believes other hosts whom its registry vouches for.
pub struct HostKey {
    signer: Signer,
    trusted: Trusted,
}

impl HostKey {
    /// # Errors
    /// The disk, or a damaged file.
    pub fn keep(folder: &Path, trusted: Trusted, chance: &dyn Chance) -> anyhow::Result<Self> {
        let secret = secrets::keep(&folder.join(FILE), chance)?;
        Ok(Self { signer: Signer::from_bytes(&secret), trusted })
    }

    /// What the registry is told; `token` is the host's.
    pub fn introduce(&self, token: &str) -> NewHostKey {
        let key = self.signer.public_key();
        let (context, message) = statement::host_key(&secret::hash(token), &key);
        NewHostKey { public_key: key.to_base64(), proof: self.signer.sign(context, &message) }
    }
}

impl Seal for HostKey {
    fn seal(&self, payload_type: &str, payload: &[u8]) -> String {
        hosted::seal(payload_type, payload, &self.signer)
    }

    fn open(&self, payload_type: &str, envelope: &str, key: &str) -> Result<Vec<u8>, Problem> {
        let opened = hosted::open(payload_type, envelope, key, &self.trusted.pins().registry);
        opened.map(|(payload, _)| payload).map_err(|doubt| NOT_PROVEN.because(doubt.to_string()))
    }

    fn key_id(&self) -> String {
        self.signer.key_id()
    }
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
    use toolcrib_trust::hosted::HostKeyRecord;
    use toolcrib_trust::{Notary, PublicKey};

    #[test]
    fn a_host_keeps_its_key_and_believes_hosts_that_its_registry_vouches_for() {
        let (folder, chance) = (tempfile::tempdir().unwrap(), Seeded::new(1));
        let notary = Notary::new(Signer::generate(&chance), Signer::generate(&chance));
        let trusted = Trusted::of(notary.pins());
        let host = HostKey::keep(folder.path(), trusted.clone(), &Seeded::new(2)).unwrap();
        let again = HostKey::keep(folder.path(), trusted, &Seeded::new(3)).unwrap();
        assert_eq!(host.key_id(), again.key_id());
        let said = host.introduce("tch_token");
        let key = PublicKey::parse(&said.public_key).unwrap();
        let (context, message) = statement::host_key(&secret::hash("tch_token"), &key);
        assert_eq!(key.verify(context, &message, &said.proof), Ok(()));
        let record = HostKeyRecord {
            host: "plant".into(),
            key_id: host.key_id(),
            public_key: said.public_key,
            added_at: String::new(),
        };
        let sealed = host.seal("application/x", b"{}");
        assert_eq!(again.open("application/x", &sealed, &record.seal(notary.signer())).unwrap(), b"{}");
        let stranger = record.seal(&Signer::generate(&chance));
        assert!(again.open("application/x", &sealed, &stranger).unwrap_err().is(NOT_PROVEN));
    }
}
