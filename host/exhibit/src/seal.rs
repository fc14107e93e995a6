//! The host's word: its key, and whose signatures count here.

use toolcrib_contract::problem::{NOT_PROVEN, Problem};
use toolcrib_trust::{PublicKey, Signer, hosted, secret, statement};

/// The key of this host. It signs for it, and reads what other hosts of the same registry signed.
#[derive(Debug)]
pub struct HostKey {
    signer: Signer,
    /// Keys of the registry that vouches for hosts.
    registry: Vec<PublicKey>,
}

impl HostKey {
    pub fn new(signer: Signer, registry: Vec<PublicKey>) -> Self {
        Self { signer, registry }
    }

    /// The public key and the proof that this host holds it, as the registry is told them; `token` is the host's.
    pub fn introduce(&self, token: &str) -> (String, String) {
        let key = self.signer.public_key();
        let (context, message) = statement::host_key(&secret::hash(token), &key);
        (key.to_base64(), self.signer.sign(context, &message))
    }

    /// Its id.
    pub fn id(&self) -> String {
        self.signer.key_id()
    }

    /// A signed envelope around a payload, as JSON text.
    pub fn seal(&self, payload_type: &str, payload: &[u8]) -> String {
        hosted::seal(payload_type, payload, &self.signer)
    }

    /// The payload of an envelope. `record` is the registry's signed record of the key that must have signed it.
    ///
    /// # Errors
    /// `not-proven` with the check that failed.
    pub fn open(&self, payload_type: &str, envelope: &str, record: &str) -> Result<Vec<u8>, Problem> {
        let opened = hosted::open(payload_type, envelope, record, &self.registry);
        opened.map(|(payload, _)| payload).map_err(|doubt| NOT_PROVEN.because(doubt.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::world::Chance;
    use toolcrib_trust::hosted::HostKeyRecord;

    /// The same byte everywhere.
    struct Only(u8);

    impl Chance for Only {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_host_believes_hosts_that_its_registry_vouches_for() {
        let [registry, host, other] = [1, 2, 3].map(|byte| Signer::generate(&Only(byte)));
        let vouched = |by: &Signer| {
            let (key_id, public_key) = (host.key_id(), host.public_key().to_base64());
            HostKeyRecord { host: "plant".into(), key_id, public_key, added_at: String::new() }.seal(by)
        };
        let key = HostKey::new(host.clone(), vec![registry.public_key()]);
        let sealed = key.seal("application/x", b"{}");
        assert_eq!(key.open("application/x", &sealed, &vouched(&registry)).unwrap(), b"{}");
        assert!(key.open("application/x", &sealed, &vouched(&other)).unwrap_err().is(NOT_PROVEN));
        assert!(key.open("application/y", &sealed, &vouched(&registry)).unwrap_err().is(NOT_PROVEN));
        let (public, proof) = key.introduce("tch_token");
        let (context, message) = statement::host_key(&secret::hash("tch_token"), &host.public_key());
        assert_eq!(public, host.public_key().to_base64());
        assert_eq!(host.public_key().verify(context, &message, &proof), Ok(()));
    }
}
